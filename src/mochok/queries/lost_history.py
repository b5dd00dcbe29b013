"""Whether the ledger lost runs that the state file still shows."""

from __future__ import annotations

import os
from pathlib import Path

from mochok.records.history import HistoryExtent
from mochok.records.overview import LostHistory
from mochok.state.contract import DayLedger
from mochok.state.state import State

_ASIDE_WORDS = ("corrupt", "newer")
_COMPANIONS = ("-wal", "-shm")


def lost_history(ledger_file: Path, ledger: DayLedger, state: State) -> LostHistory | None:
    """How far back the ledger goes, if ``state`` shows that there was more; else None.

    Runs that ``history_retention_months`` removed are not lost: their days are still in it.
    """
    extent = ledger.extent()
    first_run, first_seen = extent.first_run, extent.first_seen
    pruned = first_seen is not None and (first_run is None or first_seen < first_run)
    if pruned or not _shows_more(state, extent):
        return None
    return LostHistory(first_run, _set_aside(ledger_file))


def _shows_more(state: State, extent: HistoryExtent) -> bool:
    execution, first_run = state.last_execution, extent.first_run
    ended = [
        execution.timestamp if execution else None,
        *(success.timestamp for success in state.successes.values()),
        *(result.last_timestamp for result in state.configurations.values()),
    ]
    earlier = any(  # state.json has whole seconds
        first_run is None or moment < first_run.replace(microsecond=0)
        for moment in ended
        if moment is not None
    )
    return earlier or state.statistics.total_executions > extent.runs


def _set_aside(ledger_file: Path) -> str:
    """The name of the ledger that was last set aside, or ""."""
    real = Path(os.path.realpath(ledger_file))
    found = [
        path.name
        for word in _ASIDE_WORDS
        for path in real.parent.glob(f"{real.name}.{word}-*")
        if not path.name.endswith(_COMPANIONS)
    ]
    return max(found, key=lambda name: name.partition(f"{real.name}.")[2].partition("-")[2], default="")
