"""The layer's actions do in a browser, with the real htmx, what they do in rooms/tests/live/test_actions.py."""

from __future__ import annotations

from itertools import count

from playwright.sync_api import expect

from e2e.browsers import OpenPage
from e2e.server import Server
from e2e.steps import found_team

PUT = """html => {
    document.querySelector("main").innerHTML = html;
    htmx.process(document.querySelector("main"));
}"""
BESIDE_THE_LIST = '<button hx-get="/actions" hx-swap="none">Act</button> <output id="done"></output>'


def test_htmx_takes_the_actions_as_they_are_meant(server: Server, open_page: OpenPage) -> None:
    from rooms.live.actions import update
    from rooms.tests.live.test_actions import CASES, LIST, REPEATABLE

    answers: list[str] = []
    page = found_team(server, open_page, Alice={})[0].open("/accounts/profile/")
    page.route("**/actions", lambda route: route.fulfill(body=answers[-1], content_type="text/html"))
    number = count(1)
    for name, (frame, expected) in CASES.items():
        page.evaluate(PUT, LIST + BESIDE_THE_LIST)
        for _ in range(2 if name in REPEATABLE else 1):
            done = str(next(number))
            answers.append(frame + update("#done", done))
            page.get_by_role("button", name="Act").click()
            expect(page.locator("#done")).to_have_text(done)
            assert page.locator("#list li").all_text_contents() == expected.split(), name
