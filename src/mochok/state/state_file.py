"""``state.json``: the last execution, each configuration's last result and last success, and statistics.

The structure is the PowerShell original's, field for field, so that monitors written for it keep working;
``bytesTransferred``, ``filesDeleted``, ``filesFailed``, ``filesLeftOut``, ``warnings`` and ``runId`` are
added. Fields that Mochok does not know are kept. The text is plain ASCII: Windows PowerShell reads a file
without a byte order mark in the ANSI code page, and would garble anything else.
"""

from __future__ import annotations

import contextlib
import json
import os
import stat
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from mochok.clock import duration_text
from mochok.errors import StateError
from mochok.model import Status, SyncResult
from mochok.records.history import ResultRecord
from mochok.records.state import LastExecution
from mochok.state.atomic import aside_name, write_atomically
from mochok.state.contract import History
from mochok.state.links import real_path
from mochok.state.restore import restore
from mochok.state.state import SECTIONS, State
from mochok.state.tolerant import DamagedError, parse_object

PAUSE_SECONDS = 0.5
MAX_SIZE_BYTES = 64 * 1024 * 1024
_READ_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


@dataclass(frozen=True, slots=True)
class Execution:
    """One run as ``lastExecution`` shows it.

    ``results`` in the order in which they ended; ``total_configurations`` counts also those that an
    interruption kept from starting. ``finished`` is aware. ``refused``: the run did not start.
    """

    run_id: str
    results: Sequence[SyncResult]
    total_configurations: int
    finished: datetime
    duration_seconds: float
    interrupted: bool = False
    refused: bool = False


class StateFile:
    """The state file at ``path``; a symbolic link is followed, so it stays one. Safe in several threads.

    It is replaced as a whole, atomically. A result that is durable in the ledger may wait: it is written at
    most ``pause_seconds`` later together with others, and writing takes at most a tenth of the time. Anything
    else is written before the call returns, which raises StateError if that fails; what was recorded stays in
    memory and is written with the next one. Dry runs record nothing: do not call.
    """

    def __init__(self, path: str | os.PathLike[str], *, pause_seconds: float = PAUSE_SECONDS) -> None:
        self.path = real_path(path)
        self._pause_seconds = pause_seconds
        self._lock = threading.RLock()
        self._state: State | None = None
        self._failures_before: dict[tuple[str, str], int] = {}  # before a run, by its id and configuration
        self._changed = False
        self._next_write_seconds = 0.0
        self._timer: threading.Timer | None = None

    def load(self, history: History | None = None, names: Iterable[str] = ()) -> tuple[State, list[str]]:
        """Read the file for a run: the state, and a notice for everything that was set aside.

        A damaged file is moved to ``<name>.corrupt-<timestamp>`` and an empty state returned; if only a
        section is wrong, the others are kept. What ``history`` knows better of the configurations ``names``
        is put in (see ``restore.py``). Raises StateError if the file exists but cannot be read at all.
        """
        with self._lock:
            self._state, notices = self._read(set_aside=True)
            if notices and self._state.has_content:
                self._write()
            if history is not None and restore(self._state, history, names):
                self._write_later()
            return self._state, notices

    def peek(self, history: History | None = None, names: Iterable[str] = ()) -> tuple[State, list[str]]:
        """Read the file only to show it: like :meth:`load`, but nothing on disk changes."""
        state, notices = self._read(set_aside=False)
        if history is not None:
            restore(state, history, names)
        return state, notices

    def record_result(
        self, result: SyncResult, finished: datetime, run_id: str, *, durable: bool = False
    ) -> None:
        """One configuration ended: its last result and, if it succeeded, its last success.

        Of a run over several days the latest day is shown. ``consecutiveFailures`` counts runs whose shown
        result was not Success, so one run over ten missing days counts once. ``durable``: the ledger has it.
        """
        record = ResultRecord.of(run_id, finished - timedelta(seconds=result.duration_seconds), result)
        with self._lock:
            if not self._put(self._loaded(), record):
                return
            if durable and time.monotonic() < self._next_write_seconds:
                self._write_later()
            else:
                self._write()

    def record_execution(self, execution: Execution) -> None:
        """The run ended: ``lastExecution`` and ``statistics``."""
        with self._lock:
            self._loaded().put_execution(_last_execution(execution))
            self._write()

    def close(self) -> None:
        """Write what still waits. Idempotent; a failure is not reported, because the ledger has it all."""
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()
            self._write_waiting()

    def _put(self, state: State, record: ResultRecord) -> bool:
        """Whether ``record`` is what its run shows now."""
        shown, of_run = state.configuration(record.name), (record.run_id, record.name)
        before = self._failures_before.setdefault(of_run, shown.consecutive_failures if shown else 0)
        if shown and shown.run_id == record.run_id and record.target_date < (shown.last_date or date.min):
            return False
        succeeded = record.status is Status.SUCCESS
        state.put_result(record, 0 if succeeded else before + 1)
        if succeeded:
            state.put_success(record)
        return True

    def _write_later(self) -> None:
        self._changed = True
        if self._timer is None:
            wait_seconds = max(self._pause_seconds, self._next_write_seconds - time.monotonic())
            self._timer = threading.Timer(wait_seconds, self._write_waiting)
            self._timer.daemon = True
            self._timer.start()

    def _write_waiting(self) -> None:
        """If this fails, the next recording tries again and raises."""
        with self._lock, contextlib.suppress(StateError):
            self._timer = None
            if self._changed:
                self._write()

    def _loaded(self) -> State:
        if self._state is None:
            self.load()
        assert self._state is not None
        return self._state

    def _read(self, *, set_aside: bool) -> tuple[State, list[str]]:
        try:
            raw = parse_object(self._content())
        except DamagedError as error:
            return State({}), [self._damage(str(error), set_aside=set_aside)]
        # PowerShell writes an empty table as null, "" or []; only something with content is wrong.
        wrong = [name for name in SECTIONS if raw.get(name) and not isinstance(raw[name], dict)]
        if not wrong:
            return State(raw), []
        notice = self._damage(f"{', '.join(wrong)} is not a JSON object", set_aside=set_aside)
        return State({key: value for key, value in raw.items() if key not in wrong}), [notice]

    def _content(self) -> bytes:
        """The file's bytes, b"" if it does not exist. O_NONBLOCK: a pipe of that name must not block."""
        try:
            descriptor = os.open(self.path, _READ_FLAGS)
        except FileNotFoundError:
            return b""
        except OSError as error:
            raise self._error("cannot be read", error) from error
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise StateError(
                    f"{self.path} is not a regular file", hint="set global.state_file to another path"
                )
            if status.st_size > MAX_SIZE_BYTES:
                raise DamagedError(f"it is larger than {MAX_SIZE_BYTES >> 20} MiB")
            with open(descriptor, "rb", closefd=False) as file:
                return file.read()
        except OSError as error:
            raise self._error("cannot be read", error) from error
        finally:
            os.close(descriptor)

    def _damage(self, reason: str, *, set_aside: bool) -> str:
        if not set_aside:
            return f"{self.path} is damaged ({reason}); the next sync sets it aside and starts an empty one"
        target = aside_name(self.path, "corrupt")
        try:
            os.replace(self.path, target)
        except OSError as error:
            return f"{self.path} was damaged ({reason}) and could not be set aside: {error.strerror or error}"
        return f"{self.path} was damaged ({reason}); set aside as {target.name}"

    def _write(self) -> None:
        self._changed = True
        began_seconds = time.monotonic()
        content = json.dumps(self._loaded().raw, indent=2, ensure_ascii=True, allow_nan=False) + "\n"
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_atomically(self.path, content.encode("ascii"))
            self._changed = False
        except OSError as error:
            raise self._error("cannot be written", error) from error
        finally:
            now_seconds = time.monotonic()
            took_seconds = now_seconds - began_seconds
            self._next_write_seconds = now_seconds + max(self._pause_seconds, 9 * took_seconds)

    def _error(self, what: str, error: OSError) -> StateError:
        return StateError(
            f"the state file {self.path} {what}: {error.strerror or error}",
            hint="check permissions and free space, or set global.state_file",
        )


def _last_execution(execution: Execution) -> LastExecution:
    """A run over several dates shows the last one; a run without results the day on which it ended."""
    results = execution.results
    failed = {result.name for result in results if result.status is Status.FAILURE}
    successful = {result.name for result in results if result.status is Status.SUCCESS} - failed
    return LastExecution(
        timestamp=execution.finished,
        success=not (failed or execution.interrupted or execution.refused),
        total_configurations=execution.total_configurations,
        successful_configurations=len(successful),
        failed_configurations=len(failed),
        target_date=max((result.target_date for result in results), default=execution.finished.date()),
        duration=duration_text(execution.duration_seconds),
        bytes_transferred=sum(result.tally.bytes_uploaded for result in results),
        files_deleted=sum(result.tally.deleted for result in results),
        files_failed=sum(result.tally.failed for result in results),
        files_left_out=sum(result.tally.left_out for result in results),
        warnings=sum(len(result.warnings) for result in results),
        run_id=execution.run_id,
    )
