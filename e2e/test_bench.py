"""The bench itself, in small: that it measures, not what."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from e2e.server import REPOSITORY


def test_the_bench_holds_figures_against_goals(tmp_path: Path) -> None:
    output = tmp_path / "results.json"
    options = ["--rounds", "2", "--scale", "0.1", "--only", "Rooms (SQLite", "--output", str(output)]
    command = [sys.executable, "-m", "e2e.bench", "post", "bytes", *options]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr

    results = json.loads(output.read_text())
    post = results["parts"]["post"]["rows"][0]
    assert post["left out"] == ""
    assert len(post["cpu"]["rounds"]) == 2
    assert 100 < post["cpu"]["median"] < 1_000_000  # µs
    assert {goal["name"] for goal in results["goals"]} == {
        "An accepted post, CPU",
        "Bytes of a message, of what it is uncompressed",
    }
    assert "| An accepted post, CPU |" in done.stdout


@pytest.mark.timeout(300)
@pytest.mark.parametrize("part", ["search", "uploads", "render", "page", pytest.param("inbox", marks=pytest.mark.long)])
def test_a_part_measures_all_that_it_has_lines_for(tmp_path: Path, part: str) -> None:
    output = tmp_path / "results.json"
    options = ["--rounds", "1", "--scale", "0.01", "--only", "SQLite", "--output", str(output)]
    command = [sys.executable, "-m", "e2e.bench", part, *options]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr

    rows = json.loads(output.read_text())["parts"][part]["rows"]
    assert rows and not any(row["left out"] for row in rows), done.stderr
    if part == "page":
        sizes = {row["name"].rpartition("), ")[2]: row["size"]["median"] for row in rows}
        assert sizes["50 rich messages"] > 1.5 * sizes["50 messages"] > 5 * sizes["50 rich messages, as a browser asks"]


def test_a_contestant_that_is_missing_has_a_line_that_says_how_to_get_it(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "e2e.bench", "connect", "--rounds", "1", "--only", "Action Cable"]
    # An empty folder, and nothing else to find programs in.
    environment = {"PATH": str(tmp_path), "HOME": str(tmp_path)}
    done = subprocess.run(
        [*command, "--output", str(tmp_path / "results.json")],
        cwd=REPOSITORY,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "Left out: Rails Action Cable: ServiceError: puma is missing: apt install" in done.stdout
