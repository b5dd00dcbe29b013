"""What the ledger records of runs, results and data days, as values.

The fields of ``ResultRecord`` and ``DayRecord`` are the columns of their tables, under the same names.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from mochok.errors import EXIT_INTERRUPTED, EXIT_LEFT_OUT, EXIT_PREREQUISITE, EXIT_SUCCESS, EXIT_USAGE
from mochok.model import DayState, Status, SyncResult

_OUTCOMES = {
    None: "not ended",
    EXIT_SUCCESS: "success",
    EXIT_LEFT_OUT: "files left out",
    EXIT_PREREQUISITE: "prerequisite missing",
    EXIT_INTERRUPTED: "interrupted",
    EXIT_USAGE: "not started",
}


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One run. ``finished`` None: it is in progress (``running`` True) or was killed (False).

    ``results`` counts its results, ``failures`` those with status Failure. ``running`` is None if unknown.
    """

    run_id: str
    started: datetime
    finished: datetime | None
    exit_code: int | None
    results: int
    failures: int
    files_sent: int
    bytes_sent: int
    running: bool | None = None

    @property
    def duration_seconds(self) -> float | None:
        """Wall time, None for a run that has not ended; 0 if the clock was set back meanwhile."""
        return max(0.0, (self.finished - self.started).total_seconds()) if self.finished else None

    @property
    def outcome(self) -> str:
        """How it ended in one or two words, as the JSON documents have it."""
        return _OUTCOMES.get(self.exit_code, "failure")

    @property
    def interrupted(self) -> bool:
        """Whether it ended early: Ctrl-C, a kill, or a shutdown of the host."""
        return self.exit_code == EXIT_INTERRUPTED or (self.finished is None and self.running is False)


@dataclass(frozen=True, slots=True)
class ResultRecord:
    """One configuration's result for one date as history shows it; ``warnings`` counts them.

    ``expected``: whether the date is one of the expected days.
    """

    run_id: str
    name: str
    target_date: date
    status: Status
    day_state: DayState
    message: str
    started: datetime
    duration_seconds: float
    local_path: str
    s3_path: str
    files_seen: int
    files_sent: int
    bytes_sent: int
    deleted: int
    failed: int
    left_out: int
    failures: tuple[tuple[str, str], ...]
    warnings: int
    expected: bool = True

    @classmethod
    def of(cls, run_id: str, started: datetime, result: SyncResult) -> ResultRecord:
        """What history keeps of ``result``."""
        return cls(
            run_id=run_id,
            name=result.name,
            target_date=result.target_date,
            status=result.status,
            day_state=result.day_state,
            message=result.message,
            started=started,
            duration_seconds=result.duration_seconds,
            local_path=result.local_path,
            s3_path=result.s3_path,
            files_seen=result.tally.files_seen,
            files_sent=result.tally.uploaded,
            bytes_sent=result.tally.bytes_uploaded,
            deleted=result.tally.deleted,
            failed=result.tally.failed,
            left_out=result.tally.left_out,
            failures=tuple((failure.key, failure.message) for failure in result.failures),
            warnings=len(result.warnings),
            expected=result.expected,
        )

    @property
    def is_rest_day(self) -> bool:
        """Whether nothing was there on a day on which nothing was expected: neither success nor failure."""
        return self.status is Status.SKIPPED and not self.expected

    @property
    def finished(self) -> datetime:
        """When it ended, in the time zone of ``started``."""
        ended = self.started.astimezone(UTC) + timedelta(seconds=self.duration_seconds)
        return ended.astimezone(self.started.tzinfo)

    @property
    def up_to_date(self) -> bool:
        """Whether all files that were seen were in S3 already."""
        sent = self.files_sent or self.has_problem
        return self.status is Status.SUCCESS and self.files_seen > 0 and not sent

    @property
    def has_problem(self) -> bool:
        """Whether it, or any of its files, failed or was skipped as unreadable."""
        return self.status is Status.FAILURE or self.failed > 0 or self.left_out > 0


@dataclass(frozen=True, slots=True)
class DayRecord:
    """What is known of one configuration's data day.

    ``files`` and ``bytes`` are what the source held in the last run that decided ``state`` (a folder cleaned
    up after its upload does not reset them; each day of a range has the counts of the range); ``late_files``
    counts the files that were new in S3 after the day had first been complete, not those sent again.
    ``destination`` as in :class:`mochok.model.Identity`; ``s3_path`` is where the last result uploaded it to.
    ``found``: a look found its folder or a file, so that history may begin with it. ``verified``: when its
    objects were last compared with what was uploaded; None: never.
    """

    name: str
    day: date
    state: DayState
    files: int
    bytes: int
    late_files: int
    first_complete: datetime | None
    last_run_id: str
    last_seen: datetime
    message: str
    destination: str = ""
    s3_path: str = ""
    found: bool = True
    verified: datetime | None = None


@dataclass(frozen=True, slots=True)
class DaysElsewhere:
    """The ``count`` days that arrived at another destination and that no run checked at today's; ``s3_path``
    is that of the ``last``, "" if unknown, and ``server`` where it is. ``destinations``: how many there are.
    """

    count: int
    first: date
    last: date
    s3_path: str
    server: str
    destinations: int = 1


@dataclass(frozen=True, slots=True)
class Acceptance:
    """Somebody accepted a gap: ``who``, when (``accepted``) and the ``reason``.

    ``undone``: when ``undone_by`` took that back; None while it holds.
    """

    name: str
    day: date
    reason: str
    who: str
    accepted: datetime
    undone: datetime | None = None
    undone_by: str = ""


@dataclass(frozen=True, slots=True)
class HistoryExtent:
    """How far history goes back: the number of runs, the first one's start, and when the first of the known
    days was last seen. The last is before the first run only where old runs were pruned.
    """

    runs: int
    first_run: datetime | None
    first_seen: datetime | None
