"""What people write, as HTML and as plain text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooms.markup import find_links, in_text, render, to_text

REL = 'rel="noopener noreferrer nofollow ugc"'
GOLDEN = {
    "one\ntwo\n\nthree": "<p>one<br>\ntwo</p>\n<p>three</p>",
    "*a* **b** ~~c~~ `d`": "<p><em>a</em> <strong>b</strong> <s>c</s> <code>d</code></p>",
    "# A\n#### B": "<h3>A</h3>\n<h6>B</h6>",
    "5. a\n6. b": '<ol start="5">\n<li>a</li>\n<li>b</li>\n</ol>',
    "2026. a": '<ol start="2026" class="wide">\n<li>a</li>\n</ol>',
    "98. a\n99. b\n    - c": '<ol start="98">\n<li>a</li>\n<li>b\n<ul>\n<li>c</li>\n</ul>\n</li>\n</ol>',
    "99. a\n1. b": '<ol start="99" class="wide">\n<li>a</li>\n<li>b</li>\n</ol>',
    "123456789. a": '<ol start="123456789" class="widest">\n<li>a</li>\n</ol>',
    "- a\n  - b": "<ul>\n<li>a\n<ul>\n<li>b</li>\n</ul>\n</li>\n</ul>",
    "> a\n\n---": "<blockquote>\n<p>a</p>\n</blockquote>\n<hr>",
    "```\na < b\n```": "<pre><code>a &lt; b\n</code></pre>",
    "```py\nif 1:\n```": '<pre><code><span class="k">if</span> <span class="m">1</span>:\n</code></pre>',
    "```brainfuck\n+\n```": "<pre><code>+\n</code></pre>",
    "<b>x</b> &amp; &lt;": "<p>&lt;b&gt;x&lt;/b&gt; &amp; &lt;</p>",
    "[a](https://b.example/?c&d)": f'<p><a href="https://b.example/?c&amp;d" {REL}>a</a></p>',
    "[a](https://b.example 'c')": f'<p><a href="https://b.example" {REL}>a</a></p>',
    "see https://a.example/_b_/c.": f'<p>see <a href="https://a.example/_b_/c" {REL}>https://a.example/_b_/c</a>.</p>',
    "README.md www.a.com b.com": f'<p>README.md <a href="https://www.a.com" {REL}>www.a.com</a> '
    f'<a href="https://b.com" {REL}>b.com</a></p>',
    "bob@a.example.org": f'<p><a href="mailto:bob@a.example.org" {REL}>bob@a.example.org</a></p>',
    "![cat](https://a.example/c.png)": f'<p><a href="https://a.example/c.png" {REL}>cat</a></p>',
    "[![c](https://a.example/c)](https://b.example)": f'<p><a href="https://b.example" {REL}>c</a></p>',
    ":wave: :+1: :nothing: 10:30:45 `:wave:` \\:wave:": "<p>👋 👍 :nothing: 10:30:45 <code>:wave:</code> :wave:</p>",
    "🎉 👨‍👩‍👧 :tada:": '<p class="emoji">🎉 👨‍👩‍👧 🎉</p>',
    "🎉 yes": "<p>🎉 yes</p>",
    "🎉" * 13: "<p>" + "🎉" * 13 + "</p>",
    "1": "<p>1</p>",
    "`a\u202eb`": "<p><code>a[U+202E]b</code></p>",
    "|a|b|\n|-|-:|\n|1|2|": "<table>\n<thead>\n<tr>\n<th>a</th>\n"
    '<th align="right">b</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n<td>1</td>\n<td align="right">2</td>\n</tr>\n'
    "</tbody>\n</table>",
}


@pytest.mark.parametrize("text", GOLDEN)
def test_text_becomes_html(text: str) -> None:
    assert render(text) == GOLDEN[text]


@pytest.mark.parametrize(
    "url",
    [
        *("javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\nscript:alert(1)", "&#106;avascript:alert(1)"),
        *("vbscript:x", "data:text/html,x", "file:///etc/passwd", "ftp://a.example", "tel:1", "about:blank"),
        *("//evil.example", "/\\evil.example", "\\\\evil.example", "/accounts/", "?x", "#x", "x", "https:evil"),
        *("http:/evil", "https:///evil.example", "https://bank.example@evil.example/", "https://a:b@evil.example"),
        *("https://a.example/\u202egnp.exe", "http://[", "blob:https://a.example/x", " javascript:alert(1)"),
    ],
)
def test_what_leads_elsewhere_is_no_link(url: str) -> None:
    for text in (f"[x]({url})", f"[x](<{url}>)", f"<{url}>", f"![x]({url})", f"[x]\n\n[x]: {url}"):
        assert [link for link in find_links(render(text)) if "evil" in link or "example" not in link] == [], text


@pytest.mark.parametrize("url", ["https://1.1.1.1:99999/", "https://a\u00ad.example/", "https://\\\\evil/"])
def test_what_browsers_take_for_no_address_is_no_link(url: str) -> None:
    assert render(f"[**a** `b`]({url}) c") == "<p><strong>a</strong> <code>b</code> c</p>"


def test_links_are_found_in_their_order() -> None:
    html = render("https://b.example/?a&b https://a.example `https://c.example` https://b.example/?a&b")
    assert find_links(html) == ["https://b.example/?a&b", "https://a.example"]


def test_names_are_marked_whatever_they_are_made_of() -> None:
    assert render("hi @*B*_", [(3, 8)]) == '<p>hi <span class="mention">@*B*_</span></p>'
    assert render("*@B* [@B](https://a.example)", [(1, 3), (6, 8)]).count('<span class="mention">@B</span>') == 2
    assert render("`@B` https://a.example/(@B)", [(1, 3), (24, 26)]).count("mention") == 0
    assert "https://a.example/(@B)" in find_links(render("`@B` https://a.example/(@B)", [(1, 3), (24, 26)]))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("@a **@b** [@c](https://x.example)", 3),
        ("`@a` @b", 1),
        ("```\n@a\n```\n@b", 1),
        ("    @a", 0),
        ("> @a\n\n@b", 1),
        ("- @a\n\n|@b|\n|-|\n|@c|", 3),
        ("\\@a &#xF0000; &#983041; @b", 1),
    ],
)
def test_nobody_is_named_in_code_or_quotes(text: str, said: int) -> None:
    ats = [offset for offset, letter in enumerate(text) if letter == "@"]
    assert in_text(text, ats) == ats[len(ats) - said :]


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("**a** [b](https://c.example) `d` :tada:", "a b d 🎉"),
        ("# a\n\n> b\n\n- c\n- d", "a\nb\nc\nd"),
        ("```py\nx = 1\n```", "x = 1"),
        ("a\nb", "a\nb"),
        ("![a](https://b.example/c)", "a"),
        ("<b> &amp; \\*", "<b> & *"),
    ],
)
def test_text_without_its_signs(text: str, plain: str) -> None:
    lines = [line for line in to_text(text).split("\n") if line]
    assert "\n".join(lines) == plain


def test_a_long_text_is_cut_where_no_address_is() -> None:
    minutes = f"[Minutes](https://a.example/{'x' * 600})"
    assert to_text(f"{minutes} of today", 120) == "Minutes of today"
    assert to_text(f"{'word ' * 95}**{minutes}**\n{'more ' * 900}", 120) == f"{'word ' * 95}Minutes"
    assert len(to_text("word " * 2_000, 120)) < 3_000


def test_what_is_too_deep_is_still_there() -> None:
    assert "the end" in render(">" * 200 + " the end")
    assert "the end" in render("".join("  " * depth + "- a\n" for depth in range(40)) + "  " * 40 + "the end")
    assert "the end" in render("*_" * 200 + "the end")


@given(st.text(st.sampled_from("ab @*_`~[]()<>!#|-:&\\\n\"'=1.é🎉/"), max_size=120))
def test_nothing_but_what_is_allowed_comes_out(text: str) -> None:
    html = render(f"see {text}")
    tags = {piece.partition(">")[0].split(" ")[0] for piece in html.split("<")[1:]}
    known = "a blockquote br code del em h3 h4 h5 h6 hr li ol p pre s span strong table tbody td th thead tr ul"
    assert tags <= {*known.split(), *(f"/{tag}" for tag in known.split())}
    assert html.startswith("<")
