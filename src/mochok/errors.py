"""The one error tree.

Every error that a user may see is a :class:`MochokError`: a message that says what failed and why, a hint
that says what to do, and an exit code. Errors of libraries are mapped to it where they are raised
(``storage/crt_errors.py`` for the engine) and never shown as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

EXIT_SUCCESS = 0
EXIT_FAILURE = 1
EXIT_USAGE = 2
EXIT_PREREQUISITE = 3
EXIT_GAPS = 4
EXIT_LEFT_OUT = 5
EXIT_LOCKED = 75
EXIT_INTERRUPTED = 130


_MOST_CHARACTERS = 1000


def cut(text: str) -> str:
    """``text``; if it repeats something endless that the user gave, its beginning and its end."""
    half = _MOST_CHARACTERS // 2
    return text if len(text) <= _MOST_CHARACTERS else f"{text[:half]}...{text[-half:]}"


class MochokError(Exception):
    """An error that the user can understand and fix.

    ``message`` names the operation, its subject and the cause; ``hint`` (may be empty) says what to do.
    """

    exit_code: ClassVar[int] = EXIT_FAILURE

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} ({self.hint})" if self.hint else self.message


class UsageError(MochokError):
    """The command line is invalid: an unknown name, or text that is not a date. A long message is cut."""

    exit_code = EXIT_USAGE

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(cut(message), hint=hint)


class OptionError(MochokError):
    """An option is invalid. ``index``: its position in ``sync_options``, from 0; None for all of them."""

    exit_code = EXIT_USAGE

    def __init__(self, message: str, *, hint: str = "", index: int | None = None) -> None:
        super().__init__(message, hint=hint)
        self.index = index


class PathError(MochokError):
    """A pattern, or the value of a placeholder, gives an unsafe or invalid path."""

    exit_code = EXIT_USAGE


class PrerequisiteError(MochokError):
    """Something that a run needs is missing: credentials, the engine, a server binary."""

    exit_code = EXIT_PREREQUISITE


class LockedError(MochokError):
    """Another run holds the lock of this state file."""

    exit_code = EXIT_LOCKED


class Interrupted(MochokError):  # noqa: N818 - the word that users know; nothing failed
    """Ctrl-C or SIGTERM stopped the run."""

    exit_code = EXIT_INTERRUPTED


class StateError(MochokError):
    """The state file or the ledger cannot be read or written."""


class OutputError(MochokError):
    """The output cannot be written to stdout (for example, the disk is full)."""


class SourceError(MochokError):
    """The source folder cannot be uploaded: it is missing, unreadable, or not a folder."""


class DeleteRefusedError(MochokError):
    """``delete_guard`` refused the deletions; nothing was deleted."""


class FileError(MochokError):
    """One local file could not be uploaded (it kept changing while it was read)."""


class FileLeftOutError(FileError):
    """One local file is unreadable or gone: it is skipped, and the run continues."""


StorageScope = Literal["object", "configuration"]


class StorageError(MochokError):
    """The S3 server refused a request or could not be reached.

    ``code`` is S3's error code or the engine's error name, for the log and for monitoring. ``retryable``:
    the same request may succeed later. ``scope`` "configuration": every further request of the configuration
    would fail in the same way, so the run stops that configuration at once. ``retry_after_seconds``: the
    server asks to wait so long; 0 if it does not.
    """

    retryable: ClassVar[bool] = False
    scope: ClassVar[StorageScope] = "object"
    retry_after_seconds: float = 0

    def __init__(self, message: str, *, hint: str = "", code: str = "") -> None:
        super().__init__(message, hint=hint)
        self.code = code


class AccessDeniedError(StorageError):
    """403 for one request: the policy does not allow it."""


class InvalidRequestError(StorageError):
    """The server rejected the request as invalid (any other 4xx)."""


class ChecksumMismatchError(StorageError):
    """The server received other bytes than were read; nothing was stored."""

    retryable = True


class UnprovenError(StorageError):
    """The server reports success, but neither its answer nor another request proves it."""


class ThrottledError(StorageError):
    """503 SlowDown or 429: the server asks for fewer requests."""

    retryable = True


class ServerFaultError(StorageError):
    """Any other 5xx: the server failed."""

    retryable = True


class ConnectionLostError(StorageError):
    """A connection was reset, or the server stopped responding."""

    retryable = True


class NotImplementedByServerError(StorageError):
    """The server does not support a feature (501 NotImplemented)."""


class PreconditionFailedError(StorageError):
    """412 or 409: the object is not in the state that the request requires."""


class CredentialsError(StorageError):
    """Credentials are missing, wrong, or expired and not renewable."""

    exit_code = EXIT_PREREQUISITE
    scope = "configuration"


class ExpiredTokenError(CredentialsError):
    """The session token expired; refreshed credentials may work."""

    retryable = True


class ClockSkewError(StorageError):
    """The clocks of this machine and the server differ too much; the server rejects signatures."""

    exit_code = EXIT_PREREQUISITE
    scope = "configuration"


class EndpointUnreachableError(StorageError):
    """The server cannot be reached: refused, unknown host, no route, or a time-out while connecting."""

    scope = "configuration"


class NoConnectionError(EndpointUnreachableError):
    """No connection can be made. A server that has answered before may be restarting."""

    retryable = True


class CertificateError(StorageError):
    """The server's TLS certificate is not trusted."""

    exit_code = EXIT_PREREQUISITE
    scope = "configuration"


class BucketMissingError(StorageError):
    """The bucket does not exist."""

    scope = "configuration"


class BucketForbiddenError(StorageError):
    """The bucket belongs to another account, or the policy does not allow its use."""

    exit_code = EXIT_PREREQUISITE
    scope = "configuration"


class WrongRegionError(StorageError):
    """The bucket is in another region: ``region``, or "" if the server did not name it."""

    scope = "configuration"

    def __init__(self, message: str, *, hint: str = "", code: str = "", region: str = "") -> None:
        super().__init__(message, hint=hint, code=code)
        self.region = region


class ListingOrderError(StorageError):
    """The server lists keys in an order that the streaming join does not support."""


DiagnosticLevel = Literal["error", "warning", "hint"]


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One mistake in a configuration file, or something that is probably not meant, with its location.

    ``line`` and ``column`` count from 1; 0 means the file as a whole. ``path`` is the key's path, such as
    ``sync_configurations[0].name``, or "". ``hint`` (may be empty) says what to do. An "error" cannot work
    as written, a "warning" is probably a mistake, a "hint" is advice.
    """

    file: str
    line: int
    column: int
    path: str
    message: str
    hint: str = ""
    level: DiagnosticLevel = "error"

    @property
    def position(self) -> str:
        """``file:line:column``, or the file alone."""
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file

    def __str__(self) -> str:
        subject = f"{self.path}: " if self.path else ""
        hint = f" ({self.hint})" if self.hint else ""
        return f"{self.position}: {subject}{self.message}{hint}"


class ConfigurationError(MochokError):
    """The configuration file is invalid; ``diagnostics`` has the mistakes, in file order."""

    exit_code = EXIT_USAGE

    def __init__(self, diagnostics: Sequence[Diagnostic]) -> None:
        super().__init__("\n".join(map(str, diagnostics)))
        self.diagnostics = list(diagnostics)
