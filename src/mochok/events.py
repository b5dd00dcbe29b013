"""What happens during a run, as typed values. The core prints nothing; reports subscribe.

A listener is called in a thread of its own, with all events in order (``run/listeners.py``). With several
configurations at once each event names its configuration.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from mochok.model import LeftOut, Reason, SyncResult, Tally
from mochok.records.summary import SummaryRow


class Level(enum.StrEnum):
    """How much a line matters, from the least to the most."""

    DEBUG = "DEBUG"
    INFO = "INFO"
    WARNING = "WARNING"
    ERROR = "ERROR"


@dataclass(frozen=True, slots=True)
class RunStarted:
    """A run begins with ``configurations``, names in order. ``tasks``: how many results it will have if it is
    not stopped, one for each configuration and date; 0 if unknown. ``disabled``: those of ``configurations``
    that only run because ``--only`` names them.
    """

    run_id: str
    target_dates: tuple[date, ...]
    configurations: tuple[str, ...]
    dry_run: bool
    tasks: int = 0
    disabled: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RunPlanned:
    """What is about to run, for the console."""

    rows: tuple[SummaryRow, ...]


@dataclass(frozen=True, slots=True)
class RunRefused:
    """A run did not start: a wrong configuration, a lock that another run holds, a state that cannot be read.

    ``reasons`` are sentences, at least one; ``hint`` is what to do, or "". ``exit_code`` is the process's.
    """

    reasons: tuple[str, ...]
    hint: str
    exit_code: int


@dataclass(frozen=True, slots=True)
class ConfigurationStarted:
    """One configuration begins for one date."""

    name: str
    target_date: date
    local_path: str
    s3_path: str


@dataclass(frozen=True, slots=True)
class Notice:
    """Something worth a line; ``name`` may be "" (the whole run)."""

    name: str
    level: Level
    message: str


@dataclass(frozen=True, slots=True)
class FileSent:
    """A file arrived (or would, in a dry run)."""

    name: str
    key: str
    size_bytes: int
    reason: Reason
    dry_run: bool


@dataclass(frozen=True, slots=True)
class FileSkipped:
    """A file or object that needs nothing; only sent to listeners that ask for details."""

    name: str
    key: str
    reason: Reason


@dataclass(frozen=True, slots=True)
class FileFailed:
    """A file did not arrive, or an object could not be deleted."""

    name: str
    key: str
    message: str


@dataclass(frozen=True, slots=True)
class FileLeftOut:
    """A local name that cannot be synchronised."""

    name: str
    left_out: LeftOut


@dataclass(frozen=True, slots=True)
class ObjectDeleted:
    """An object was deleted (or would be, in a dry run)."""

    name: str
    key: str
    size_bytes: int
    dry_run: bool


@dataclass(frozen=True, slots=True)
class Progress:
    """The counts at a moment; sent a few times a second.

    ``arrived_bytes``: of the large files that are being sent, not in ``tally`` before they are complete;
    it falls if one is sent again. ``current_key`` is the one of these that began first, or else the file that
    began last.
    """

    name: str
    tally: Tally
    current_key: str
    scanning: bool
    arrived_bytes: int = 0


@dataclass(frozen=True, slots=True)
class ConfigurationFinished:
    """One configuration ended for one date."""

    result: SyncResult


@dataclass(frozen=True, slots=True)
class RunFinished:
    """The run ended; results in the order in which they ended."""

    run_id: str
    results: tuple[SyncResult, ...]
    duration_seconds: float
    dry_run: bool
    interrupted: bool


Event = (
    RunStarted
    | RunPlanned
    | RunRefused
    | ConfigurationStarted
    | Notice
    | FileSent
    | FileSkipped
    | FileFailed
    | FileLeftOut
    | ObjectDeleted
    | Progress
    | ConfigurationFinished
    | RunFinished
)
Listener = Callable[[Event], None]
