"""A text as HTML."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, MutableMapping, Sequence
from html import escape
from typing import Any

from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import OptionsDict

from rooms.markup.costs import MOST, Effort
from rooms.markup.emojis import is_all_emoji
from rooms.markup.highlighting import Highlighter
from rooms.markup.parsing import parse, parser
from rooms.markup.placeholders import hide
from rooms.markup.sanitising import sanitise
from rooms.text import BIDI_CONTROLS

WIDE = {3: "wide", 5: "wider", 8: "widest"}
"""Ordered lists whose numbers have so many digits. Browsers do not make room for them by themselves."""

BIDI_NAMES = {ord(letter): f"[U+{ord(letter):04X}]" for letter in BIDI_CONTROLS}
"""Code that runs backwards is not what it looks like (CVE-2021-42574), so in code these letters show."""


class Renderer(RendererHTML):
    """Of one message."""

    def __init__(self, left: float) -> None:
        super().__init__()
        self.highlighter = Highlighter(left)

    def mention(self, tokens: Sequence[Token], number: int, options: OptionsDict, env: MutableMapping[str, Any]) -> str:
        return f'<span class="mention">{escape(tokens[number].content)}</span>'

    def code_inline(
        self, tokens: Sequence[Token], number: int, options: OptionsDict, env: MutableMapping[str, Any]
    ) -> str:
        return f"<code>{escape(tokens[number].content.translate(BIDI_NAMES))}</code>"

    def code_block(
        self, tokens: Sequence[Token], number: int, options: OptionsDict, env: MutableMapping[str, Any]
    ) -> str:
        return f"<pre><code>{escape(tokens[number].content.translate(BIDI_NAMES))}</code></pre>\n"

    def fence(self, tokens: Sequence[Token], number: int, options: OptionsDict, env: MutableMapping[str, Any]) -> str:
        language = tokens[number].info.strip().partition(" ")[0]
        code = self.highlighter.highlight(tokens[number].content.translate(BIDI_NAMES), language)
        return f"<pre><code>{code}</code></pre>\n"


def render(body: str, mentions: Iterable[Sequence[int]] = ()) -> str:
    """A text as HTML, sanitised. `mentions`: from where to where it names people; no name is looked for here."""
    hidden = hide(body, ((start, end) for start, end in mentions))
    effort = Effort()
    return sanitise(draw(parse(hidden, effort), effort.left / MOST)).strip()


def draw(tokens: list[Token], left: float) -> str:
    if [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"]:
        children = tokens[1].children or []
        if all(token.type in {"text", "softbreak"} for token in children) and is_all_emoji(
            "".join(token.content for token in children)
        ):
            tokens[0].attrSet("class", "emoji")
    for token in tokens:
        if token.type in {"td_open", "th_open"} and (style := token.attrs.pop("style", "")):
            token.attrSet("align", str(style).removeprefix("text-align:"))
    make_room(tokens)
    return Renderer(left).render(tokens, parser.options, {})


def make_room(tokens: Iterable[Token]) -> None:
    """Name the ordered lists in which the last number is long."""
    lists: list[tuple[Token, list[Token]]] = []
    for token in tokens:
        if token.type in {"ordered_list_open", "bullet_list_open"}:
            lists.append((token, []))
        elif token.type == "list_item_open":
            lists[-1][1].append(token)
        elif token.type in {"ordered_list_close", "bullet_list_close"}:
            opened, items = lists.pop()
            last = int(opened.attrs.get("start", 1)) + len(items) - 1
            wide = [name for digits, name in WIDE.items() if len(str(last)) >= digits]
            if wide and opened.tag == "ol":
                opened.attrSet("class", wide[-1])


def in_text(body: str, offsets: Iterable[int]) -> list[int]:
    """Those of these letters of a text that somebody says: not parts of code, of an address or of what is quoted."""
    offsets = list(offsets)
    hidden = hide(body, ((offset, offset + 1) for offset in offsets))
    said = {ord(token.info) for token in find_said(parse(hidden)) if token.type == "mention"}
    return [offset for number, offset in zip(hidden.parts, offsets, strict=True) if number in said]


def find_said(tokens: Iterable[Token]) -> Iterator[Token]:
    quotes = 0
    for token in tokens:
        quotes += token.nesting if token.type.startswith("blockquote") else 0
        if not quotes:
            yield from token.children or ()
