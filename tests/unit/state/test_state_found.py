"""What is made of a state.json that is found: the original's, another's, a damaged one."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mochok.model import DayState, Status
from mochok.state.state_file import MAX_SIZE_BYTES, StateFile
from tests.unit.state.builders import END, execution, make_result, written

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
