"""Is this day in S3? The truth table of ``state/days.py``, row by row."""

from __future__ import annotations

from datetime import date

import pytest

from mochok.model import DayState, Status
from mochok.state.contract import DayRecord
from mochok.state.days import merge_day
from tests.unit.state.builders import DAY, END, START, make_result

COMPLETE, PARTIAL, EMPTY = DayState.COMPLETE, DayState.PARTIAL, DayState.EMPTY
MISSING, FAILED = DayState.MISSING, DayState.FAILED


def known(state: DayState, files: int = 3, **changes: object) -> DayRecord:
    values: dict[str, object] = {
        "name": "Documents",
        "day": DAY,
        "state": state,
        "files": files,
        "bytes": files * 10,
        "late_files": 0,
        "first_complete": START if state is COMPLETE else None,
        "last_run_id": "first",
        "last_seen": START,
        "message": "before",
    }
    return DayRecord(**(values | changes))  # type: ignore[arg-type]


def merged(before: DayRecord | None, new: DayState, **changes: object) -> DayRecord:
    status = Status.FAILURE if new is FAILED else Status.SUCCESS
    result = make_result(status, new, **changes)
    return merge_day(before, result, DAY, run_id="second", finished=END)


@pytest.mark.parametrize("new", list(DayState))
def test_the_first_result_of_a_day_is_taken_at_its_word(new: DayState) -> None:
    record = merged(None, new, files_seen=2, bytes_seen=20)
    assert record.state is new
    assert (record.files, record.bytes, record.late_files) == (2, 20, 0)
    assert record.first_complete == (END if new is COMPLETE else None)
    assert (record.last_run_id, record.last_seen, record.message) == ("second", END, "3 uploaded")


TABLE = [
    # before, files before, new, files seen now, state afterwards
    (COMPLETE, 3, COMPLETE, 3, COMPLETE),
    (COMPLETE, 3, PARTIAL, 4, PARTIAL),
    (COMPLETE, 3, EMPTY, 0, COMPLETE),
    (COMPLETE, 3, MISSING, 0, COMPLETE),
    (COMPLETE, 3, FAILED, 0, COMPLETE),
    (COMPLETE, 3, FAILED, 3, COMPLETE),
    (COMPLETE, 3, FAILED, 4, FAILED),
    (PARTIAL, 3, COMPLETE, 3, COMPLETE),
    (PARTIAL, 3, PARTIAL, 3, PARTIAL),
    (PARTIAL, 3, EMPTY, 0, PARTIAL),
    (PARTIAL, 3, MISSING, 0, PARTIAL),
    (PARTIAL, 3, FAILED, 0, PARTIAL),
    (EMPTY, 0, COMPLETE, 3, COMPLETE),
    (EMPTY, 0, PARTIAL, 3, PARTIAL),
    (EMPTY, 0, EMPTY, 0, EMPTY),
    (EMPTY, 0, MISSING, 0, EMPTY),
    (EMPTY, 0, FAILED, 0, EMPTY),
    (EMPTY, 0, FAILED, 1, FAILED),
    (MISSING, 0, COMPLETE, 3, COMPLETE),
    (MISSING, 0, PARTIAL, 3, PARTIAL),
    (MISSING, 0, EMPTY, 0, EMPTY),
    (MISSING, 0, MISSING, 0, MISSING),
    (MISSING, 0, FAILED, 0, FAILED),
    (FAILED, 0, EMPTY, 0, EMPTY),
    (FAILED, 0, MISSING, 0, MISSING),
    (FAILED, 3, EMPTY, 0, FAILED),
    (FAILED, 3, MISSING, 0, FAILED),
    (FAILED, 3, FAILED, 0, FAILED),
    (FAILED, 3, PARTIAL, 3, PARTIAL),
    (FAILED, 3, COMPLETE, 3, COMPLETE),
]


@pytest.mark.parametrize(("before", "files", "new", "seen", "after"), TABLE)
def test_a_later_result_changes_only_what_it_knows(
    before: DayState, files: int, new: DayState, seen: int, after: DayState
) -> None:
    assert merged(known(before, files), new, files_seen=seen).state is after


@pytest.mark.parametrize("lacking", [{"uploads_planned": 2, "uploaded": 1}, {"left_out": 1}])
@pytest.mark.parametrize("before", [COMPLETE, PARTIAL, EMPTY])
def test_a_failed_run_that_leaves_files_behind_makes_the_day_failed(
    before: DayState, lacking: dict[str, int]
) -> None:
    assert merged(known(before), FAILED, files_seen=3, **lacking).state is FAILED


def test_a_failed_delete_phase_takes_nothing_from_a_complete_day() -> None:
    record = merged(known(COMPLETE), FAILED, files_seen=3, failed=5, deletes_planned=5)
    assert record.state is COMPLETE
    assert record.message == "still complete; last run: 3 uploaded"


def test_cleaning_up_the_source_does_not_reset_what_the_day_held() -> None:
    record = merged(known(COMPLETE), MISSING)
    assert (record.files, record.bytes, record.first_complete) == (3, 30, START)
    assert record.last_run_id == "second"


def test_files_seen_by_a_failed_run_are_not_forgotten_by_the_next() -> None:
    twice = merged(merged(known(FAILED, 3), FAILED, files_seen=0), MISSING)
    assert (twice.state, twice.files) == (FAILED, 3)


def test_files_sent_after_the_day_was_complete_are_late() -> None:
    once = merged(known(COMPLETE), COMPLETE, files_seen=5, uploaded=2)
    assert (once.late_files, once.first_complete, once.files) == (2, START, 5)
    assert merged(once, PARTIAL, files_seen=6, uploaded=1).late_files == 3


def test_files_sent_before_the_day_was_complete_are_not_late() -> None:
    assert merged(known(PARTIAL), COMPLETE, uploaded=2).late_files == 0


def test_uploads_of_a_whole_range_are_not_counted_late_at_each_of_its_days() -> None:
    assert merged(known(COMPLETE), COMPLETE, uploaded=2, days=(date(2025, 1, 13), DAY)).late_files == 0
