"""Proof that a page does nothing but what its server says: see e2e/vectors.py for what is put into it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Page, WebSocket

OURS = {
    *("", "static", "me.css", "avatars", "rooms", "messages", "people", "accounts", "search", "notifications", "live"),
    *("directs", "bookmarks", "files", "previews", "places", "reading", "hidden-rooms", "up", "favicon.ico"),
}
"""What the paths begin with that our pages ask for."""

# What harm would say if it came to act. The console is watched: it has to stay silent.
ALARM = """
window.tripwire = () => console.error("tripwire() was called");
document.addEventListener("securitypolicyviolation",
  event => console.error(`policy: ${event.violatedDirective} forbids ${event.blockedURI}`), true);
"""

# Attributes that hold what people wrote as text, and what may stand on what they wrote.
HARM = """() => {
  const said = [], say = (element, what) => said.push(`${what}: ${element.outerHTML.slice(0, 300)}`);
  const tags = "a blockquote br code del em h3 h4 h5 h6 hr li mark ol p pre s span strong table tbody td th thead tr ul"
    .split(" ");
  const allowed = new Set(["href", "rel", "class", "start", "align"]);
  const text = new Set(["value", "alt", "download", "title", "aria-label", "content", "placeholder"]);
  const loads = new Set(["href", "src", "action", "formaction", "poster", "srcset", "data", "xlink:href"]);
  const rel = "noopener noreferrer nofollow ugc";
  for (const element of document.querySelectorAll(":is(.message__body, bdi, q, mark, .found__text, .quote) *")) {
    if (!tags.includes(element.localName)) say(element, "tag");
    for (const {name} of element.attributes) if (!allowed.has(name)) say(element, `attribute ${name}`);
    if (element.closest(".message__body") && element.matches("[class]:not(span, p.emoji)")) say(element, "class");
  }
  for (const link of document.querySelectorAll(".message__body a, .preview__card")) {
    const href = link.getAttribute("href");
    if (link.localName !== "a") continue;
    if (!/^(https?:\\/\\/[^/?#]|mailto:[^/])/i.test(href) || link.username || link.password) say(link, "link");
    if (link.rel !== rel) say(link, "rel");
  }
  for (const element of document.querySelectorAll("*")) {
    if (element.matches("iframe, object, embed, base, svg, math, style, template, [http-equiv], "
        + "hx-partial, hx-upsert, portal, frame, marquee, noscript img, .message form")) say(element, "element");
    if (element.matches("script") && !element.src.startsWith(`${location.origin}/static/`)) say(element, "script");
    for (const {name, value} of element.attributes) {
      if (/^on|style$|^srcdoc$|^(data-)?hx-(on|vars|ext|swap-oob)|^(data-)?(ws|sse)-/.test(name)) {
        say(element, name);
      }
      if (/^data-hx-/.test(name)) say(element, name);
      if (/js:|javascript:/i.test(value) && (name.startsWith("hx-") || loads.has(name))) say(element, name);
      if (loads.has(name) || /^hx-(get|post|put|patch|delete|ws)/.test(name)) {
        const url = new URL(value, location);
        if (url.pathname.startsWith("/tripwire") && url.host === location.host) say(element, name);
        if (url.host !== location.host && !element.matches(".message__body a, .preview__card")
          && !name.startsWith("hx-ws")) say(element, name);
      } else if (/tripwire/i.test(value) && !text.has(name)) say(element, name);
    }
  }
  const ids = [...document.querySelectorAll("[id]")].map(element => element.id);
  for (const id of ids.filter((id, number) => ids.indexOf(id) !== number)) said.push(`an id twice: ${id}`);
  for (const known of ["body", "head", "title", "querySelector", "getElementById", "forms", "cookie"]) {
    if (document[known] instanceof HTMLCollection || (document[known] instanceof HTMLElement
      && !["BODY", "HEAD"].includes(document[known].tagName))) {
      if (known !== "forms") said.push(`clobbered: ${known}`);
    }
  }
  return said;
}"""

# What a reader does, and more than that. Not a click: links lead away.
TOUCH = """() => {
  for (const element of document.querySelectorAll(":is(.message, .toast, .notification, .found, h1) *")) {
    if (element.closest(".message__tools, .reactions")) continue;
    for (const name of ["mouseover", "mousemove", "pointerdown", "focus", "toggle", "load", "error"]) {
      element.dispatchEvent(new Event(name, {bubbles: true}));
    }
  }
}"""


class Watch:
    """Over a page, from before it loads anything: what it asks for, what it is told, and what stands in it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.strange: list[str] = []
        self.frames = 0
        self.host = ""
        page.add_init_script(ALARM)
        page.on("request", lambda request: self.judge(request.url))
        page.on("websocket", self.listen)
        page.on("dialog", self.refuse)

    def judge(self, url: str) -> None:
        parts = urlsplit(url)
        self.host = self.host or parts.netloc
        if parts.netloc != self.host or parts.path.split("/")[1] not in OURS:
            self.strange.append(url)

    def listen(self, socket: WebSocket) -> None:
        self.judge(socket.url)
        socket.on("framereceived", self.read)

    def read(self, frame: bytes | str) -> None:
        """Frames that looked like JSON would be taken for orders."""
        self.frames += 1
        if not str(frame).lstrip().startswith("<"):
            self.strange.append(f"frame: {str(frame)[:200]}")

    def refuse(self, dialog: Any) -> None:
        self.strange.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def find_harm(self) -> list[str]:
        harm: list[str] = self.page.evaluate(HARM)
        return harm + self.strange

    def assert_inert(self) -> None:
        """Whatever acts by itself has done so once the page is at rest; whatever waits for the reader, by then."""
        self.page.evaluate(TOUCH)
        self.page.evaluate("() => new Promise(done => requestAnimationFrame(() => setTimeout(done)))")
        harm = self.find_harm()
        assert harm == [], "\n".join([self.page.url, *harm[:20]])

    def visit(self, *paths: str) -> None:
        for path in paths:
            answer = self.page.goto(path)
            assert answer and answer.status == 200, path
            self.assert_inert()

    def read_back(self) -> list[str]:
        """Leaf through the whole lobby, from its end; return what is said there."""
        self.visit("/rooms/lobby/")
        texts = self._read()
        older = self.page.locator("#older")
        while paths := older.evaluate_all("all => all.map(one => one.getAttribute('href'))"):
            self.visit(paths[0])
            texts += self._read()
        return texts

    def _read(self) -> list[str]:
        bodies = self.page.locator("#messages .message__body")
        found: list[str] = bodies.evaluate_all("all => all.map(one => one.textContent.trim())")
        return found
