"""What people write, as HTML and as plain text.

Messages are Markdown: CommonMark with tables, strikethrough, addresses that become links, `:shortcodes:` and colours
for code. HTML in them is text like any other. Knows nothing of rooms, people or the database.
"""

from rooms.markup.excerpts import to_text
from rooms.markup.links import find_links
from rooms.markup.rendering import in_text, render

__all__ = ["VERSION", "find_links", "in_text", "render", "to_text"]

VERSION = 2
"""Of these rules. Raise it with any change to what they make: HTML that is kept is then made anew when it is shown."""
