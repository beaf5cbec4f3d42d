from django.contrib.staticfiles import finders
from django.test import Client


def test_a_browser_that_asks_for_an_icon_by_itself_is_sent_to_ours(client: Client) -> None:
    """Without a session, or a query: it asks beside whatever has no page around it, and once an hour."""
    response = client.get("/favicon.ico")

    assert (response.status_code, response.headers["Cache-Control"]) == (302, "public, max-age=3600")
    assert finders.find(response.headers["Location"].removeprefix("/static/"))
    assert not response.cookies
