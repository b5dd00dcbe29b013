"""``state.json``: the last execution, each configuration's last result and last success, and statistics.

The structure is the PowerShell original's, field for field, so that monitors written for it keep working;
``bytesTransferred``, ``filesDeleted``, ``filesFailed``, ``filesLeftOut``, ``warnings`` and ``runId`` are
added. Fields that Mochok does not know are kept. The text is plain ASCII: Windows PowerShell reads a file
without a byte order mark in the ANSI code page, and would garble anything else.
"""

from __future__ import annotations

import json
import os
import stat
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from mochok.clock import duration_text
from mochok.errors import StateError
from mochok.model import Status, SyncResult
from mochok.state.atomic import aside_name, write_atomically
from mochok.state.links import real_path
from mochok.state.state import SECTIONS, State
from mochok.state.tolerant import DamagedError, JsonObject, count_of, parse_object

MAX_SIZE_BYTES = 64 * 1024 * 1024
_NONBLOCK = getattr(os, "O_NONBLOCK", 0)
_BINARY = getattr(os, "O_BINARY", 0)


@dataclass(frozen=True, slots=True)
class Execution:
    """One run as ``lastExecution`` shows it.

    ``results`` in the order in which they ended, several for one configuration when several dates were
    synchronised; ``total_configurations`` counts the enabled ones, also those that an interruption kept from
    starting. ``finished`` is aware.
    """

    run_id: str
    results: Sequence[SyncResult]
    total_configurations: int
    finished: datetime
    duration_seconds: float
    interrupted: bool = False


@dataclass(frozen=True, slots=True)
class _Shown:
    """What this run has shown of a configuration: its latest ``day``, and what was counted before the run."""

    run_id: str
    day: date
    failures_before: int


class StateFile:
    """The state file at ``path``; a symbolic link is followed, so it stays one. Safe in several threads.

    Every recording method writes the whole file atomically and raises StateError if that fails; what was
    recorded stays in memory and is written with the next one. Dry runs record nothing: do not call.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = real_path(path)
        self._lock = threading.RLock()
        self._state: State | None = None
        self._shown: dict[str, _Shown] = {}

    def load(self) -> tuple[State, list[str]]:
        """Read the file for a run: the state, and a notice for everything that was set aside.

        A damaged file is moved to ``<name>.corrupt-<timestamp>`` and an empty state returned; if only a
        section is wrong, the others are kept. Raises StateError if the file exists but cannot be read at all.
        """
        with self._lock:
            self._state, notices = self._read(set_aside=True)
            if notices and self._state.has_content:
                self._write(self._state)
            return self._state, notices

    def peek(self) -> tuple[State, list[str]]:
        """Read the file only to show it: like :meth:`load`, but nothing on disk changes."""
        return self._read(set_aside=False)

    def record_result(self, result: SyncResult, finished: datetime, run_id: str) -> None:
        """One configuration ended: its last result and, if it succeeded, its last success.

        Of a run over several days the latest day is shown. ``consecutiveFailures`` counts runs whose shown
        result was not Success, so that one run over ten missing days counts once.
        """
        with self._lock:
            state = self._loaded()
            shown = self._shown.get(result.name)
            if shown is None or shown.run_id != run_id:
                entry = state.section_entry("configurationResults", result.name)
                shown = _Shown(run_id, result.target_date, count_of(entry.get("consecutiveFailures")))
            if result.target_date < shown.day:
                return
            self._shown[result.name] = replace(shown, day=result.target_date)
            _put_result(state, result, finished, run_id, failures_before=shown.failures_before)
            self._write(state)

    def record_execution(self, execution: Execution) -> None:
        """The run ended: ``lastExecution`` and ``statistics``."""
        with self._lock:
            state = self._loaded()
            _put_execution(state, execution)
            self._write(state)

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
        wrong = [name for name in SECTIONS if _has_wrong_type(raw, name)]
        if not wrong:
            return State(raw), []
        notice = self._damage(f"{', '.join(wrong)} is no JSON object", set_aside=set_aside)
        return State({key: value for key, value in raw.items() if key not in wrong}), [notice]

    def _content(self) -> bytes:
        """The file's bytes, b"" if there is none. O_NONBLOCK: a pipe in its place must not block."""
        try:
            descriptor = os.open(self.path, os.O_RDONLY | _NONBLOCK | _BINARY)
        except FileNotFoundError:
            return b""
        except OSError as error:
            raise self._error("cannot be read", error) from error
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise StateError(
                    f"{self.path} is no regular file", hint="set global.state_file to another path"
                )
            if status.st_size > MAX_SIZE_BYTES:
                raise DamagedError(f"it is larger than {MAX_SIZE_BYTES // 1024 // 1024} MiB")
            with open(descriptor, "rb", closefd=False) as file:
                return file.read()
        except OSError as error:
            raise self._error("cannot be read", error) from error
        finally:
            os.close(descriptor)

    def _damage(self, why: str, *, set_aside: bool) -> str:
        if not set_aside:
            return f"{self.path} is damaged ({why}); the next sync sets it aside and starts an empty one"
        target = aside_name(self.path, "corrupt")
        try:
            os.replace(self.path, target)
        except OSError as error:
            return f"{self.path} was damaged ({why}) and could not be set aside: {error.strerror or error}"
        return f"{self.path} was damaged ({why}); set aside as {target.name}"

    def _write(self, state: State) -> None:
        content = json.dumps(state.raw, indent=2, ensure_ascii=True, allow_nan=False) + "\n"
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_atomically(self.path, content.encode("ascii"))
        except OSError as error:
            raise self._error("cannot be written", error) from error

    def _error(self, what: str, error: OSError) -> StateError:
        return StateError(
            f"the state file {self.path} {what}: {error.strerror or error}",
            hint="check permissions and free space, or set global.state_file",
        )


def _has_wrong_type(raw: JsonObject, section: str) -> bool:
    """PowerShell writes an empty table as null, "" or []; only something with content is wrong."""
    value = raw.get(section)
    return bool(value) and not isinstance(value, dict)


def _put_result(
    state: State, result: SyncResult, finished: datetime, run_id: str, *, failures_before: int
) -> None:
    entry = state.section_entry("configurationResults", result.name)
    succeeded = result.status is Status.SUCCESS
    entry.update(
        lastStatus=result.status.value,
        lastMessage=result.message,
        lastTimestamp=_timestamp(finished),
        lastDate=result.target_date.isoformat(),
        **_what_moved(result),
        consecutiveFailures=0 if succeeded else failures_before + 1,
        filesFailed=result.tally.failed,
        filesLeftOut=result.tally.left_out,
        warnings=len(result.warnings),
        runId=run_id,
    )
    if succeeded:
        state.section_entry("lastSuccessfulSync", result.name).update(
            timestamp=_timestamp(finished),
            date=result.target_date.isoformat(),
            message=result.message,
            **_what_moved(result),
            runId=run_id,
        )


def _what_moved(result: SyncResult) -> dict[str, Any]:
    return {
        "localPath": result.local_path,
        "s3Path": result.s3_path,
        "filesTransferred": result.tally.uploaded,
        "bytesTransferred": result.tally.bytes_uploaded,
        "filesDeleted": result.tally.deleted,
        "duration": duration_text(result.duration_seconds),
    }


def _put_execution(state: State, execution: Execution) -> None:
    results = execution.results
    failed = {result.name for result in results if result.status is Status.FAILURE}
    successful = {result.name for result in results if result.status is Status.SUCCESS} - failed
    success = not failed and not execution.interrupted
    state.section("lastExecution").update(
        timestamp=_timestamp(execution.finished),
        success=success,
        totalConfigurations=execution.total_configurations,
        successfulConfigurations=len(successful),
        failedConfigurations=len(failed),
        targetDate=_last_date(execution).isoformat(),
        duration=duration_text(execution.duration_seconds),
        bytesTransferred=sum(result.tally.bytes_uploaded for result in results),
        filesDeleted=sum(result.tally.deleted for result in results),
        filesFailed=sum(result.tally.failed for result in results),
        filesLeftOut=sum(result.tally.left_out for result in results),
        warnings=sum(len(result.warnings) for result in results),
        runId=execution.run_id,
    )
    _put_statistics(state.section("statistics"), execution.finished, success=success)


def _last_date(execution: Execution) -> date:
    """A run over several dates shows the last one; a run without results the day on which it ended."""
    return max((result.target_date for result in execution.results), default=execution.finished.date())


def _put_statistics(statistics: JsonObject, finished: datetime, *, success: bool) -> None:
    statistics["totalExecutions"] = count_of(statistics.get("totalExecutions")) + 1
    if success:
        statistics["lastSuccessDate"] = _timestamp(finished)
        statistics["consecutiveFailures"] = 0
    else:
        statistics.setdefault("lastSuccessDate", None)
        statistics["consecutiveFailures"] = count_of(statistics.get("consecutiveFailures")) + 1


def _timestamp(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
