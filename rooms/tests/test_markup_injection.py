"""Whatever is written, only what the allow-list names comes out; of the markup that people write, only its text."""

import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st

from rooms.markup import render
from rooms.markup.highlighting import CLASSES
from rooms.markup.links import may_link
from rooms.markup.sanitising import BLOCKS, TABLES, TEXT, sanitise

ATTRIBUTES = [
    *("id=messages", "name=cursor", "class=composer", "style=color:red", "title=x", "lang=x", "dir=rtl", "tabindex=0"),
    *("onclick=f()", "onload=f()", "data-author=1", "data-position=1", "data-hx-get=/x", "data-ws-connect=/x"),
    *("hx-get=/x", "hx-post=/x", "hx-on:load=f()", "hx-on--load=f()", "hx-trigger=load", "hx-swap-oob=true"),
    *("hx-ws:connect=/x", "hx-ws:send", "hx-vals=js:f()", "hx-include=*", "hx-boost=true", "hx-config={}"),
    *("hx-preserve", "hx-ext=ws", "ws-connect=/x", "ws-send", "sse-connect=/x", "target=_blank", "rel=opener"),
    *("autofocus", "contenteditable", "popover", "aria-live=off", "role=log", "part=x", "slot=x", "is=x", "nonce=x"),
]
ELEMENTS = [
    *(
        "script",
        "style",
        "iframe",
        "object",
        "embed",
        "svg",
        "math",
        "img",
        "video",
        "audio",
        "form",
        "input",
        "button",
    ),
    *("base", "link", "meta", "template", "hx-partial", "hx-upsert", "title", "textarea", "noscript", "xmp", "details"),
    *("body", "html", "frameset", "marquee", "dialog", "select", "article", "div", "h1", "plaintext", "listing"),
]
PIECES = [
    *(
        "<",
        ">",
        "</",
        "/>",
        '"',
        "'",
        "`",
        "=",
        "[",
        "](",
        ")",
        "![",
        "\n",
        " ",
        "&lt;",
        "&#60;",
        "\\",
        "```html\n",
        "|",
    ),
    *(
        "script",
        "img src=x onerror=f()",
        "svg onload=f()",
        "a href=javascript:f()",
        "javascript:",
        "https://a.example/",
    ),
    *("<!--", "-->", "<![CDATA[", "]]>", "<?", "&", "\0", "\u202e", "%0a", "p class=emoji", "span class=mention"),
    *ATTRIBUTES[::5],
]


def check(html: str) -> None:
    """Nothing stands in it that the allow-list does not name."""
    for tag in BeautifulSoup(f"<main>{html}</main>", "html.parser").main.find_all(True):
        assert tag.name in TEXT | BLOCKS | TABLES, tag
        assert tag.name != "a" or tag.has_attr("href"), tag
        for name, value in tag.attrs.items():
            match tag.name, name:
                case "a", "href":
                    assert may_link(value), tag
                case "a", "rel":
                    assert value == ["noopener", "noreferrer", "nofollow", "ugc"]
                case "ol", "start":
                    assert value.isdigit()
                case "td" | "th", "align":
                    assert value in {"left", "center", "right"}
                case "span", "class":
                    assert {*value} <= {"mention", *CLASSES}, tag
                case "p", "class":
                    assert {*value} <= {"emoji"}, tag
                case "ol", "class":
                    assert {*value} <= {"wide", "wider", "widest"}, tag
                case _:
                    raise AssertionError(tag)


@pytest.mark.parametrize("element", ELEMENTS)
def test_elements_are_text(element: str) -> None:
    text = f"<{element} src=/x href=javascript:f() onload=f()>x</{element}>"
    for body in (
        text,
        f"> {text}",
        f"**{text}**",
        f"[{text}](https://a.example)",
        f"- {text}",
        f"```html\n{text}\n```",
    ):
        html = render(body)
        check(html)
        assert f"<{element} src" in BeautifulSoup(html, "html.parser").text


@pytest.mark.parametrize("attribute", ATTRIBUTES)
def test_attributes_are_text(attribute: str) -> None:
    for body in (
        f"<b {attribute}>x</b>",
        f"[x](https://a.example/ '{attribute}')",
        f'[x](https://a.example/"{attribute})',
        f'https://a.example/"{attribute}',
        f"```{attribute}\nx\n```",
        f'```py" {attribute}\nx\n```',
        f"|a|\n|:-:{attribute}|",
        f'![x" {attribute}](https://a.example)',
    ):
        check(render(body))


@pytest.mark.parametrize(
    "attribute", [*ATTRIBUTES, "class=message", "align=justify", "href=javascript:f()", "href=//a"]
)
def test_the_last_step_would_stop_them(attribute: str) -> None:
    """Even if all before it failed: the allow-list, alone."""
    for tag in sorted(TEXT | BLOCKS | TABLES):
        html = f"<table><tr><td {attribute}><{tag} {attribute}>x</{tag}></table>"
        check(sanitise(html))
    check(sanitise("".join(f"<{element} {attribute}>x</{element}>" for element in ELEMENTS)))


@given(st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=4)), max_size=30).map("".join))
def test_no_mixture_gets_through(text: str) -> None:
    check(render(text))
    check(sanitise(text))


@given(st.text(max_size=30), st.data())
def test_no_name_gets_through(name: str, data: st.DataObject) -> None:
    wicked = f"@{data.draw(st.sampled_from(PIECES))}{name}{data.draw(st.sampled_from(PIECES))}"
    check(render(f"*hi* {wicked} `x`", [(5, 5 + len(wicked))]))
