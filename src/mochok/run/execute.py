"""All configurations of one run: one failing does not stop the next, and each result is kept at once."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import groupby

from mochok.clock import Clock, Stop
from mochok.errors import (
    EXIT_FAILURE,
    EXIT_INTERRUPTED,
    EXIT_LEFT_OUT,
    EXIT_PREREQUISITE,
    EXIT_SUCCESS,
    MochokError,
    StateError,
)
from mochok.events import (
    ConfigurationFinished,
    ConfigurationStarted,
    Event,
    Level,
    Listener,
    Notice,
    RunFinished,
    RunStarted,
)
from mochok.model import DayState, Status, SyncResult, Tally
from mochok.redact import redacted_result
from mochok.run.context import JobContext, OpenStore
from mochok.run.job import Job
from mochok.run.synchronize import synchronize
from mochok.state.contract import FileLedger, History
from mochok.state.state_file import Execution, StateFile

_WAIT_SLICE_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class Task:
    """One configuration for one date; ``make`` computes its job and may raise MochokError.

    ``data_day`` is the day whose state a failure decides that comes before there is a job.
    """

    name: str
    target_date: date
    make: Callable[[], Job]
    data_day: date


@dataclass(frozen=True, slots=True)
class Memory:
    """Where results are kept. None for each in a dry run, which leaves no trace."""

    state_file: StateFile | None
    history: History | None
    ledger: FileLedger


@dataclass(frozen=True, slots=True)
class RunSettings:
    """``configurations`` are the names of those that run, ``disabled`` those of them that are disabled;
    ``parallel`` is how many run at the same time.
    """

    run_id: str
    configurations: tuple[str, ...]
    parallel: int = 1
    dry_run: bool = False
    details: bool = False
    disabled: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """What a run comes to; ``exit_code`` is that of the process."""

    results: tuple[SyncResult, ...]
    exit_code: int


class Run:
    """One execution of ``mochok sync``."""

    def __init__(
        self,
        settings: RunSettings,
        memory: Memory,
        listener: Listener,
        clock: Clock,
        stop: Stop,
        open_store: OpenStore,
    ) -> None:
        self._settings = settings
        self._memory = memory
        self._listener = listener
        self._clock = clock
        self._stop = stop
        self._context = JobContext(memory.ledger, self._tell, clock, stop, open_store, settings.details)
        self._lock = threading.Lock()
        self._results: list[SyncResult] = []
        self._memory_failed = False
        self._told_of_memory = ""

    def execute(self, tasks: Sequence[Task]) -> RunOutcome:
        """Run all tasks in order (several configurations at once if asked) and remember every result."""
        began, started = self._clock.monotonic_seconds(), self._clock.now()
        dates = tuple(sorted({task.target_date for task in tasks}))
        settings = self._settings
        names, disabled = settings.configurations, settings.disabled
        self._tell(RunStarted(settings.run_id, dates, names, settings.dry_run, len(tasks), disabled))
        if self._memory.history is not None:
            self._memory.history.start_run(settings.run_id, started)
        self._run_all(tasks)
        seconds = self._clock.monotonic_seconds() - began
        if tasks:  # a run that had no day to bring must not look like a success of the others
            self._remember_run(seconds)
        outcome = RunOutcome(tuple(self._results), self._exit_code())
        if self._memory.history is not None:
            self._memory.history.finish_run(settings.run_id, self._clock.now(), outcome.exit_code)
        interrupted = self._stop.requested
        self._tell(RunFinished(settings.run_id, outcome.results, seconds, settings.dry_run, interrupted))
        return outcome

    def _run_all(self, tasks: Sequence[Task]) -> None:
        if self._settings.parallel <= 1:
            self._run_some(tasks)
            return
        ordered = sorted(tasks, key=lambda task: self._settings.configurations.index(task.name))
        groups = [list(group) for _name, group in groupby(ordered, key=lambda task: task.name)]
        with ThreadPoolExecutor(self._settings.parallel, thread_name_prefix="configuration") as pool:
            running = [pool.submit(self._run_some, group) for group in groups]
            while wait(running, timeout=_WAIT_SLICE_SECONDS).not_done:
                continue  # in slices, because Windows tells of Ctrl-C only in between
            for ended in running:
                ended.result()

    def _run_some(self, tasks: Iterable[Task]) -> None:
        for task in tasks:
            if self._stop.requested:
                return
            started = self._clock.now()
            result = redacted_result(self._run_one(task))
            self._remember(result, started)
            self._tell(ConfigurationFinished(result))

    def _run_one(self, task: Task) -> SyncResult:
        try:
            job = task.make()
            self._tell(ConfigurationStarted(job.name, job.target_date, job.paths.source, job.s3_path))
            return synchronize(job, self._context)
        except MochokError as error:
            return replace(_failure(task, error.message, error.exit_code), hint=error.hint)
        except Exception as error:  # a fault of our own must not take the other configurations along
            for line in traceback.format_exc().splitlines():
                self._tell(Notice(task.name, Level.DEBUG, line))
            message = f"unexpected error, please report it: {type(error).__name__}: {error}"
            return _failure(task, message, EXIT_FAILURE)

    def _tell(self, event: Event) -> None:
        with self._lock:
            self._listener(event)

    def _remember(self, result: SyncResult, started: datetime) -> None:
        with self._lock:
            self._results.append(result)
        if self._memory.history is not None:
            self._memory.history.record_result(self._settings.run_id, started, result)
        if self._memory.state_file is not None and not result.dry_run:
            state_file = self._memory.state_file
            self._guard(lambda: state_file.record_result(result, self._clock.now(), self._settings.run_id))

    def _remember_run(self, seconds: float) -> None:
        """Results that were only tried (``--dryrun`` in the options) are no part of it."""
        state_file = self._memory.state_file
        results = tuple(result for result in self._results if not result.dry_run)
        if state_file is None or (self._results and not results):
            return
        execution = Execution(
            run_id=self._settings.run_id,
            results=results,
            total_configurations=len(self._settings.configurations),
            finished=self._clock.now(),
            duration_seconds=seconds,
            interrupted=self._stop.requested,
        )
        self._guard(lambda: state_file.record_execution(execution))

    def _guard(self, write: Callable[[], None]) -> None:
        """The uploads are safe; a state file that cannot be written is told once and counts as a failure."""
        try:
            write()
        except StateError as error:
            self._memory_failed = True
            with self._lock:
                known, self._told_of_memory = str(error) == self._told_of_memory, str(error)
            if not known:
                self._tell(Notice("", Level.ERROR, str(error)))

    def _exit_code(self) -> int:
        codes = {result.exit_code for result in self._results}
        if self._stop.requested:
            return EXIT_INTERRUPTED
        failures = codes - {EXIT_SUCCESS, EXIT_LEFT_OUT}
        if failures == {EXIT_PREREQUISITE} and not self._memory_failed:
            return EXIT_PREREQUISITE
        if failures or self._memory_failed:
            return EXIT_FAILURE
        return EXIT_LEFT_OUT if EXIT_LEFT_OUT in codes else EXIT_SUCCESS


def _failure(task: Task, message: str, exit_code: int) -> SyncResult:
    return SyncResult(
        name=task.name,
        status=Status.FAILURE,
        message=message,
        target_date=task.target_date,
        days=(task.data_day,),
        day_state=DayState.FAILED,
        local_path="",
        s3_path="",
        tally=Tally(),
        duration_seconds=0.0,
        exit_code=exit_code,
    )
