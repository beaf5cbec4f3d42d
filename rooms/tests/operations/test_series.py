"""From what processes said to what the curves show."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from rooms.live.metrics import histograms
from rooms.operations.charts import Chart, Line, area, ceiling, path, write
from rooms.operations.models import Sample
from rooms.operations.series import SLOTS, Curve, Series, grown, interpolate

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)


def sample(ago: float, worker: str = "a:1", **figures: Any) -> Sample:
    """What a process said so many seconds ago."""
    return Sample(worker=worker, taken_at=NOW - timedelta(seconds=ago), figures=figures)


def level(*samples: Sample) -> Curve:
    return Series(samples, NOW).level(lambda figures: figures["pages"])


def rate(*samples: Sample) -> Curve:
    return Series(samples, NOW).rate(lambda figures: figures["count"])


def test_a_level_stays_until_the_process_speaks_again() -> None:
    curve = level(sample(300, pages=3), sample(5, pages=8))

    assert curve[-12:] == [None, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 8]
    assert set(curve[:-11]) == {None}


def test_a_process_that_is_silent_is_not_counted_on() -> None:
    curve = level(sample(300, pages=3))

    assert curve[-12:] == [None, 3, *[None] * 10]


def test_levels_of_processes_add_up() -> None:
    curve = level(sample(70, pages=3), sample(1, pages=3), sample(40, "b:2", pages=10), sample(1, "b:2", pages=11))

    assert curve[-3:] == [3, 13, 14]


def test_what_is_older_than_the_hour_begins_it() -> None:
    curve = level(sample(3650, pages=3), sample(1, pages=4))

    assert curve == [*[3] * (SLOTS - 1), 4]


def test_a_rate_is_spread_over_the_time_it_took() -> None:
    curve = rate(sample(125, count=100), sample(5, count=220))

    assert curve[-5:] == [None, 1, 1, 1, 1]


def test_rates_of_processes_add_up() -> None:
    curve = rate(sample(31, count=0), sample(1, count=60), sample(31, "b:2", count=5), sample(1, "b:2", count=35))

    assert curve[-1] == 3


def test_one_sample_is_no_rate() -> None:
    assert set(rate(sample(5, count=10**6))) == {None}


def test_a_process_that_was_started_anew_counts_from_nothing() -> None:
    assert grown(100, 130) == 30
    assert grown(100, 12) == 12
    assert rate(sample(31, count=1000), sample(1, count=30))[-1] == 1


def test_two_samples_in_one_slot_are_a_rate() -> None:
    assert rate(sample(10, count=0), sample(5, count=10))[-1] == 2


def lag(counts: dict[int, int]) -> dict[str, Any]:
    bounds = histograms["lag"].bounds
    filled = [counts.get(bucket, 0) for bucket in range(len(bounds) + 1)]
    return {"lag": {"bounds": list(bounds), "counts": filled, "sum": 0}}


def test_a_quantile_is_of_what_is_new() -> None:
    samples = [sample(31, histograms=lag({0: 1000})), sample(1, histograms=lag({0: 1000, 4: 10}))]
    curve = Series(samples, NOW).quantile("lag", 0.5)

    lower, upper = histograms["lag"].bounds[3:5]
    assert lower < (curve[-1] or 0) < upper
    assert set(curve[:-1]) == {None}


@pytest.mark.parametrize("other", [{}, {"lag": {"bounds": [9], "counts": [5, 5], "sum": 0}}])
def test_processes_of_another_version_disturb_nobody(other: dict[str, Any]) -> None:
    former = [sample(31, "b:2", histograms=other), sample(1, "b:2", histograms=other)]
    present = [sample(31, histograms=lag({})), sample(1, histograms=lag({4: 10}))]

    alone = Series(present, NOW).quantile("lag", 0.5)

    assert alone[-1] is not None
    assert Series([*former, *present], NOW).quantile("lag", 0.5) == alone


@pytest.mark.parametrize(
    ("counts", "part", "seconds"),
    [
        ([0, 0, 0], 0.5, None),
        ([10, 0, 0], 0.5, 0.5),
        ([10, 10, 0], 0.75, 1.5),
        ([0, 10, 0], 1.0, 2.0),
        ([0, 0, 10], 0.5, 2.0),  # above every bound: no one knows by how much
    ],
)
def test_quantiles_are_interpolated(counts: list[float], part: float, seconds: float | None) -> None:
    assert interpolate((1.0, 2.0), counts, part) == seconds


@pytest.mark.parametrize(
    ("value", "top"), [(0.3, 0.5), (1, 1), (1.01, 2), (4.2, 5), (5, 5), (7, 10), (60, 100), (1500, 2000), (3, 5)]
)
def test_scales_end_at_round_numbers(value: float, top: float) -> None:
    assert ceiling(value) == pytest.approx(top)


def test_a_curve_is_drawn_from_left_to_right_with_gaps() -> None:
    curve: Curve = [None] * SLOTS
    curve[0], curve[1], curve[-1] = 0, 5, 10

    assert path(curve, 10) == "M0.0 100.0L1.0 50.0M120.0 0.0L120.0 0.0"
    assert area(curve, 10).count("Z") == 2


@pytest.mark.parametrize(
    ("value", "digits", "text"), [(0, 1, "0"), (3.26, 1, "3.3"), (32.6, 1, "33"), (1234567, 0, "1,234,567")]
)
def test_numbers_are_no_longer_than_is_useful(value: float, digits: int, text: str) -> None:
    assert write(value, digits) == text


def test_a_chart_says_in_words_what_it_shows() -> None:
    curve: Curve = [None] * (SLOTS - 2) + [2, 8]
    (line,) = Chart("pages", "Open pages", "pages", [Line(curve)]).drawn

    assert (line["now"], line["range"]) == ("8", "from 2 to 8 pages")


def test_a_chart_of_nothing_is_a_chart() -> None:
    chart = Chart("pages", "Open pages", "pages", [Line([None] * SLOTS)])
    (line,) = chart.drawn

    assert (line["now"], line["range"], line["path"], line["area"]) == ("–", "nothing yet", "", "")
    assert chart.top_text == "1 pages"
