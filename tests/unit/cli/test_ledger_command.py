"""`mochok ledger`: what it shows before it changes anything, and that it asks."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import pytest

from mochok.cli.app import run
from mochok.config.load import load
from mochok.errors import StateError
from mochok.model import DateWindow
from mochok.records.history import Acceptance
from mochok.state.ledger import open_ledger
from mochok.state.lock import RunLock
from mochok.wire.corrections import forget
from tests.unit.state.builders import DAY, START, make_result

SETTINGS = """\
sync_configurations:
- name: "Papers"
  description: "d"
  enabled: true
  local_base_path: "data"
  sync_strategy: {type: DateFolder}
  destination_config: {bucket_name: "bucket-a"}
"""
DAYS = [DAY - timedelta(days=back) for back in range(11, -1, -1)]
RENAME = ["ledger", "rename", "Documents", "Papers"]
FORGET = ["ledger", "forget", "Documents", str(DAYS[0]), str(DAY)]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A ledger with twelve days of the configuration "Documents", which is "Papers" now."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MOCHOK_CONFIG", raising=False)
    (tmp_path / "sync-config.yaml").write_text(SETTINGS, "utf-8")
    ledger = open_ledger(tmp_path / "mochok.db", warn=pytest.fail)
    for day in DAYS:
        ledger.record_result("run", START, make_result(target_date=day, files_seen=2))
    ledger.close()
    return tmp_path


def days(folder: Path, name: str) -> int:
    ledger = open_ledger(folder / "mochok.db", warn=pytest.fail)
    found = ledger.corrections.days(name, date.min, date.max)
    ledger.close()
    return len(found)


def test_what_is_renamed_is_shown(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*RENAME, "--yes"]) == 0
    assert "12 days (2025-01-03 to 2025-01-14) and all results of Documents become" in capsys.readouterr().out
    assert (days(folder, "Documents"), days(folder, "Papers")) == (0, 12)
    assert run([*RENAME, "--yes"]) == 2
    assert "no record of a configuration 'Documents'" in capsys.readouterr().err


def test_a_forgotten_day_is_accepted_no_more(folder: Path) -> None:
    ledger = open_ledger(folder / "mochok.db", warn=pytest.fail)
    ledger.accept(Acceptance("Documents", DAYS[0], "lost", "anna", START))
    ledger.close()
    assert run([*FORGET, "--yes"]) == 0
    ledger = open_ledger(folder / "mochok.db", warn=pytest.fail)
    assert ledger.acceptances("Documents") == []
    ledger.close()


def test_what_is_forgotten_is_shown(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*FORGET, "--yes"]) == 0
    output = capsys.readouterr().out
    assert "2025-01-03  complete, 2 files, 0 bytes  s3://bucket/2025/01/14" in output
    assert "and 2 more days, up to 2025-01-14" in output
    assert "Forgotten: 12 days of Documents." in output
    assert days(folder, "Documents") == 0


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["rename", "Documents", "Paper"], "did you mean 'Papers'?"),
        (["rename", "Papers", "Papers"], "both names are 'Papers'"),
        (["rename", "Document", "Papers"], "did you mean 'Documents'?"),
        (["forget", "Documents", "2025-01-15"], "it has 2025-01-03 to 2025-01-14"),
        (["forget", "Documents", "2025-01-14", "2025-01-03"], "swap them"),
        (["forget", "Papers", "2025-01-14"], "it has no days"),
        (["forget", "Documents", "1969-12-31"], "no record of 1969-12-31"),
        (["forget", "Documents", "yesterdy"], "yesterdy"),
    ],
)
def test_a_mistake_is_explained_and_changes_nothing(
    folder: Path, capsys: pytest.CaptureFixture[str], words: list[str], reason: str
) -> None:
    assert run(["ledger", *words, "--yes"]) == 2
    assert reason in capsys.readouterr().err
    assert days(folder, "Documents") == 12


@pytest.mark.parametrize("command", [RENAME, FORGET])
def test_nothing_is_changed_while_a_run_is_in_progress(folder: Path, command: list[str]) -> None:
    with RunLock(folder / "state.json", started=START):
        assert run([*command, "--yes"]) == 75
    assert days(folder, "Documents") == 12


def test_a_ledger_that_cannot_be_used_is_not_changed(folder: Path) -> None:
    settings, window = load(folder / "sync-config.yaml", {}), DateWindow(DAY, DAY)
    (folder / "mochok.db").unlink()
    with closing(sqlite3.connect(folder / "mochok.db")) as other:
        other.execute("CREATE TABLE of_another_program (a)")
    with pytest.raises(StateError, match="cannot be written; nothing was changed"):
        forget(settings, "Documents", window, START, lambda _message: None)


@pytest.mark.skipif(os.name == "nt", reason="terminals of POSIX")
@pytest.mark.parametrize(("answer", "left"), [("y", 0), ("n", 12), ("", 12)])
@pytest.mark.parametrize("command", [RENAME, FORGET])
def test_a_person_is_asked(
    folder: Path, monkeypatch: pytest.MonkeyPatch, command: list[str], answer: str, left: int
) -> None:
    keyboard, terminal = os.openpty()
    with os.fdopen(keyboard, "wb", buffering=0) as typed, os.fdopen(terminal, "r") as stdin:
        typed.write(f"{answer}\n".encode())
        monkeypatch.setattr("sys.stdin", stdin)
        assert run(command) == 0
    assert days(folder, "Documents") == left
