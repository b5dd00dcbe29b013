"""``mochok.history/1`` and ``mochok.run/1``: ``mochok history --json``; see docs/reference/status-json.md.

Members may be added; one that changes its meaning or goes raises the number in ``schema``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from mochok.records.history import ResultRecord, RunRecord
from mochok.report.documents.values import JsonObject, fields, to_json

HISTORY_SCHEMA = "mochok.history/1"
RUN_SCHEMA = "mochok.run/1"


def history_document(runs: Sequence[RunRecord], names: Sequence[str], now: datetime) -> JsonObject:
    """The runs, newest first; ``names`` are the requested configurations, [] for all."""
    return {
        "schema": HISTORY_SCHEMA,
        "generated_at": now.isoformat(timespec="seconds"),
        "configurations": list(names),
        "runs": [_run(run) for run in runs],
    }


def run_document(
    run: RunRecord, results: Sequence[ResultRecord], now: datetime, names: Sequence[str] = ()
) -> JsonObject:
    """One run with its results; ``names`` are the requested configurations, [] for all."""
    return {
        "schema": RUN_SCHEMA,
        "generated_at": now.isoformat(timespec="seconds"),
        "configurations": list(names),
        "run": _run(run),
        "results": [_result(result) for result in results],
    }


def _run(run: RunRecord) -> JsonObject:
    return fields(run) | {"duration_seconds": run.duration_seconds, "outcome": run.outcome}


def _result(result: ResultRecord) -> JsonObject:
    failures = [{"key": to_json(key), "message": to_json(message)} for key, message in result.failures]
    members = fields(result) | {"failures": failures}
    del members["run_id"], members["warnings"]
    return members
