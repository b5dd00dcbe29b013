"""Does the ledger remember all that the state file shows to have happened?"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from mochok.report.overview import LostMemory
from mochok.state.contract import History, Remembered
from mochok.state.state import State

_ASIDE_WORDS = ("corrupt", "newer")
_COMPANIONS = ("-wal", "-shm")


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
