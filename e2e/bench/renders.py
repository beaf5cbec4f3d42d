"""What a message costs until it is HTML: its text when it is said, all of it when it is first shown, and then again."""

from __future__ import annotations

import json
from contextlib import ExitStack

from e2e.bench import contestants, installations
from e2e.bench.installations import Installation
from e2e.bench.report import Goal, Table, goal
from e2e.bench.rounds import Options, attempt, enter
from e2e.bench.texts import TEXTS, WORST

WORST_OF_ALL = "the worst that 10,000 characters can be"

TIME = """
import json, statistics, time
from rooms import markup
from rooms.models import Message, Room, User
from rooms.templatetags.messages import kept, show_message
texts, worst, turns = json.loads({texts!r}), json.loads({worst!r}), {turns}
room, author = Room.objects.get(slug="lobby"), User.objects.get(email="u0@example.org")

def take(job, before=lambda: None):
    times = []
    for _ in range(turns):
        before()
        begin = time.process_time()
        job()
        times.append((time.process_time() - begin) * 1e6)
    return statistics.median(times)

def measure(text, number):
    pk = room.post(author, text, f"render-{{number}}-{{time.time()}}").pk
    message = Message.objects.for_display().get(pk=pk)
    show_message(message)
    return {{
        "text": take(lambda: markup.render(text)),
        "cold": take(lambda: show_message(message), kept.clear),
        "cached": take(lambda: show_message(message)),
    }}

found = {{name: measure(text, name) for name, text in texts.items()}}
dearest = [measure((begin + piece * 10_000)[:10_000], number) for number, (begin, piece) in enumerate(worst)]
found[{label!r}] = {{column: max(times[column] for times in dearest) for column in dearest[0]}}
print(json.dumps(found))
"""


async def measure(options: Options) -> tuple[Table, list[Goal]]:
    table = Table(
        "Drawing a message",
        {"text": "its text, CPU µs", "cold": "all of it, CPU µs", "cached": "once more, CPU µs"},
        [
            "The text is made HTML when a message is said or edited, and kept; all else is drawn for the first who "
            f"sees it in a language and a time zone, and kept as well. Of {len(WORST)} texts that are made to be dear, "
            "the dearest counts."
        ],
    )
    with ExitStack() as stack:
        installation = enter(stack, table, contestants.ROOMS, installations.rooms)
        for _ in range(options.rounds):
            await attempt(table, contestants.ROOMS, installation, measure_kinds, max(3, round(20 * options.scale)))
    name = "The worst 10,000 characters as HTML, CPU"
    return table, goal(table, name, WORST_OF_ALL, "text", 50_000, "µs")


async def measure_kinds(table: Table, name: str, installation: Installation, turns: int) -> None:
    texts, worst = json.dumps(TEXTS), json.dumps(WORST)
    answer = installation.shell(TIME.format(texts=texts, worst=worst, turns=turns, label=WORST_OF_ALL))
    for row, times in json.loads(answer.splitlines()[-1]).items():
        table.row(row).add(**times)
