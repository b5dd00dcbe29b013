"""The ledger's rows as values and back."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any

from mochok.model import DayState, LedgerEntry, Status
from mochok.records.history import DayRecord, ResultRecord, RunRecord

Row = tuple[Any, ...]
_INTEGERS = range(-(2**63), 2**63)


def ledger_entry(row: Row) -> LedgerEntry:
    key, size_bytes, mtime_ns, etag = row
    return LedgerEntry(key, size_bytes, mtime_ns if type(mtime_ns) is int else int(mtime_ns), etag)


def storable(mtime_ns: int) -> int | str:
    """Text for times that do not fit 64 bits (after the year 2262), so that they compare equal again."""
    return mtime_ns if mtime_ns in _INTEGERS else str(mtime_ns)


def storable_text(text: str) -> str:
    """Half characters, as names that are not UTF-8 have them, as escapes; SQLite refuses them."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def result_row(record: ResultRecord) -> Row:
    return (
        record.run_id,
        record.name,
        record.target_date.isoformat(),
        record.status.value,
        record.day_state.value,
        storable_text(record.message),
        record.started.isoformat(),
        record.duration_seconds,
        storable_text(record.local_path),
        storable_text(record.s3_path),
        record.files_seen,
        record.files_sent,
        record.bytes_sent,
        record.deleted,
        record.failed,
        record.left_out,
        json.dumps(record.failures),
    )


def result_from(row: Row) -> ResultRecord:
    run_id, name, target_date, status, day_state, message, started, duration_seconds, *rest = row
    local_path, s3_path, *counts, failures = rest
    files_seen, files_sent, bytes_sent, deleted, failed, left_out = counts
    return ResultRecord(
        run_id=run_id,
        name=name,
        target_date=date.fromisoformat(target_date),
        status=Status(status),
        day_state=DayState(day_state),
        message=message,
        started=datetime.fromisoformat(started),
        duration_seconds=duration_seconds,
        local_path=local_path,
        s3_path=s3_path,
        files_seen=files_seen,
        files_sent=files_sent,
        bytes_sent=bytes_sent,
        deleted=deleted,
        failed=failed,
        left_out=left_out,
        failures=tuple((key, problem) for key, problem in json.loads(failures)),
    )


def day_row(record: DayRecord) -> Row:
    return (
        record.name,
        record.day.isoformat(),
        record.state.value,
        record.files,
        record.bytes,
        record.late_files,
        record.first_complete.isoformat() if record.first_complete else None,
        record.last_run_id,
        record.last_seen.isoformat(),
        storable_text(record.message),
    )


def day_record(row: Row) -> DayRecord:
    name, day, state, files, size_bytes, late_files, first_complete, last_run_id, last_seen, message = row
    return DayRecord(
        name=name,
        day=date.fromisoformat(day),
        state=DayState(state),
        files=files,
        bytes=size_bytes,
        late_files=late_files,
        first_complete=moment_or_none(first_complete),
        last_run_id=last_run_id,
        last_seen=datetime.fromisoformat(last_seen),
        message=message,
    )


def run_record(row: Row) -> RunRecord:
    run_id, started, finished, exit_code, results, failures, files_sent, bytes_sent = row
    return RunRecord(
        run_id=run_id,
        started=datetime.fromisoformat(started),
        finished=moment_or_none(finished),
        exit_code=exit_code,
        dry_run=False,
        results=results,
        failures=failures,
        files_sent=files_sent,
        bytes_sent=bytes_sent,
    )


def moment_or_none(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
