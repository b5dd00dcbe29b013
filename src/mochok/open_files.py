"""How many files this process may have open, and waiting when there are too many."""

from __future__ import annotations

import errno
import os
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from mochok.errors import PrerequisiteError

_Opened = TypeVar("_Opened")

_OF_ENGINE = 3 * (os.cpu_count() or 1)
MINIMUM = 40 + _OF_ENGINE
"""Standard streams, log, state, ledger, lock, and the engine's threads, one for each core; with too few the
engine ends the process when it starts.
"""
_ENOUGH = 8192
_PATIENCE_SECONDS = 30.0
_PAUSE_SECONDS = 0.05


class TooManyOpenFilesError(PrerequisiteError):
    """The process, or the whole machine, cannot open another file at the moment."""


def raise_limit() -> None:
    """Raise this process's limit as far as useful and allowed. Raises PrerequisiteError if it is too low."""
    try:
        import resource  # POSIX only
    except ImportError:
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _ENOUGH if hard == resource.RLIM_INFINITY else min(hard, _ENOUGH)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        except (OSError, ValueError):  # macOS allows less than its hard limit
            wanted = soft
        soft = wanted
    if soft != resource.RLIM_INFINITY and soft < MINIMUM:
        raise PrerequisiteError(
            f"this process may have {soft} files open, which is too few: it needs {MINIMUM}, and is faster"
            " with 1,024",
            hint="raise the limit, with `ulimit -n 1024` or LimitNOFILE=1024 in the systemd unit",
        )


def for_transfers() -> int:
    """How many files and connections uploads may have open in this process, at least 8."""
    try:
        import resource
    except ImportError:
        return _ENOUGH
    soft, _hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    allowed = _ENOUGH if soft == resource.RLIM_INFINITY else soft
    return max(8, allowed - MINIMUM)


class Shares:
    """Divides :func:`for_transfers` among users that are not known before. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._left: int | None = None

    def share(self) -> int:
        """How many files the next user may have open: half of what is left, from 6 to 1,000."""
        with self._lock:
            left = for_transfers() if self._left is None else self._left
            share = min(max(left // 2, 6), 1000)
            self._left = left - share
            return share


def check_room_for_engine() -> None:
    """Raise OSError unless the engine can open what each of its clients needs: it would end the process."""
    descriptors: list[int] = []
    try:
        while len(descriptors) < _OF_ENGINE:
            descriptors.append(os.open(os.devnull, os.O_RDONLY))
    finally:
        for descriptor in descriptors:
            os.close(descriptor)


def are_exhausted(error: BaseException) -> bool:
    """Whether ``error`` says that no other file can be opened at the moment."""
    return isinstance(error, OSError) and error.errno in (errno.EMFILE, errno.ENFILE)


def too_many(error: BaseException) -> TooManyOpenFilesError:
    """The error for people, for an ``error`` for which :func:`are_exhausted`."""
    scope = "the machine" if isinstance(error, OSError) and error.errno == errno.ENFILE else "the process"
    return TooManyOpenFilesError(
        f"{scope} has too many files open", hint="raise the limit (ulimit -n), or run fewer --jobs"
    )


def patiently(open_it: Callable[[], _Opened], patience_seconds: float = _PATIENCE_SECONDS) -> _Opened:
    """What ``open_it`` returns or raises; while too many files are open it is called again, for so long."""
    end_seconds = time.monotonic() + patience_seconds
    while True:
        try:
            return open_it()
        except (OSError, TooManyOpenFilesError) as error:
            is_temporary = isinstance(error, TooManyOpenFilesError) or are_exhausted(error)
            if not is_temporary or time.monotonic() >= end_seconds:
                raise
        time.sleep(_PAUSE_SECONDS)
