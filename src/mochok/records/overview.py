"""What ``mochok status`` tells, as values: ``queries/overview.py`` fills them from state file and ledger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from mochok.errors import EXIT_INTERRUPTED
from mochok.records.days import DayMark


@dataclass(frozen=True, slots=True)
class ExecutionView:
    """The last execution, as ``lastExecution`` in the state file; ``duration`` is ``HH:MM:SS`` or ""."""

    timestamp: datetime | None
    success: bool
    total_configurations: int
    successful_configurations: int
    failed_configurations: int
    target_date: date | None
    duration: str
    bytes_transferred: int
    files_deleted: int
    files_failed: int
    files_left_out: int
    warnings: int
    run_id: str


@dataclass(frozen=True, slots=True)
class ResultView:
    """A configuration's last result, as ``configurationResults`` in the state file."""

    last_status: str
    last_message: str
    last_timestamp: datetime | None
    last_date: date | None
    local_path: str
    s3_path: str
    files_transferred: int
    bytes_transferred: int
    files_deleted: int
    files_failed: int
    files_left_out: int
    duration: str
    consecutive_failures: int
    warnings: int
    run_id: str


@dataclass(frozen=True, slots=True)
class SuccessView:
    """A configuration's last success, as ``lastSuccessfulSync`` in the state file."""

    timestamp: datetime | None
    date: date | None
    local_path: str
    s3_path: str
    message: str
    files_transferred: int
    bytes_transferred: int
    files_deleted: int
    duration: str
    run_id: str


@dataclass(frozen=True, slots=True)
class StatisticsView:
    """Counts over all executions, as ``statistics`` in the state file."""

    total_executions: int
    last_success_date: datetime | None
    consecutive_failures: int


@dataclass(frozen=True, slots=True)
class ConfigurationView:
    """One configuration: what it is now, and what is known of it.

    ``configured`` is False for one that only the state file still knows. ``days`` counts the marks of its
    last ``day_window`` days up to yesterday, and of today if it is a gap; ``gaps`` counts those that
    ``status --gaps`` would list. ``dated_by_run`` as in ``ConfigurationDays``.
    """

    name: str
    configured: bool
    enabled: bool
    result: ResultView | None
    success: SuccessView | None
    days: Mapping[DayMark, int] = field(default_factory=dict)
    gaps: int = 0
    day_window: int = 0
    dated_by_run: bool = False


@dataclass(frozen=True, slots=True)
class LatestRun:
    """The newest run in the ledger, which may be newer than the last execution that ended.

    ``running`` tells of a run without ``finished`` whether it is still at work (True) or was killed (False);
    None where the system does not tell.
    """

    run_id: str
    started: datetime
    finished: datetime | None
    exit_code: int | None
    running: bool | None

    @property
    def interrupted(self) -> bool:
        """Whether it ended before its work was done: Ctrl-C, a kill, or the machine stopped."""
        return self.exit_code == EXIT_INTERRUPTED or (self.finished is None and self.running is False)


@dataclass(frozen=True, slots=True)
class LostMemory:
    """The ledger knows less than the state file shows to have happened.

    ``since``: its first run, None if it has none. ``set_aside``: the name of the file that was set aside in
    its place, "" if there is none.
    """

    since: datetime | None
    set_aside: str


@dataclass(frozen=True, slots=True)
class Overview:
    """The whole answer at the moment ``now`` (aware, in the configured zone).

    ``lost`` is None unless days are not judged because of it.
    """

    now: datetime
    version: str
    configuration_file: str
    state_file: str
    ledger_file: str
    execution: ExecutionView | None
    statistics: StatisticsView
    configurations: tuple[ConfigurationView, ...]
    latest_run: LatestRun | None = None
    lost: LostMemory | None = None

    @property
    def has_run(self) -> bool:
        """Whether any run has left anything behind."""
        return self.execution is not None or any(one.result for one in self.configurations)
