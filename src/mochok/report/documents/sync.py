"""``mochok.sync/1``: what ``mochok sync --json`` prints; docs/reference/json.md lists every member.

Raw units: sizes are bytes, durations seconds, dates ``YYYY-MM-DD``. Members may be added; one that changes
its meaning or goes raises the number in ``schema``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mochok.events import RunFinished
from mochok.model import Reason, Status, SyncResult, Tally
from mochok.redact import redacted

SCHEMA = "mochok.sync/1"


def run_document(finished: RunFinished, exit_code: int) -> dict[str, Any]:
    """The document of a finished run; ``exit_code`` is what the process will end with."""
    return {
        "schema": SCHEMA,
        "run_id": finished.run_id,
        "dry_run": finished.dry_run,
        "interrupted": finished.interrupted,
        "exit_code": exit_code,
        "duration_seconds": round(finished.duration_seconds, 3),
        "totals": _totals(finished.results),
        "results": [_result(result) for result in finished.results],
    }


def _totals(results: tuple[SyncResult, ...]) -> dict[str, int]:
    totals = {
        "results": len(results),
        "succeeded": sum(result.status is Status.SUCCESS for result in results),
        "failed": sum(result.status is Status.FAILURE for result in results),
        "skipped": sum(result.status is Status.SKIPPED for result in results),
    }
    totals |= dict.fromkeys(_counts(Tally()), 0)
    for result in results:
        for name, count in _counts(result.tally).items():
            totals[name] += count
    return totals


def _result(result: SyncResult) -> dict[str, Any]:
    return {
        "name": result.name,
        "status": result.status.value,
        "message": redacted(result.message),
        "hint": redacted(result.hint),
        "exit_code": result.exit_code,
        "target_date": result.target_date.isoformat(),
        "days": [day.isoformat() for day in result.days],
        "day_state": result.day_state.value,
        "day_states": _day_states(result),
        "local_path": result.local_path,
        "s3_path": result.s3_path,
        "dry_run": result.dry_run,
        "duration_seconds": round(result.duration_seconds, 3),
        "counts": _counts(result.tally),
        "planned_by_reason": _by_reason(result.tally.planned),
        "skipped_by_reason": _by_reason(result.tally.skipped),
        "failures": [{"key": found.key, "message": redacted(found.message)} for found in result.failures],
        "warnings": [redacted(warning) for warning in result.warnings],
    }


def _day_states(result: SyncResult) -> list[str]:
    states = {found.day: found.state for found in result.day_results}
    return [states.get(day, result.day_state).value for day in result.days]


def _counts(tally: Tally) -> dict[str, int]:
    return {
        "files_seen": tally.files_seen,
        "bytes_seen": tally.bytes_seen,
        "files_planned": tally.uploads_planned,
        "bytes_planned": tally.bytes_planned,
        "files_uploaded": tally.uploaded,
        "bytes_uploaded": tally.bytes_uploaded,
        "deletes_planned": tally.deletes_planned,
        "objects_deleted": tally.deleted,
        "files_failed": tally.failed,
        "files_left_out": tally.left_out,
    }


def _by_reason(counts: Mapping[Reason, int]) -> dict[str, int]:
    return {reason.name.lower(): count for reason, count in counts.items()}
