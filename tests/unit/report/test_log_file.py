"""The monthly log: its format, its rotation, and that its troubles never reach the run."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from mochok.events import (
    ConfigurationFinished,
    ConfigurationStarted,
    FileFailed,
    FileLeftOut,
    FileSent,
    FileSkipped,
    Level,
    Notice,
    ObjectDeleted,
    Progress,
    RunFinished,
    RunStarted,
)
from mochok.model import DayState, LeftOut, Reason, Status, Tally
from mochok.report.listeners.log_file import LogFile
from tests.unit.state.builders import DAY, START, FakeClock, make_result

LINE = re.compile(r"\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\] \[(INFO|WARNING|ERROR)\] .+")


class Log:
    """A log in a folder, with its clock and its complaints."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.clock = FakeClock()
        self.warnings: list[str] = []
        self.file = LogFile(directory, clock=self.clock, warn=self.warnings.append)

    def lines(self, month: str = "2025-01") -> list[str]:
        return (self.directory / f"sync_{month}.log").read_text(encoding="utf-8").splitlines()

    def messages(self) -> list[str]:
        self.file.close()
        return [line.removeprefix("[2025-01-15 02:30:00] ") for line in self.lines()]


@pytest.fixture
def log(tmp_path: Path) -> Log:
    return Log(tmp_path / "log")


def sent(key: str) -> FileSent:
    return FileSent("Documents", key, 12, Reason.NEW, dry_run=False)


def test_a_run_reads_like_the_documented_log(log: Log) -> None:
    result = make_result(files_seen=4, uploaded=3, bytes_uploaded=30, deleted=1, left_out=1)
    for event in (
        RunStarted("r1", (DAY,), ("Documents", "Other"), False),
        ConfigurationStarted("Documents", DAY, "/data/2025-01-14", "s3://bucket/2025/01/14"),
        Notice("Documents", Level.WARNING, "the server lacks versioning"),
        sent("a b.csv"),
        ObjectDeleted("Documents", "old", 5, dry_run=False),
        FileFailed("Documents", "c", "403 AccessDenied"),
        FileLeftOut("Documents", LeftOut("d/", "permission denied")),
        FileSkipped("Documents", "e", Reason.UP_TO_DATE),
        Progress("Documents", Tally(), "f", scanning=True),
        ConfigurationFinished(result),
        RunFinished("r1", (result,), 70.0, False, False),
    ):
        log.file(event)
    counts = "4 files seen, 3 uploaded (30 bytes), 1 deleted, 0 failed, 1 skipped (unreadable)"
    assert log.messages() == [
        "[INFO] === Run r1: 2 configurations for 2025-01-14 ===",
        "[INFO] [Documents] Starting 2025-01-14: /data/2025-01-14 -> s3://bucket/2025/01/14",
        "[WARNING] [Documents] the server lacks versioning",
        "[INFO] [Documents] Uploaded a b.csv (12 bytes, new)",
        "[INFO] [Documents] Deleted old (5 bytes, no local file)",
        "[ERROR] [Documents] Failed: c: 403 AccessDenied",
        "[WARNING] [Documents] Skipped (unreadable): d/: permission denied",
        "[INFO] [Documents] Success 2025-01-14: 3 uploaded",
        f"[INFO] [Documents] Finished 2025-01-14 in 1 min 05 s: {counts}",
        "[INFO] === Finished in 1 min 10 s: 1 succeeded, 0 failed, 0 skipped, run r1 ===",
    ]
    assert log.warnings == []


def test_failures_stand_out_and_say_what_to_do(log: Log) -> None:
    failed = make_result(Status.FAILURE, DayState.FAILED, message="no such bucket", hint="create it")
    missing = "no such folder"
    skipped = make_result(Status.SKIPPED, DayState.MISSING, message=missing, warnings=(missing,))
    log.file(ConfigurationFinished(failed))
    log.file(ConfigurationFinished(skipped))
    log.file(RunFinished("r", (failed, skipped), 1.0, False, True))
    messages = log.messages()
    assert messages[:2] == [
        "[ERROR] [Documents] Failure 2025-01-14: no such bucket",
        "[INFO] [Documents] What to do: create it",
    ]
    assert "[WARNING] [Documents] Skipped 2025-01-14: no such folder" in messages
    assert messages[-1].startswith("[ERROR] === Interrupted")


def test_a_dry_run_says_would(log: Log) -> None:
    log.file(RunStarted("r", (DAY, DAY + timedelta(days=2)), ("A",), True))
    log.file(FileSent("A", "k", 1, Reason.NEWER, dry_run=True))
    log.file(ObjectDeleted("A", "k", 1, dry_run=True))
    messages = log.messages()
    assert "Dry run r: 1 configuration for 2025-01-14 to 2025-01-16" in messages[0]
    assert messages[1:] == [
        "[INFO] [A] Would upload k (1 byte, local file is newer)",
        "[INFO] [A] Would delete k (1 byte, no local file)",
    ]


def test_a_run_over_no_date_at_all_is_logged_too(log: Log) -> None:
    log.file(RunStarted("r", (), (), False))
    assert log.messages() == ["[INFO] === Run r: 0 configurations for no date ==="]


def test_each_event_is_one_line_whatever_the_names_hold(log: Log) -> None:
    log.file(sent("a\n[2025-01-15 02:30:00] [INFO] faked"))
    log.file(sent("esc\x1b[2J\r\u202e"))
    log.file(sent("caf\udce9"))
    log.file(Notice("odd] [name", Level.DEBUG, "password=hunter22"))
    assert log.messages() == [
        "[INFO] [Documents] Uploaded a\\n[2025-01-15 02:30:00] [INFO] faked (12 bytes, new)",
        "[INFO] [Documents] Uploaded esc\\x1b[2J\\r\\u202e (12 bytes, new)",
        "[INFO] [Documents] Uploaded caf\\udce9 (12 bytes, new)",
        "[INFO] [odd_ _name] password=***",
    ]


def test_a_run_over_the_end_of_the_month_goes_on_in_the_new_file(log: Log) -> None:
    log.clock.moment = datetime(2025, 1, 31, 23, 59, 59, tzinfo=UTC)
    log.file(sent("before"))
    log.clock.moment += timedelta(seconds=1)
    log.file(sent("after"))
    log.file.close()
    assert len(log.lines("2025-01")) == len(log.lines("2025-02")) == 1
    assert log.lines("2025-02")[0].startswith("[2025-02-01 00:00:00]")


def test_lines_are_appended_to_what_is_there(log: Log) -> None:
    log.file(Notice("", Level.INFO, "one"))
    Log(log.directory).file(Notice("", Level.INFO, "two"))
    assert [line[-3:] for line in log.lines()] == ["one", "two"]


def test_lines_about_files_arrive_within_a_second_and_others_at_once(log: Log) -> None:
    log.file(Notice("", Level.INFO, "start"))
    log.file(sent("a"))
    assert len(log.lines()) == 1
    log.clock.seconds += 1
    log.file(Progress("Documents", Tally(), "", scanning=False))
    assert len(log.lines()) == 2
    log.file(sent("b"))
    log.file(Notice("", Level.ERROR, "stop"))
    assert len(log.lines()) == 4


def test_ten_thousand_files_are_ten_thousand_whole_lines(log: Log) -> None:
    for number in range(10_000):
        log.file(sent(f"{number:05d}"))
    log.file.close()
    lines = log.lines()
    assert len(lines) == 10_000
    assert all(LINE.fullmatch(line) for line in lines)


def test_a_log_that_was_moved_away_meanwhile_is_begun_again(log: Log) -> None:
    log.file(Notice("", Level.INFO, "one"))
    (log.directory / "sync_2025-01.log").rename(log.directory / "old")
    log.file(Notice("", Level.INFO, "two"))
    assert len(log.lines()) == 1


def test_a_log_that_cannot_be_written_is_told_once_and_harms_nothing(tmp_path: Path) -> None:
    (tmp_path / "log").touch()
    log = Log(tmp_path / "log")
    for _ in range(3):
        log.file(Notice("", Level.INFO, "message"))
    (warning,) = log.warnings
    assert "sync_2025-01.log" in warning
    assert "not affected" in warning


@pytest.mark.skipif(os.name != "posix", reason="symbolic links need rights on Windows")
def test_a_link_or_a_pipe_in_the_place_of_the_log_is_not_followed(log: Log, tmp_path: Path) -> None:
    log.directory.mkdir()
    precious = tmp_path / "precious"
    precious.write_text("as it was")
    (log.directory / "sync_2025-01.log").symlink_to(precious)
    os.mkfifo(log.directory / "sync_2025-02.log")
    log.file(Notice("", Level.INFO, "message"))
    log.clock.moment = START.replace(month=2)
    log.file(Notice("", Level.INFO, "message"))
    assert precious.read_text() == "as it was"
    assert len(log.warnings) == 1


WRITER = """
import sys
from tests.unit.state.builders import FakeClock
from mochok.events import FileSent
from mochok.model import Reason
from mochok.report.listeners.log_file import LogFile
log = LogFile(sys.argv[1], clock=FakeClock(), warn=sys.exit)
for number in range(3000):
    log(FileSent(sys.argv[2], f"{number}-" + "x" * 40, 1, Reason.NEW, False))
log.close()
"""


def test_two_processes_share_a_log_without_tearing_lines(log: Log) -> None:
    root = Path(__file__).parents[3]
    command = [sys.executable, "-c", WRITER, str(log.directory)]
    writers = [subprocess.Popen([*command, name], cwd=root) for name in ("A", "B")]
    assert [writer.wait() for writer in writers] == [0, 0]
    lines = log.lines()
    assert all(LINE.fullmatch(line) for line in lines)
    for name in ("A", "B"):
        numbers = [int(line.split("Uploaded ")[1].split("-")[0]) for line in lines if f"[{name}]" in line]
        assert numbers == list(range(3000))


def test_the_day_in_the_log_is_that_of_the_configured_zone(log: Log) -> None:
    log.clock.moment = datetime(2025, 2, 1, 1, 0, tzinfo=UTC).astimezone(START.tzinfo)
    log.file(Notice("", Level.INFO, "message"))
    assert log.lines("2025-01")[0].startswith("[2025-01-31 22:00:00]")
    assert log.clock.moment.date() == date(2025, 1, 31)
