"""`mochok clear-logs`: what goes, what stays, and that it says so."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from mochok.cli.app import run

SETTINGS = """\
global:
  log_retention_months: 2
  log_directory: "log"
sync_configurations:
- name: "A"
  description: "d"
  enabled: true
  local_base_path: "data"
  sync_strategy: {type: FullDirectory}
  destination_config: {bucket_name: "bucket-a"}
"""
THIS_MONTH = f"sync_{date.today():%Y-%m}.log"  # noqa: DTZ011 - the command's own calendar is this machine's
OLD = "sync_2020-01.log"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's folder with an old log, this month's and a foreign file."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MOCHOK_CONFIG", raising=False)
    (tmp_path / "sync-config.yaml").write_text(SETTINGS, "utf-8")
    (tmp_path / "log").mkdir()
    for name in (OLD, THIS_MONTH):
        (tmp_path / "log" / name).write_text("line\n", "utf-8")
    return tmp_path / "log"


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_without_options_the_retention_policy_decides(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["clear-logs"]) == 0

    assert names(folder) == {THIS_MONTH}
    output = capsys.readouterr().out
    assert "older than 2 months" in output
    assert f"removed  {OLD}" in output
    assert f"kept     {THIS_MONTH}" in output
    assert "1 log file removed (5 bytes), 1 kept (5 bytes)." in output


@pytest.mark.parametrize("words", [["clear-logs", "--keep-last-days"], ["clear", "logs", "-KeepLastDays"]])
def test_the_last_days_are_kept(folder: Path, words: list[str]) -> None:
    assert run([*words, "30"]) == 0

    assert names(folder) == {THIS_MONTH}


@pytest.mark.parametrize("flag", ["--remove-directory", "-RemoveDirectory"])
def test_everything_and_the_folder_can_go(
    folder: Path, flag: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["clear logs", "--all", flag]) == 0

    assert not folder.exists()
    assert "The folder was empty and was removed." in capsys.readouterr().out


def test_a_folder_that_holds_something_else_stays(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "note.txt").write_text("mine")

    assert run(["clear-logs", "--all", "--remove-directory"]) == 0

    assert names(folder) == {"note.txt"}
    assert "The folder was kept: it is not empty." in capsys.readouterr().out


def test_a_log_that_cannot_be_removed_is_reported_and_the_exit_code_says_so(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "sync_2019-01.log").mkdir()

    assert run(["clear-logs"]) == 1

    captured = capsys.readouterr()
    assert "sync_2019-01.log" in captured.err
    assert f"removed  {OLD}" in captured.out


def test_a_missing_log_folder_is_no_fault(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["clear-logs", "--all", "--remove-directory"]) == 0

    assert run(["clear-logs"]) == 0

    assert "There is no log folder" in capsys.readouterr().out


def test_two_rules_at_once_are_bad_usage(folder: Path) -> None:
    assert run(["clear-logs", "--all", "--keep-last-days", "3"]) == 2

    assert names(folder) == {OLD, THIS_MONTH}


def test_a_number_of_days_below_zero_is_bad_usage(folder: Path) -> None:
    assert run(["clear-logs", "--keep-last-days", "-1"]) == 2

    assert names(folder) == {OLD, THIS_MONTH}


def test_what_is_no_log_of_mochoks_stays_and_is_named(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("notes.txt", "sync_2020-01.log.gz"):
        (folder / name).write_text("mine")

    assert run(["clear-logs", "--all", "--remove-directory"]) == 0

    assert names(folder) == {"notes.txt", "sync_2020-01.log.gz"}
    output = capsys.readouterr().out
    assert "Other files in the folder were kept: notes.txt, sync_2020-01.log.gz" in output
    assert "The folder was kept: it is not empty." in output
