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
import io
import json
from itertools import cycle
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image
from rooms.files.models import Blob
from rooms.files.uploading import upload
from rooms.links.models import Card
from rooms.models import Message, Room, User
from rooms.models.history import Page
settings.LINK_PREVIEWS = True  # Of pages that are never asked: here is what they said.
image = io.BytesIO()
Image.effect_mandelbrot((640, 480), (-2, -1, 1, 1), 50).save(image, "JPEG")
blob = Blob.store(image.getvalue())
Blob.keep([blob])
for url in ("https://example.org/boats/list?of=things", "https://example.org/needles"):
    Card.objects.create(
        url=url, address=url, read_at=timezone.now(), title="What there is on board of our boats",
        description="Sails, ropes, needles and gloves, and where each of them is kept in the winter.",
        image=blob, image_type="image/jpeg",
    )
texts, count = json.loads({texts!r}), {count}
people = list(User.objects.filter(email__startswith="u").order_by("pk")[:20])
room = Room.objects.open_up("open", name="Rich", creator=people[0])
said = []
for number, text, person in zip(range(count), cycle(texts), cycle(people)):
    files = []
    if number % 5 == 3:
        photograph = SimpleUploadedFile(f"boat-{{number}}.jpg", image.getvalue())
        files = [upload(person, room, f"page-{{number}}", photograph).pk]
    said.append(room.post(person, text, f"rich-{{number}}", said[-1] if number % 5 == 4 else None, files))
    for other in people[: number % 4]:
        Message.objects.get(pk=said[-1].pk).react(other, "👍" if number % 2 else "🎉")
room.memberships.update(read_position=Room.objects.get(pk=room.pk).clock)
page, paths = Page.newest(room.messages), ["/rooms/rich/"]
while page.older is not None:
    paths.append(f"/rooms/rich/messages/?before={{page.older}}")
    page = Page.before(room.messages, page.older)
print(json.dumps(paths))
"""


def fill_rich_room(installation: Installation) -> list[str]:
    """Open a room for everybody, where 50 messages are rich: of many forms, with images and previews, in reply, reacted
    to. Return the paths by which somebody reads all of them: the room's, and those of the history above.
    """
    answer = installation.shell(FILL.format(texts=json.dumps([*TEXTS.values()]), count=50))
    paths: list[str] = json.loads(answer.splitlines()[-1])
    return paths
