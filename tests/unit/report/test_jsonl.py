"""``--log-json``: one object per event, raw units, ASCII."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mochok.events import (
    ConfigurationFinished,
    FileFailed,
    FileLeftOut,
    FileSent,
    Level,
    Notice,
    ObjectDeleted,
    Progress,
    RunFinished,
    RunStarted,
)
from mochok.model import Failure, LeftOut, Reason, Tally
from mochok.report.documents.sync import run_document
from mochok.report.listeners.jsonl import JsonLines
from tests.unit.state.builders import DAY, FakeClock, make_result


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "events.jsonl"


def written(path: Path, *events: Any) -> list[dict[str, Any]]:
    warnings: list[str] = []
    lines = JsonLines(path, clock=FakeClock(), warn=warnings.append)
    for event in events:
        lines(event)
    lines.close()
    assert warnings == []
    assert path.read_bytes().isascii()
    return [json.loads(line) for line in path.read_text().split("\n")[:-1]]


def test_every_event_is_one_object_with_time_and_name(path: Path) -> None:
    started, sent = written(
        path, RunStarted("r", (DAY,), ("A",), False, 1), FileSent("A", "ñ\n\udcff", 12, Reason.NEW, False)
    )
    assert started == {
        "time": "2025-01-15T02:30:00.000-03:00",
        "event": "run_started",
        "schema": 1,
        "run_id": "r",
        "target_dates": ["2025-01-14"],
        "configurations": ["A"],
        "dry_run": False,
        "tasks": 1,
        "disabled": [],
    }
    assert sent == {
        "time": "2025-01-15T02:30:00.000-03:00",
        "event": "file_sent",
        "name": "A",
        "key": "ñ\n\udcff",
        "size_bytes": 12,
        "reason": "new",
        "dry_run": False,
    }


def test_results_and_counts_are_nested_objects(path: Path) -> None:
    result = make_result(uploaded=3, skipped={Reason.UP_TO_DATE: 2}, failures=(Failure("k", "why"),))
    finished, run, progress, left_out = written(
        path,
        ConfigurationFinished(result),
        RunFinished("r", (result,), 70.5, False, False),
        Progress("A", Tally(uploaded=1), "k", scanning=True),
        FileLeftOut("A", LeftOut("k", "why")),
    )
    assert finished["event"] == "configuration_finished"
    assert finished["result"]["status"] == "Success"
    assert finished["result"]["duration_seconds"] == 65.25
    assert finished["result"]["tally"]["skipped"] == {"up_to_date": 2}
    assert finished["result"]["failures"] == [{"key": "k", "message": "why"}]
    assert run["results"] == [finished["result"]]
    assert progress["tally"]["uploaded"] == 1
    assert left_out["left_out"]["key"] == "k"


def test_a_reason_is_spelt_as_in_the_document_of_the_run(path: Path) -> None:
    result = make_result(skipped=dict.fromkeys(Reason, 1))
    (finished,) = written(path, ConfigurationFinished(result))
    document = run_document(RunFinished("r", (result,), 1.0, False, False), 0)

    assert finished["result"]["tally"]["skipped"] == document["results"][0]["skipped_by_reason"]


def test_credentials_do_not_get_out(path: Path) -> None:
    (notice,) = written(path, Notice("A", Level.ERROR, "AKIAIOSFODNN7EXAMPLE password=hunter22"))
    assert notice["message"] == "AKIA...MPLE password=***"


def test_lines_are_appended(path: Path) -> None:
    event = ObjectDeleted("A", "k", 1, dry_run=False)
    written(path, event)
    assert len(written(path, event, FileFailed("A", "k", "why"))) == 3


def test_a_file_that_cannot_be_written_is_told_once_and_harms_nothing(tmp_path: Path) -> None:
    warnings: list[str] = []
    lines = JsonLines(tmp_path, clock=FakeClock(), warn=warnings.append)
    for _ in range(3):
        lines(Notice("A", Level.INFO, "message"))
    assert len(warnings) == 1
    assert str(tmp_path) in warnings[0]
