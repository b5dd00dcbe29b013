"""What is shown for a data day, and which days are gaps."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mochok.records.days import DayMark, begins
from tests.unit.report.overviews import TODAY, day, days_from, known

WEEKDAYS = frozenset(range(5))


def marks(letters: str, **changes: object) -> dict[int, DayMark]:
    return {one.day.day: one.mark for one in days_from(letters, **changes).days}  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("letter", "mark", "gap"),
    [
        ("C", DayMark.COMPLETE, False),
        ("O", DayMark.OPEN, True),
        ("P", DayMark.PARTIAL, True),
        ("E", DayMark.EMPTY, True),
        ("M", DayMark.MISSING, True),
        ("F", DayMark.FAILED, True),
    ],
)
def test_what_the_ledger_knows_is_shown_and_only_a_complete_day_is_no_gap(
    letter: str, mark: DayMark, gap: bool
) -> None:
    first = days_from(letter).days[0]

    assert (first.mark, first.is_gap) == (mark, gap)


def test_an_expected_day_at_which_no_run_looked_is_unknown_and_a_gap() -> None:
    days = days_from("CC_C")

    assert days.days[2].mark is DayMark.UNKNOWN
    assert day(3) in [gap.day for gap in days.gaps]


def test_days_before_the_first_known_day_are_counted_but_are_no_gaps() -> None:
    days = days_from("_____CCCCCCCCC")

    assert days.gaps == ()
    assert [one.day for one in days.before] == [day(number) for number in range(1, 6)]


def test_a_configuration_that_never_ran_has_yesterday_as_its_only_gap() -> None:
    assert [gap.day for gap in days_from("").gaps] == [TODAY - timedelta(days=1)]


def test_history_begins_with_the_first_known_day_or_yesterday() -> None:
    assert begins(day(3), {}, TODAY) == day(3)
    assert begins(None, {}, TODAY) == day(14)
    assert begins(None, {TODAY}, TODAY) == TODAY
    assert begins(None, {day(3), day(14), TODAY}, TODAY) == day(14)


def test_today_and_later_are_not_due_yet() -> None:
    found = marks("C" * 14)

    assert {number for number, mark in found.items() if mark is DayMark.FUTURE} == set(range(15, 32))


def test_today_is_shown_if_a_run_has_looked_at_it() -> None:
    assert marks("C" * 15)[15] is DayMark.COMPLETE


@pytest.mark.parametrize(
    ("letter", "gaps"), [("C", 0), ("O", 0), ("P", 1), ("F", 1), ("E", 0), ("M", 0), ("_", 0)]
)
def test_today_is_a_gap_only_if_a_run_failed_or_did_not_send_everything(letter: str, gaps: int) -> None:
    assert len(days_from("C" * 14 + letter).gaps) == gaps


def test_a_day_off_is_no_gap_whether_or_not_a_run_looked_at_it() -> None:
    days = days_from("CCCM_CCCCCCCCC", weekdays=WEEKDAYS)  # 4 and 5 January 2025 are a weekend

    assert [days.days[3].mark, days.days[4].mark] == [DayMark.NOT_EXPECTED, DayMark.NOT_EXPECTED]
    assert days.gaps == ()


def test_totals_count_every_day_once_in_the_order_of_the_marks() -> None:
    days = days_from("__CCMC_CCCCCCC")

    assert dict(days.totals) == {
        DayMark.COMPLETE: 10,
        DayMark.MISSING: 1,
        DayMark.UNKNOWN: 1,
        DayMark.BEFORE: 2,
        DayMark.FUTURE: 17,
    }
    assert sum(days.totals.values()) == 31


def test_late_files_do_not_make_a_complete_day_a_gap() -> None:
    late = days_from("C" * 14, changes={7: known("complete", late_files=2)})

    assert late.days[6].late_files == 2
    assert late.gaps == ()
