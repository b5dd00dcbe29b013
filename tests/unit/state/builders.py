"""Results and times for the tests of memory and log."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from mochok.model import DayState, Status, SyncResult, Tally
from mochok.state.state_file import Execution

DAY = date(2025, 1, 14)
CHILE = timezone(timedelta(hours=-3))
START = datetime(2025, 1, 15, 2, 30, tzinfo=CHILE)
END = datetime(2025, 1, 15, 2, 31, 5, 250_000, tzinfo=CHILE)


def make_result(
    status: Status = Status.SUCCESS, state: DayState = DayState.COMPLETE, **changes: Any
) -> SyncResult:
    """A result of the configuration "Documents"; counts of the tally are given by their own names."""
    counts = {name: changes.pop(name) for name in list(changes) if name in Tally.__dataclass_fields__}
    values: dict[str, Any] = {
        "name": "Documents",
        "status": status,
        "message": "3 uploaded",
        "target_date": DAY,
        "days": (changes.get("target_date", DAY),),
        "day_state": state,
        "local_path": "/data/2025-01-14",
        "s3_path": "s3://bucket/2025/01/14",
        "tally": Tally(**counts),
        "duration_seconds": 65.25,
        "found": state is not DayState.MISSING,
    }
    return SyncResult(**(values | changes))


@dataclass
class FakeClock:
    """A clock that stands until it is moved."""

    moment: datetime = START
    seconds: float = 0.0
    zone: Any = field(default=UTC)

    def now(self) -> datetime:
        return self.moment

    def monotonic_seconds(self) -> float:
        return self.seconds


def written(path: Path) -> dict[str, Any]:
    """The JSON object in a file."""
    content: dict[str, Any] = json.loads(path.read_bytes())
    return content


def execution(*results: SyncResult, **changes: Any) -> Execution:
    """A run with these results."""
    values: dict[str, Any] = {
        "run_id": "run",
        "results": results,
        "total_configurations": 3,
        "finished": END,
        "duration_seconds": 90_061,
    }
    return Execution(**(values | changes))
