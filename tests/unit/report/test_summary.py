"""The list of enabled configurations before a run."""

from __future__ import annotations

import os
from dataclasses import astuple, replace
from pathlib import Path

import pytest
from rich.cells import cell_len

from mochok.report.screen import Screen
from mochok.report.summary import SummaryRow, count_files, files_text, render_summary
from tests.unit.report.runs import LONG_NAME, WIDTHS, Output, console

ROW = SummaryRow(
    name="Daily",
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

    assert [fact for fact in astuple(ROW) if fact not in text] == []
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
    console(output).show_summary([ROW])
    console(quiet, quiet=True).show_summary([ROW])

    assert "Daily" in output.text
    assert quiet.text == ""


def test_files_are_counted_up_to_a_limit(tmp_path: Path) -> None:
    for number in range(12):
        folder = tmp_path / f"{number % 3}"
        folder.mkdir(exist_ok=True)
        (folder / f"{number}.txt").touch()

    assert count_files(tmp_path) == (12, False)
    assert count_files(tmp_path, 12) == (12, False)
    assert count_files(tmp_path, 11) == (11, True)
    assert files_text(tmp_path) == "12 files"
    assert files_text(tmp_path, 10) == "10+ files"
    assert files_text(tmp_path, stopped=lambda: True) in ("0+ files", "1+ files"), "Ctrl-C ends the counting"


def test_a_folder_that_is_not_there_is_missing(tmp_path: Path) -> None:
    assert files_text(tmp_path / "no") == "missing"
    assert count_files(tmp_path / "no") == (0, False)
    assert files_text(tmp_path) == "0 files"


def test_a_tree_of_empty_folders_does_not_take_for_ever(tmp_path: Path) -> None:
    for number in range(20):
        (tmp_path / f"{number}").mkdir()

    assert count_files(tmp_path, 10) == (0, True)


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege there")
def test_links_are_followed_and_a_loop_is_walked_once(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "a.txt").touch()
    (tmp_path / "b.txt").symlink_to(tmp_path / "real" / "a.txt")
    (tmp_path / "real" / "loop").symlink_to(tmp_path)
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")

    assert count_files(tmp_path) == (2, False)
