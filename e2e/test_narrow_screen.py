"""The smallest phone, and a page enlarged four times: nothing has to be scrolled sideways."""

from __future__ import annotations

import pytest

from e2e.browsers import OpenPage, screenshot
from e2e.server import Server
from e2e.steps import found_team

PATHS = [
    "/rooms/lobby/",
    "/rooms/lobby/settings/",
    "/rooms/",
    "/rooms/new/",
    "/directs/",
    "/people/",
    "/notifications/",
    "/accounts/profile/",
    "/accounts/password/",
]
LONG = "Bartholomew Featherstonehaugh-Cholmondeley of the Ministry of Uninterruptible Nameplates"[:80]

STICKING_OUT = """() => [...document.querySelectorAll("aside *, main *")]
  .filter(element => !element.closest(".visually-hidden, option"))
  .filter(element => element.getBoundingClientRect().right > document.documentElement.clientWidth)
  .map(element => element.outerHTML.slice(0, 120))"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_sticks_out_at_320_pixels(server: Server, open_page: OpenPage, scheme: str) -> None:
    alice, bob = found_team(server, open_page, Alice={}, Bob={})
    bob.has_said("W" * 300, last=2)
    server.shell(f"from rooms.models import User; User.objects.filter(pk={bob.id}).update(name={LONG!r})")
    page = alice.start(viewport={"width": 320, "height": 568}, color_scheme=scheme)
    for path in PATHS:
        page.goto(path)
        assert page.evaluate(STICKING_OUT) == [], path
        screenshot(page, f"narrow-{scheme}-{path.strip('/').replace('/', '-')}")
