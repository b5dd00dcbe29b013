"""A folder of a week, month, quarter or year is one period."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mochok.model import DateWindow
from mochok.strategies import registry
from mochok.strategies.contract import Request
from mochok.strategies.periods import ALWAYS, period_of, steady_part, structure_for

PATTERNS = (
    "{year}", "{year}/{month}", "{year}/Q{quarter}", "{week_year}-W{week}", "{year}/W{week}",
    "{year}/{month}/W{week}", "{date:yyyy-MM}", "{date:MMMM yyyy}", "{date:yyyyMMdd}", "{week_year}",
    "{year}{day_folder}",
)  # fmt: skip
DAYS = st.dates(date(1990, 1, 1), date(2100, 1, 1))
ONE = timedelta(days=1)


@pytest.mark.parametrize(
    ("pattern", "first", "last"),
    [
        ("{year}/{month}", "2026-11-01", "2026-11-30"),
        ("{date:MMMM}", "2026-11-01", "2026-11-30"),
        ("Q{quarter}", "2026-10-01", "2026-12-31"),
        ("{date:yy}", "2026-01-01", "2026-12-31"),
        ("{week_year}/{week}", "2026-11-23", "2026-11-29"),
        ("{hostname}/{date:yyyy-MM-dd}", "2026-11-26", "2026-11-26"),
        ("{date:dddd}", "2026-11-26", "2026-11-26"),
    ],
)
def test_the_period_of_a_day(pattern: str, first: str, last: str) -> None:
    expected = DateWindow(date.fromisoformat(first), date.fromisoformat(last))
    assert period_of(pattern, date(2026, 11, 26)) == expected


def test_around_new_year_the_week_belongs_to_its_own_year() -> None:
    day = date(2027, 1, 1)
    assert period_of("{week_year}-{week}", day) == DateWindow(date(2026, 12, 28), date(2027, 1, 3))
    assert period_of("{year}-{week}", day) == DateWindow(day, date(2027, 1, 3))
    assert period_of("{week_year}", day) == DateWindow(date(2025, 12, 29), date(2027, 1, 3))
    assert period_of("{hostname}/{config_name}", day) == ALWAYS


@given(DAYS, st.sampled_from(PATTERNS))
def test_a_period_is_exactly_the_days_that_have_the_same_folder(day: date, pattern: str) -> None:
    strategy = registry.create("CustomPattern", {"custom_local_pattern": f"{{base_path}}/{pattern}"})

    def source(one: date) -> str:
        return strategy.paths(Request("c", "/b", one, None, "h")).source

    period = period_of(pattern, day)
    assert day in period
    assert {source(period.first), source(period.last), source(day)} == {source(day)}
    assert source(period.first - ONE) != source(day) != source(period.last + ONE)
    assert strategy.paths(Request("c", "/b", day, None, "h")).days[0] == period.first


@given(DAYS, st.sampled_from(PATTERNS))
def test_the_usual_destination_changes_with_the_folder_and_only_then(day: date, pattern: str) -> None:
    strategy = registry.create("CustomPattern", {"custom_local_pattern": f"{{base_path}}/{pattern}"})

    def prefix(one: date) -> str:
        return strategy.paths(Request("c", "/b", one, None, "h")).prefix

    period = period_of(pattern, day)
    assert prefix(period.first) == prefix(day) == prefix(period.last)
    assert prefix(period.last + ONE) != prefix(day) != prefix(period.first - ONE)


@pytest.mark.parametrize(
    ("pattern", "structure"),
    [
        ("{base_path}/{year}/{month}", "custom/{year}/{month}"),
        ("{base_path}/{date:yyyyMM}", "custom/{year}/{month}"),
        ("{base_path}/{year}/Q{quarter}", "custom/{year}/Q{quarter}"),
        ("{base_path}/W{week}", "custom/{week_year}/W{week}"),
        ("{base_path}/{year}", "custom/{year}"),
        ("{base_path}/{date:dd}", "daily"),
        ("{base_path}/{hostname}", "daily"),
    ],
)
def test_the_usual_structure_is_as_coarse_as_the_pattern(pattern: str, structure: str) -> None:
    assert structure_for(pattern, "daily") == structure


@pytest.mark.parametrize(
    ("structure", "steady"),
    [
        ("reports/{year}/{month}/{day}", "reports/{year}/{month}"),
        ("{date:yyyy/MM/dd}/reports", "reports"),
        ("{hostname}/{year}/{quarter}/{date:yyyyMMdd}", "{hostname}/{year}/{quarter}"),
        ("{year}/W{week}", "{year}"),
    ],
)
def test_what_is_the_same_for_a_whole_month(structure: str, steady: str) -> None:
    assert steady_part(structure, DateWindow(date(2026, 11, 1), date(2026, 11, 30))) == steady
    assert "{year}" not in steady_part(structure, ALWAYS)
