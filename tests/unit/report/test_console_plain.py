"""What `mochok sync` writes where no terminal is: files, pipes, cron mails."""

from __future__ import annotations

import dataclasses
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from mochok.events import (
    ConfigurationFinished,
    ConfigurationStarted,
    Event,
    FileFailed,
    FileLeftOut,
    FileSent,
    FileSkipped,
    Level,
    Notice,
    ObjectDeleted,
    Progress,
    RunStarted,
)
from mochok.model import LeftOut, Reason, Tally
from mochok.report.listeners.console import open_console
from mochok.report.listeners.event_text import FILES_SHOWN
from tests.unit.report.runs import (
    DAY,
    RUN_ID,
    WIDTHS,
    ManualClock,
    Output,
    console,
    failure,
    finished,
    result,
    skipped,
    tally_of_a_dry_run,
)

STARTED = RunStarted(RUN_ID, (DAY,), ("Daily",), False)
CONFIGURATION = ConfigurationStarted("Daily", DAY, "/data/2025-01-14", "s3://bucket/2025/01/14")


def ordinary_run() -> Iterator[Event]:
    yield STARTED
    yield CONFIGURATION
    yield FileSent("Daily", "a.txt", 1_500_000, Reason.NEW, False)
    yield FileSkipped("Daily", "b.txt", Reason.UP_TO_DATE)
    yield ObjectDeleted("Daily", "old.txt", 12, False)
    yield ConfigurationFinished(result())
    yield finished(result())


def written(
    events: Iterable[Event], output: Output | None = None, *, quiet: bool = False, verbose: bool = False
) -> str:
    stream = output or Output()
    with console(stream, quiet=quiet, verbose=verbose) as report:
        for event in events:
            report(event)
    return stream.text


def test_start_and_end_of_each_configuration_are_lines_with_their_time() -> None:
    lines = written(ordinary_run()).splitlines()

    assert (
        "[2025-01-15 14:30:25] Daily: starting 2025-01-14: /data/2025-01-14 -> s3://bucket/2025/01/14"
        in lines
    )
    assert "[2025-01-15 14:30:25] Daily: Success 2025-01-14: 2 uploaded (1.5 MB, 1 min 05 s)" in lines
    assert lines[-1] == "Daily: 2025-01-14 is complete in S3."


def test_single_files_are_shown_only_if_asked_for() -> None:
    assert "a.txt" not in written(ordinary_run())
    verbose = written(ordinary_run(), verbose=True)

    assert "Daily: uploaded a.txt (1.5 MB, new)" in verbose
    assert "Daily: nothing to do for b.txt (up to date)" in verbose
    assert "Daily: deleted old.txt (12 bytes, no local file)" in verbose


def test_quiet_says_nothing_if_all_is_well() -> None:
    assert written(ordinary_run(), quiet=True) == ""


def test_quiet_shows_warnings_and_errors_but_no_table_without_a_failure() -> None:
    events: list[Event] = [
        STARTED,
        Notice("Daily", Level.INFO, "fine"),
        Notice("Daily", Level.WARNING, "odd"),
        finished(result()),
    ]

    assert written(events, quiet=True) == "[2025-01-15 14:30:25] Daily: warning: odd\n"


def test_quiet_shows_the_table_if_something_failed() -> None:
    bad = failure("Reports", hint="create it")
    text = written([STARTED, ConfigurationFinished(bad), finished(result(), bad)], quiet=True)

    assert "Reports: Failure 2025-01-14: the bucket b does not exist" in text
    assert "Configuration" in text
    assert "What to do (Reports): create it" in text
    assert text.endswith("1 of 2 configurations failed: Reports; 1 is complete in S3.\n")


def test_failed_and_left_out_files_are_named() -> None:
    events: list[Event] = [
        FileFailed("Daily", "a.txt", "403 AccessDenied"),
        FileLeftOut("Daily", LeftOut("link", "is a link to nothing")),
        FileLeftOut("Daily", LeftOut("pipe", "is a FIFO", passed_over=True)),
    ]
    text = written(events)

    assert "Daily: failed: a.txt: 403 AccessDenied" in text
    assert "Daily: skipped (unreadable): link: is a link to nothing" in text
    assert "Daily: ignored: pipe: is a FIFO" in text
    assert "ignored" not in written(events, quiet=True)


def test_thousands_of_failed_files_do_not_flood_the_screen() -> None:
    events: list[Event] = [FileFailed("Daily", f"{number}.txt", "no") for number in range(1000)]
    lines = written(events).splitlines()

    assert len(lines) == FILES_SHOWN + 1
    assert "in the log" in lines[-1]
    assert len(written(events, verbose=True).splitlines()) == 1000


def test_a_long_transfer_says_every_ten_seconds_how_far_it_is() -> None:
    clock, output = ManualClock(), Output()
    tally = Tally(files_seen=9, uploads_planned=3400, uploaded=1204, bytes_planned=3_400_000_000)
    with console(output, clock=clock) as report:
        report(STARTED)
        report(CONFIGURATION)
        for second in range(1, 31):
            clock.seconds += 1
            tally.bytes_uploaded = second * 35_000_000
            report(Progress("Daily", tally, "a.txt", True))
            report.tick()

    lines = [line for line in output.text.splitlines() if "files," in line]
    assert len(lines) == 3
    assert lines[-1].endswith("Daily: 1,204/3,400+ files, 1.1/3.4+ GB, 35.0 MB/s, 1 min 07 s+ left")


def test_several_configurations_at_once_have_a_line_each_and_one_for_all() -> None:
    clock, output = ManualClock(), Output()
    tally = Tally(files_seen=9, uploads_planned=10, uploaded=4, bytes_planned=2_000_000)
    with console(output, clock=clock) as report:
        report(dataclasses.replace(STARTED, configurations=("Daily", "Archive", "Third"), tasks=3))
        for name in ("Daily", "Archive"):
            report(dataclasses.replace(CONFIGURATION, name=name))
            report(Progress(name, tally, "a.txt", False))
        clock.seconds += 11
        report.tick()

    lines = [line.partition("] ")[2] for line in output.text.splitlines() if "files," in line]
    assert lines == [
        "Daily: 4/10 files, 0.0/2.0 MB",
        "Archive: 4/10 files, 0.0/2.0 MB",
        "Total: 0 of 3 finished, 8/20+ files, 0.0/4.0+ MB",
    ]


def test_a_run_that_only_checks_says_so() -> None:
    clock, output = ManualClock(), Output()
    with console(output, clock=clock) as report:
        report(STARTED)
        report(CONFIGURATION)
        report(Progress("Daily", Tally(files_seen=12_345), "", True))
        clock.seconds += 11
        report.tick()

    assert "Daily: scanning, 12,345 files" in output.text


def test_an_error_is_not_said_twice_at_the_end_of_its_configuration() -> None:
    bad = failure("Daily", "the token expired", hint="log in")
    events: list[Event] = [
        Notice("Daily", Level.ERROR, "the token expired (log in)"),
        ConfigurationFinished(bad),
    ]

    assert written(events).count("the token expired") == 1


def test_a_dry_run_shows_every_file_and_totals_by_reason() -> None:
    dry = result(dry_run=True, tally=tally_of_a_dry_run(), message="3 would be uploaded")
    text = written(
        [
            RunStarted(RUN_ID, (DAY,), ("Daily",), True),
            FileSent("Daily", "a.txt", 1_000_000, Reason.NEW, True),
            FileSent("Daily", "b.txt", 1_000_000, Reason.NEW, True),
            FileSent("Daily", "c.txt", 1_000_000, Reason.SIZE_DIFFERS, True),
            ObjectDeleted("Daily", "old.txt", 500, True),
            ConfigurationFinished(dry),
            finished(dry, dry_run=True),
        ]
    )

    assert "Daily: would upload c.txt (1.0 MB, size differs)" in text
    assert "Daily: would delete old.txt (500 bytes, no local file)" in text
    for line in (
        "Would upload 2 files, 2.0 MB: new",
        "Would upload 1 file, 1.0 MB: size differs",
        "Would delete 1 object, 500 bytes: no local file",
        "Would skip 6 files: up to date",
        "Would skip 1 file: excluded by a filter",
    ):
        assert line in text.splitlines()
    assert "It would" not in text, "nothing is said twice"
    assert text.endswith("Dry run: nothing was changed.\n")


@pytest.mark.parametrize("width", WIDTHS)
def test_there_are_no_escape_codes_and_no_ragged_ends(width: int) -> None:
    output = Output()
    events: list[Event] = [
        *ordinary_run(),
        finished(result(), failure("Reports", hint="h"), skipped("Archive")),
    ]
    with console(output, width=width, verbose=True, FORCE_COLOR="1") as report:
        for event in events:
            report(event)

    assert "\x1b" not in output.text
    assert [line for line in output.text.splitlines() if line != line.rstrip()] == []


def test_a_dumb_terminal_gets_plain_lines() -> None:
    output = Output(terminal=True)
    with console(output, TERM="dumb") as report:
        for event in ordinary_run():
            report(event)

    assert "\x1b" not in output.text
    assert "[2025-01-15 14:30:25] Daily: Success" in output.text


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "cp437", "utf-8"])
def test_names_that_the_console_cannot_show_become_escapes(encoding: str) -> None:
    output = Output(encoding)
    bad = failure("日本", "año → 日本")
    text = written([FileFailed("日本", "😀.txt", "no"), ConfigurationFinished(bad), finished(bad)], output)

    if encoding == "utf-8":
        assert "😀.txt" in text
    else:
        assert "\\U0001f600.txt" in text
        assert "\\u65e5\\u672c" in text


def test_names_and_messages_cannot_disturb_the_terminal_or_show_credentials() -> None:
    text = written(
        [
            FileFailed("Daily", "a\x1b[31m\nb.txt", "no"),
            Notice("Daily", Level.WARNING, "https://user:secret-word@host/ says [bold]no[/bold]"),
        ]
    )

    assert "a\\x1b[31m\\nb.txt" in text
    assert "secret-word" not in text
    assert "[bold]no[/bold]" in text


class GonePipe(Output):
    """A stream whose reader went away after the first line."""

    def __init__(self) -> None:
        super().__init__()
        self.attempts = 0

    def write(self, text: str) -> int:
        self.attempts += 1
        if self.attempts > 1:
            raise BrokenPipeError(32, "Broken pipe")
        return super().write(text)

    def fileno(self) -> int:
        raise OSError("no descriptor")


def test_a_reader_that_goes_away_silences_the_console_and_nothing_else() -> None:
    output = GonePipe()

    written(ordinary_run(), output, verbose=True)

    assert output.attempts == 2
    assert len(output.text.splitlines()) == 1


def test_a_process_without_stdout_runs_in_silence() -> None:
    with console(None) as report:
        for event in ordinary_run():
            report(event)

    assert report.screen.stream.lost


SCRIPT = """
import os, sys
from datetime import date
from mochok.events import Level, Notice, RunFinished
from mochok.report.listeners.console import open_console
loaded = "rich" in sys.modules
with open_console(quiet=False, verbose=False, stream=sys.stdout, environ=os.environ) as report:
    report(Notice("", Level.INFO, "hello"))
    sys.stdout.flush()
    if sys.argv[1:] == ["pipe"]:
        sys.stdin.readline()
    for _ in range(5000):
        report(Notice("", Level.INFO, "x" * 100))
sys.exit(9 if loaded or "rich" in sys.modules else 0)
"""


def test_lines_alone_do_not_load_rich(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)

    done = subprocess.run([sys.executable, str(script)], stdout=subprocess.DEVNULL, check=False)

    assert done.returncode == 0


@pytest.mark.skipif(os.name == "nt", reason="pipes break differently there")
def test_a_closed_pipe_changes_neither_the_exit_code_nor_stderr(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    command = [sys.executable, str(script), "pipe"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdin is not None
        assert re.search("hello", process.stdout.readline())
        process.stdout.close()
        process.stdin.write("go on\n")
        process.stdin.close()
        errors = process.stderr.read()

    assert (process.returncode, errors) == (0, "")


def test_asking_to_stop_is_answered_at_once() -> None:
    output = Output()
    with open_console(
        quiet=False, verbose=False, stream=output, environ={}, clock=ManualClock(), stopping=lambda: True
    ) as report:
        report(STARTED)
        report.tick()
        report.tick()

    assert output.text.count("Stopping") == 1
