"""What a killed run had recorded in the ledger is put into state.json, field for field."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mochok.model import DayState, Status, SyncResult
from mochok.records.history import ResultRecord
from mochok.records.state import ConfigurationState
from mochok.state.ledger import open_ledger, read_ledger
from mochok.state.memory import MemoryLedger
from mochok.state.restore import newer_result, newer_success, restore
from mochok.state.state import State
from mochok.state.state_file import Execution, StateFile
from tests.unit.state.builders import DAY, START, execution, make_result, written

STATUSES = {
    "S": (Status.SUCCESS, DayState.COMPLETE),
    "F": (Status.FAILURE, DayState.FAILED),
    "K": (Status.SKIPPED, DayState.MISSING),
}
FORGERY = {"lastStatus": "Failure", "consecutiveFailures": 7}


def result(letter: str, day: int, **changes: Any) -> SyncResult:
    return make_result(*STATUSES[letter], target_date=DAY + timedelta(days=day), **changes)


def records(runs: str) -> list[ResultRecord]:
    """ "KS F": run 0 with a skipped day and, the day after, a success; then run 1, an hour later, failing."""
    return [
        ResultRecord.of(f"{number}", START + timedelta(hours=number, minutes=2 * day), result(letter, day))
        for number, run in enumerate(runs.split())
        for day, letter in enumerate(run)
    ]


def shown(runs: str, failures: int, **changes: Any) -> ConfigurationState:
    """What state.json shows after the last result of ``runs``."""
    state = State({})
    state.put_result(records(runs)[-1], failures)
    state.section("configurationResults")["Documents"].update(changes)
    return state.configurations["Documents"]


@pytest.mark.parametrize(
    ("before", "failures_before", "known", "expected"),
    [
        # without an entry: as far back as the ledger goes
        (None, 0, "S", ("S", 0)),
        (None, 0, "F K F", ("F", 3)),
        (None, 0, "S FK K", ("K", 2)),  # runs count, not days
        # the killed run has results that are not shown yet
        ("S", 0, "S F", ("F", 1)),
        ("F", 4, "F F", ("F", 5)),  # what came before the ledger only the entry knows
        ("F", 4, "F S", ("S", 0)),
        ("F", 4, "F F F K", ("K", 7)),  # several runs that could not write state.json
        # the killed run is shown in part
        ("S F", 1, "S FK", ("K", 1)),
        ("S F", 1, "S FS", ("S", 0)),
        ("F F S", 0, "F F SF", ("F", 3)),  # its earlier day succeeded: what was counted before it goes on
        ("F F S", 0, "F F SF K", ("K", 4)),
        # nothing is newer
        ("S F", 1, "S F", None),
        ("F FK", 9, "F FK", None),
        ("F FKS", 0, "F FK", None),  # the ledger could not take the last result
        ("F F F", 3, "F F", None),  # nor the last run
        ("S", 0, "", None),
    ],
)
def test_the_latest_day_of_the_last_run_is_shown_and_runs_are_counted(
    before: str | None, failures_before: int, known: str, expected: tuple[str, int] | None
) -> None:
    entry = None if before is None else shown(before, failures_before)
    found = newer_result(entry, records(known))
    assert (found and (found[0].status, found[1])) == (expected and (STATUSES[expected[0]][0], expected[1]))


def test_an_entry_of_the_powershell_original_counts_on_and_is_told_apart_by_its_time() -> None:
    later = (START + timedelta(minutes=30)).isoformat()
    original = shown("F", 3, runId=None, lastTimestamp=later)
    assert newer_result(original, records("F")) is None
    found = newer_result(original, records("F F"))
    assert found is not None
    assert found[1] == 4


def test_a_success_is_the_last_one_of_any_day() -> None:
    state = State({})
    for record in records("S"):
        state.put_success(record)
    first = state.successes["Documents"]
    assert newer_success(first, records("S")) is None
    assert newer_success(first, records("S FF")) is None
    assert newer_success(None, records("F FF")) is None
    assert newer_success(first, records("S SF F")) == records("S S")[1]
    assert newer_success(None, records("S")) == records("S")[0]


def test_a_state_that_was_lost_comes_back_without_the_runs_that_it_counted() -> None:
    ledger, state = MemoryLedger(), State({})
    assert not restore(state, ledger, ["Documents"])
    ledger.record_result("0", START, result("S", 0))
    assert restore(state, ledger, ["Documents", "Never run"])
    assert list(state.configurations) == list(state.successes) == ["Documents"]
    assert (state.last_execution, state.statistics.total_executions) == (None, 0)


def some_runs(chance: random.Random) -> Iterator[tuple[str, datetime, SyncResult]]:
    """Six runs of two configurations over one to three days each, in the order in which they end."""
    moment = START
    for number in range(6):
        names = [name for name in ("A", "B") if chance.random() < 0.8]
        first = chance.randrange(3)
        for day in range(first, first + chance.randint(1, 3)):
            for name in names:
                moment += timedelta(seconds=chance.randint(2, 5000))
                warnings = ("w",) * chance.randrange(3)
                outcome = result(
                    chance.choice("SFFK"), day, name=name, uploaded=chance.randrange(9), warnings=warnings
                )
                yield f"run {number}", moment, outcome


@pytest.mark.parametrize("seed", range(60))
def test_whenever_state_json_stops_the_ledger_restores_it_field_for_field(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    runs = list(some_runs(chance))
    stops = chance.randrange(len(runs))
    ledger, path = MemoryLedger(), tmp_path / "state.json"
    kept = StateFile(path, pause_seconds=3600)
    for number, (run_id, started, outcome) in enumerate(runs):
        if number == stops:
            kept.close()  # writes
            path.with_name("stopped.json").write_bytes(path.read_bytes() if path.exists() else b"")
        ledger.record_result(run_id, started, outcome)
        kept.record_result(outcome, started + timedelta(seconds=65.25), run_id, durable=True)
    kept.close()

    restored, _notices = StateFile(path.with_name("stopped.json")).peek(ledger, ["A", "B"])
    for section in ("configurationResults", "lastSuccessfulSync"):
        assert restored.raw[section] == written(path)[section]


def test_the_next_run_writes_what_it_restored(tmp_path: Path) -> None:
    path, ledger = tmp_path / "state.json", MemoryLedger()
    path.write_text(json.dumps({"configurationResults": {"Documents": FORGERY}, "site": 4}))
    ledger.record_result("0", START, result("F", 0))
    state_file = StateFile(path, pause_seconds=3600)
    assert state_file.load(ledger, ["Documents", "Never run"])[1] == []
    state_file.close()
    content = written(path)
    assert (content["configurationResults"]["Documents"]["consecutiveFailures"], content["site"]) == (8, 4)
    assert list(content["configurationResults"]) == ["Documents"]


def test_once_a_run_has_ended_only_what_is_missing_is_asked_for(tmp_path: Path) -> None:
    path, ledger = tmp_path / "state.json", MemoryLedger()
    done = result("S", 0)
    ledger.record_result("run", START, done)
    state_file = StateFile(path)
    state_file.record_result(done, START, "run")
    state_file.record_execution(execution(done))
    content = written(path)
    content["configurationResults"]["Documents"] |= FORGERY
    path.write_text(json.dumps(content))
    assert StateFile(path).peek(ledger, ["Documents"])[0].raw == content
    del content["lastSuccessfulSync"]["Documents"]
    path.write_text(json.dumps(content))
    assert StateFile(path).peek(ledger, ["Documents"])[0].successes["Documents"].run_id == "run"


def test_a_run_that_did_not_start_hides_no_result_of_the_killed_one_before_it(tmp_path: Path) -> None:
    path, ledger, done = tmp_path / "state.json", MemoryLedger(), result("S", 0)
    ledger.record_result("run", START, done)
    state_file = StateFile(path)
    state_file.record_result(done, START, "run")
    state_file.record_execution(execution(done))
    ledger.record_result("killed", START + timedelta(days=1), result("F", 1))
    ledger.start_run("refused", START + timedelta(days=2))
    refused = Execution("refused", (), 0, START + timedelta(days=2), 0.0, refused=True)
    StateFile(path).record_execution(refused)
    state, _notices = StateFile(path).peek(ledger, ["Documents"])
    assert state.configurations["Documents"].run_id == "killed"


# Records three configurations; state.json has the first, and waits with the others until it is killed.
RECORDER = """
import sys, time
from mochok.state.ledger import open_ledger
from mochok.state.state_file import Execution, StateFile
from tests.unit.state.builders import END, START, make_result
folder = sys.argv[1]
ledger = open_ledger(folder + "/mochok.db", warn=sys.exit)
state_file = StateFile(folder + "/state.json", pause_seconds=3600)
state_file.load(ledger, [])
ledger.start_run("run", START)
for name in ("A", "B", "C"):
    result = make_result(name=name, uploaded=3, warnings=("w",))
    state_file.record_result(result, END, "run", durable=ledger.record_result("run", START, result))
print("recorded", flush=True)
time.sleep(60)
"""


def test_what_was_recorded_when_the_process_was_killed_is_shown_and_written_by_the_next(
    tmp_path: Path,
) -> None:
    command = [sys.executable, "-c", RECORDER, str(tmp_path)]
    with subprocess.Popen(
        command, cwd=Path(__file__).parents[3], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "recorded\n"
        process.kill()
    assert process.returncode != 0
    path, names, warnings = tmp_path / "state.json", ["A", "B", "C"], list[str]()
    (first,) = written(path)["configurationResults"].values()

    before = path.read_bytes()
    with closing(read_ledger(tmp_path / "mochok.db", warn=warnings.append)) as ledger:
        state, _notices = StateFile(path).peek(ledger, names)
    assert path.read_bytes() == before, "looking changes nothing"
    assert state.raw["configurationResults"] == dict.fromkeys(names, first)

    with closing(open_ledger(tmp_path / "mochok.db", warn=warnings.append)) as ledger:
        next_run = StateFile(path)
        next_run.load(ledger, names)
        next_run.close()
    assert written(path)["configurationResults"] == dict.fromkeys(names, first)
    assert list(written(path)["lastSuccessfulSync"]) == names
    assert written(path)["lastExecution"] == {}
    assert warnings == []
