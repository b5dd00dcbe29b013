"""The list of enabled configurations before a run."""

from __future__ import annotations

from dataclasses import astuple, replace
from datetime import date

import pytest
from rich.cells import cell_len

from mochok.events import RunPlanned
from mochok.records.summary import SummaryRow
from mochok.report.pages.summary import (
    FileCount,
    days_text,
    files_text,
    render_summary,
)
from mochok.report.text.screen import Screen
from tests.unit.report.runs import LONG_NAME, WIDTHS, Output, console

ROW = SummaryRow(
    name="Daily",
    days="2025-01-14",
    source="C:\\Data\\2025-01-14",
    files="1,204 files",
    destination="s3://backups/2025/01/14",
    profile="prod",
    region="eu-west-1",
    strategy="DateFolder",
    options="--delete --exclude=*.tmp",
)
LONG_ROW = replace(
    ROW, name=LONG_NAME, source="/srv/" + "a folder/" * 9, files="missing", profile="", options=""
)


def summary(width: int, encoding: str = "utf-8", *rows: SummaryRow, terminal: bool = True) -> str:
    output = Output(encoding, terminal=terminal)
    screen = Screen(output, {"COLUMNS": str(width), "TERM": "xterm"})
    render_summary(rows or (ROW, LONG_ROW), screen)
    return output.seen


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
@pytest.mark.parametrize("width", WIDTHS)
def test_every_fact_is_there_at_any_width(width: int, encoding: str) -> None:
    text = summary(width, encoding, ROW)

    assert [fact for fact in astuple(ROW) if fact and fact not in text] == []
    assert "1 enabled configuration" in text


@pytest.mark.parametrize("width", [50, *WIDTHS])
def test_nothing_is_wider_than_the_terminal(width: int) -> None:
    lines = summary(width).splitlines()

    assert "missing" in "".join(lines)
    assert [line for line in lines if cell_len(line) > width] == []


def test_wide_terminals_get_one_row_for_each_configuration() -> None:
    row = next(line for line in summary(160, "utf-8", ROW).splitlines() if line.startswith("Daily"))

    assert ROW.destination in row
    assert ROW.options in row


def test_a_name_cannot_disturb_the_terminal() -> None:
    assert "\\x1b]0;x" in summary(120, "utf-8", replace(ROW, name="\x1b]0;x"))


def test_quiet_runs_have_no_summary() -> None:
    output, quiet = Output(), Output()
    console(output)(RunPlanned((ROW,)))
    console(quiet, quiet=True)(RunPlanned((ROW,)))

    assert "Daily" in output.text
    assert quiet.text == ""


@pytest.mark.parametrize("width", WIDTHS)
def test_days_are_told_once_if_all_run_the_same_and_else_for_each(width: int) -> None:
    assert "2 enabled configurations for 2025-01-14" in summary(width)

    other = replace(ROW, name="Other", days="2025-01-03 to 2025-01-09, 5 days")
    text = summary(width, "utf-8", ROW, other)

    assert "2 enabled configurations\n" in text
    assert ROW.days in text
    assert other.days in " ".join(text.split())


@pytest.mark.parametrize("width", WIDTHS)
def test_a_disabled_configuration_that_was_named_is_not_called_enabled(width: int) -> None:
    disabled = replace(ROW, name="Old", disabled=True)
    texts = summary(width, "utf-8", disabled), summary(width, "utf-8", ROW, disabled)
    one, two = (" ".join(text.split()) for text in texts)

    assert one.startswith("1 configuration (disabled, named by --only) for 2025-01-14 ")
    assert two.startswith("2 configurations (1 of them disabled, named by --only) for 2025-01-14 ")
    assert two.count("Old (disabled, named by --only)") == 1
    assert "enabled" not in one + two


def test_days_are_told_by_their_ends_and_their_number() -> None:
    assert days_text([date(2025, 1, day) for day in (3, 5, 9)]) == "2025-01-03 to 2025-01-09, 3 days"
    assert days_text([date(2025, 1, 3)]) == "2025-01-03"
    assert days_text([]) == "no day"


def test_files_are_told_with_what_was_not_counted_or_is_missing() -> None:
    assert files_text(FileCount(12)) == "12 files"
    assert files_text(FileCount(10, more=True)) == "10+ files"
    assert files_text(FileCount(0, missing=1)) == "missing"
    assert files_text(FileCount(0)) == "0 files"
    assert files_text(FileCount(0, folders=3, missing=2)) == "0 files, 2 of 3 folders missing"
