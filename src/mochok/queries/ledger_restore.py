"""State file and ledger tell the same story twice: where one of them was lost, the other still knows."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from mochok.clock import duration_text
from mochok.model import Status
from mochok.records.history import HistoryExtent, ResultRecord
from mochok.records.overview import ConfigurationView, LostMemory, ResultView, SuccessView
from mochok.state.contract import DayLedger, History
from mochok.state.state import State

_ASIDE_WORDS = ("corrupt", "newer")
_COMPANIONS = ("-wal", "-shm")


def from_ledger(view: ConfigurationView, history: History) -> ConfigurationView:
    """``view`` with the last result and the last success of the ledger where the state file has none.

    How often in a row it failed only the state file knows; from the ledger it is once, if it failed.
    """
    if view.result is not None and view.success is not None:
        return view
    known = history.latest_results(view.name)
    results = [_result_view(record) for record in known]
    successes = [_success_view(record) for record in known if record.status is Status.SUCCESS]
    return replace(
        view,
        result=view.result or next(reversed(results), None),
        success=view.success or next(reversed(successes), None),
    )


def _result_view(record: ResultRecord) -> ResultView:
    return ResultView(
        last_status=record.status.value,
        last_message=record.message,
        last_timestamp=_finished(record),
        last_date=record.target_date,
        local_path=record.local_path,
        s3_path=record.s3_path,
        files_transferred=record.files_sent,
        bytes_transferred=record.bytes_sent,
        files_deleted=record.deleted,
        files_failed=record.failed,
        files_left_out=record.left_out,
        duration=duration_text(record.duration_seconds),
        consecutive_failures=int(record.status is not Status.SUCCESS),
        warnings=0,
        run_id=record.run_id,
    )


def _success_view(record: ResultRecord) -> SuccessView:
    return SuccessView(
        timestamp=_finished(record),
        date=record.target_date,
        local_path=record.local_path,
        s3_path=record.s3_path,
        message=record.message,
        files_transferred=record.files_sent,
        bytes_transferred=record.bytes_sent,
        files_deleted=record.deleted,
        duration=duration_text(record.duration_seconds),
        run_id=record.run_id,
    )


def _finished(record: ResultRecord) -> datetime:
    return record.finished.replace(microsecond=0)


def lost_memory(ledger_file: Path, ledger: DayLedger, state: State) -> LostMemory | None:
    """Since when the ledger remembers, if ``state`` shows that there was more; else None.

    Runs that ``history_retention_months`` removed are not lost: the days that they saw are still there.
    """
    extent = ledger.extent()
    if _is_pruned(extent) or not _shows_more(state, extent):
        return None
    return LostMemory(extent.first_run, _set_aside(ledger_file))


def _is_pruned(extent: HistoryExtent) -> bool:
    first_run, first_seen = extent.first_run, extent.first_seen
    return first_seen is not None and (first_run is None or first_seen < first_run)


def _shows_more(state: State, extent: HistoryExtent) -> bool:
    if state.statistics.total_executions > extent.runs:
        return True
    first_run = extent.first_run
    if first_run is None:
        return any(True for _ in _moments(state))
    return any(moment < first_run.replace(microsecond=0) for moment in _moments(state))


def _moments(state: State) -> Iterator[datetime]:
    """When something ended, by the state file; in whole seconds."""
    execution = state.last_execution
    found = [
        execution.timestamp if execution else None,
        *(success.timestamp for success in state.successes.values()),
        *(result.last_timestamp for result in state.configurations.values()),
    ]
    yield from (moment for moment in found if moment is not None)


def _set_aside(ledger_file: Path) -> str:
    """The name of the file that was last set aside in place of the ledger, "" if there is none."""
    real = Path(os.path.realpath(ledger_file))
    found = [
        path.name
        for word in _ASIDE_WORDS
        for path in real.parent.glob(f"{real.name}.{word}-*")
        if not path.name.endswith(_COMPANIONS)
    ]
    return max(found, key=lambda name: name.partition(f"{real.name}.")[2].partition("-")[2], default="")
