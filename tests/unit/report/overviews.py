"""Days, configurations and overviews for the tests of ``status`` and ``history``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from mochok.model import DayState
from mochok.records.days import ConfigurationDays, Expectation, mark_days
from mochok.records.expected_days import ExpectedDays
from mochok.records.history import DayRecord
from mochok.records.overview import ConfigurationView, Overview
from mochok.records.state import ConfigurationState, LastExecution, LastSuccess, Statistics
from mochok.report.text.page import PageItem, plain_text, show
from mochok.report.text.screen import Screen
from tests.unit.report.runs import Output

NOW = datetime(2025, 1, 15, 14, 30, 25, tzinfo=UTC)
TODAY = NOW.date()
EVERY_DAY = frozenset(range(7))
LETTER_STATES = {"C": "complete", "O": "open", "P": "partial", "E": "empty", "M": "missing", "F": "failed"}


def day(number: int) -> date:
    """A day of January 2025; the 15th is today."""
    return date(2025, 1, number)


def known(state: str = "complete", *, files: int = 3, late_files: int = 0, message: str = "ok") -> DayRecord:
    return DayRecord(
        name="Daily",
        day=TODAY - timedelta(days=1),
        state=DayState(state),
        files=files,
        bytes=files * 10,
        late_files=late_files,
        first_complete=NOW - timedelta(days=2) if state == "complete" else None,
        last_seen=NOW - timedelta(days=1),
        last_run_id="20250114T023000-ab12",
        message=message,
    )


def days_from(
    letters: str,
    *,
    name: str = "Daily",
    weekdays: frozenset[int] = EVERY_DAY,
    begins: date | None = None,
    changes: Mapping[int, DayRecord] | None = None,
) -> ConfigurationDays:
    """January 2025 from the 1st: a letter of the calendar for each day, ``_`` for one the ledger lacks."""
    found = {
        day(number): known(LETTER_STATES[letter])
        for number, letter in enumerate(letters, start=1)
        if letter != "_"
    }
    found |= {day(number): record for number, record in (changes or {}).items()}
    expected = ExpectedDays(weekdays)
    expectation = Expectation(expected, begins or min(found, default=TODAY - timedelta(days=1)), TODAY)
    return ConfigurationDays(name, mark_days(found, expectation, day(1), day(31)))


def result_view(**changes: Any) -> ConfigurationState:
    values: dict[str, Any] = {
        "last_status": "Success",
        "last_message": "2 uploaded, 0 up to date",
        "last_timestamp": NOW - timedelta(hours=12),
        "last_date": day(14),
        "local_path": "/data/2025-01-14",
        "s3_path": "s3://bucket/2025/01/14",
        "files_transferred": 2,
        "bytes_transferred": 1_500_000,
        "files_deleted": 0,
        "files_failed": 0,
        "files_left_out": 0,
        "duration": "00:00:07",
        "consecutive_failures": 0,
        "warnings": 0,
        "run_id": "20250115T023000-ab12",
    }
    return ConfigurationState(**(values | changes))


def success_view(**changes: Any) -> LastSuccess:
    values: dict[str, Any] = {
        "timestamp": NOW - timedelta(hours=12),
        "date": day(14),
        "local_path": "/data/2025-01-14",
        "s3_path": "s3://bucket/2025/01/14",
        "message": "2 uploaded, 0 up to date",
        "files_transferred": 2,
        "bytes_transferred": 1_500_000,
        "files_deleted": 0,
        "duration": "00:00:07",
        "run_id": "20250115T023000-ab12",
    }
    return LastSuccess(**(values | changes))


def configuration_view(name: str = "Daily", **changes: Any) -> ConfigurationView:
    values: dict[str, Any] = {
        "name": name,
        "configured": True,
        "enabled": True,
        "result": result_view(),
        "success": success_view(),
        "days": {},
        "gaps": 0,
        "day_window": 30,
    }
    return ConfigurationView(**(values | changes))


def overview(*configurations: ConfigurationView, **changes: Any) -> Overview:
    execution = LastExecution(
        timestamp=NOW - timedelta(hours=12),
        success=True,
        total_configurations=1,
        successful_configurations=1,
        failed_configurations=0,
        target_date=day(14),
        duration="00:00:07",
        bytes_transferred=1_500_000,
        files_deleted=0,
        files_failed=0,
        files_left_out=0,
        warnings=0,
        run_id="20250115T023000-ab12",
    )
    values: dict[str, Any] = {
        "now": NOW,
        "version": "1.2.3",
        "configuration_file": "sync-config.yaml",
        "state_file": "state.json",
        "ledger_file": "mochok.db",
        "execution": execution,
        "statistics": Statistics(12, NOW - timedelta(hours=12), 0),
        "configurations": configurations or (configuration_view(),),
    }
    return Overview(**(values | changes))


def text_of(page: Iterable[PageItem]) -> str:
    return "\n".join(plain_text(item) for item in page)


def printed(page: Iterable[PageItem], *, terminal: bool, width: int = 80, **changes: str) -> Output:
    """What a stream of this kind has received; ``encoding`` may be among ``changes``."""
    output = Output(changes.pop("encoding", "utf-8"), terminal=terminal)
    environ = {"COLUMNS": str(width), "LINES": "50", "TERM": "xterm-256color"} | changes
    show(page, Screen(output, environ))
    return output
