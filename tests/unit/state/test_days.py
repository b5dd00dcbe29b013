"""Is this day in S3? The truth table of ``state/days.py``, row by row."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from mochok.model import DayResult, DayState, Status
from mochok.records.history import DayRecord
from mochok.state.days import days_to_record, merge_day
from tests.unit.state.builders import DAY, END, START, make_result

COMPLETE, OPEN, PARTIAL, EMPTY = DayState.COMPLETE, DayState.OPEN, DayState.PARTIAL, DayState.EMPTY
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
    (COMPLETE, 3, OPEN, 3, OPEN),
    (OPEN, 3, COMPLETE, 3, COMPLETE),
    (OPEN, 3, OPEN, 3, OPEN),
    (OPEN, 3, PARTIAL, 3, PARTIAL),
    (OPEN, 3, EMPTY, 0, OPEN),
    (OPEN, 3, MISSING, 0, OPEN),
    (OPEN, 3, FAILED, 0, OPEN),
    (OPEN, 3, FAILED, 4, FAILED),
    (PARTIAL, 3, OPEN, 3, OPEN),
    (EMPTY, 0, OPEN, 3, OPEN),
    (MISSING, 0, OPEN, 3, OPEN),
    (FAILED, 3, OPEN, 3, OPEN),
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
    once = merged(known(COMPLETE), COMPLETE, files_seen=5, uploaded=3, uploaded_new=2)
    assert (once.late_files, once.first_complete, once.files) == (2, START, 5)
    assert merged(once, PARTIAL, files_seen=6, uploaded=1, uploaded_new=1).late_files == 3


def test_files_sent_again_are_not_late() -> None:
    assert merged(known(COMPLETE), COMPLETE, files_seen=3, uploaded=2).late_files == 0


def test_files_sent_before_the_day_was_complete_are_not_late() -> None:
    assert merged(known(PARTIAL), COMPLETE, uploaded=2, uploaded_new=2).late_files == 0


DAYS = tuple(DAY - timedelta(days=back) for back in (3, 2, 1, 0))


def found(day: date, state: DayState, files: int = 0, uploaded: int = 0) -> DayResult:
    return DayResult(day, state, files, files * 10, uploaded, uploaded, uploaded_new=uploaded)


def test_each_day_of_a_range_has_its_own_state_and_counts() -> None:
    apart = (found(DAYS[2], COMPLETE, 2, 2), found(DAY, EMPTY))
    result = make_result(files_seen=2, bytes_seen=20, uploaded=2, days=DAYS[2:], day_results=apart)
    records = [merge_day(None, result, day, run_id="second", finished=END) for day in DAYS[2:]]
    assert [(one.state, one.files, one.bytes) for one in records] == [(COMPLETE, 2, 20), (EMPTY, 0, 0)]


def test_a_day_of_a_range_whose_files_moved_on_stays_complete() -> None:
    result = make_result(
        files_seen=2, days=DAYS[2:], day_results=(found(DAYS[2], COMPLETE, 2), found(DAY, EMPTY))
    )
    assert merge_day(known(COMPLETE), result, DAY, run_id="second", finished=END).state is COMPLETE


def test_late_files_of_a_range_count_at_their_own_day() -> None:
    apart = (found(DAYS[2], COMPLETE, 4), found(DAY, COMPLETE, 5, uploaded=2))
    result = make_result(files_seen=9, uploaded=2, days=DAYS[2:], day_results=apart)
    late = [merge_day(known(COMPLETE), result, day, run_id="r", finished=END).late_files for day in DAYS[2:]]
    assert late == [0, 2]


@pytest.mark.parametrize(
    ("letters", "first_known", "recorded"),
    [
        ("EECE", None, DAYS[2:]),  # nothing was due before the first file
        ("EEEE", None, DAYS[3:]),  # no file at all: the target date alone
        ("EECE", DAYS[1], DAYS[1:]),  # history had begun before
        ("EECE", DAYS[3], DAYS[2:]),
        ("CEEE", None, DAYS),  # a hole behind a day with files
        ("FFFF", None, DAYS[3:]),  # a refused password proves nothing of last week
        ("EPFE", None, DAYS[1:]),
    ],
)
def test_days_before_history_begins_are_passed_over(
    letters: str, first_known: date | None, recorded: tuple[date, ...]
) -> None:
    states = {"E": EMPTY, "C": COMPLETE, "F": FAILED, "P": PARTIAL}
    apart = tuple(
        found(day, states[letter], files=letter in "CP") for day, letter in zip(DAYS, letters, strict=True)
    )
    result = make_result(days=DAYS, day_results=apart)
    assert days_to_record(result, first_known) == recorded


def test_uploads_of_a_whole_range_are_not_counted_late_at_each_of_its_days() -> None:
    assert merged(known(COMPLETE), COMPLETE, uploaded=2, days=(date(2025, 1, 13), DAY)).late_files == 0
