"""Old logs go; what is not Mochok's own log stays, whatever it is called."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import pytest

from mochok.report.log_retention import by_days, by_months, clear_logs, every, log_month, remove_logs

TODAY = date(2025, 3, 15)


def make(folder: Path, *names: str) -> None:
    folder.mkdir(exist_ok=True)
    for name in names:
        (folder / name).write_text("line\n")


@pytest.mark.parametrize(
    "name",
    [
        "sync_2025-13.log",
        "sync_2025-00.log",
        "sync_2025-1.log",
        "sync_2025-01.log.gz",
        "sync_2025-01.txt",
        "my_sync_2025-01.log",
        "Sync_2025-01.log",
        "sync_٢٠٢٥-01.log",
        "sync_0000-01.log",
        "sync_2025-01.log\n",
    ],
)
def test_only_a_log_s_own_name_counts(name: str) -> None:
    assert log_month(name) is None


@pytest.mark.parametrize(
    ("months", "gone"),
    [
        (0, ["2024-02", "2024-03", "2025-01", "2025-02"]),
        (1, ["2024-02", "2024-03", "2025-01"]),
        (12, ["2024-02"]),
        (13, []),
        (-1, []),
        (100_000, []),
    ],
)
def test_retention_keeps_the_current_month_and_as_many_before(months: int, gone: list[str]) -> None:
    logs = ("2024-02", "2024-03", "2025-01", "2025-02", "2025-03", "2025-04")
    assert [month for month in logs if by_months(months)(f"sync_{month}.log", TODAY)] == gone


def test_a_log_folder_that_does_not_exist_holds_nothing(tmp_path: Path) -> None:
    assert clear_logs(tmp_path / "none", TODAY, goes=every, remove_directory=True).removed == ()


@pytest.mark.parametrize(
    ("days", "gone"),
    [(14, True), (15, True), (16, False), (0, True), (-5, True)],
)
def test_keeping_the_last_days_keeps_every_month_that_reaches_into_them(days: int, gone: bool) -> None:
    # February's last line is from the 28th; on 15 March the last 15 days begin with 1 March.
    assert by_days(days)("sync_2025-02.log", TODAY) is gone


def test_the_current_month_is_never_older_than_any_number_of_days() -> None:
    assert not by_days(0)("sync_2025-03.log", TODAY)
    assert not by_days(0)("sync_2025-12.log", TODAY)
    assert not by_days(0)("sync_9999-12.log", TODAY)


def test_clearing_tells_what_went_and_what_stayed(tmp_path: Path) -> None:
    make(tmp_path, "sync_2024-01.log", "sync_2025-02.log", "notes.txt")
    cleared = clear_logs(tmp_path, TODAY, goes=by_months(12))
    assert [path.name for path in cleared.removed] == ["sync_2024-01.log"]
    assert [path.name for path in cleared.kept] == ["sync_2025-02.log"]
    assert (cleared.problems, cleared.directory_removed) == ((), False)
    assert sorted(os.listdir(tmp_path)) == ["notes.txt", "sync_2025-02.log"]


def test_clearing_by_days_and_clearing_all(tmp_path: Path) -> None:
    make(tmp_path, "sync_2025-01.log", "sync_2025-02.log", "sync_2025-03.log")
    assert len(clear_logs(tmp_path, TODAY, goes=by_days(20)).removed) == 1
    assert len(clear_logs(tmp_path, TODAY, goes=every).removed) == 2


def test_the_folder_goes_only_if_asked_and_empty(tmp_path: Path) -> None:
    folder = tmp_path / "log"
    make(folder, "sync_2025-01.log", "notes.txt")
    assert not clear_logs(folder, TODAY, goes=every, remove_directory=True).directory_removed
    assert os.listdir(folder) == ["notes.txt"]
    (folder / "notes.txt").unlink()
    assert clear_logs(folder, TODAY, goes=every, remove_directory=True).directory_removed
    assert not folder.exists()


def test_a_folder_with_a_log_s_name_stays_with_a_word(tmp_path: Path) -> None:
    (tmp_path / "sync_2024-01.log").mkdir()
    (tmp_path / "sync_2024-01.log" / "inside").touch()
    cleared = clear_logs(tmp_path, TODAY, goes=every)
    assert cleared.removed == ()
    assert "sync_2024-01.log was not removed" in cleared.problems[0]
    assert (tmp_path / "sync_2024-01.log" / "inside").exists()


@pytest.mark.skipif(os.name != "posix", reason="symbolic links need rights on Windows")
def test_links_are_not_followed_and_not_removed(tmp_path: Path) -> None:
    make(tmp_path / "elsewhere", "precious")
    make(tmp_path / "log")
    (tmp_path / "log" / "sync_2024-01.log").symlink_to(tmp_path / "elsewhere" / "precious")
    (tmp_path / "log" / "sync_2024-02.log").symlink_to("dangling")
    cleared = clear_logs(tmp_path / "log", TODAY, goes=every)
    assert (cleared.removed, len(cleared.problems), len(cleared.kept)) == ((), 2, 2)
    assert (tmp_path / "elsewhere" / "precious").exists()


def test_a_log_that_another_run_removed_first_is_no_problem(tmp_path: Path) -> None:
    make(tmp_path, "sync_2024-01.log")
    removed, problems = remove_logs([tmp_path / "sync_2024-01.log", tmp_path / "sync_2023-01.log"])
    assert ([path.name for path in removed], problems) == (["sync_2024-01.log"], [])
