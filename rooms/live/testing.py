"""For the tests of applications: what rang, and what a browser would make of the frames.

Needs `beautifulsoup4`, which is not a requirement of the layer itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from bs4 import BeautifulSoup, Tag

from rooms.live import bell
from rooms.live.bell import without_bells as without_bells
from rooms.live.feed import Feed, Position


@contextmanager
def captured_bells() -> Iterator[list[dict[str, Any]]]:
    """Collect the bells that go out inside the block, `{"type": "bell", "topic": …, "clock": …}` and revocations.

    They still ring. Bells of a transaction that is rolled back never appear.
    """
    heard: list[dict[str, Any]] = []
    bell.eavesdroppers.append(heard)
    try:
        yield heard
    finally:
        bell.eavesdroppers.remove(heard)


class FakePage:
    """A page as htmx keeps it: swaps the fragments of each frame into the HTML that it was loaded with.

    Knows what the layer and the chat use: out-of-band elements (`true`, `innerMorph`, `innerHTML`), `<hx-partial>`
    (`outerHTML`, `innerHTML`, `innerMorph`, `beforeend`, `afterbegin`, `delete`), `<hx-upsert key sort>` and `<title>`.
    Raises AssertionError for anything else in a frame, as it would land where nobody meant it to.
    """

    def __init__(self, html: str) -> None:
        self.document = BeautifulSoup(html, "html.parser")

    def apply(self, frame: str) -> None:
        assert frame.lstrip().startswith("<"), f"htmx would take this frame for JSON: {frame[:80]!r}"
        fragment = BeautifulSoup(frame, "html.parser")
        for piece in list(fragment.children):
            if isinstance(piece, Tag):
                self._swap(piece)
            else:
                assert not piece.strip(), f"text outside of any fragment: {piece!r}"

    def cursor(self, feed: Feed) -> Position | None:
        """Where the page says it is; None when it has no socket element for the feed any more."""
        field = self.document.find(id=f"{feed.element_id}-cursor")
        return Position.parse(str(field["value"])) if isinstance(field, Tag) else None

    def follows(self, feed: Feed) -> bool:
        """Whether the page still has the feed's socket element."""
        return self.document.find(id=feed.element_id) is not None

    def _swap(self, piece: Tag) -> None:
        if piece.name == "title":
            self._replace_inner(self.document.find("title"), piece)
        elif piece.name == "hx-upsert":
            self._upsert(self.document.select_one(str(piece["hx-target"])), piece)
        elif piece.name == "hx-partial":
            for target in self.document.select(str(piece["hx-target"])):
                self._place(target, piece, str(piece.get("hx-swap", "innerHTML")).split()[0])
        else:
            style = piece.attrs.pop("hx-swap-oob", None)
            assert style, f"an element that is not told where to go: {str(piece)[:80]}"
            self._place_oob(piece, str(style))

    def _place_oob(self, piece: Tag, style: str) -> None:
        target = self.document.find(id=piece["id"])
        if not isinstance(target, Tag):
            return
        if style == "true":
            target.replace_with(piece.extract())
        else:
            self._place(target, piece, style)

    def _place(self, target: Tag, piece: Tag, style: str) -> None:
        if style == "delete":
            target.decompose()
        elif style == "outerHTML":
            target.replace_with(*[child.extract() for child in list(piece.children)])
        elif style in {"innerHTML", "innerMorph"}:
            self._replace_inner(target, piece)
        elif style == "beforeend":
            target.extend([child.extract() for child in list(piece.children)])
        elif style == "afterbegin":
            for child in reversed(list(piece.children)):
                target.insert(0, child.extract())
        else:
            raise AssertionError(f"a swap style this page does not know: {style}")

    def _replace_inner(self, target: Any, piece: Tag) -> None:
        if isinstance(target, Tag):
            target.clear()
            target.extend([child.extract() for child in list(piece.children)])

    def _upsert(self, target: Tag | None, piece: Tag) -> None:
        key = str(piece["key"])
        for new in piece.find_all(recursive=False):
            existing = self.document.find(id=new["id"])
            if isinstance(existing, Tag):
                existing.replace_with(new.extract())
            elif target is not None:
                later = (child for child in target.find_all(recursive=False) if int(child[key]) > int(new[key]))
                following = next(later, None)
                if following is None:
                    target.append(new.extract())
                else:
                    following.insert_before(new.extract())
