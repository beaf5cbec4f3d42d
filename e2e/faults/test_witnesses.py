"""The harness without a fault: who talks is heard, and who watches sees what is there."""

from __future__ import annotations

from e2e.faults.checker import others_are_served
from e2e.faults.figures import delays, percentile
from e2e.faults.rehearsal import rehearsal
from e2e.server import Server


def test_everybody_sees_everything_in_order(server: Server) -> None:
    with rehearsal(server, witnesses=60) as stage:
        with stage.talk(4, pace=0.5):
            stage.crowd.wait_until(lambda: len(list(stage.history.of("post", "ok"))) >= 16, "People do not talk")

        assert stage.check(others_are_served(*[person.name for person in stage.people])) < 5
        assert percentile(delays(stage.history), 99) < 2


def test_pages_that_lose_their_line_come_back_and_lack_nothing(server: Server) -> None:
    with rehearsal(server) as stage:
        stage.people[0].say("before")
        server.kill()
        server.start()
        stage.people[0].say("after")

        stage.crowd.wait_until_live()
        stage.check()
        codes = {event["code"] for event in stage.history.of("close") if event["type"] != "fail"}
        assert codes == {1006}
        assert len(stage.crowd.remaining) == 12
