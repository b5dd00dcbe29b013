"""The one error tree.

Every error that a user may see is a :class:`MochokError`: a sentence that says what is wrong and with
what, a hint that says what to do, and an exit code. Errors of libraries are mapped to it at the border
(``storage/crt_errors.py`` for the engine), never shown raw.
"""

from __future__ import annotations

from typing import ClassVar, Literal

EXIT_SUCCESS = 0
EXIT_FAILURE = 1
EXIT_USAGE = 2
EXIT_PREREQUISITE = 3
EXIT_GAPS = 4
EXIT_LEFT_OUT = 5
EXIT_LOCKED = 75
EXIT_INTERRUPTED = 130


class MochokError(Exception):
    """Something went wrong that the user can understand and act on.

    ``message`` names the operation and its subject; ``hint`` (may be empty) says what to do next.
    """

    exit_code: ClassVar[int] = EXIT_FAILURE

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} ({self.hint})" if self.hint else self.message


class UsageError(MochokError):
    """A command line that does not fit: an unknown name, a date that is none."""

    exit_code = EXIT_USAGE


class OptionError(MochokError):
    """One entry of ``sync_options`` (or of a strategy) cannot be used.

    ``index`` is the entry's position in its list, counted from 0, or None for the whole section.
    """

    exit_code = EXIT_USAGE

    def __init__(self, message: str, *, hint: str = "", index: int | None = None) -> None:
        super().__init__(message, hint=hint)
        self.index = index


class PathError(MochokError):
    """A pattern or a placeholder's value makes a path that is unsafe or impossible."""

    exit_code = EXIT_USAGE


class PrerequisiteError(MochokError):
    """Something that a run needs is missing: credentials, the engine, a server binary."""

    exit_code = EXIT_PREREQUISITE


class LockedError(MochokError):
    """Another run holds the lock of this state file."""

    exit_code = EXIT_LOCKED


class Interrupted(MochokError):  # noqa: N818 - the word users know; it is no fault
    """Ctrl-C or SIGTERM stopped the run."""

    exit_code = EXIT_INTERRUPTED


class StateError(MochokError):
    """The state file or the ledger cannot be read or written."""


class OutputError(MochokError):
    """The answer cannot be written to stdout (a full disk)."""


class SourceError(MochokError):
    """The source folder cannot be synchronised as a whole (missing, not a folder, unreadable)."""


class DeleteRefusedError(MochokError):
    """The delete guard stopped a delete phase; nothing was deleted."""


class FileError(MochokError):
    """One local file could not be sent as it is (it kept changing while it was read)."""


class FileLeftOutError(FileError):
    """One local file cannot be read or is gone: it is left out, the rest goes on."""


StorageScope = Literal["object", "configuration"]


class StorageError(MochokError):
    """The S3 server refused or could not be reached.

    ``code`` is S3's own error code or the engine's error name, for the log and for monitoring.
    ``retryable``: the same request may well succeed later. ``scope`` "configuration" means that every
    further request of the configuration would fail alike, so the run stops it at once.
    """

    retryable: ClassVar[bool] = False
    scope: ClassVar[StorageScope] = "object"

    def __init__(self, message: str, *, hint: str = "", code: str = "") -> None:
        super().__init__(message, hint=hint)
        self.code = code


class AccessDeniedError(StorageError):
    """403 on one request: the policy does not allow it."""


class InvalidRequestError(StorageError):
    """The server refused the request for what it says (any other 4xx)."""


class ChecksumMismatchError(StorageError):
    """What the server received is not what was read; nothing was stored."""

    retryable = True


class ThrottledError(StorageError):
    """503 SlowDown, 429: the server asks for fewer requests."""

    retryable = True


class ServerFaultError(StorageError):
    """5xx: the server failed."""

    retryable = True


class ConnectionLostError(StorageError):
    """A connection was reset or fell silent."""

    retryable = True


class NotImplementedByServerError(StorageError):
    """The server does not know a feature (501 NotImplemented)."""


class PreconditionFailedError(StorageError):
    """412 or 409: the object is not in the state that the request asked for."""


class CredentialsError(StorageError):
    """No credentials, wrong ones, or expired beyond renewal."""

    exit_code = EXIT_PREREQUISITE
    scope = "configuration"


class ExpiredTokenError(CredentialsError):
    """The session token expired; refreshed credentials may work."""

    retryable = True


class ClockSkewError(StorageError):
    """This machine's clock is too far from the server's; signatures are refused."""

    exit_code = EXIT_PREREQUISITE
    scope = "configuration"


class EndpointUnreachableError(StorageError):
    """No server answers: refused, unknown host, no route, time-out while connecting."""

    scope = "configuration"


class CertificateError(StorageError):
    """The server's TLS certificate is not trusted."""

    exit_code = EXIT_PREREQUISITE
    scope = "configuration"


class BucketMissingError(StorageError):
    """The bucket does not exist (any more)."""

    scope = "configuration"


class BucketForbiddenError(StorageError):
    """The bucket exists but is not yours, or your policy does not let you use it."""

    exit_code = EXIT_PREREQUISITE
    scope = "configuration"


class WrongRegionError(StorageError):
    """The bucket lives in another region, ``region`` ("" if the server did not say which)."""

    scope = "configuration"

    def __init__(self, message: str, *, hint: str = "", code: str = "", region: str = "") -> None:
        super().__init__(message, hint=hint, code=code)
        self.region = region


class ListingOrderError(StorageError):
    """The server listed keys in an order that the streaming join cannot follow."""


class Problem:
    """One mistake in a configuration file, with its place.

    ``line`` and ``column`` count from 1; 0 means the file as a whole. ``path`` is the key's path, such as
    ``sync_configurations[0].name``, or "".
    """

    __slots__ = ("column", "file", "hint", "line", "message", "path")

    def __init__(self, *, file: str, line: int, column: int, path: str, message: str, hint: str = "") -> None:
        self.file = file
        self.line = line
        self.column = column
        self.path = path
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        subject = f"{self.path}: " if self.path else ""
        hint = f" ({self.hint})" if self.hint else ""
        return f"{place}: {subject}{self.message}{hint}"


class ConfigurationError(MochokError):
    """The configuration file cannot be used; carries every mistake found, in file order."""

    exit_code = EXIT_USAGE

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems
