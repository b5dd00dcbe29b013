"""State file and ledger tell the same story twice: where one of them was lost, the other still knows."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from mochok.clock import duration_text
from mochok.model import Status
from mochok.records.history import Remembered, ResultRecord
from mochok.records.overview import ConfigurationView, LostMemory
from mochok.records.state import ConfigurationState, LastSuccess
from mochok.state.contract import History
from mochok.state.state import State

_ASIDE_WORDS = ("corrupt", "newer")
_COMPANIONS = ("-wal", "-shm")


def from_ledger(view: ConfigurationView, history: History) -> ConfigurationView:
    """``view`` with the last result and the last success of the ledger where the state file has none.

    How often in a row it failed only the state file knows; from the ledger it is once, if it failed.
    """
    result, success = view.result, view.success
    if result is None and (last := history.latest_result(view.name)) is not None:
        result = _result_view(last)
    if success is None and (last := history.latest_result(view.name, successful=True)) is not None:
        success = _success_view(last)
    return replace(view, result=result, success=success)


def _result_view(record: ResultRecord) -> ConfigurationState:
    return ConfigurationState(
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


def _success_view(record: ResultRecord) -> LastSuccess:
    return LastSuccess(
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
    return (record.started + timedelta(seconds=record.duration_seconds)).replace(microsecond=0)


def lost_memory(ledger_file: Path, history: History, state: State) -> LostMemory | None:
    """Since when the ledger remembers, if ``state`` shows that there was more; else None.

    Runs that ``history_retention_months`` removed are not lost: the days that they saw are still there.
    """
    remembered = history.remembered()
    if _is_pruned(remembered) or not _shows_more(state, remembered):
        return None
    return LostMemory(remembered.first_run, _set_aside(ledger_file))


def _is_pruned(remembered: Remembered) -> bool:
    first_run, first_seen = remembered.first_run, remembered.first_seen
    return first_seen is not None and (first_run is None or first_seen < first_run)


def _shows_more(state: State, remembered: Remembered) -> bool:
    if state.statistics.total_executions > remembered.runs:
        return True
    first_run = remembered.first_run
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
