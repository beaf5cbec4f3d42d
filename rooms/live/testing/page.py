"""What a browser would make of the frames."""

from __future__ import annotations

from copy import copy
from typing import Any

from bs4 import BeautifulSoup, Comment, NavigableString, Tag

from rooms.live.feed import Feed, Position


class FakePage:
    """A page as htmx keeps it: swaps the fragments of frames and answers into the HTML that it was loaded with.

    Knows what the layer and the chat use: out-of-band elements (`true`, `innerMorph`, `innerHTML`), `<hx-partial>`
    (`outerHTML`, `outerMorph`, `innerHTML`, `innerMorph`, `beforebegin`, `afterbegin`, `beforeend`, `afterend`,
    `delete`), `<hx-upsert key sort>` and `<title>`.
    Raises AssertionError for anything else in a frame, as it would land where nobody meant it to.
    """

    def __init__(self, html: str) -> None:
        self.document = BeautifulSoup(html, "html.parser")
        self.signals: list[tuple[str, dict[str, str]]] = []
        """What forms with `hx-ws:send` and the trigger `load` sent when they came: the socket's path, the values."""

    def apply(self, frame: str) -> None:
        """Take a frame of a socket."""
        assert frame.lstrip().startswith("<"), f"htmx would take this frame for JSON: {frame[:80]!r}"
        content = self._take_in(frame)
        assert not content, f"an element that is not told where to go: {str(content[0])[:80]}"

    def respond(self, html: str, source: Tag | None = None, swap: str = "none") -> None:
        """Take the answer to a request of `source`, whose target is what its `hx-target` names, or itself.

        As in htmx, an answer for an element that has left the page meanwhile is dropped whole.
        """
        target = source
        if source is not None and source.get("hx-target"):
            target = self.document.select_one(str(source["hx-target"])) if self.document in source.parents else source
        if target is not None and self.document not in target.parents:
            return
        self._take_in(html, target if swap == "outerHTML" else None)

    def cursor(self, feed: Feed) -> Position | None:
        """Where the page says it is; None when it has no socket element for the feed any more."""
        field = self.document.find(id=f"{feed.element_id}-cursor")
        return Position.parse(str(field["value"])) if isinstance(field, Tag) else None

    def follows(self, feed: Feed) -> bool:
        """Whether the page still has the feed's socket element."""
        return self.document.find(id=feed.element_id) is not None

    def sockets(self) -> dict[str, dict[str, str]]:
        """The sockets that the page keeps open, by path, and what it says to each when it opens."""
        found = {}
        for element in self.document.find_all(True, {"hx-ws:connect": True}):
            greeting = element.select_one("form[hx-ws\\:send][hx-trigger*='htmx:ws:after:connection']")
            found[str(element["hx-ws:connect"])] = self._values_of(greeting) if greeting else {}
        return found

    def _take_in(self, html: str, main: Tag | None = None) -> list[Tag]:
        """Put everything where it says it belongs, and what does not say in the place of `main`, or return it.

        As htmx does it: the targets are found before anything is swapped, but for those of `<hx-upsert>`.
        """
        fragment = BeautifulSoup(html, "html.parser")
        loose = [
            piece for piece in fragment.children if isinstance(piece, NavigableString) and type(piece) is not Comment
        ]
        assert not any(piece.strip() for piece in loose), f"text outside of any fragment: {html[:80]!r}"
        pieces = [piece.extract() for piece in list(fragment.children) if isinstance(piece, Tag)]
        swaps = [(piece, self._find_targets(piece)) for piece in pieces]
        content = [piece for piece, targets in swaps if targets is None]
        if main is not None:
            main.replace_with(*content)
        for piece, targets in swaps:
            self._swap(piece, targets or [])
        if "hx-ws:send" in html:
            self._load()
        return [] if main is not None else content

    def _find_targets(self, piece: Tag) -> list[Tag] | None:
        """Where a piece goes; None when it does not say."""
        if piece.name == "hx-partial":
            return list(self.document.select(str(piece["hx-target"])))
        if piece.get("hx-swap-oob"):
            return list(self.document.find_all(id=piece["id"]))
        return [] if piece.name in {"title", "hx-upsert"} else None

    def _load(self) -> None:
        for form in self.document.select("form[hx-ws\\:send][hx-trigger=load]:not([data-htmx-powered])"):
            form["data-htmx-powered"] = "true"
            socket = form.find_parent(attrs={"hx-ws:connect": True})
            if socket is not None:
                self.signals.append((str(socket["hx-ws:connect"]), self._values_of(form)))

    def _values_of(self, form: Tag) -> dict[str, str]:
        """What a form sends, with the fields that its `hx-include` names."""
        fields = self.document.select(str(form["hx-include"])) if form.get("hx-include") else []
        return {str(field["name"]): str(field.get("value", "")) for field in fields} | values_of(form)

    def _swap(self, piece: Tag, targets: list[Tag]) -> None:
        style = piece.attrs.pop("hx-swap-oob", None)
        if piece.name == "title":
            self._replace_inner(self.document.find("title"), piece)
        elif piece.name == "hx-upsert":
            self._upsert(self.document.select_one(str(piece["hx-target"])), piece)
        for target in targets:
            if self.document in target.parents:
                own = copy(piece)
                if style == "true":
                    target.replace_with(own)
                else:
                    self._place(target, own, str(style or piece.get("hx-swap", "innerHTML")).split()[0])

    def _place(self, target: Tag, piece: Tag, style: str) -> None:
        if style == "delete":
            target.decompose()
        elif style in {"outerHTML", "outerMorph"}:
            target.replace_with(*[child.extract() for child in list(piece.children)])
        elif style in {"innerHTML", "innerMorph"}:
            self._replace_inner(target, piece)
        elif style == "beforeend":
            target.extend([child.extract() for child in list(piece.children)])
        elif style == "afterbegin":
            for child in reversed(list(piece.children)):
                target.insert(0, child.extract())
        elif style == "beforebegin":
            target.insert_before(*[child.extract() for child in list(piece.children)])
        elif style == "afterend":
            target.insert_after(*[child.extract() for child in list(piece.children)])
        else:
            raise AssertionError(f"a swap style this page does not know: {style}")

    def _replace_inner(self, target: Any, piece: Tag) -> None:
        if isinstance(target, Tag):
            target.clear()
            target.extend([child.extract() for child in list(piece.children)])

    def _upsert(self, target: Tag | None, piece: Tag) -> None:
        """As hx-upsert.js does it; without the target it does nothing, not even to elements that stand elsewhere."""
        if target is None:
            return
        key = str(piece["key"])
        for new in piece.find_all(recursive=False):
            existing = self.document.find(id=new["id"])
            if isinstance(existing, Tag):
                existing.replace_with(new.extract())
                continue
            keyed = (child for child in target.find_all(recursive=False) if child.get(key))
            following = next((child for child in keyed if int(str(child[key])) > int(str(new[key]))), None)
            if following is None:
                target.append(new.extract())
            else:
                following.insert_before(new.extract())


def values_of(form: Tag) -> dict[str, str]:
    """What htmx sends for a form: its fields, and `hx-vals` of the shape `name:value`."""
    fields = {str(field["name"]): str(field.get("value", "")) for field in form.select("input[name]")}
    name, _, value = str(form.get("hx-vals", "")).partition(":")
    return fields | ({name: value} if name else {})
