"""What a new result means for a data day of which something is known already. Pure.

The question is always "is this day in S3?", and the answer must stay right when a later run sees less than
an earlier one: a day folder that is deleted after its upload is still in S3, and refused credentials prove
nothing about files that arrived last week.

======== ======== ======== ======== ======== ========= ======================
before   complete open     partial  empty    missing   failed
======== ======== ======== ======== ======== ========= ======================
nothing  complete open     partial  empty    missing   failed
complete complete open     partial  complete complete  failed if files lack, else complete
open     complete open     partial  open     open      failed if files lack, else open
partial  complete open     partial  partial  partial   failed if files lack, else partial
empty    complete open     partial  empty    empty     failed if files lack, else empty
missing  complete open     partial  empty    missing   failed
failed   complete open     partial  empty *  missing * failed
======== ======== ======== ======== ======== ========= ======================

Columns are the new result's state for that day. *: only if no file was ever seen there; otherwise those
files never (all) arrived and the day stays failed. "Files lack": the run itself found files that are not in
S3, because it planned uploads that did not arrive, left names out, or saw more files than the day ever held.

Where a result covers several days and has counts for each (``SyncResult.day_results``), each day
has a state and counts of its own: complete only if it has files, empty if none falls on it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from mochok.model import GONE_WHILE_OPEN, DayResult, DayState, SyncResult
from mochok.records.history import DayRecord

_ARRIVED = frozenset({DayState.COMPLETE, DayState.OPEN, DayState.PARTIAL})
_NO_FILES = frozenset({DayState.EMPTY, DayState.MISSING})
_NEVER_ARRIVED = frozenset({DayState.MISSING, DayState.FAILED})


def merge_day(
    previous: DayRecord | None, result: SyncResult, day: date, *, run_id: str, finished: datetime
) -> DayRecord:
    """What is known of ``day`` after ``result``, given what was known before (see the table above).

    ``files`` and ``bytes`` stay as they were when an earlier state is kept. ``late_files`` grows by what
    was new in the bucket of this day after it had first been complete, not by what was sent again; where a
    result has no uploads by day, only if it covers this day alone.
    """
    found = day_result(result, day)
    state = next_state(previous, found)
    record = DayRecord(
        name=result.name,
        day=day,
        state=state,
        files=found.files,
        bytes=found.bytes,
        late_files=0,
        first_complete=finished if state is DayState.COMPLETE else None,
        last_run_id=run_id,
        last_seen=finished,
        message=result.message,
        s3_path=result.s3_path or (previous.s3_path if previous else ""),
        found=bool(found.files) if result.day_results else result.found,
        verified=previous.verified if previous else None,
    )
    if previous is None:
        return record
    late = len(result.days) == 1 or bool(result.day_results)
    return _carry_over(previous, record, found, late_files=found.uploaded_new if late else 0)


def day_result(result: SyncResult, day: date) -> DayResult:
    """The result of ``day`` alone where ``result`` has it, else the whole result's."""
    for found in result.day_results:
        if found.day == day:
            return found
    tally = result.tally
    return DayResult(
        day,
        result.day_state,
        tally.files_seen,
        tally.bytes_seen,
        tally.uploads_planned,
        tally.uploaded,
        tally.left_out,
        tally.uploaded_new,
    )


def settled(before: DayRecord, result: SyncResult, *, run_id: str, finished: datetime) -> DayRecord | None:
    """The open day ``before`` after a later upload of the same folder; None if it stays open."""
    moment = result.settles_before
    if moment is None or before.state is not DayState.OPEN or before.last_seen > moment:
        return None
    return replace(
        before,
        state=DayState.COMPLETE,
        first_complete=before.first_complete or finished,
        last_run_id=run_id,
        last_seen=finished,
        message=result.message,
    )


def days_to_record(result: SyncResult, first_known: date | None) -> tuple[date, ...]:
    """The days of ``result`` that are recorded.

    The first run over a range includes days on which nothing was due yet. Those of them without a file that
    are before history begins (``first_known``, or the result's first day with a file) are ignored: they are
    no gaps. The target date is always recorded.
    """
    bare = {found.day for found in result.day_results if not found.files}
    with_files = [day for day in result.days if day not in bare]
    begins = min(day for day in (first_known, *with_files, result.target_date) if day is not None)
    return tuple(day for day in result.days if day not in bare or day >= begins)


def next_state(previous: DayRecord | None, found: DayResult) -> DayState:
    """The day's state after a result; the truth table of this module."""
    new = found.state
    if previous is None or new in _ARRIVED:
        return new
    if new is DayState.FAILED:
        files_lack = found.planned > found.uploaded or found.left_out > 0 or found.files > previous.files
        return new if files_lack or previous.state in _NEVER_ARRIVED else previous.state
    if previous.state is DayState.MISSING or (previous.state is DayState.FAILED and not previous.files):
        return new
    return previous.state


def _carry_over(previous: DayRecord, record: DayRecord, found: DayResult, *, late_files: int) -> DayRecord:
    kept = record.state is not found.state or record.state is DayState.FAILED
    late = late_files if previous.first_complete is not None else 0
    message = f"still {record.state.value}; last run: {record.message}" if kept else record.message
    if previous.state is DayState.OPEN and found.state in _NO_FILES:
        message = GONE_WHILE_OPEN
    return replace(
        record,
        found=previous.found or record.found,
        files=max(previous.files, record.files) if kept else record.files,
        bytes=max(previous.bytes, record.bytes) if kept else record.bytes,
        late_files=previous.late_files + late,
        first_complete=previous.first_complete or record.first_complete,
        message=message,
    )
