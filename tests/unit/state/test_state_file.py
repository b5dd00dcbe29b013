"""state.json: the original's structure, whatever it holds when it is found, and never half written."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import threading
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mochok.errors import StateError
from mochok.model import DayState, Status, SyncResult
from mochok.state.state_file import MAX_SIZE_BYTES, Execution, StateFile
from tests.unit.state.builders import DAY, END, make_result

# What the original's documentation shows, as Windows PowerShell writes it.
ORIGINAL: dict[str, Any] = {
    "lastExecution": {
        "timestamp": "2025-01-14T02:30:25.1234567-03:00",
        "success": True,
        "totalConfigurations": 2,
        "successfulConfigurations": 2,
        "failedConfigurations": 0,
        "targetDate": "2025-01-13",
        "duration": "00:01:05",
    },
    "configurationResults": {
        "Documents": {
            "lastStatus": "Skipped",
            "lastMessage": "Carpeta no encontrada: año",
            "lastTimestamp": "2025-01-14T02:30:25.1234567-03:00",
            "lastDate": "2025-01-13",
            "localPath": "C:\\Data\\2025-01-13",
            "s3Path": "s3://bucket/2025/01/13",
            "filesTransferred": None,
            "duration": None,
            "consecutiveFailures": 3,
        }
    },
    "lastSuccessfulSync": {},
    "statistics": {
        "totalExecutions": 41,
        "lastSuccessDate": "2025-01-12T02:31:00.0000000-03:00",
        "consecutiveFailures": 2,
    },
}


MORNING = datetime(2025, 1, 15, 6, 31, 5, tzinfo=UTC)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state.json"


def written(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_bytes())
    return content


def execution(*results: SyncResult, **changes: Any) -> Execution:
    values: dict[str, Any] = {
        "run_id": "run",
        "results": results,
        "total_configurations": 3,
        "finished": END,
        "duration_seconds": 90_061,
    }
    return Execution(**(values | changes))


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


ENCODINGS = {
    "UTF-8": lambda text: text.encode(),
    "UTF-8 with BOM and CRLF": lambda text: b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode(),
    "UTF-16 as Out-File writes": lambda text: text.encode("utf-16"),
    "Windows-1252 as Set-Content writes": lambda text: text.encode("cp1252"),
}


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_the_original_s_file_is_taken_over_with_its_statistics(path: Path, encoding: str) -> None:
    path.write_bytes(ENCODINGS[encoding](json.dumps(ORIGINAL, indent=4, ensure_ascii=False)))
    state_file = StateFile(path)
    state, notices = state_file.load()
    assert notices == []
    assert state.statistics.total_executions == 41
    last = state.last_execution
    assert last is not None
    assert last.timestamp == datetime(2025, 1, 14, 5, 30, 25, 123456, tzinfo=UTC)
    assert (last.success, last.duration, last.total_configurations) == (True, "00:01:05", 2)
    documents = state.configurations["Documents"]
    assert documents.last_message == "Carpeta no encontrada: año"
    assert (documents.files_transferred, documents.duration, documents.consecutive_failures) == (0, "", 3)

    failed = make_result(Status.FAILURE, DayState.FAILED)
    state_file.record_result(failed, END, "run")
    state_file.record_execution(execution(failed))
    content = written(path)
    assert content["configurationResults"]["Documents"]["consecutiveFailures"] == 4
    assert content["statistics"]["totalExecutions"] == 42
    assert content["statistics"]["consecutiveFailures"] == 3
    assert content["statistics"]["lastSuccessDate"] == "2025-01-12T02:31:00.0000000-03:00"


def test_what_mochok_does_not_know_is_kept(path: Path) -> None:
    known = json.loads(json.dumps(ORIGINAL)) | {"site": {"rack": 4}}
    known["configurationResults"]["Documents"]["note"] = "ours"
    known["configurationResults"]["Removed"] = {"lastStatus": "Success"}
    known["statistics"]["since"] = 2019
    known["lastExecution"]["host"] = "srv1"
    path.write_text(json.dumps(known), encoding="utf-8")
    state_file = StateFile(path)
    state_file.record_result(make_result(), END, "run")
    state_file.record_execution(execution(make_result()))
    content = written(path)
    assert content["site"] == {"rack": 4}
    assert content["configurationResults"]["Documents"]["note"] == "ours"
    assert content["configurationResults"]["Removed"] == {"lastStatus": "Success"}
    assert (content["statistics"]["since"], content["lastExecution"]["host"]) == (2019, "srv1")


@pytest.mark.parametrize(
    "content",
    [b"", b" ", b"\r\n", b"\xef\xbb\xbf", b"{}", b'{"statistics": null}', b'{"lastExecution": [], "a": ""}'],
)
def test_an_empty_file_or_empty_sections_are_a_fresh_start_without_a_word(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    state, notices = StateFile(path).load()
    assert notices == []
    assert (state.last_execution, dict(state.configurations), state.statistics.total_executions) == (
        None,
        {},
        0,
    )


def test_without_a_file_the_state_is_empty_and_none_is_made(path: Path) -> None:
    state, notices = StateFile(path).load()
    assert (state.last_execution, notices, path.exists()) == (None, [], False)


@pytest.mark.parametrize(
    ("raw", "moment"),
    [
        ("/Date(1736922665000)/", MORNING),
        ({"value": "/Date(1736922665000)/", "DateTime": "miércoles"}, MORNING),
        ("2025-01-15T06:31:05Z", MORNING),
        ("2025-01-15T06:31:05", MORNING.replace(tzinfo=None).astimezone()),
        ("yesterday", None),
        (None, None),
        (5, None),
        ({"value": None}, None),
        ("/Date(999999999999999)/", None),
    ],
)
def test_dates_are_read_in_every_form_that_powershell_writes(path: Path, raw: object, moment: object) -> None:
    path.write_text(json.dumps({"statistics": {"lastSuccessDate": raw}}), encoding="utf-8")
    assert StateFile(path).load()[0].statistics.last_success_date == moment


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("00:01:05", "00:01:05"),
        ("1.02:03:04.5000000", "26:03:04"),
        ({"TotalSeconds": 65.5, "Ticks": 1}, "00:01:06"),
        ({"TotalSeconds": None}, ""),
        ("soon", ""),
        (None, ""),
    ],
)
def test_durations_are_read_in_every_form_that_powershell_writes(path: Path, raw: object, shown: str) -> None:
    path.write_text(json.dumps({"configurationResults": {"A": {"duration": raw}}}), encoding="utf-8")
    assert StateFile(path).load()[0].configurations["A"].duration == shown


@pytest.mark.parametrize("wrong", ["7", 7.0, None, [], {}, True, -1, "many", 1e300, "NaN"])
def test_values_of_a_wrong_type_are_put_right_when_recorded(path: Path, wrong: object) -> None:
    entry = {"consecutiveFailures": wrong, "filesTransferred": wrong, "lastMessage": wrong}
    path.write_text(json.dumps({"configurationResults": {"Documents": entry, "X": wrong}}), encoding="utf-8")
    state_file = StateFile(path)
    assert state_file.load()[1] == []
    state_file.record_result(make_result(Status.FAILURE, DayState.FAILED), END, "run")
    assert written(path)["configurationResults"]["Documents"]["consecutiveFailures"] >= 1
    assert StateFile(path).load()[0].configurations["Documents"].last_status == "Failure"


DAMAGED = {
    "cut off": b'{"lastExecution": {"timestamp": "2025',
    "NULs, as a power cut leaves them": b"\0" * 4096,
    "a list": b"[1, 2]",
    "a text": b'"state"',
    "binary": bytes(range(256)),
    "a key twice": b'{"statistics": {}, "statistics": {"totalExecutions": 5}}',
    "nested without end": b'{"a":' + b"[" * 200_000,
    "UTF-16 cut off": '{"a": 1}'.encode("utf-16")[:-1],
    "a number without end": b'{"a": ' + b"9" * 5000 + b"}",
}


@pytest.mark.parametrize("damage", DAMAGED)
def test_a_damaged_file_is_set_aside_and_said_so(path: Path, damage: str) -> None:
    path.write_bytes(DAMAGED[damage])
    state_file = StateFile(path)
    state, (notice,) = state_file.load()
    assert state.statistics.total_executions == 0
    (aside,) = path.parent.glob("state.json.corrupt-*")
    assert aside.name in notice
    assert "damaged" in notice
    assert aside.read_bytes() == DAMAGED[damage]
    state_file.record_execution(execution(make_result()))
    assert written(path)["statistics"]["totalExecutions"] == 1


def test_a_huge_file_is_set_aside_without_being_read(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(MAX_SIZE_BYTES * 3)
    _, (notice,) = StateFile(path).load()
    assert "larger than 64 MiB" in notice
    assert not path.exists()


def test_two_damaged_files_in_one_second_are_both_kept(path: Path) -> None:
    for _ in range(3):
        path.write_bytes(b"{")
        StateFile(path).load()
    assert len(list(path.parent.glob("state.json.corrupt-*"))) == 3


def test_a_section_of_a_wrong_type_does_not_cost_the_others(path: Path) -> None:
    path.write_text(json.dumps(ORIGINAL | {"lastSuccessfulSync": "none"}), encoding="utf-8")
    state, (notice,) = StateFile(path).load()
    assert "lastSuccessfulSync" in notice
    assert state.statistics.total_executions == 41
    assert written(path)["statistics"]["totalExecutions"] == 41
    assert len(list(path.parent.glob("state.json.corrupt-*"))) == 1


def test_showing_the_state_changes_nothing_on_disk(path: Path) -> None:
    path.write_bytes(b"{")
    state, (notice,) = StateFile(path).peek()
    assert (state.last_execution, path.read_bytes()) == (None, b"{")
    assert "damaged" in notice
    assert os.listdir(path.parent) == ["state.json"]


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
