"""What people write, by kinds; and a room in which they have."""

from __future__ import annotations

import json

from e2e.bench.installations import Installation
from e2e.bench.posts import TEXT

PLAIN, MARKDOWN, CODE = "a sentence", "Markdown: a list, a table, links, a quotation", "forty lines of code"

FUNCTION = '''def tide(station: str, at: datetime) -> float:
    """Metres above the datum."""
    height = sum(wave.amplitude * cos(wave.speed * hours(at) + wave.phase) for wave in WAVES[station])
    return round(height + DATUM[station], 2)  # What the tables say
'''

TEXTS = {
    PLAIN: TEXT,
    MARKDOWN: """> See you at the gate?

**Yes**, and please bring:

1. gloves, the *warm* ones
2. a dry bag :sailboat:
3. what is on <https://example.org/boats/list?of=things>

| | leaves | arrives |
|---|---|---|
| out | 9:00 | 10:40 |
| back | 16:30 | 18:00 |

~~Hina~~ Kenta has the [needles](https://example.org/needles), `tide.py` the tides.""",
    CODE: f"```python\n{FUNCTION * 10}```",
}

WORST = [
    ("", "["),
    ("", "*a_"),
    ("", "> "),
    ("", "- "),
    ("", "|a"),
    ("", "![a]("),
    ("", "a@b.cd "),
    ("", "http://a.b/ "),
    ("", ":tada:"),
    ("", "a\n"),
    ("", "&amp;"),
    ("```html\n", "<a b=c>"),
    ("```python\n", "("),
]
"""Of what is dear to read: how it begins, and what follows for ten thousand characters."""

FILL = """
import json
from itertools import cycle
from django.db import transaction
from rooms.models import Message, Room, User
texts, count = json.loads({texts!r}), {count}
people = list(User.objects.filter(email__startswith="u").order_by("pk")[:20])
room = Room.objects.open_up("open", name="Rich", creator=people[0])
said = None
with transaction.atomic():
    for number, (text, person) in enumerate(zip(cycle(texts), cycle(people))):
        if number == count:
            break
        said = room.post(person, text, f"rich-{{number}}", said if number % 5 == 4 else None)
        for other in people[: number % 4]:
            Message.objects.get(pk=said.pk).react(other, "👍" if number % 2 else "🎉")
room.memberships.update(read_position=Room.objects.get(pk=room.pk).clock)
"""


def fill_rich_room(installation: Installation, count: int = 50) -> str:
    """Open a room for everybody, where messages are rich: of many forms, in reply, reacted to. Return its path."""
    installation.shell(FILL.format(texts=json.dumps([*TEXTS.values()]), count=count))
    return "/rooms/rich/"
