"""A ledger that has forgotten is told apart from one that has just begun, and from one that was pruned."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from mochok.queries.lost_history import lost_history
from mochok.records.overview import LostHistory
from mochok.state.memory import MemoryLedger
from mochok.state.state import State
from tests.unit.state.builders import make_result

FIRST = datetime(2025, 1, 15, 2, 30, 0, 250_000, tzinfo=UTC)


def a_state(executions: int, last: datetime) -> State:
    raw: dict[str, Any] = {
        "statistics": {"totalExecutions": executions},
        "lastExecution": {"timestamp": last.isoformat(timespec="seconds"), "success": True},
    }
    return State(raw)


def a_ledger(*starts: datetime) -> MemoryLedger:
    ledger = MemoryLedger()
    for number, start in enumerate(starts):
        ledger.start_run(f"{number}", start)
        ledger.record_result(f"{number}", start, make_result(target_date=start.date()))
    return ledger


def test_a_ledger_that_has_every_run_is_not_lost(tmp_path: Path) -> None:
    assert lost_history(tmp_path / "mochok.db", a_ledger(FIRST), a_state(1, FIRST)) is None
    assert lost_history(tmp_path / "mochok.db", MemoryLedger(), State({})) is None


def test_more_executions_than_runs_or_an_older_success_show_that_it_was(tmp_path: Path) -> None:
    for name in ("mochok.db.corrupt-20250113T023000", "mochok.db.corrupt-20250114T023000"):
        for companion in ("", "-wal", "-shm"):
            (tmp_path / (name + companion)).touch()
    lost = LostHistory(FIRST, "mochok.db.corrupt-20250114T023000")

    assert lost_history(tmp_path / "mochok.db", a_ledger(FIRST), a_state(2, FIRST)) == lost
    older = a_state(1, FIRST - timedelta(days=1))
    assert lost_history(tmp_path / "mochok.db", a_ledger(FIRST), older) == lost
    assert lost_history(tmp_path / "other.db", MemoryLedger(), older) == LostHistory(None, "")


def test_what_the_retention_of_history_removed_is_not_lost(tmp_path: Path) -> None:
    ledger = a_ledger(FIRST - timedelta(days=60), FIRST)
    ledger.prune(FIRST - timedelta(days=30), FIRST)

    assert lost_history(tmp_path / "mochok.db", ledger, a_state(2, FIRST)) is None
