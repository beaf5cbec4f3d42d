"""views, consumers → models → broadcasts → live → channels: nothing points back."""

import ast
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

# A module may import from its own layer and from later ones. What is not named here belongs to the first.
LAYERS = (
    {"views", "forms", "feeds", "posting"},
    {"models", "outside", "notifications", "files", "links", "search"},
    {"broadcasts"},
    {"live"},
    {"text", "markup", "naming", "cache", "outages", "pool"},
)


def layer(module: str) -> int:
    noun = module.split(".")[1] if "." in module else ""
    return next((number for number, nouns in enumerate(LAYERS) if noun in nouns), 0)


def modules(repository: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted((repository / "rooms").rglob("*.py")):
        module = ".".join(path.relative_to(repository).with_suffix("").parts).removesuffix(".__init__")
        if not {"tests", "migrations", "conftest"} & set(module.split(".")):
            yield module, path


def imports(module: str, path: Path) -> Iterator[str]:
    """Yield the full name of everything the module imports, wherever in it the import stands."""
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package.split(".")[: len(package.split(".")) + 1 - node.level]) if node.level else ""
            origin = ".".join(filter(None, [base, node.module]))
            yield from (f"{origin}.{alias.name}" for alias in node.names)


def test_imports_follow_the_arrow(repository: Path) -> None:
    backwards = [
        f"{module} imports {imported}"
        for module, path in modules(repository)
        for imported in imports(module, path)
        if imported.startswith("rooms.") and layer(imported) < layer(module)
    ]

    assert backwards == []


def test_only_the_live_layer_knows_channels(repository: Path) -> None:
    others = [
        f"{module} imports {imported}"
        for module, path in modules(repository)
        for imported in imports(module, path)
        if imported.split(".")[0] in {"channels", "channels_redis", "redis"}
        and module not in {"rooms.routing", "rooms.cache"}
        and not module.startswith("rooms.live")
    ]

    assert others == []


def test_only_the_decoder_knows_what_decodes_films(repository: Path) -> None:
    """It takes 25 MB of memory, and what it reads was written by strangers."""
    knowing = {
        module
        for module, path in modules(repository)
        if any(imported.split(".")[0] == "av" for imported in imports(module, path))
    }

    assert knowing == {"rooms.files.decoder.films"}


def test_the_decoder_is_imported_by_nobody(repository: Path) -> None:
    importing = {
        module
        for module, path in modules(repository)
        if any(imported.startswith("rooms.files.decoder.") for imported in imports(module, path))
    }

    assert importing == {"rooms.files.decoder.__main__", "rooms.files.decoder.films"}


def test_operations_knows_nothing_of_the_chat(repository: Path) -> None:
    known = {
        ".".join(imported.split(".")[:2])
        for module, path in modules(repository)
        if module.startswith("rooms.operations")
        for imported in imports(module, path)
        if imported.startswith("rooms.")
    }

    assert known == {"rooms.live", "rooms.operations"}


def test_the_database_backend_knows_nothing_of_the_chat(repository: Path) -> None:
    paths = sorted((repository / "project" / "sqlite").glob("*.py"))
    known = {name.split(".")[0] for path in paths for name in imports(f"project.sqlite.{path.stem}", path)}

    assert "django" in known
    assert "rooms" not in known


def test_nothing_is_a_signal(repository: Path) -> None:
    """Whoever calls the verb gets the broadcast; fixtures, loads and the shell get none by surprise."""
    listeners = [
        module
        for module, path in modules(repository)
        if any(imported.startswith("django.db.models.signals") for imported in imports(module, path))
    ]

    assert listeners == []


IMPORT_ALL = """
import importlib, pkgutil
import django
from django.conf import settings

settings.configure(
    SECRET_KEY="for this process",
    INSTALLED_APPS=[
        "django.contrib.contenttypes", "django.contrib.auth", "django.contrib.sessions", "channels", "rooms.live",
    ],
)
django.setup()

import rooms.live

for module in pkgutil.walk_packages(rooms.live.__path__, "rooms.live."):
    importlib.import_module(module.name)
    print(module.name)
"""


@pytest.fixture
def lifted(repository: Path, tmp_path: Path) -> Path:
    """A folder in which rooms/ holds the live layer and nothing else."""
    shutil.copytree(repository / "rooms" / "live", tmp_path / "rooms" / "live")
    (tmp_path / "rooms" / "__init__.py").touch()
    return tmp_path


def test_the_live_layer_lives_without_the_chat(lifted: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", IMPORT_ALL],
        cwd=lifted,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(lifted)},
        capture_output=True,
        text=True,
    )

    assert done.stderr == ""
    assert "rooms.live.hub" in done.stdout.split()


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("import rooms.models", ["rooms.models"]),
        ("from rooms.models import Room", ["rooms.models.Room"]),
        ("from ..models import Room", ["rooms.models.Room"]),
        ("from . import feed", ["rooms.live.feed"]),
        ("def later():\n    from rooms import models", ["rooms.models"]),
    ],
)
def test_every_form_of_import_is_seen(tmp_path: Path, source: str, names: list[str]) -> None:
    path = tmp_path / "hub.py"
    path.write_text(source)

    assert list(imports("rooms.live.hub", path)) == names
