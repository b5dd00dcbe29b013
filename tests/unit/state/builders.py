"""Results and times for the tests of memory and log."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

from mochok.model import DayState, Status, SyncResult, Tally

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
