"""The day ledger's logic, purely: what a new result says about a data day of which something is known.

The question is always "is this day in S3?", and the answer must stay honest when a later run sees less than
an earlier one: a day folder that is cleaned up after its upload is still in S3, and a refused password
proves nothing about files that arrived last week.

======== ======== ======== ======== ======== ======================
before   complete partial  empty    missing  failed
======== ======== ======== ======== ======== ======================
nothing  complete partial  empty    missing  failed
complete complete partial  complete complete failed if files lack, else complete
partial  complete partial  partial  partial  failed if files lack, else partial
empty    complete partial  empty    empty    failed if files lack, else empty
missing  complete partial  empty    missing  failed
failed   complete partial  empty *  missing * failed
======== ======== ======== ======== ======== ======================

Columns are the new result's state. *: only if no file was ever seen there; otherwise those files never
(all) arrived and the day stays failed. "Files lack": the run itself found files that are not in S3, because
it planned uploads that did not arrive, left names out, or saw more files than the day ever held.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from mochok.model import DayState, SyncResult
from mochok.state.contract import DayRecord

_LOOKED = frozenset({DayState.COMPLETE, DayState.PARTIAL})


def merge_day(
    previous: DayRecord | None, result: SyncResult, day: date, *, run_id: str, finished: datetime
) -> DayRecord:
    """What is known of ``day`` after ``result``, given what was known before (see the table above).

    ``files`` and ``bytes`` stay as they were when an earlier state is kept. ``late_files`` grows by what was
    sent after the day had first been complete; only if the result is about this day alone, because a range's
    uploads cannot be told apart by day.
    """
    state = next_state(previous, result)
    record = DayRecord(
        name=result.name,
        day=day,
        state=state,
        files=result.tally.files_seen,
        bytes=result.tally.bytes_seen,
        late_files=0,
        first_complete=finished if state is DayState.COMPLETE else None,
        last_run_id=run_id,
        last_seen=finished,
        message=result.message,
    )
    return record if previous is None else _carry_over(previous, record, result)


def next_state(previous: DayRecord | None, result: SyncResult) -> DayState:
    """The day's state after ``result``; the truth table of this module."""
    new = result.day_state
    if previous is None or new in _LOOKED:
        return new
    if new is DayState.FAILED:
        return _after_failure(previous, result)
    if previous.state in (DayState.COMPLETE, DayState.PARTIAL):
        return previous.state
    if previous.state is DayState.FAILED and previous.files > 0:
        return DayState.FAILED
    if previous.state is DayState.EMPTY:
        return DayState.EMPTY
    return new


def _after_failure(previous: DayRecord, result: SyncResult) -> DayState:
    if previous.state in (DayState.MISSING, DayState.FAILED) or _files_lack(previous, result):
        return DayState.FAILED
    return previous.state


def _files_lack(previous: DayRecord, result: SyncResult) -> bool:
    tally = result.tally
    return tally.uploads_planned > tally.uploaded or tally.left_out > 0 or tally.files_seen > previous.files


def _carry_over(previous: DayRecord, record: DayRecord, result: SyncResult) -> DayRecord:
    kept = record.state is not result.day_state or record.state is DayState.FAILED
    late = previous.first_complete is not None and len(result.days) == 1
    return replace(
        record,
        files=max(previous.files, record.files) if kept else record.files,
        bytes=max(previous.bytes, record.bytes) if kept else record.bytes,
        late_files=previous.late_files + (result.tally.uploaded if late else 0),
        first_complete=previous.first_complete or record.first_complete,
        message=f"still {record.state.value}; last run: {result.message}" if kept else result.message,
    )
