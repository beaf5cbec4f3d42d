"""What files cost: images and films until they are in the composer with a thumbnail, other files, and all on their way
back."""

from __future__ import annotations

import io
import re
import statistics
from contextlib import ExitStack

from PIL import Image

from e2e.bench import contestants, installations
from e2e.bench.installations import Installation
from e2e.bench.report import Goal, Table, goal
from e2e.bench.rounds import Options, attempt, enter
from rooms.tests.files.films import film

BOUNDARY = "a-boundary-that-no-file-holds"
PHOTOGRAPH, SCREENSHOT = "a photograph, 12 megapixels", "a screenshot, 1920 × 1080"
FILM, ANYTHING = "a film, 1920 × 1080", "a file of 10 MB"
MEGABYTE = 1_000_000


async def measure(options: Options) -> tuple[Table, list[Goal]]:
    count = max(round(10 * options.scale), 2)
    table = Table(
        "Files",
        {"p50": "p50 ms", "rate": "files a second", "speed": "MB/s", "size": "MB"},
        [
            f"{count} of each in each round, one after the other on one connection, each put into another composer: "
            "from the request's first byte to the answer with its chip. Images are decoded and written anew in two "
            "sizes, and of films a poster is made, by a program that is started for each; it and the server share "
            "core 0. A browser asks for a thumbnail as it does for one that it has not seen."
        ],
    )
    files = {PHOTOGRAPH: photograph(), SCREENSHOT: screenshot(), FILM: moving(), ANYTHING: bytes(range(250)) * 40_000}
    with ExitStack() as stack:
        running = {name: enter(stack, table, name, make) for name, make in options.chosen(CONTESTANTS).items()}
        for _ in range(options.rounds):
            for name, contestant in running.items():
                await attempt(table, name, contestant, measure_contestant, files, count)
    return table, goal(table, "A photograph with its thumbnail", PHOTOGRAPH, "p50", 1000, "ms")


async def measure_contestant(
    table: Table, name: str, contestant: Installation, files: dict[str, bytes], count: int
) -> None:
    for row, content in files.items():
        person, address = 0, ""
        times = []
        for number in range(count + 1):
            person, seconds, address = await upload(contestant, content)
            if number:  # The first one has the decoder's libraries read from the disk.
                times.append(seconds)
        write_down(table, row, times, len(content))
        path = f"{address}thumbnail/" if row != ANYTHING else address
        answers = [await contestant.get(person, path) for _ in range(count)]
        label = f"the thumbnail of {row}" if path != address else f"{row}, downloaded"
        write_down(table, label, [answer.seconds for answer in answers], len(answers[0].body))


async def upload(contestant: Installation, content: bytes) -> tuple[int, float, str]:
    """Put a file into a composer of the next person; return who that is, how long it took, and the file's address."""
    contestant.posts += 1
    person = contestant.posts
    fields = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="key"\r\n\r\nbench-{person}\r\n'
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="upload"; filename="file"\r\n\r\n'
    body = f"{fields}{head}".encode() + content + f"\r\n--{BOUNDARY}--\r\n".encode()
    kind = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}", "HX-Request": "true"}
    headers = contestant.headers(person) | kind | {"X-CSRFToken": contestant.team.token}
    answer = await contestant.line.request("POST", "/rooms/lobby/files/", body, headers)
    found = re.search(r"/files/\d+/", answer.body.decode())
    if not found:
        raise RuntimeError(f"no file was kept: {answer.body[:300]!r}")
    return person, answer.seconds, found[0]


def write_down(table: Table, row: str, times: list[float], size: int) -> None:
    middle = statistics.median(times)
    speed = size / MEGABYTE / middle
    table.row(row).add(p50=middle * 1000, rate=1 / middle, speed=speed, size=size / MEGABYTE)


def photograph() -> bytes:
    """As large and as grainy as a telephone's."""
    grain = [Image.effect_noise((4032, 3024), 30) for _ in range(3)]
    written = io.BytesIO()
    Image.merge("RGB", grain).resize((4032, 3024)).save(written, "JPEG", quality=70)
    return written.getvalue()


def screenshot() -> bytes:
    image = Image.new("RGB", (1920, 1080), "white")
    for number in range(400):
        line = Image.effect_noise((300, 8), 90).convert("RGB")
        image.paste(line, (number % 6 * 320, number // 6 * 16))
    written = io.BytesIO()
    image.save(written, "PNG")
    return written.getvalue()


def moving() -> bytes:
    """Ten seconds, as large and as grainy as a telephone's: some 6 MB of H.264."""
    grain = Image.merge("RGB", [Image.effect_noise((2120, 1080), 30) for _ in range(3)])
    pictures = [grain.crop((shift, 0, shift + 1920, 1080)) for shift in range(0, 200, 10)]
    return film(pictures=pictures * 15, rate=30, preset="veryfast", crf="34", g="60")


CONTESTANTS = {contestants.ROOMS: installations.rooms}
