"""What `mochok sync` draws on a terminal."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from mochok.events import (
    ConfigurationFinished,
    ConfigurationStarted,
    FileFailed,
    FileSent,
    Progress,
    RunStarted,
)
from mochok.model import Reason, Tally
from mochok.report.listeners.live import draw, shorten_middle
from mochok.report.listeners.meter import RunMeter
from mochok.report.text.screen import Screen
from tests.unit.report.runs import (
    DAY,
    LONG_NAME,
    RUN_ID,
    WIDTHS,
    ManualClock,
    Output,
    console,
    finished,
    result,
)

KEY = "reports/2025/a rather long folder name/another one/sales [final] año.csv"
HIDE_CURSOR, SHOW_CURSOR = "\x1b[?25l", "\x1b[?25h"


def screen_of(width: int, encoding: str = "utf-8", lines: int = 30, **environ: str) -> Screen:
    size = {"COLUMNS": str(width), "LINES": str(lines), "TERM": "xterm"}
    return Screen(Output(encoding, terminal=True), size | environ)


def meter_of(*names: str, dates: int = 1) -> RunMeter:
    """Every configuration has sent a third of 3.4 GB, and the scan goes on."""
    meter = RunMeter(0.0, dates)
    for name in names:
        meter.start(ConfigurationStarted(name, DAY, "/data", "s3://b/p"), 0.0)
    tally = Tally(files_seen=4000, uploads_planned=3400, uploaded=1204)
    tally.bytes_planned, tally.bytes_uploaded = 3_400_000_000, 1_200_000_000
    for name in names:
        meter.advance(Progress(name, tally, KEY, True), 30.0)
    return meter


def drawn(meter: RunMeter, screen: Screen) -> list[str]:
    return [line.plain for line in draw(meter, 42.0, screen)]


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
@pytest.mark.parametrize("width", WIDTHS)
def test_every_running_configuration_shows_files_bytes_rate_time_and_file(width: int, encoding: str) -> None:
    lines = drawn(meter_of("Daily", LONG_NAME), screen_of(width, encoding))
    per_row = len(lines) // 3
    daily, reports, total = (
        "\n".join(lines[start : start + per_row]) for start in range(0, 3 * per_row, per_row)
    )

    assert per_row == (1 if width >= 120 else 2)
    for row, label in ((daily, "Daily "), (reports, "Informes a")):
        assert row.startswith(label)
        assert re.search(
            r"  1,204/3,400\+ files  1\.2/3\.4\+ GB\s+40\.0 MB/s  55 s\+ left  reports/\S.*\.csv$", row
        )
    assert total.startswith("Total, 0 finished ")
    assert re.search(r"  2,408/6,800\+ files  2\.4/6\.8\+ GB\s+80\.0 MB/s  55 s\+ left  42 s elapsed$", total)
    assert "\n".join(lines).isascii() == (encoding == "ascii")


@pytest.mark.parametrize("width", WIDTHS)
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    meter = meter_of("Daily", LONG_NAME * 3, "日本語のフォルダ" * 4)

    assert [line.plain for line in draw(meter, 42.0, screen_of(width)) if line.cell_len >= width] == []


@pytest.mark.parametrize("width", [60, 120])
def test_many_configurations_do_not_push_the_display_off_a_low_terminal(width: int) -> None:
    meter = meter_of(*(f"Configuration {number}" for number in range(40)))
    lines = drawn(meter, screen_of(width, lines=20))

    assert len(lines) < 20
    shown = sum(line.startswith("Configuration") for line in lines)
    assert lines[-1] == f"and {40 - shown} more"
    assert "Total" in "".join(lines[-3:])


def test_the_date_stands_beside_the_name_if_there_are_several() -> None:
    assert "Daily 2025-01-14" in drawn(meter_of("Daily", dates=2), screen_of(120))[0]
    assert "2025-01-14" not in drawn(meter_of("Daily"), screen_of(120))[0]


def test_while_days_wait_for_their_turn_the_total_is_open_and_no_end_is_foretold() -> None:
    meter = RunMeter(0.0, 2, 2)
    for day in (DAY, DAY + timedelta(days=1)):
        meter.start(ConfigurationStarted("Daily", day, "/data", "s3://b/p"), 0.0)
        tally = Tally(uploads_planned=12, uploaded=9, bytes_planned=4_800_000, bytes_uploaded=3_600_000)
        meter.advance(Progress("Daily", tally, KEY, False), 4.0)
        if day == DAY:
            waiting = drawn(meter, screen_of(120))[-1]
            meter.finish(result("Daily"))

    assert waiting.startswith("Total, 0 of 2 finished  9/12+ files  3.6/4.8+ MB  900.0 kB/s")
    assert " left" not in waiting
    last = drawn(meter, screen_of(120))[-1]
    assert last.startswith("Total, 1 of 2 finished")
    assert "+" not in last


def test_before_anything_is_uploaded_the_files_scanned_are_counted() -> None:
    meter = RunMeter(0.0)
    meter.start(ConfigurationStarted("Daily", DAY, "/data", "s3://b/p"), 0.0)
    assert "Daily" in drawn(meter, screen_of(80))[0]
    assert "scanning" in drawn(meter, screen_of(80))[0]
    for scanning, text in ((True, "scanning, 12,345 files"), (False, "12,345 files checked")):
        meter.advance(Progress("Daily", Tally(files_seen=12_345), "", scanning), 1.0)

        assert text in drawn(meter, screen_of(80))[0]


def test_a_name_that_could_disturb_the_terminal_is_shown_escaped() -> None:
    meter = meter_of("Da\x1b[2Jily")
    meter.advance(Progress("Da\x1b[2Jily", Tally(), "a\nb\u202e.txt", True), 31.0)

    text = "\n".join(drawn(meter, screen_of(200)))
    assert "Da\\x1b[2Jily" in text
    assert "a\\nb\\u202e.txt" in text


def test_long_names_lose_their_middle() -> None:
    assert shorten_middle("reports/2025/sales.csv", 12, "…") == "repor…es.csv"
    assert shorten_middle("short", 12, "…") == "short"
    assert shorten_middle("日本語のフォルダ", 9, "…") == "日本…ルダ"


def live_run(output: Output, no_color: str = "") -> None:
    clock = ManualClock()
    with console(output, clock=clock, NO_COLOR=no_color) as report:
        report(RunStarted(RUN_ID, (DAY,), ("Daily",), False))
        report(ConfigurationStarted("Daily", DAY, "/data", "s3://b/p"))
        report(FileSent("Daily", "a.txt", 5, Reason.NEW, False))
        clock.seconds += 1
        report(Progress("Daily", Tally(uploads_planned=2, uploaded=1), "b.txt", True))
        report.tick()
        report(FileFailed("Daily", "b [red].txt", "no"))
        report(ConfigurationFinished(result()))
        report(finished(result()))


def test_a_terminal_gets_the_display_then_the_table_and_its_cursor_back() -> None:
    output = Output(terminal=True)

    live_run(output)

    assert "1/2+ files" in output.seen
    assert "Daily: failed: b [red].txt: no" in output.seen
    assert output.text.count(HIDE_CURSOR) == output.text.count(SHOW_CURSOR) == 1
    assert output.text.rindex(SHOW_CURSOR) < output.text.rindex("Configuration")
    assert output.seen.endswith("Daily: 2025-01-14 is complete in S3.\n")


def test_colour_is_left_out_if_the_user_does_not_want_it() -> None:
    coloured, plain = Output(terminal=True), Output(terminal=True)

    live_run(coloured)
    live_run(plain, no_color="1")

    assert "\x1b[32mSuccess" in coloured.text
    assert "\x1b[3" not in plain.text.replace("\x1b[?25", "")
    assert "Success" in plain.seen


def broken_run(output: Output) -> None:
    with console(output) as report:
        report(RunStarted(RUN_ID, (DAY,), ("Daily",), False))
        report.tick()
        raise KeyboardInterrupt


def test_the_cursor_comes_back_even_if_the_run_breaks() -> None:
    output = Output(terminal=True)

    with pytest.raises(KeyboardInterrupt):
        broken_run(output)

    assert output.text.count(HIDE_CURSOR) == output.text.count(SHOW_CURSOR) == 1


def test_a_quiet_run_draws_nothing() -> None:
    output = Output(terminal=True)
    with console(output, quiet=True) as report:
        report(RunStarted(RUN_ID, (DAY,), ("Daily",), False))
        report.tick()
        report(finished(result()))

    assert output.text == ""


def test_a_verbose_run_shows_every_one_of_many_files() -> None:
    output = Output(terminal=True)
    with console(output, verbose=True) as report:
        report(RunStarted(RUN_ID, (DAY,), ("Daily",), False))
        for number in range(2000):
            report(FileSent("Daily", f"{number}.txt", 5, Reason.NEW, False))

    assert output.seen.count("Daily: uploaded ") == 2000
