"""state.json: the original's structure, and never half written."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import threading
import time
from datetime import date, timedelta
from pathlib import Path

import pytest

from mochok.errors import StateError
from mochok.model import DayState, Status
from mochok.state.atomic import write_atomically
from mochok.state.state_file import StateFile
from tests.unit.state.builders import DAY, END, execution, make_result, written


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state.json"


def test_a_success_is_recorded_field_for_field(path: Path) -> None:
    result = make_result(uploaded=3, bytes_uploaded=30, deleted=1, failed=0, warnings=("w",))
    StateFile(path).record_result(result, END, "run")
    moved = {
        "localPath": "/data/2025-01-14",
        "s3Path": "s3://bucket/2025/01/14",
        "filesTransferred": 3,
        "bytesTransferred": 30,
        "filesDeleted": 1,
        "duration": "00:01:05",
        "runId": "run",
    }
    timestamp = "2025-01-15T02:31:05-03:00"
    assert written(path)["configurationResults"] == {
        "Documents": {
            "lastStatus": "Success",
            "lastMessage": "3 uploaded",
            "lastTimestamp": timestamp,
            "lastDate": "2025-01-14",
            "consecutiveFailures": 0,
            "filesFailed": 0,
            "filesLeftOut": 0,
            "warnings": 1,
            **moved,
        }
    }
    assert written(path)["lastSuccessfulSync"] == {
        "Documents": {"timestamp": timestamp, "date": "2025-01-14", "message": "3 uploaded", **moved}
    }


@pytest.mark.parametrize("status", [Status.FAILURE, Status.SKIPPED])
def test_what_is_no_success_raises_the_failures_in_a_row_and_leaves_the_last_success(
    path: Path, status: Status
) -> None:
    state_file = StateFile(path)
    state_file.record_result(make_result(message="good"), END, "one")
    for run in ("two", "three"):
        state_file.record_result(make_result(status, DayState.FAILED, message="bad", failed=2), END, run)
    entry = written(path)["configurationResults"]["Documents"]
    assert (entry["lastStatus"], entry["consecutiveFailures"], entry["filesFailed"]) == (status.value, 2, 2)
    assert written(path)["lastSuccessfulSync"]["Documents"]["message"] == "good"
    state_file.record_result(make_result(), END, "four")
    assert written(path)["configurationResults"]["Documents"]["consecutiveFailures"] == 0


@pytest.mark.parametrize(
    ("statuses", "shown_day", "status", "in_a_row"),
    [
        ("SFKK", 14, "Skipped", 1),  # K skipped: a run over days that are missing counts once
        ("FKFS", 14, "Success", 0),  # the latest day is there; the ledger has the others
        ("SSSF", 14, "Failure", 1),
    ],
)
def test_of_a_run_over_several_days_the_latest_is_shown_and_the_run_counts_once(
    path: Path, statuses: str, shown_day: int, status: str, in_a_row: int
) -> None:
    of = {"S": Status.SUCCESS, "F": Status.FAILURE, "K": Status.SKIPPED}
    state_file = StateFile(path)
    for run in ("one", "two"):
        for day, letter in enumerate(statuses, start=15 - len(statuses)):
            result = make_result(of[letter], target_date=date(2025, 1, day), message=f"of {day}")
            state_file.record_result(result, END, run)
    entry = written(path)["configurationResults"]["Documents"]
    assert (entry["lastDate"], entry["lastStatus"]) == (f"2025-01-{shown_day}", status)
    assert entry["consecutiveFailures"] == 2 * in_a_row


def test_an_execution_is_recorded_field_for_field(path: Path) -> None:
    done = make_result(name="A", uploaded=3, bytes_uploaded=30, deleted=1, left_out=2)
    skipped = make_result(Status.SKIPPED, DayState.MISSING, name="B", warnings=("w",))
    StateFile(path).record_execution(execution(done, skipped))
    assert written(path)["lastExecution"] == {
        "timestamp": "2025-01-15T02:31:05-03:00",
        "success": True,
        "totalConfigurations": 3,
        "successfulConfigurations": 1,
        "failedConfigurations": 0,
        "targetDate": "2025-01-14",
        "duration": "25:01:01",
        "bytesTransferred": 30,
        "filesDeleted": 1,
        "filesFailed": 0,
        "filesLeftOut": 2,
        "warnings": 1,
        "runId": "run",
    }
    assert written(path)["statistics"] == {
        "totalExecutions": 1,
        "lastSuccessDate": "2025-01-15T02:31:05-03:00",
        "consecutiveFailures": 0,
    }


def test_only_executions_without_a_failed_configuration_count_as_success(path: Path) -> None:
    state_file = StateFile(path)
    failed = make_result(Status.FAILURE, DayState.FAILED)
    state_file.record_execution(execution(make_result(name="A"), failed))
    state_file.record_execution(execution(make_result(), interrupted=True))
    content = written(path)
    assert content["lastExecution"]["success"] is False
    assert content["statistics"] == {"totalExecutions": 2, "lastSuccessDate": None, "consecutiveFailures": 2}
    state_file.record_execution(execution(make_result()))
    assert written(path)["statistics"]["consecutiveFailures"] == 0


def test_a_configuration_with_several_days_counts_once_and_fails_if_one_of_them_does(path: Path) -> None:
    later = make_result(target_date=DAY + timedelta(days=1))
    failed = make_result(Status.FAILURE, DayState.FAILED)
    StateFile(path).record_execution(execution(failed, later, make_result(name="Other")))
    last = written(path)["lastExecution"]
    assert (last["successfulConfigurations"], last["failedConfigurations"]) == (1, 1)
    assert last["targetDate"] == "2025-01-15"


def test_a_folder_in_the_place_of_the_file_is_an_error_that_names_it(path: Path) -> None:
    path.mkdir()
    with pytest.raises(StateError, match=r"state\.json"):
        StateFile(path).load()


def test_a_file_that_cannot_be_written_is_an_error_and_the_result_comes_with_the_next(path: Path) -> None:
    state_file = StateFile(path)
    state_file.record_result(make_result(name="A"), END, "run")
    blockade = path.with_name("state.json.tmp")
    blockade.mkdir()
    with pytest.raises(StateError, match="cannot be written"):
        state_file.record_result(make_result(name="B"), END, "run")
    assert list(written(path)["configurationResults"]) == ["A"]
    blockade.rmdir()
    state_file.record_result(make_result(name="C"), END, "run")
    assert list(written(path)["configurationResults"]) == ["A", "B", "C"]


def test_the_text_is_ascii_so_that_windows_powershell_reads_it_right(path: Path) -> None:
    StateFile(path).record_result(make_result(name="Año 😀", message="a\udcffb"), END, "run")
    assert path.read_bytes().isascii()
    assert list(StateFile(path).load()[0].configurations) == ["Año 😀"]


@pytest.mark.skipif(os.name != "posix", reason="modes exist on POSIX only")
def test_a_new_file_is_private_and_an_old_one_keeps_its_mode(path: Path) -> None:
    state_file = StateFile(path)
    state_file.record_result(make_result(), END, "run")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o644)
    state_file.record_result(make_result(), END, "run")
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert os.listdir(path.parent) == ["state.json"]


@pytest.mark.skipif(os.name != "posix", reason="symbolic links need rights on Windows")
def test_a_linked_state_file_stays_a_link(path: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    target = tmp_path / "elsewhere" / "real.json"
    path.symlink_to(target)
    StateFile(path).record_result(make_result(), END, "run")
    assert path.is_symlink()
    assert "Documents" in written(target)["configurationResults"]


def test_configurations_that_end_at_the_same_time_are_all_there(path: Path) -> None:
    state_file = StateFile(path)
    threads = [
        threading.Thread(target=state_file.record_result, args=(make_result(name=f"{number}"), END, "run"))
        for number in range(16)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(written(path)["configurationResults"], key=int) == [f"{number}" for number in range(16)]


def test_results_that_the_ledger_has_are_written_together(path: Path) -> None:
    state_file = StateFile(path, pause_seconds=3600)
    for number in range(100):
        state_file.record_result(make_result(name=f"{number}"), END, "run", durable=True)
    assert list(written(path)["configurationResults"]) == ["0"], "the first is written at once"
    state_file.record_result(make_result(name="not in the ledger"), END, "run")
    assert len(written(path)["configurationResults"]) == 101
    state_file.record_result(make_result(name="last"), END, "run", durable=True)
    state_file.record_execution(execution())
    assert len(written(path)["configurationResults"]) == 102


def test_a_result_that_waits_is_written_after_a_moment_though_no_other_follows(path: Path) -> None:
    state_file = StateFile(path, pause_seconds=0.05)
    for name in ("first", "second"):
        state_file.record_result(make_result(name=name), END, "run", durable=True)
    deadline_seconds = time.monotonic() + 30
    while "second" not in written(path)["configurationResults"]:
        assert time.monotonic() < deadline_seconds
        time.sleep(0.01)
    state_file.close()


def test_what_waits_is_written_when_the_run_closes_or_with_the_next_if_that_fails(path: Path) -> None:
    state_file = StateFile(path, pause_seconds=3600)
    for name in ("first", "second"):
        state_file.record_result(make_result(name=name), END, "run", durable=True)
    blockade = path.with_name("state.json.tmp")
    blockade.mkdir()
    state_file.close()
    assert list(written(path)["configurationResults"]) == ["first"]
    with pytest.raises(StateError, match="cannot be written"):
        state_file.record_execution(execution())
    blockade.rmdir()
    state_file.close()
    assert list(written(path)["configurationResults"]) == ["first", "second"]
    state_file.close()


# Forks a writer again and again and kills it after a few milliseconds, in the middle of whatever it does.
KILLER = """
import json, os, random, signal, sys, time
from tests.unit.state.builders import END, make_result
from mochok.state.state_file import StateFile
path, kills = sys.argv[1], int(sys.argv[2])
StateFile(path).record_result(make_result(name="first"), END, "0")
chance = random.Random(7)
for _ in range(kills):
    writer = os.fork()
    if writer == 0:
        state_file = StateFile(path)
        for number in range(10_000):
            state_file.record_result(make_result(name=str(number % 50), message="x" * 200), END, str(number))
    time.sleep(chance.uniform(0.001, 0.012))
    os.kill(writer, signal.SIGKILL)
    os.waitpid(writer, 0)
    with open(path, "rb") as file:
        assert "first" in json.load(file)["configurationResults"]
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_process_killed_at_any_of_hundreds_of_instants_leaves_a_whole_file(path: Path) -> None:
    command = [sys.executable, "-c", KILLER, str(path), "300"]
    subprocess.run(command, cwd=Path(__file__).parents[3], check=True)
    assert len(written(path)["configurationResults"]) > 1
    StateFile(path).record_result(make_result(), END, "end")
    assert os.listdir(path.parent) == ["state.json"]


@pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="only root writes another user's file")
def test_a_file_that_root_replaces_stays_its_owners(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    path.write_text("{}")
    os.chown(path, 65534, 65534)
    write_atomically(path, b'{"a": 1}')
    assert (path.stat().st_uid, path.stat().st_gid) == (65534, 65534)
