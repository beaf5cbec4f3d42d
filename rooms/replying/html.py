"""The text of a mail that is nothing but HTML.

A scan for tags that takes no longer than the text is long, as `rooms.links.parsing` has one, and for the same reason:
html.parser takes minutes for what was written to that end.
"""

from __future__ import annotations

import re
from html import unescape

TAG = re.compile(r"<(?:(?P<comment>!--)|(?P<end>/?)(?P<name>[a-zA-Z][a-zA-Z0-9]{0,15})(?P<rest>[^<>]{0,4000})>)")
CLASSES = re.compile(r"""\bclass\s{0,5}=\s{0,5}["']?([^"'<>]{0,300})""", re.IGNORECASE)

BLOCKS = {
    *("address", "article", "blockquote", "center", "dd", "div", "dl", "dt", "footer", "h1", "h2", "h3", "h4", "h5"),
    *("h6", "header", "hr", "li", "ol", "p", "pre", "section", "table", "tr", "ul"),
}
UNSEEN = {name: re.compile(rf"</{name}\b", re.IGNORECASE) for name in ("head", "script", "style", "title")}
VOID = {"br", "hr", "img", "input", "link", "meta", "wbr", "col", "area", "base"}
QUOTED_CLASSES = {"gmail_quote", "gmail_quote_container", "yahoo_quoted", "protonmail_quote"}
SIGNATURE_CLASSES = {"gmail_signature", "moz-signature"}

DEEPEST = 100
"""Elements within each other. What is deeper is read as if it were beside: closing one looks through all of them."""


def to_text(html: str) -> str:
    """What somebody reads, a line for each block; what is quoted is one line that begins with `>`, as in plain text."""
    lines = (" ".join(line.split()) for line in Reader().read(html).split("\n"))
    return "\n".join(lines).strip("\n")


class Reader:
    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.open: list[tuple[str, bool]] = []
        """The elements around, and whether each silences what is in it."""

    @property
    def silent(self) -> bool:
        return any(silences for _, silences in self.open)

    def read(self, html: str) -> str:
        at = 0
        while tag := TAG.search(html, at):
            self.write(html[at : tag.start()])
            at = self.take(tag, html)
            if at < 0:  # A comment, or a script, that never ends.
                return "".join(self.pieces)
        self.write(html[at:])
        return "".join(self.pieces)

    def take(self, tag: re.Match[str], html: str) -> int:
        """Take in a tag; return where the text goes on, or -1 where none does."""
        if tag["comment"]:
            end = html.find("-->", tag.end())
            return end + 3 if end >= 0 else -1
        name = tag["name"].lower()
        if name in UNSEEN and not tag["end"]:
            end_tag = UNSEEN[name].search(html, tag.end())
            return end_tag.start() if end_tag else -1
        if name in BLOCKS:
            self.end_line()
        if tag["end"]:
            self.close(name)
        elif name == "br":
            self.write("\n", as_is=True)
        elif name not in VOID:
            self.begin(name, tag["rest"])
        return tag.end()

    def begin(self, name: str, rest: str) -> None:
        found = CLASSES.search(rest)
        classes = {*found[1].split()} if found else set()
        quoted = name == "blockquote" or bool(classes & QUOTED_CLASSES)
        if quoted:
            self.write("\n>\n", as_is=True)
        if len(self.open) < DEEPEST and not rest.endswith("/"):
            self.open.append((name, quoted or bool(classes & SIGNATURE_CLASSES)))

    def close(self, name: str) -> None:
        last = next((at for at in range(len(self.open) - 1, -1, -1) if self.open[at][0] == name), -1)
        if last >= 0:
            del self.open[last:]

    def write(self, text: str, as_is: bool = False) -> None:
        if text and not self.silent:
            # Line breaks of the source are spaces, but for those of <pre>.
            as_is = as_is or any(name == "pre" for name, _ in self.open)
            self.pieces.append(unescape(text if as_is else text.replace("\n", " ")))

    def end_line(self) -> None:
        if self.pieces and not self.pieces[-1].endswith("\n"):
            self.write("\n", as_is=True)
