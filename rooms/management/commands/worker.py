"""Send what goes outside of the browser, in a process of its own."""

import signal
from typing import Any

from django.core.management.base import BaseCommand

from rooms.outside.worker import Worker
from rooms.search.companion import Filler

LAST_SECONDS = 8.0
"""For what is being sent at SIGTERM: longer than anything takes, and less than platforms wait before they kill."""


class Command(BaseCommand):
    help = "Send what is due to people who are not looking: e-mail, pushes, webhooks. Ends at SIGTERM."

    def handle(self, *args: Any, **options: Any) -> None:
        worker = Worker()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: worker.stop())
        self.stdout.write("Sending what is due (Ctrl-C stops it)")
        Filler().start()
        worker.run()
        worker.wait(LAST_SECONDS)
