"""How long Markdown would take over a text, told from its signs: the worst must not keep others waiting."""

from __future__ import annotations

import re

MOST = 800
"""Points. Ten thousand letters written for people have a few hundred; so many take 50 ms at the very worst."""

fenced = re.compile(r"^ {0,3}(`{3,}+|~{3,}+)[^`\n]*+\n(?:.*?^ {0,3}\1[`~]*[ \t]*$|.*\Z)", re.MULTILINE | re.DOTALL)
signs = re.compile(r"[*_`\[\]!<>|~&#\\:(\n]")
dear = re.compile(r"(?:^|[\s>])(?:[-+*]|\d{1,9}[.)])(?=\s)|[\[|]")
"""Items of lists, cells of tables; brackets, of which each looks for the one that closes it."""
addresses = re.compile(r"://|[@.](?=[^\W\d])|!\[|www\.", re.IGNORECASE)


def is_too_much(text: str) -> bool:
    if len(text) < MOST // 8:
        return False
    bare = fenced.sub("", text)
    points = len(signs.findall(bare)) + 2 * len(dear.findall(bare)) + 5 * len(addresses.findall(bare))
    return points > MOST
