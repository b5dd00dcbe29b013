"""All configurations of one run: one failing does not stop the next, and each result is kept at once."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial

from mochok import errors
from mochok.events import ConfigurationFinished, ConfigurationStarted, Level, Notice, RunFinished, RunStarted
from mochok.model import DayState, Identity, Status, SyncResult
from mochok.redact import redacted_result
from mochok.run.context import JobContext
from mochok.run.job import Job
from mochok.run.synchronize import Synchronization
from mochok.state.contract import History
from mochok.state.state_file import Execution, StateFile

_WAIT_SLICE_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class NothingYet:
    """The configuration has never uploaded anything; ``problem`` and ``hint`` have the reason, if known."""

    problem: str = ""
    hint: str = ""

    def checked(self, result: SyncResult) -> SyncResult:
        """``result``; one that again found no file is no success, and with a ``problem`` a failure."""
        if result.status is Status.FAILURE or result.tally.files_seen:
            return result
        if self.problem:
            failed = errors.EXIT_FAILURE
            return replace(
                result, status=Status.FAILURE, message=self.problem, hint=self.hint, exit_code=failed
            )
        if result.status is Status.SKIPPED:
            return result
        message = f"no files were found, and nothing has been uploaded so far: {result.message}"
        return replace(result, status=Status.SKIPPED, message=message)


@dataclass(frozen=True, slots=True)
class Task:
    """One configuration for one date; a MochokError of ``make`` decides the state of ``data_day``.

    ``identity``: whose its days are. ``nothing_yet``: None if it has uploaded before.
    """

    identity: Identity
    target_date: date
    make: Callable[[], Job]
    data_day: date
    nothing_yet: NothingYet | None = None

    @property
    def name(self) -> str:
        """The configuration's name."""
        return self.identity.name


@dataclass(frozen=True, slots=True)
class RunSettings:
    """Which ``configurations`` run (names), which of them are ``disabled``, how many in ``parallel``.

    ``unrecorded``: a record of the run cannot be kept, which is reported already and makes the run a failure.
    """

    run_id: str
    configurations: tuple[str, ...]
    parallel: int = 1
    dry_run: bool = False
    disabled: tuple[str, ...] = ()
    unrecorded: bool = False


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """The result of a run; ``exit_code`` is that of the process."""

    finished: RunFinished
    exit_code: int

    @property
    def results(self) -> tuple[SyncResult, ...]:
        """The results in the order in which they ended."""
        return self.finished.results


class Run:
    """One execution of ``mochok sync``. ``state_file`` and ``history`` are None in a dry run."""

    def __init__(
        self,
        settings: RunSettings,
        context: JobContext,
        state_file: StateFile | None,
        history: History | None,
    ) -> None:
        self._settings = settings
        self._context = context
        self._state_file = state_file
        self._history = history
        self._lock = threading.Lock()
        self._results: list[SyncResult] = []
        self._state_fault = ""
        self._unrecorded = settings.unrecorded

    def execute(self, tasks: Sequence[Task], ending: Callable[[], None] = lambda: None) -> RunOutcome:
        """Run all tasks in order (several configurations at once if asked) and record every result.

        ``ending`` is called when all of them have ended, unless the run is to stop.
        """
        context, settings = self._context, self._settings
        began, started = context.clock.monotonic_seconds(), context.clock.now()
        dates = tuple(sorted({task.target_date for task in tasks}))
        names, disabled = settings.configurations, settings.disabled
        context.emit(RunStarted(settings.run_id, dates, names, settings.dry_run, len(tasks), disabled))
        if self._history is not None:
            self._history.start_run(settings.run_id, started)
        if settings.parallel > 1:
            self._run_in_parallel(tasks)
        else:
            for task in tasks:
                self._run(task)
        if not context.stop.requested:
            ending()
        seconds = context.clock.monotonic_seconds() - began
        if tasks:  # a run without a day to upload is no success
            self._record_run(seconds)
        exit_code = self._exit_code()
        if self._history is not None:
            self._history.finish_run(settings.run_id, context.clock.now(), exit_code)
        results, stopped = tuple(self._results), context.stop.requested
        finished = RunFinished(settings.run_id, results, seconds, settings.dry_run, stopped)
        context.emit(finished)
        return RunOutcome(finished, exit_code)

    def _run_in_parallel(self, tasks: Sequence[Task]) -> None:
        """Several configurations at once; the days of one configuration one after another."""
        by_name: dict[str, list[Task]] = {name: [] for name in self._settings.configurations}
        for task in tasks:
            by_name[task.name].append(task)

        def run_all(group: Sequence[Task]) -> None:
            for task in group:
                self._run(task)

        with ThreadPoolExecutor(self._settings.parallel, thread_name_prefix="configuration") as pool:
            running = [pool.submit(run_all, group) for group in by_name.values()]
            while wait(running, timeout=_WAIT_SLICE_SECONDS).not_done:
                continue  # in slices, because Windows sees Ctrl-C only in between
            for ended in running:
                ended.result()

    def _run(self, task: Task) -> None:
        """Run one task, unless the run is to stop, and record its result."""
        if self._context.stop.requested:
            return
        started = self._context.clock.now()
        try:
            job = task.make()
            self._context.emit(ConfigurationStarted(job.name, job.target_date, job.paths.source, job.s3_path))
            result = Synchronization(job, self._context).run()
            if task.nothing_yet is not None:
                result = task.nothing_yet.checked(result)
        except errors.MochokError as error:
            result = replace(_failure(task, error.message, error.exit_code), hint=error.hint)
        except Exception as error:  # a fault of our own must not stop the other configurations
            for line in traceback.format_exc().splitlines():
                self._context.emit(Notice(task.name, Level.DEBUG, line))
            message = f"unexpected error, please report it: {type(error).__name__}: {error}"
            result = _failure(task, message, errors.EXIT_FAILURE)
        self._record(redacted_result(result), started, task.identity)

    def _record(self, result: SyncResult, started: datetime, identity: Identity) -> None:
        with self._lock:
            self._results.append(result)
        run_id, durable = self._settings.run_id, False
        if self._history is not None:
            durable = self._history.record_result(run_id, started, result, identity)
        if self._state_file is not None and not result.dry_run:
            now = self._context.clock.now()
            record = partial(self._state_file.record_result, result, now, run_id, durable=durable)
            self._write_state(record)
        self._context.emit(ConfigurationFinished(result))

    def _record_run(self, seconds: float) -> None:
        """Results of dry runs (``--dryrun`` in the options) are no part of it."""
        results = tuple(result for result in self._results if not result.dry_run)
        if self._state_file is None or (self._results and not results):
            return
        execution = Execution(
            run_id=self._settings.run_id,
            results=results,
            total_configurations=len(self._settings.configurations),
            finished=self._context.clock.now(),
            duration_seconds=seconds,
            interrupted=self._context.stop.requested,
        )
        self._write_state(partial(self._state_file.record_execution, execution))

    def _write_state(self, write: Callable[[], None]) -> None:
        """The uploads are safe; a state file that cannot be written is reported once and is a failure."""
        try:
            write()
        except errors.StateError as error:
            with self._lock:
                known, self._state_fault = str(error) == self._state_fault, str(error)
                self._unrecorded = True
            if not known:
                self._context.emit(Notice("", Level.ERROR, str(error)))

    def _exit_code(self) -> int:
        codes = {result.exit_code for result in self._results}
        if self._context.stop.requested:
            return errors.EXIT_INTERRUPTED
        failures = codes - {errors.EXIT_SUCCESS, errors.EXIT_LEFT_OUT}
        if failures == {errors.EXIT_PREREQUISITE} and not self._unrecorded:
            return errors.EXIT_PREREQUISITE
        if failures or self._unrecorded:
            return errors.EXIT_FAILURE
        return errors.EXIT_LEFT_OUT if errors.EXIT_LEFT_OUT in codes else errors.EXIT_SUCCESS


def _failure(task: Task, message: str, exit_code: int) -> SyncResult:
    return SyncResult(
        name=task.name,
        status=Status.FAILURE,
        message=message,
        target_date=task.target_date,
        days=(task.data_day,),
        day_state=DayState.FAILED,
        exit_code=exit_code,
    )
