"""A whole run: every configuration gets its turn, its result is kept at once, the exit code sums up."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from mochok.clock import Stop
from mochok.errors import CertificateError, CredentialsError, MochokError, PathError, UsageError
from mochok.events import ConfigurationFinished, ConfigurationStarted, Event, Notice, RunFinished, RunStarted
from mochok.model import DayState, Identity, Status
from mochok.run.context import JobContext
from mochok.run.execute import Run, RunOutcome, RunSettings, Task
from mochok.run.job import Job
from mochok.state.memory import MemoryLedger
from mochok.state.state_file import StateFile
from mochok.storage.contract import Notify, ObjectStore
from mochok.storage.settings import Access, Location, ObjectSettings, OpenSettings
from tests.unit.run.builders import DAY, JobScene
from tests.unit.state.builders import FakeClock

RUN = "20250115-023000"


@dataclass
class RunScene:
    """Configurations with a folder each, and what a run leaves behind."""

    root: Path
    ledger: MemoryLedger = field(default_factory=MemoryLedger)
    clock: FakeClock = field(default_factory=FakeClock)
    stop: Stop = field(default_factory=Stop)
    events: list[Event] = field(default_factory=list)
    scenes: dict[str, JobScene] = field(default_factory=dict)
    state_path: Path = field(init=False)

    def __post_init__(self) -> None:
        self.state_path = self.root / "state.json"

    def good(self, name: str, *, day: date = DAY, **changes: Any) -> Task:
        """A configuration that succeeds: one file, a store of its own."""
        root = self.root / name / "2025-01-14"
        if name not in self.scenes:
            root.mkdir(parents=True)
            self.scenes[name] = JobScene(root)
            self.scenes[name].write("a")
        opening = OpenSettings(Access(), Location(name), ObjectSettings())
        fields: dict[str, Any] = {"name": name, "target_date": day, "days": (day,), "opening": opening}
        return Task(Identity(name), day, lambda: self.scenes[name].job(**(fields | changes)), day)

    def left_out(self, name: str) -> Task:
        """One that succeeds with a name left out: exit code 5."""
        task = self.good(name)
        (self.scenes[name].root / "dangling").symlink_to("nowhere")
        return task

    def skipped(self, name: str) -> Task:
        task = self.good(name)
        (self.scenes[name].root / "a").unlink()
        self.scenes[name].root.rmdir()
        return task

    def failing(self, name: str, error: BaseException) -> Task:
        def make() -> Job:
            raise error

        return Task(Identity(name), DAY, make, DAY - timedelta(days=1))

    def run(
        self, *tasks: Task, parallel: int = 1, dry_run: bool = False, configurations: tuple[str, ...] = ()
    ) -> RunOutcome:
        self.events = []
        names = configurations or tuple(dict.fromkeys(task.name for task in tasks))
        ledger = MemoryLedger() if dry_run else self.ledger
        settings = RunSettings(RUN, names, parallel, dry_run)
        context = JobContext(ledger, self.events.append, self.clock, self.stop, self.open)
        state_file, history = (None, None) if dry_run else (StateFile(self.state_path), ledger)
        return Run(settings, context, state_file, history).execute(tasks)

    def open(self, opening: OpenSettings, notify: Notify) -> ObjectStore:
        return self.scenes[opening.location.bucket].open(opening, notify)

    def state(self) -> Any:
        return json.loads(self.state_path.read_text("utf-8"))


@pytest.fixture
def scene(tmp_path: Path) -> RunScene:
    return RunScene(tmp_path)


def statuses(outcome: RunOutcome) -> dict[str, Status]:
    return {result.name: result.status for result in outcome.results}


def test_one_failing_configuration_does_not_stop_the_others(scene: RunScene) -> None:
    bad = scene.failing("Bad", PathError("{yaer} is unknown", hint="did you mean {year}?"))
    outcome = scene.run(scene.good("First"), bad, scene.good("Last"))
    assert statuses(outcome) == {"First": Status.SUCCESS, "Bad": Status.FAILURE, "Last": Status.SUCCESS}
    assert outcome.exit_code == 1
    assert set(scene.scenes["Last"].store.contents) == {"a"}
    failed = outcome.results[1]
    assert (failed.message, failed.hint, failed.day_state) == (
        "{yaer} is unknown",
        "did you mean {year}?",
        DayState.FAILED,
    )
    assert failed.days == (DAY - timedelta(days=1),)


def test_a_fault_of_our_own_is_contained_and_asks_for_a_report(scene: RunScene) -> None:
    outcome = scene.run(scene.failing("Bad", KeyError("oops")), scene.good("Good"))
    assert outcome.exit_code == 1
    assert outcome.results[0].message == "unexpected error, please report it: KeyError: 'oops'"
    assert outcome.results[1].status is Status.SUCCESS
    details = [
        event.message for event in scene.events if isinstance(event, Notice) and event.level == "DEBUG"
    ]
    assert any("Traceback" in line for line in details)
    assert any("KeyError" in line for line in details)


def test_a_run_is_told_from_beginning_to_end(scene: RunScene) -> None:
    scene.run(scene.good("One"), scene.failing("Two", UsageError("no")))
    kinds = [
        (type(event).__name__, getattr(event, "name", ""))
        for event in scene.events
        if isinstance(event, (RunStarted, ConfigurationStarted, RunFinished))
    ]
    assert kinds == [("RunStarted", ""), ("ConfigurationStarted", "One"), ("RunFinished", "")]
    finished = [event.result.name for event in scene.events if isinstance(event, ConfigurationFinished)]
    assert finished == ["One", "Two"]
    assert scene.events[0] == RunStarted(RUN, (DAY,), ("One", "Two"), False, tasks=2)


def good(scene: RunScene) -> Task:
    return scene.good("Good")


def left_out(scene: RunScene) -> Task:
    return scene.left_out("LeftOut")


def skipped(scene: RunScene) -> Task:
    return scene.skipped("Skipped")


def raising(name: str, error: MochokError) -> Callable[[RunScene], Task]:
    return lambda scene: scene.failing(name, error)


NO_KEYS = raising("NoKeys", CredentialsError("no credentials"))
NO_TRUST = raising("NoTrust", CertificateError("not trusted"))
FAILED = raising("Failed", MochokError("failed"))


@pytest.mark.parametrize(
    ("makers", "exit_code"),
    [
        ([], 0),
        ([good], 0),
        ([skipped], 0),
        ([good, skipped], 0),
        ([left_out], 5),
        ([good, left_out], 5),
        ([FAILED], 1),
        ([good, FAILED], 1),
        ([left_out, FAILED], 1),
        ([NO_KEYS], 3),
        ([NO_KEYS, good, NO_TRUST], 3),
        ([NO_KEYS, left_out], 3),
        ([NO_KEYS, FAILED], 1),
    ],
)
def test_the_exit_code_sums_up_the_run(
    scene: RunScene, makers: list[Callable[[RunScene], Task]], exit_code: int
) -> None:
    assert scene.run(*(make(scene) for make in makers)).exit_code == exit_code


def test_a_usage_error_of_one_configuration_is_a_failure_of_the_run(scene: RunScene) -> None:
    assert scene.run(scene.failing("Bad", UsageError("no"))).exit_code == 1


def test_every_result_is_kept_in_history_and_state(scene: RunScene) -> None:
    scene.run(scene.good("Good"), scene.failing("Bad", MochokError("no")))
    (run,) = scene.ledger.runs()
    assert (run.run_id, run.exit_code, run.results, run.failures) == (RUN, 1, 2, 1)
    assert scene.ledger.days(Identity("Good"), DAY, DAY)[DAY].state is DayState.COMPLETE
    state = scene.state()
    assert state["configurationResults"]["Good"]["lastStatus"] == "Success"
    assert state["configurationResults"]["Bad"]["lastStatus"] == "Failure"
    assert state["lastExecution"]["totalConfigurations"] == 2
    assert state["lastExecution"]["success"] is False


def test_a_result_is_written_before_the_next_configuration_starts(scene: RunScene) -> None:
    seen: list[Any] = []

    def make() -> Job:
        seen.append(scene.state()["configurationResults"])
        raise MochokError("enough")

    scene.run(scene.good("First"), Task(Identity("Second"), DAY, make, DAY))
    assert seen[0]["First"]["lastStatus"] == "Success"


def test_a_state_file_that_cannot_be_written_is_told_and_the_uploads_go_on(scene: RunScene) -> None:
    scene.state_path = scene.root / "folder"
    scene.state_path.mkdir()
    outcome = scene.run(scene.good("One"), scene.good("Two"))
    assert list(statuses(outcome).values()) == [Status.SUCCESS, Status.SUCCESS]
    assert outcome.exit_code == 1
    told = [event for event in scene.events if isinstance(event, Notice) and event.level == "ERROR"]
    assert [event.name for event in told] == [""], "once, not after every result"
    assert scene.ledger.runs()[0].exit_code == 1


def test_a_dry_run_leaves_no_trace(scene: RunScene) -> None:
    outcome = scene.run(scene.good("One", dry_run=True), dry_run=True)
    assert outcome.exit_code == 0
    assert scene.ledger.runs() == []
    assert not scene.state_path.exists()


def test_what_is_only_tried_is_no_success_in_state_json(scene: RunScene) -> None:
    """``--dryrun`` in one configuration's options: only the others are remembered."""
    scene.run(scene.good("Tried", dry_run=True))
    assert not scene.state_path.exists()
    scene.run(scene.good("Tried", dry_run=True), scene.good("Real"))
    state = json.loads(scene.state_path.read_text())
    assert state["configurationResults"].keys() == state["lastSuccessfulSync"].keys() == {"Real"}
    assert state["lastExecution"]["successfulConfigurations"] == 1


# Several dates, several at once


def test_several_dates_run_in_order_and_each_is_kept(scene: RunScene) -> None:
    tasks = [scene.good("One", day=DAY + timedelta(days=number)) for number in range(3)]
    outcome = scene.run(*tasks)
    assert [result.target_date for result in outcome.results] == [task.target_date for task in tasks]
    dates = tuple(task.target_date for task in tasks)
    assert scene.events[0] == RunStarted(RUN, dates, ("One",), False, tasks=len(tasks))
    assert len(scene.ledger.days(Identity("One"), DAY, DAY + timedelta(days=9))) == 3


def test_several_configurations_run_at_the_same_time_but_dates_of_one_in_order(scene: RunScene) -> None:
    both_here = threading.Barrier(2, timeout=30)
    order: list[tuple[str, date]] = []

    def meeting(task: Task, *, meets: bool) -> Task:
        def make() -> Job:
            order.append((task.name, task.target_date))
            if meets:
                both_here.wait()  # passes only if both are under way together
            return task.make()

        return Task(task.identity, task.target_date, make, task.data_day)

    tomorrow = DAY + timedelta(days=1)
    tasks = [
        meeting(scene.good("One"), meets=True),
        meeting(scene.good("Two"), meets=True),
        meeting(scene.good("One", day=tomorrow), meets=False),
        meeting(scene.good("Two", day=tomorrow), meets=False),
    ]
    outcome = scene.run(*tasks, parallel=2)
    assert outcome.exit_code == 0
    assert len(outcome.results) == 4
    for name in ("One", "Two"):
        assert [day for who, day in order if who == name] == [DAY, tomorrow]


def test_a_fault_in_one_of_several_at_once_is_contained_too(scene: RunScene) -> None:
    outcome = scene.run(scene.failing("Bad", RuntimeError("!")), scene.good("Good"), parallel=2)
    assert statuses(outcome) == {"Bad": Status.FAILURE, "Good": Status.SUCCESS}
    assert outcome.exit_code == 1


# Interruption


def test_after_an_interruption_no_further_configuration_starts_and_the_state_is_saved(
    scene: RunScene,
) -> None:
    first = scene.good("One")

    def stopped() -> Job:
        scene.stop.request()
        return first.make()

    outcome = scene.run(Task(Identity("One"), DAY, stopped, DAY), scene.good("Two"))
    assert outcome.exit_code == 130
    assert [result.name for result in outcome.results] == ["One"]
    assert outcome.results[0].exit_code == 130
    assert scene.scenes["Two"].store.contents == {}
    assert scene.ledger.runs()[0].exit_code == 130
    assert scene.state()["lastExecution"]["success"] is False
    assert scene.events[-1] == RunFinished(RUN, outcome.results, 0.0, False, True)
