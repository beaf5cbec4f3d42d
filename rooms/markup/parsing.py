"""A text as Markdown's tokens."""

from __future__ import annotations

import re
from collections.abc import Iterator
from threading import Lock
from types import SimpleNamespace
from typing import Any

from markdown_it import MarkdownIt, helpers
from markdown_it.rules_core import StateCore, linkify
from markdown_it.token import Token

from rooms.markup.costs import (
    BlockRule,
    Blocks,
    Effort,
    Inlines,
    TooMuch,
    address,
    counted,
    linkify_scheme,
    weigh_addresses,
    weigh_destination,
)
from rooms.markup.emojis import draw_emojis
from rooms.markup.links import Linkifier, may_link
from rooms.markup.placeholders import PRIVATE, Hidden

DEEPEST = 12
"""How far quotes and lists go into each other. Further in, their signs are text."""

FURTHEST = 100
"""How far emphasis and links do."""

HEADINGS = {"h1": "h3", "h2": "h4", "h3": "h5"}
"""The page has its own title above all that is said on it."""

AUTOMATIC = {"autolink", "linkify"}

MOST_LEFT = 15_000
"""Points for the addresses of a text that is left as it is."""

placeholder = re.compile(f"([{chr(PRIVATE[0])}-{chr(PRIVATE[-1])}])")


class Parser(MarkdownIt):
    """CommonMark, with what chat adds. Not to be used by two threads at once."""

    hidden: Hidden
    effort: Effort

    def __init__(self) -> None:
        super().__init__()
        self.block, self.inline, self.linkify = Blocks(), Inlines(), Linkifier()
        counting = vars(helpers) | {"parseLinkDestination": self.parse_destination}
        self.helpers = SimpleNamespace(**counting)  # type: ignore[assignment]
        self.configure("commonmark", {"html": False, "linkify": True, "breaks": True, "maxNesting": FURTHEST})
        self.enable(["table", "strikethrough", "linkify"])
        self.disable(["html_inline", "html_block"])
        for rule in self.block.ruler.__rules__:
            made = capped(rule.fn) if rule.name in {"blockquote", "list"} else rule.fn
            self.block.ruler.at(rule.name, counted(made), {"alt": rule.alt})
        self.inline.ruler.at("linkify", linkify_scheme)
        self.core.ruler.before("text_join", "finish", finish)

    def parse_destination(self, text: str, start: int, end: int) -> Any:
        self.effort.spend(weigh_destination(text, start, end))
        return helpers.parseLinkDestination(text, start, end)

    def normalizeLink(self, url: str) -> str:
        return super().normalizeLink(self.hidden.restore(url))

    def normalizeLinkText(self, link: str) -> str:
        """As it was written. What browsers decode there may look like another place, or run backwards."""
        return link

    def validateLink(self, url: str) -> bool:
        return may_link(url)


def capped(rule: BlockRule) -> BlockRule:
    """Markdown's own limit would leave out what is deeper, without a word."""
    return lambda state, start, end, silent: state.level < DEEPEST and rule(state, start, end, silent)


def finish(state: StateCore) -> None:
    """What is left to do once Markdown is done, before it joins what was escaped with the text around it."""
    hidden: Hidden = state.md.hidden  # type: ignore[attr-defined]
    for token in state.tokens:
        token.tag = HEADINGS.get(token.tag, "h6" if token.type.startswith("heading") else token.tag)
        if token.type == "inline":
            token.children = list(finish_inline(token.children or [], hidden))
        else:
            token.content, token.info = hidden.restore(token.content), hidden.restore(token.info)


def finish_inline(tokens: list[Token], hidden: Hidden, linked: bool = False) -> Iterator[Token]:
    automatic = False
    for token in tokens:
        if token.type in {"link_open", "link_close"}:
            linked = token.type == "link_open"
            automatic = linked and token.markup in AUTOMATIC
        if token.type == "image":
            yield from show_as_link(token, hidden, linked)
        elif token.type == "text" and not automatic:
            yield from finish_text(token, hidden)
        else:
            token.content = hidden.restore(token.content)
            yield token


def show_as_link(image: Token, hidden: Hidden, linked: bool) -> Iterator[Token]:
    """An image from elsewhere would tell its owner who reads. It is a link, unless it is in one already."""
    text = image.children or [Token("text", "", 0, content=str(image.attrs["src"]))]
    inside = finish_inline(text, hidden, linked=True)
    if linked:
        yield from inside
        return
    yield Token("link_open", "a", 1, attrs={"href": image.attrs["src"]})
    yield from (token for token in inside if not token.type.startswith("link_"))
    yield Token("link_close", "a", -1)


def finish_text(token: Token, hidden: Hidden) -> Iterator[Token]:
    if not hidden.parts:
        token.content = draw_emojis(token.content)
        yield token
        return
    for piece in placeholder.split(token.content):
        part = hidden.parts.get(ord(piece)) if len(piece) == 1 else None
        if part is not None:
            yield Token("mention", "", 0, content=part, info=piece)
        elif piece:
            yield Token("text", "", 0, content=draw_emojis(piece))


parser = Parser()
parsing = Lock()


def parse(hidden: Hidden, effort: Effort | None = None) -> list[Token]:
    """`effort`: to know afterwards what is left of it."""
    with parsing:
        parser.hidden, parser.effort = hidden, effort or Effort()
        try:
            return parser.parse(hidden.text)
        except TooMuch:
            return leave(hidden.text)


def leave(text: str) -> list[Token]:
    """The text as it is, but for its lines, its addresses and the names in it."""
    linked, line_break = weigh_addresses(text) <= MOST_LEFT, Token("softbreak", "br", 0)
    children: list[Token] = []
    for line in text.split("\n"):
        plain = Token("text", "", 0, content=line)
        children += [line_break, *(link_addresses(plain) if linked and address.search(line) else [plain])]
    inline = Token("inline", "", 0, content=text, children=children[1:], block=True)
    state = StateCore(text, parser, {})
    state.tokens = [Token("paragraph_open", "p", 1, block=True), inline, Token("paragraph_close", "p", -1, block=True)]
    finish(state)
    return state.tokens


def link_addresses(plain: Token) -> list[Token]:
    """A line with links in it. To ask Markdown's rule about each of 5,000 lines takes a third of the time there is."""
    state = StateCore(plain.content, parser, {})
    state.tokens = [Token("inline", "", 0, content=plain.content, children=[plain])]
    linkify(state)
    return state.tokens[0].children or []
