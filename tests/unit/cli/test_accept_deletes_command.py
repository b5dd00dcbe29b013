"""`mochok accept-deletes`: which refusal it accepts, and what it does without one."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from mochok.cli.app import run
from mochok.records.deletes import Refusal
from mochok.state.ledger import open_ledger
from mochok.state.lock import RunLock
from tests.unit.state.builders import START

SETTINGS = """\
sync_configurations:
- name: "A"
  description: "d"
  enabled: true
  local_base_path: "data"
  sync_strategy: {type: DateFolder}
  destination_config: {bucket_name: "bucket-a"}
"""
KEYS = tuple(f"key {number:02d}" for number in range(12))
FIRST = Refusal("A", "aws a 14", date(2025, 1, 14), "s3://bucket-a/14", START, 12, 20, "too many", KEYS)
SECOND = replace(FIRST, destination="aws a 15", target_date=date(2025, 1, 15), deletes=1, keys=KEYS[:1])


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MOCHOK_CONFIG", raising=False)
    (tmp_path / "sync-config.yaml").write_text(SETTINGS, "utf-8")
    return tmp_path


def refuse(folder: Path, *refusals: Refusal) -> None:
    ledger = open_ledger(folder / "mochok.db", warn=pytest.fail)
    for refusal in refusals:
        ledger.safety.remember(refusal)
    ledger.close()


def accepted(folder: Path) -> list[bool]:
    ledger = open_ledger(folder / "mochok.db", warn=pytest.fail)
    found = [refusal.accepted is not None for refusal in ledger.safety.refusals()]
    ledger.close()
    return found


def test_without_a_refusal_there_is_nothing_to_accept(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["accept-deletes", "A"]) == 0
    assert "No deletions of A are refused" in capsys.readouterr().out
    assert not (folder / "mochok.db").exists()


def test_a_name_that_does_not_exist_is_a_mistake(folder: Path) -> None:
    assert run(["accept-deletes", "B"]) == 2


def test_what_would_be_deleted_is_shown_and_accepted(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    refuse(folder, FIRST)
    assert run(["accept-deletes", "A", "--yes"]) == 0
    output = capsys.readouterr().out
    assert "12 of 20 objects in s3://bucket-a/14" in output
    assert "too many" in output
    assert "key 09" in output
    assert "key 10" not in output
    assert "and 2 more (--list shows them)" in output
    assert 'mochok sync --target-date 2025-01-14 --only "A"' in output
    assert accepted(folder) == [True]
    assert run(["accept-deletes", "A", "--yes"]) == 0
    assert "nothing to accept" in capsys.readouterr().out


def test_all_refused_deletions_are_listed_and_nothing_is_accepted(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    refuse(folder, replace(FIRST, deletes=15))
    assert run(["accept-deletes", "A", "--list"]) == 0
    output = capsys.readouterr().out
    assert all(key in output for key in KEYS)
    assert "and 3 more (their names are not kept)" in output
    assert accepted(folder) == [False]


def test_of_several_days_one_must_be_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    refuse(folder, FIRST, SECOND)
    assert run(["accept-deletes", "A", "--yes"]) == 2
    assert "2025-01-14, 2025-01-15" in capsys.readouterr().err
    assert run(["accept-deletes", "A", "--yes", "--day", "2025-01-13"]) == 2
    assert accepted(folder) == [False, False]
    assert run(["accept-deletes", "A", "--yes", "--day", "2025-01-15"]) == 0
    assert accepted(folder) == [False, True]


def test_nothing_is_accepted_while_a_run_is_in_progress(folder: Path) -> None:
    refuse(folder, FIRST)
    with RunLock(folder / "state.json", started=START):
        assert run(["accept-deletes", "A", "--yes"]) == 75
    assert accepted(folder) == [False]


@pytest.mark.skipif(os.name == "nt", reason="terminals of POSIX")
@pytest.mark.parametrize(("answer", "is_accepted"), [("y", True), ("n", False), ("", False)])
def test_a_person_is_asked(
    folder: Path, monkeypatch: pytest.MonkeyPatch, answer: str, is_accepted: bool
) -> None:
    refuse(folder, FIRST)
    keyboard, terminal = os.openpty()
    with os.fdopen(keyboard, "wb", buffering=0) as typed, os.fdopen(terminal, "r") as stdin:
        typed.write(f"{answer}\n".encode())
        monkeypatch.setattr("sys.stdin", stdin)
        assert run(["accept-deletes", "A"]) == 0
    assert accepted(folder) == [is_accepted]
