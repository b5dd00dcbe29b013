"""From a result to what history keeps of it."""

from __future__ import annotations

from datetime import datetime, timedelta

from mochok.model import SyncResult
from mochok.records.history import ResultRecord


def result_record(run_id: str, started: datetime, result: SyncResult) -> ResultRecord:
    """What history keeps of ``result``."""
    return ResultRecord(
        run_id=run_id,
        name=result.name,
        target_date=result.target_date,
        status=result.status,
        day_state=result.day_state,
        message=result.message,
        started=started,
        duration_seconds=result.duration_seconds,
        local_path=result.local_path,
        s3_path=result.s3_path,
        files_seen=result.tally.files_seen,
        files_sent=result.tally.uploaded,
        bytes_sent=result.tally.bytes_uploaded,
        deleted=result.tally.deleted,
        failed=result.tally.failed,
        left_out=result.tally.left_out,
        failures=tuple((failure.key, failure.message) for failure in result.failures),
    )


def finished_at(started: datetime, result: SyncResult) -> datetime:
    """When ``result`` was there."""
    return started + timedelta(seconds=result.duration_seconds)
