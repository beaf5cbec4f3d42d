"""A form's field hides what the form itself calls so: `form.before` is then an input, and htmx cannot call it."""

import re
from pathlib import Path

import pytest
from django import forms

import rooms.forms
import rooms.posting

USED_BY_HTMX = """
action addEventListener after append appendChild attributes before childNodes children classList cloneNode closest
compareDocumentPosition contains dispatchEvent elements enctype firstChild firstElementChild focus getAttribute
getAttributeNames getRootNode hasAttribute hidden id insertAdjacentElement insertBefore isConnected isEqualNode length
matches method moveBefore nextElementSibling nextSibling noValidate nodeType nodeValue parentElement parentNode prepend
previousElementSibling querySelector querySelectorAll remove removeAttribute removeChild removeEventListener
replaceChildren replaceWith reportValidity scroll scrollIntoView scrollTop setAttribute style tagName target textContent
"""
"""What there is in a form and is used by htmx and its extensions."""

NAMED = re.compile(r"<(?:input|textarea|select|button|output|fieldset|object|img)\b[^>]*?\s(?:name|id)=\"([^\"]+)\"")


def hidden(html: str) -> set[str]:
    return {*NAMED.findall(html)} & {*USED_BY_HTMX.split()}


def test_no_field_of_a_template_hides_what_htmx_calls(repository: Path) -> None:
    templates = [*(repository / "templates").rglob("*.html"), *(repository / "rooms").rglob("*.html")]

    assert {path.name: found for path in templates if (found := hidden(path.read_text()))} == {}
    assert len(templates) > 50


def test_no_field_of_a_form_hides_what_htmx_calls() -> None:
    found = [form for module in (rooms.forms, rooms.posting) for form in vars(module).values()]
    found = [form for form in found if isinstance(form, type) and issubclass(form, forms.BaseForm)]

    assert {form.__name__: [*form.base_fields] for form in found if {*USED_BY_HTMX.split()} & {*form.base_fields}} == {}
    assert len(found) > 5


@pytest.mark.parametrize("html", ['<input type="hidden" name="before">', '<p>{% if x %}<button\n name="remove">'])
def test_they_would_be_found(html: str) -> None:
    assert hidden(html)
