"""The values that flow through Mochok: plain, immutable, without behaviour of their own.

Sizes are bytes, times nanoseconds since the Unix epoch (UTC), keys relative to the destination prefix, with
``/``. The three records that exist once for every file are NamedTuples, which are built in C.
"""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import NamedTuple


class SourceFile(NamedTuple):
    """A local regular file below the source folder. ``key`` is its relative path with ``/``.

    ``ctime_ns``: when its content or attributes last changed, which no program can set; 0 if unknown, or too
    fresh to be compared with. ``changed_ns``: the same for the question whether it has settled; 0 if unknown.
    """

    key: str
    path: str
    size_bytes: int
    mtime_ns: int
    ctime_ns: int = 0
    changed_ns: int = 0


class RemoteObject(NamedTuple):
    """An object below the destination prefix. ``modified_ns`` is LastModified (whole seconds in S3)."""

    key: str
    size_bytes: int
    modified_ns: int
    etag: str


class LedgerEntry(NamedTuple):
    """What the file ledger remembers of an object that Mochok sent or saw to be equal."""

    key: str
    size_bytes: int
    mtime_ns: int
    etag: str
    ctime_ns: int = 0

    @classmethod
    def begun(cls, key: str, when_ns: int = 0) -> LedgerEntry:
        """The mark of an upload that has begun. It fits no file, so an incomplete one goes up again."""
        return cls(key, -1, when_ns, "")


class BucketId(NamedTuple):
    """Which bucket a listing was taken of, and who asked; another one may hold other objects.

    ``place`` is the server and the bucket's name, ``account`` a hash of what identifies the credentials.
    """

    place: str = ""
    account: str = ""


class Reason(enum.StrEnum):
    """Why a file is sent, an object deleted, or nothing done."""

    NEW = "new"
    SIZE_DIFFERS = "size differs"
    NEWER = "local file is newer"
    CHANGED = "local file changed since its upload"
    REMOTE_CHANGED = "object changed since its upload"
    GONE = "object gone since its upload"
    UNFINISHED = "previous upload incomplete"
    CONTENT_DIFFERS = "content differs"
    CTIME_CHANGED = "only its change time differs"
    UP_TO_DATE = "up to date"
    EXCLUDED = "excluded by a filter"
    OUTSIDE_DATES = "outside the date range"
    NOT_LOCAL = "no local file"
    ONLY_REMOTE = "only in the bucket"
    PROTECTED = "belongs to another configuration"


class Upload(NamedTuple):
    """Send this file."""

    file: SourceFile
    reason: Reason


class Delete(NamedTuple):
    """Delete this object."""

    key: str
    size_bytes: int
    etag: str
    reason: Reason


class Skip(NamedTuple):
    """Do nothing for this key. ``entry`` is what the ledger should know of it now, None to leave it."""

    key: str
    size_bytes: int
    reason: Reason
    entry: LedgerEntry | None = None


Action = Upload | Delete | Skip


class LeftOut(NamedTuple):
    """A local name that takes no part; everything else goes on.

    ``key`` is its relative path (a folder's ends with ``/``), made printable. ``passed_over``: a device,
    socket or FIFO, which is only reported; anything else makes the day partial and keeps the delete phase
    from running, because its content is unknown.
    """

    key: str
    problem: str
    passed_over: bool = False


class KeyOrder(enum.Enum):
    """In which order a server lists keys.

    BYTES: by UTF-8 bytes of the whole key, as S3 documents. PATH: folder by folder, each name by its
    bytes, so that everything below ``a/`` comes before ``a-b`` (SeaweedFS).
    """

    BYTES = "/"
    PATH = "\0"

    def sort_key(self, key: str) -> str:
        """A string whose code-point order is this order.

        Code points of valid Unicode order as their UTF-8 bytes do; NUL cannot occur in a file name.
        """
        return key if self is KeyOrder.BYTES else key.replace("/", "\0")


class KeyRange(NamedTuple):
    """The keys ``after < key <= last`` in listing order; ``last`` None goes on to the end."""

    after: str = ""
    last: str | None = None


@dataclass(frozen=True, slots=True)
class DateWindow:
    """Calendar days ``first``..``last``, both included."""

    first: date
    last: date

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last


@dataclass(frozen=True, slots=True)
class SyncPaths:
    """A strategy's source and destination for one date.

    ``source`` is an absolute local folder, spelled as on the configuration's platform. ``prefix`` is the
    destination without leading or trailing ``/`` ("" is the whole bucket). ``days`` are the data days that a
    successful sync completes, oldest first. ``modified_days``: only files modified on these days (in the
    configured zone) take part; None takes all. ``path_days``: like it, but a file's day is the folder name
    that parses with ``path_day_format``; ``name_days``: its day is the first date in its own name.
    ``culture`` has the names of months and weekdays in that format. ``source_glob``: the source has a
    wildcard, and is the one folder that fits this pattern of Python's ``glob``; "" if it has none. ``fixed``:
    the part of ``source`` that is the same on every date, if it is not the base path; links on the way there
    are intended.
    """

    source: str
    prefix: str
    days: tuple[date, ...]
    modified_days: DateWindow | None = None
    path_days: DateWindow | None = None
    path_day_format: str = ""
    name_days: DateWindow | None = None
    culture: str = "invariant"
    source_glob: str = ""
    fixed: str = ""

    @property
    def is_period(self) -> bool:
        """Whether one folder holds the files of all ``days``, without a day of their own: a month's, say."""
        return len(self.days) > 1 and self.window is None

    @property
    def window(self) -> DateWindow | None:
        """The days by which its files take part; None if all do."""
        return self.modified_days or self.path_days or self.name_days

    def over(self, window: DateWindow) -> SyncPaths:
        """The same with other days, if it has any."""
        return replace(
            self,
            modified_days=self.modified_days and window,
            path_days=self.path_days and window,
            name_days=self.name_days and window,
        )


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose a data day is: a configuration, and the destination to which it uploads.

    ``destination``: server, bucket and the prefix of a sample day, which distinguishes structures. A
    day that an older version recorded has none (""); it belongs to a destination whose ``urls``, a regular
    expression, fit the ``s3://bucket/prefix`` of its last result.
    """

    name: str
    destination: str = ""
    urls: str = ""

    def owns(self, destination: str, s3_path: str) -> bool:
        """Whether a day with these values is one of this identity; one without any path is."""
        if destination or not self.urls:
            return destination == self.destination
        return not s3_path or re.fullmatch(self.urls, s3_path) is not None


class Status(enum.StrEnum):
    """How a configuration ended; the words of ``state.json``."""

    SUCCESS = "Success"
    FAILURE = "Failure"
    SKIPPED = "Skipped"


class DayState(enum.StrEnum):
    """What the day ledger knows of one configuration's data day.

    OPEN: its files are in S3 as they were, but they were still changing, or the day was not over.
    """

    COMPLETE = "complete"
    OPEN = "open"
    PARTIAL = "partial"
    EMPTY = "empty"
    MISSING = "missing"
    FAILED = "failed"


GONE_WHILE_OPEN = "the folder is gone; its files were still changing when they were uploaded"
"""Why an open day stays open."""


@dataclass(slots=True)
class Tally:
    """Counts of one configuration's run; grows while it runs.

    ``uploaded_new`` are those of ``uploaded`` that are new in the bucket, neither changed nor sent again.
    """

    files_seen: int = 0
    bytes_seen: int = 0
    uploads_planned: int = 0
    bytes_planned: int = 0
    uploaded: int = 0
    uploaded_new: int = 0
    bytes_uploaded: int = 0
    deletes_planned: int = 0
    deleted: int = 0
    failed: int = 0
    left_out: int = 0
    skipped: dict[Reason, int] = field(default_factory=dict)
    planned: dict[Reason, int] = field(default_factory=dict)

    def copy(self) -> Tally:
        """The counts of this moment."""
        return replace(self, skipped=dict(self.skipped), planned=dict(self.planned))


@dataclass(frozen=True, slots=True)
class Failure:
    """One file that could not be uploaded, or object that could not be deleted, and why."""

    key: str
    message: str


@dataclass(frozen=True, slots=True)
class DayResult:
    """What one configuration's run found of one of its data days.

    ``files`` and ``bytes`` are what the source holds of it; ``planned`` of these files had to be sent,
    ``uploaded`` arrived, ``left_out`` could not be read. ``uploaded_new`` as in Tally.
    """

    day: date
    state: DayState
    files: int = 0
    bytes: int = 0
    planned: int = 0
    uploaded: int = 0
    left_out: int = 0
    uploaded_new: int = 0


@dataclass(frozen=True, slots=True)
class SyncResult:
    """What one configuration did for one target date.

    ``local_path`` and ``s3_path`` are as shown to the user, "" where it failed before they were known;
    ``duration_seconds`` is wall time. ``failures`` holds the first 100 only; ``tally`` counts all.
    ``not_arrived``: files that were to be uploaded, failed, and may be gone, each with its data day.
    ``listed``: the day of the earlier listing by which files are up to date, None if the bucket was listed.
    ``exit_code`` is the process's if this were its only result (0, 1, 3 or 5). ``day_results`` has each of
    the ``days`` where each file belongs to one; if empty, ``day_state`` and ``tally`` hold for each.
    ``expected``: the target date is one of the expected days. ``settles_before``: open days that were checked
    before this moment are complete with it, because it uploaded the same folder; None settles none.
    ``found``: the source folder existed, so that history may begin with these days; without meaning where
    each file has its own day. ``objects_lost``: how many objects that were uploaded are gone or changed, and
    have no local file to replace them.
    """

    name: str
    status: Status
    message: str
    target_date: date
    days: tuple[date, ...]
    day_state: DayState
    local_path: str = ""
    s3_path: str = ""
    tally: Tally = field(default_factory=Tally)
    duration_seconds: float = 0.0
    dry_run: bool = False
    failures: tuple[Failure, ...] = ()
    warnings: tuple[str, ...] = ()
    hint: str = ""
    exit_code: int = 0
    day_results: tuple[DayResult, ...] = ()
    not_arrived: tuple[tuple[date, str], ...] = ()
    expected: bool = True
    settles_before: datetime | None = None
    found: bool = False
    objects_lost: int = 0
    listed: date | None = None
