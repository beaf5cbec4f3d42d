"""What goes into the index, and that whatever is asked for is in it."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rooms.models import Message
from rooms.search.excerpts import excerpt
from rooms.search.folding import fold
from rooms.search.needles import Folded, Needle, find_spans
from rooms.search.readings import as_read
from rooms.search.terms import cut_unspaced, cut_word, facet, terms_for, terms_of

LETTERS = st.text(st.sampled_from("abAB é1.-_*कि\n　病院に行がガｶﾞか🎉한글ßİﬁΣ"), max_size=24)


def test_the_rules_are_those_of_the_index_that_people_have() -> None:
    """Whoever changes them adds a migration that empties the index, and then these numbers."""
    found = terms_of("Café 病院へ https://example.org/ **st**ays 🎉", 7, 42, [{"name": "Plan.pdf", "kind": "file"}])

    assert (len(found), sum(found)) == (67, -457410470)


def test_a_message_is_found_by_what_it_has() -> None:
    def kinds(body: str, *files: dict[str, str]) -> set[str]:
        return {kind for kind in ("link", "file", "image") if facet("has", kind) in terms_of(body, 1, 1, list(files))}

    assert kinds("nothing") == kinds("https://") == set()
    assert kinds("see https://example.org") == {"link"}
    assert kinds("", {"name": "a.pdf", "kind": "other"}) == {"file"}
    assert kinds("", {"name": "a.png", "kind": "image"}) == {"file", "image"}


@given(before=LETTERS, text=LETTERS, after=LETTERS)
@example(before="", text="ab", after="x")
@example(before="x", text="a b", after="")
@example(before="A", text="1か", after="")
@example(before="(", text="ab", after=")")
@example(before="a-", text=".b", after="1")
def test_what_contains_a_needle_has_all_of_its_terms(before: str, text: str, after: str) -> None:
    whole = before + text + after
    needle = Needle.of(text)

    if needle and any(needle.finds(fold(reading)) for reading in (whole, as_read(whole))):
        assert set(needle.terms) <= terms_of(whole, 1, 1, [])


@given(LETTERS)
def test_what_is_marked_is_what_was_found(text: str) -> None:
    needle = Needle.of(text[:3])

    for span in find_spans(Folded.of(text), [needle] if needle else []):
        assert 0 <= span.start < span.end <= len(text)
        assert needle and needle.finds(fold(text[max(span.start - 1, 0) : span.end + 1]))


@pytest.mark.parametrize(
    ("text", "asked", "shown"),
    [
        ("The Café opens", "cafe", "The [Café] opens"),
        ("ｶﾞｷ と ガキ", "がき", "[ｶﾞｷ] と [ガキ]"),
        ("昨日、病院に行った", "病院", "昨日、[病院]に行った"),
        ("Straße", "strasse", "[Straße]"),
        ("ababab", "abab", "[abab]ab"),
        ("**Bold** words and `code`", "bold words", "[Bold] [words] and code"),
        ("A [map](https://example.org/harbour)", "map", "A [map]"),
        ("A [map](https://example.org/harbour)", "harbour", "A [map](https://example.org/[harbour])"),
        ("/me waves", "wave", "[wave]s"),
        ("the **end**, " * 300, "end", "the **[end]**, " * 18 + "the **…"),
        ("word " * 320 + "**un**believable", "unbelievable", "…" + "word " * 45 + "[unbelievable]"),
        ("one two", "two one", "[one] [two]"),
        ("word " * 40 + "needle " + "word " * 80, "needle", "…" + "word " * 11 + "[needle] " + "word " * 35 + "wor…"),
    ],
)
def test_what_was_found_is_marked(text: str, asked: str, shown: str) -> None:
    needles = [needle for needle in map(Needle.of, asked.split()) if needle]

    segments = excerpt(Message(body=text), needles)

    assert "".join(f"[{each.text}]" if each.marked else each.text for each in segments) == shown


def test_long_queries_ask_for_some_of_their_terms() -> None:
    terms = terms_for(fold("a long query of very many words that nobody would ever say " * 3))

    assert 12 <= len(terms) <= 24


def test_long_words_are_not_kept_in_memory() -> None:
    kept = cut_word.cache_info().currsize, cut_unspaced.cache_info().currsize

    long = terms_of("abc" * 3_000 + " " + "病院に" * 3_000, 1, 1, [])

    assert (cut_word.cache_info().currsize, cut_unspaced.cache_info().currsize) == kept
    assert long > terms_of("abcabc 病院に病", 1, 1, []) - terms_of("", 1, 1, [])


@pytest.mark.parametrize("lines", [30, 900])
def test_of_long_code_it_shows_the_place_with_all_that_was_looked_for(lines: int) -> None:
    code = "\n".join(f"x{number} = load({number})  # step" for number in range(lines))
    message = Message(body=f"```python\n{code}\nraise load.Failure\n{code}\n```")

    shown = "".join(segment.text for segment in excerpt(message, [needle_of("load"), needle_of("failure")]))

    assert "raise load.Failure" in shown and shown[0] == shown[-1] == "…"


def test_what_is_found_at_the_end_is_shown_with_what_comes_before() -> None:
    shown = "".join(segment.text for segment in excerpt(Message(body="word " * 400 + "end"), [needle_of("end")]))

    assert shown.endswith("word word end") and 230 < len(shown) <= 242


def needle_of(word: str) -> Needle:
    needle = Needle.of(word)
    assert needle is not None
    return needle
