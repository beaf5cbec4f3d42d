"""Whatever an application may use says what it is."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest

import rooms.live
from rooms.live import actions, models, testing


def public(module: ModuleType) -> Iterator[tuple[str, Any]]:
    """The module's own names, and those of its classes; fields and constants say it in their type or beside them."""
    for name in getattr(module, "__all__", None) or vars(module):
        thing = getattr(module, name)
        own = hasattr(module, "__all__") or getattr(thing, "__module__", "") == module.__name__
        if own and not name.startswith("_") and (inspect.isclass(thing) or inspect.isroutine(thing)):
            yield name, thing
            if inspect.isclass(thing):
                yield from ((f"{name}.{key}", member) for key, member in methods(thing))


def methods(owner: type) -> Iterator[tuple[str, Any]]:
    for key, member in inspect.getmembers_static(owner):
        ours = any(key in vars(base) for base in owner.__mro__ if base.__module__.startswith("rooms."))
        if ours and not key.startswith("_") and isinstance(member, classmethod | property | type(public)):
            yield key, getattr(owner, key)


@pytest.mark.parametrize("module", [rooms.live, actions, models, testing], ids=lambda module: module.__name__)
def test_every_public_name_has_a_docstring(module: ModuleType) -> None:
    names = dict(public(module))
    assert len(names) > 5
    assert [name for name, thing in names.items() if not inspect.getdoc(thing)] == []
