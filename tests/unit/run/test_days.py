"""Which days still want a run."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from mochok.clock import days_between
from mochok.model import DayState
from mochok.records.history import DayRecord
from mochok.run.days import (
    expected_days,
    fewest_targets,
    from_where_history_begins,
    incomplete_days,
)

MONDAY = date(2025, 1, 13)
EVERY_DAY = frozenset(range(7))
WEEKDAYS = frozenset(range(5))


def record(day: date, state: DayState) -> DayRecord:
    return DayRecord("Daily", day, state, 1, 1, 0, None, "run", datetime(2025, 1, 20, tzinfo=UTC), "")


def day(offset: int) -> date:
    return MONDAY + timedelta(days=offset)


def test_both_ends_are_included() -> None:
    assert list(days_between(day(0), day(2))) == [day(0), day(1), day(2)]
    assert list(days_between(day(0), day(0))) == [day(0)]
    assert list(days_between(day(1), day(0))) == []
    assert list(days_between(date(2024, 2, 28), date(2024, 3, 1)))[1] == date(2024, 2, 29)


def test_only_expected_weekdays_should_exist() -> None:
    assert expected_days(WEEKDAYS, day(0), day(7)) == [day(0), day(1), day(2), day(3), day(4), day(7)]
    assert expected_days(frozenset({0, 3}), day(0), day(6)) == [day(0), day(3)]
    assert expected_days(frozenset(), day(0), day(6)) == []


def test_every_day_that_is_not_complete_wants_a_run_oldest_first() -> None:
    states = [DayState.COMPLETE, DayState.PARTIAL, DayState.EMPTY, DayState.MISSING, DayState.FAILED]
    known = {day(offset): record(day(offset), state) for offset, state in enumerate(states)}
    assert incomplete_days(EVERY_DAY, known, day(0), day(5)) == [day(1), day(2), day(3), day(4), day(5)]
    assert incomplete_days(WEEKDAYS, known, day(0), day(6)) == [day(1), day(2), day(3), day(4)]
    assert incomplete_days(EVERY_DAY, known, day(0), day(0)) == []


@given(
    st.frozensets(st.integers(0, 6)),
    st.dictionaries(st.integers(-3, 33), st.sampled_from(DayState)),
    st.integers(0, 30),
)
def test_each_day_of_the_span_is_expected_or_not_complete_or_neither(
    weekdays: frozenset[int], states: dict[int, DayState], length: int
) -> None:
    known = {day(offset): record(day(offset), state) for offset, state in states.items()}
    found = incomplete_days(weekdays, known, day(0), day(length))
    assert found == sorted(set(found))
    for offset in range(-1, length + 2):
        wanted = (
            0 <= offset <= length
            and day(offset).weekday() in weekdays
            and states.get(offset) is not DayState.COMPLETE
        )
        assert (day(offset) in found) is wanted


WINDOW = [day(offset) for offset in range(6)]


def beginning(first_known: int | None, *with_source: int) -> list[int]:
    """The days of the window that are left, as numbers."""
    known = None if first_known is None else day(first_known)
    sources = {day(offset) for offset in with_source}
    left = from_where_history_begins(WINDOW, known, sources.__contains__)
    return [(one - MONDAY).days for one in left]


def test_catching_up_begins_where_the_data_does() -> None:
    assert beginning(None, 2, 4) == [2, 3, 4, 5], "the hole between days with data stays"
    assert beginning(3, 4) == [3, 4, 5], "a day after the first known one is a hole"
    assert beginning(3, 1) == [1, 2, 3, 4, 5], "older data than the ledger knows is taken too"
    assert beginning(-5) == [0, 1, 2, 3, 4, 5]
    assert beginning(None) == [5], "without any data the last day still tells that the source is gone"
    assert beginning(20) == [], "everything since is complete, and nothing was before"
    assert from_where_history_begins([], None, lambda _day: False) == []


def covering(days_back: int) -> Callable[[date], list[date]]:
    return lambda target: list(days_between(target - timedelta(days=days_back), target))


def test_a_range_needs_few_target_dates_for_many_days() -> None:
    days = [day(offset) for offset in (0, 1, 5, 9, 10, 20)]
    assert fewest_targets(days, covering(0)) == days
    assert fewest_targets(days, covering(5)) == [day(5), day(10), day(20)]
    assert fewest_targets(days, covering(30)) == [day(20)]
    assert fewest_targets([], covering(5)) == []


@given(st.frozensets(st.integers(0, 40), max_size=12), st.integers(0, 12))
def test_the_chosen_targets_cover_every_day_and_none_of_them_is_spare(
    offsets: frozenset[int], days_back: int
) -> None:
    days, covered_by = {day(offset) for offset in offsets}, covering(days_back)
    targets = fewest_targets(days, covered_by)
    assert targets == sorted(set(targets) & days)
    assert days <= {one for target in targets for one in covered_by(target)}
    for spare in targets:
        others = {one for target in targets if target != spare for one in covered_by(target)}
        assert not days <= others
