"""Places at which a test can hold a process or have it die, as a power cut would. Inert without FAILPOINTS."""

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

FOLDER = os.environ.get("FAILPOINTS", "")
"""Where orders lie: a file of a point's name that says `kill` or `wait`."""


def reach(name: str) -> None:
    """Carry out the order that lies for this point, if any: one process takes it, once. Blocks; call it in threads.

    One that waits goes on when its file, `<name>.taken` by then, is gone, and dies when the file says `kill`.
    """
    if not FOLDER:
        return
    order = Path(FOLDER, name)
    taken = order.with_suffix(".taken")
    with suppress(FileNotFoundError):
        order.rename(taken)
        while True:
            if taken.read_text() == "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            time.sleep(0.01)
