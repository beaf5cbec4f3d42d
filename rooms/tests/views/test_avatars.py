from xml.etree import ElementTree

import pytest
from django.test import Client

from rooms.initials import get_initials
from rooms.models import User
from rooms.tests.conftest import SignIn


@pytest.mark.parametrize(
    ("name", "initials"),
    [
        ("Alice Moreau", "AM"),
        ("alice van der moreau", "AM"),
        ("Bob", "B"),
        ("田中 美咲", "田"),
        ("田中美咲", "田"),
        ("مريم العلي", "م"),
        ("हिन्दी", "हि"),
        ("Ольга Петрова", "ОП"),
        ("ßeta", "ß"),
        ("Zoe\u0308", "Z"),
        ("E\u0301mile Zola", "E\u0301Z"),
        ("👩🏽‍🌾 Dana", "👩🏽‍🌾"),
        ("🇯🇵🇫🇷", "🇯🇵"),
        ("🌱", "🌱"),
        ("“Quoted” Name", "N"),
        ("O'Neill", "O"),
        ("7 of 9", "7"),
        ("<script>", "<"),
        ("---", "-"),
        ("", "?"),
    ],
)
def test_initials_of_any_script(name: str, initials: str) -> None:
    assert get_initials(name) == initials


def draw(browser: Client, person: User) -> str:
    return browser.get(f"/avatars/{person.pk}/").content.decode()


@pytest.mark.parametrize("name", ["Bob Okafor", "田中", "<b>", "&amp;", '"onload=1', "]]>"])
def test_it_is_a_picture(sign_in: SignIn, bob: User, name: str) -> None:
    User.objects.filter(pk=bob.pk).update(name=name)

    response = sign_in(bob).get(f"/avatars/{bob.pk}/")

    picture = ElementTree.fromstring(response.content)
    assert [element.tag.rpartition("}")[2] for element in picture.iter()] == ["svg", "rect", "text"]
    assert picture[1].text == get_initials(name)
    assert response["Content-Type"] == "image/svg+xml"
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"


def test_people_have_colours_of_their_own(sign_in: SignIn, alice: User, bob: User) -> None:
    browser = sign_in(alice)

    assert draw(browser, alice).replace("AM", "") != draw(browser, bob).replace("BO", "")
    assert draw(browser, bob) == draw(browser, bob)


def test_browsers_keep_it(sign_in: SignIn, bob: User) -> None:
    browser = sign_in(bob)
    first = browser.get(f"/avatars/{bob.pk}/")
    assert first["Cache-Control"] == "private, max-age=3600"

    again = browser.get(f"/avatars/{bob.pk}/", headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")

    bob.introduce(name="Zoe", language="en", time_zone="UTC")
    assert browser.get(f"/avatars/{bob.pk}/", headers={"If-None-Match": first["ETag"]}).status_code == 200


def test_there_is_none_of_nobody(sign_in: SignIn, bob: User) -> None:
    browser = sign_in(bob)

    for pk in ("0", "999", "99999999999999999999999"):
        assert browser.get(f"/avatars/{pk}/").status_code == 404


def test_strangers_see_none(client: Client, bob: User) -> None:
    assert client.get(f"/avatars/{bob.pk}/").status_code == 404
