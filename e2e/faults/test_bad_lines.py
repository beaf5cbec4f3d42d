"""Lines that are late, thin, cut to pieces or cut short: people go on talking and reading over them, and it holds."""

from __future__ import annotations

import pytest

from e2e.faults.rehearsal import rehearsal
from e2e.faults.toxics import Bandwidth, Latency, LimitData, Slicer, SlowClose, Toxic
from e2e.line import line
from e2e.server import Server

LINES: dict[str, Toxic] = {
    "late": Latency(0.3, jitter=0.2),
    "thin": Bandwidth(20_000),
    "in pieces": Slicer(40, 0.001),
    "cut short": LimitData(6_000),
    "slow to close": SlowClose(1.0),
}
"""What is wrong, both ways, for requests as for sockets."""

MESSAGES = 24


@pytest.mark.parametrize("toxic", LINES.values(), ids=LINES)
def test_what_is_said_over_a_bad_line_is_said_once(server: Server, toxic: Toxic) -> None:
    with line(server.port) as bad, rehearsal(server, witnesses=8, url=bad.url) as stage:
        bad.spoil(toxic)
        with stage.talk(people=4, pace=0.8):
            stage.crowd.wait_until(
                lambda: len(list(stage.history.of("post", "ok"))) >= MESSAGES, "Not much is said", 40
            )
        bad.mend()
        stage.check()
