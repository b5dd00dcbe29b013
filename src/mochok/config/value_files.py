"""Files that hold one value of the configuration, usually a secret: ``${file:PATH}``."""

from __future__ import annotations

import os
import shlex
import stat

from mochok.errors import UsageError

MAXIMUM_BYTES = 64 * 1024
_NON_BLOCKING = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


def read_value_file(path: str) -> str:
    """The content of the file at ``path``, UTF-8, without its last line break.

    Raises UsageError if it cannot be read, is no regular file or larger than 64 KiB, or (on POSIX) if every
    user can read or change it.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | _NON_BLOCKING)  # a FIFO must not wait for its writer
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        raise _unreadable(path, error) from error
    try:
        _check(path, os.fstat(descriptor))
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            return _text(path, file.read(MAXIMUM_BYTES + 1))
    except OSError as error:
        raise _unreadable(path, error) from error
    finally:
        os.close(descriptor)


def _unreadable(path: str, error: OSError | ValueError) -> UsageError:
    if isinstance(error, FileNotFoundError):
        hint = "check the path; a relative one starts at the configuration file's folder"
        return UsageError(f"the file {path} does not exist", hint=hint)
    reason = getattr(error, "strerror", None) or str(error)
    return UsageError(f"the file {path} cannot be read: {reason}", hint="check the path and its permissions")


def _check(path: str, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise UsageError(f"{path} is not a regular file", hint="name a file that holds the value")
    if os.name == "posix" and status.st_mode & (stat.S_IROTH | stat.S_IWOTH):
        hint = f"fix with: chmod o-rw {shlex.quote(path)}"
        raise UsageError(f"every user can read or change the file {path}", hint=hint)


def _text(path: str, content: bytes) -> str:
    if len(content) > MAXIMUM_BYTES:
        hint = "check that this is the right file"
        raise UsageError(f"the file {path} is larger than {MAXIMUM_BYTES >> 10} KiB", hint=hint)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"the file {path} is not UTF-8 text", hint="save it as UTF-8") from error
    return text.removesuffix("\n").removesuffix("\r")
