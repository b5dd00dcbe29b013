"""A ledger that was lost is noticed by what the state file still shows of its runs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from mochok.records.history import HistoryExtent
from mochok.records.overview import LostMemory
from mochok.state.contract import DayLedger
from mochok.state.state import State

_ASIDE_WORDS = ("corrupt", "newer")
_COMPANIONS = ("-wal", "-shm")


def lost_history(ledger_file: Path, ledger: DayLedger, state: State) -> LostMemory | None:
    """How far back the ledger goes, if ``state`` shows that there was more; else None.

    Runs that ``history_retention_months`` removed are not lost: their days are still in it.
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
    """When something ended, by the state file, in whole seconds."""
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
