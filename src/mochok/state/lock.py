"""One run for each state file at a time.

The lock itself is the operating system's (``flock``, or ``LockFileEx`` on Windows) on ``<state_file>.lock``:
it ends with the process that holds it, so a killed run or a reboot leaves nothing behind that could block.
Its holder is noted in ``<state_file>.lock.json``, because Windows refuses to read a locked file. The lock
file is never removed: two runs could then lock two different files.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from mochok.errors import Interrupted, LockedError, StateError
from mochok.plurals import counted
from mochok.state.links import real_path
from mochok.state.tolerant import DamagedError, count_of, moment_of, parse_object, text_of

POLL_SECONDS = 0.2
HOLDER_PATIENCE_SECONDS = 1.0
# Two users may take turns on one state file, so each must be able to open the other's lock file, which is
# always empty; its folder decides which users can reach it.
_LOCK_MODE = 0o666
_HOLDER_MODE = 0o644
_NOTE_BYTES = 4096
_UNKNOWN = "an unknown process"
_DEAD_STATES = ("Z", "X", "x")  # field 3 of /proc/<pid>/stat; the fields here begin with it
_STARTED_FIELD = 19


@dataclass(frozen=True, slots=True)
class Holder:
    """The process that holds the lock. ``birth`` differs for processes with the same pid ("" if unknown)."""

    pid: int
    host: str
    started: datetime | None
    birth: str

    def __str__(self) -> str:
        since = f", started {self.started:%Y-%m-%d %H:%M:%S}" if self.started else ""
        return f"process {self.pid} on {self.host}{since}"


class RunLock:
    """Context manager: hold the lock of ``state_file`` during a run.

    Entering waits up to ``wait_seconds`` for another run to end, then raises LockedError with that run's pid
    and start. ``warn`` gets one sentence if there is a wait; once ``stopped()`` is true the wait ends with
    Interrupted. Raises StateError if the lock file cannot be used, and on construction if the state file is
    a link made by another user. Not re-entrant.
    """

    def __init__(
        self,
        state_file: str | os.PathLike[str],
        *,
        started: datetime,
        wait_seconds: float = 0.0,
        sleep: Callable[[float], None] = time.sleep,
        stopped: Callable[[], bool] = lambda: False,
        warn: Callable[[str], None] = lambda _sentence: None,
    ) -> None:
        self.state_file = real_path(state_file)
        self.path = self.state_file.with_name(self.state_file.name + ".lock")
        self.holder_path = self.path.with_name(self.path.name + ".json")
        self._started = started
        self._wait_seconds = wait_seconds
        self._sleep = sleep
        self._stopped = stopped
        self._warn = warn
        self._lock = FileLock(self.path, mode=_LOCK_MODE, thread_local=False)

    def __enter__(self) -> RunLock:
        self.acquire()
        return self

    def __exit__(self, *_error: object) -> None:
        self.release()

    def acquire(self) -> None:
        """Take the lock or raise LockedError; see the class."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            if not self._try():
                self._wait()
        except (OSError, NotImplementedError) as error:
            raise StateError(
                f"the lock file {self.path} cannot be used: {getattr(error, 'strerror', None) or error}",
                hint="check its permissions, or set global.state_file to a folder on a local disk",
            ) from error
        self._refuse_if_deleted_under_its_holder()
        self._write_holder()

    def _try(self) -> bool:
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            return False
        return True

    def _wait(self) -> None:
        """Retry until the time is up, counted from now."""
        if self._wait_seconds <= 0:
            raise self._locked_by(self._holder_patiently(HOLDER_PATIENCE_SECONDS))
        deadline_seconds = time.monotonic() + self._wait_seconds
        holder = self._holder_patiently(min(HOLDER_PATIENCE_SECONDS, self._wait_seconds))
        limit = counted(self._wait_seconds, "second", grouped=False)
        self._warn(f"another run holds the lock: {holder or _UNKNOWN}; waiting up to {limit}")
        while time.monotonic() < deadline_seconds:
            self._pause()
            if self._try():
                return
        raise self._locked_by(self.holder())

    def _pause(self) -> None:
        """Short, so that Ctrl-C takes effect at once. Raises Interrupted after it."""
        if self._stopped():
            raise Interrupted("interrupted while waiting for another run to end; nothing was done")
        self._sleep(POLL_SECONDS)

    def release(self) -> None:
        """Release the lock. Idempotent."""
        if self._lock.is_locked:
            with contextlib.suppress(OSError):
                self.holder_path.unlink()
            self._lock.release()

    def holder(self) -> Holder | None:
        """The holder as the note has it; None without one. A pipe of that name does not block."""
        try:
            descriptor = os.open(self.holder_path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
            with open(descriptor, "rb") as file:
                raw = parse_object(file.read(_NOTE_BYTES))
        except (OSError, DamagedError):
            return None
        pid = count_of(raw.get("pid"))
        if pid == 0:
            return None
        return Holder(pid, text_of(raw.get("host")), moment_of(raw.get("started")), text_of(raw.get("birth")))

    def _holder_patiently(self, remaining_seconds: float) -> Holder | None:
        """The other run may have just taken the lock and not written its note yet."""
        while (holder := self.holder()) is None and remaining_seconds > 0:
            self._pause()
            remaining_seconds -= POLL_SECONDS
        return holder

    def _locked_by(self, holder: Holder | None) -> LockedError:
        return LockedError(
            f"another run holds the lock of {self.state_file}: {holder or _UNKNOWN}",
            hint="wait until it ends, or use --lock-wait SECONDS",
        )

    def _refuse_if_deleted_under_its_holder(self) -> None:
        """The lock file of a live run may have been deleted; its holder's note is still there.

        Only a process that is provably the same one counts, so a note left by a killed run never blocks.
        """
        holder = self.holder()
        if holder is None or not holder.birth or holder.host != socket.gethostname():
            return
        if holder.pid != os.getpid() and process_birth(holder.pid) == holder.birth:
            self._lock.release()
            raise self._locked_by(holder)

    def _write_holder(self) -> None:
        """Write down this process as the holder. Best effort: the lock works without it."""
        content = {
            "pid": os.getpid(),
            "host": socket.gethostname(),
            "started": self._started.isoformat(timespec="seconds"),
            "birth": process_birth(os.getpid()),
        }
        temporary = self.holder_path.with_name(self.holder_path.name + ".tmp")
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
            with open(os.open(temporary, flags, _HOLDER_MODE), "wb") as file:
                file.write(json.dumps(content).encode("ascii"))
            os.replace(temporary, self.holder_path)


def is_running(state_file: str | os.PathLike[str], started: datetime) -> bool | None:
    """Whether the run that began at ``started`` still runs on ``state_file``; None if that is unknown.

    Only reads, because trying the lock could keep a run from starting. A run records its start in the ledger
    a moment after it takes the lock, perhaps in the next second.
    """
    try:
        holder = RunLock(state_file, started=started).holder()
    except StateError:
        return None
    if holder is None or holder.started is None or started.replace(microsecond=0) < holder.started:
        return False
    if not holder.birth or holder.host != socket.gethostname():
        return None
    return process_birth(holder.pid) == holder.birth


def process_birth(pid: int) -> str:
    """A text that differs for every process that ever has this pid, "" if it is unknown.

    Linux: the boot id and the start time in clock ticks, field 22 of ``/proc/<pid>/stat`` (proc(5)). A
    process that is dead but not yet waited for by its parent holds no lock: "" too.
    """
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        status = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    fields = status.rpartition(")")[2].split()  # the second field is the name and may hold spaces
    if len(fields) <= _STARTED_FIELD or fields[0] in _DEAD_STATES:
        return ""
    return f"{boot}:{fields[_STARTED_FIELD]}"
