"""Streams, a clock and results for the tests of what people see."""

from __future__ import annotations

import io
import re
from datetime import UTC, date, datetime
from typing import Any

from mochok.clock import Clock
from mochok.events import RunFinished
from mochok.model import DayState, Reason, Status, SyncResult, Tally
from mochok.report.listeners.console import ConsoleReport, open_console

DAY = date(2025, 1, 14)
BYTES = 1_500_000
RUN_ID = "20250115T143025-ab12"
LONG_NAME = "Informes año 2025 (Contabilidad)"
_ESCAPE_CODE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
WIDTHS = (60, 80, 120, 200)


class ManualClock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def now(self) -> datetime:
        return datetime(2025, 1, 15, 14, 30, 25, tzinfo=UTC)

    def monotonic_seconds(self) -> float:
        return self.seconds


class Output(io.TextIOWrapper):
    """A stream in memory: a terminal or not, in any encoding, strict about what it cannot carry."""

    def __init__(self, encoding: str = "utf-8", *, terminal: bool = False) -> None:
        self.content = io.BytesIO()
        self.terminal = terminal
        super().__init__(self.content, encoding=encoding, newline="\n", write_through=True)

    def isatty(self) -> bool:
        return self.terminal

    @property
    def text(self) -> str:
        """Everything written so far."""
        return self.content.getvalue().decode(self.encoding)

    @property
    def seen(self) -> str:
        """Everything written, without colours and cursor movements."""
        return _ESCAPE_CODE.sub("", self.text).replace("\r", "")


def console(
    stream: Output | None,
    *,
    width: int = 120,
    quiet: bool = False,
    verbose: bool = False,
    clock: Clock | None = None,
    **environ: str,
) -> ConsoleReport:
    surroundings = {"COLUMNS": str(width), "LINES": "30", "TERM": "xterm-256color"} | environ
    return open_console(
        quiet=quiet, verbose=verbose, stream=stream, environ=surroundings, clock=clock or ManualClock()
    )


def result(
    name: str = "Daily", status: Status = Status.SUCCESS, message: str = "2 uploaded", **changes: Any
) -> SyncResult:
    """A result with two uploaded files of 1.5 MB; ``changes`` replace fields."""
    fields: dict[str, Any] = {
        "name": name,
        "status": status,
        "message": message,
        "target_date": DAY,
        "days": (DAY,),
        "day_state": DayState.COMPLETE,
        "local_path": "/data/2025-01-14",
        "s3_path": "s3://bucket/2025/01/14",
        "tally": Tally(
            5, 9_000_000, uploads_planned=2, bytes_planned=BYTES, uploaded=2, bytes_uploaded=BYTES
        ),
        "duration_seconds": 65.0,
    }
    return SyncResult(**(fields | changes))


def failure(name: str, message: str = "the bucket b does not exist", hint: str = "") -> SyncResult:
    return result(name, Status.FAILURE, message, hint=hint, tally=Tally(), exit_code=1)


def skipped(name: str) -> SyncResult:
    return result(name, Status.SKIPPED, "the source folder /data/x does not exist", tally=Tally())


def finished(*results: SyncResult, dry_run: bool = False, interrupted: bool = False) -> RunFinished:
    return RunFinished(RUN_ID, results, 70.0, dry_run, interrupted)


def tally_of_a_dry_run() -> Tally:
    return Tally(
        files_seen=9,
        uploads_planned=3,
        uploaded=3,
        bytes_planned=3_000_000,
        bytes_uploaded=3_000_000,
        deleted=1,
        planned={Reason.NEW: 2, Reason.SIZE_DIFFERS: 1},
        skipped={Reason.UP_TO_DATE: 6, Reason.EXCLUDED: 1},
    )
