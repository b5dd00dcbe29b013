"""The PowerShell original's command lines mean the same here."""

from __future__ import annotations

from typing import Any

import pytest
import typer

from mochok.cli.app import app, run
from mochok.cli.original import COMMANDS, OPTIONS, modern


@pytest.mark.parametrize(
    ("original", "today"),
    [
        (["sync", "-TargetDate", "2025-01-15"], ["sync", "--target-date", "2025-01-15"]),
        (["sync", "-targetdate:2025-01-15"], ["sync", "--target-date", "2025-01-15"]),
        (["status", "-OnlyLastExecution"], ["status", "--only-last-execution"]),
        (["status", "-JSONOUTPUT"], ["status", "--json-output"]),
        (["strategies", "-ShowExamples"], ["strategies", "--show-examples"]),
        (["clear logs", "-RemoveDirectory"], ["clear-logs", "--remove-directory"]),
        (["clear", "logs", "-KeepLastDays", "30"], ["clear-logs", "--keep-last-days", "30"]),
        (["Clear", "Logs", "-KeepLastDays:30"], ["clear-logs", "--keep-last-days", "30"]),
        (["sync", "--catch-up"], ["sync", "--catch-up", "30"]),
        (["sync", "--catch-up", "7"], ["sync", "--catch-up", "7"]),
        (["install"], ["install"]),
        (["-Version"], ["--version"]),
        (["-HELP"], ["--help"]),
        (["-?"], ["--help"]),
        (["Sync", "-Help"], ["sync", "--help"]),
        (["sync", "-DryRun", "-Verbose", "-Quiet"], ["sync", "--dry-run", "--verbose", "--quiet"]),
        (["sync", "-Only:Daily: all", "-Jobs", "4"], ["sync", "--only", "Daily: all", "--jobs", "4"]),
        (["sync", "-Config:C:\\a b.yaml"], ["sync", "--config", "C:\\a b.yaml"]),
        (["STATUS", "-calendar"], ["status", "--calendar", "1"]),
        (["status", "-Gaps:7", "-Json"], ["status", "--gaps", "7", "--json"]),
        (["status", "--Gaps"], ["status", "--gaps", "30"]),
        (["sync", "-TargetDay"], ["sync", "--target-day"]),
        (["sync", "-d", "-3d", "-qv"], ["sync", "-d", "-3d", "-qv"]),
        (["explain", "A", "--", "-Version"], ["explain", "A", "--", "-Version"]),
    ],
)
def test_every_original_spelling_has_its_spelling_today(original: list[str], today: list[str]) -> None:
    assert modern(original) == today


def test_every_option_and_command_can_be_spelt_as_powershell_would() -> None:
    root: Any = typer.main.get_command(app)
    found: set[str] = {"--help"}
    groups = [root]
    for group in groups:
        for command in (group, *group.commands.values()):
            found |= {name for each in command.params for name in each.opts if name.startswith("--")}
            groups += [command] if command is not group and hasattr(command, "commands") else []

    assert set(OPTIONS) == found
    assert set(COMMANDS) == set(root.commands)


@pytest.mark.parametrize("words", [["help"], ["--help"], ["-h"]])
def test_help_names_every_command_and_every_exit_code(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(words) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]

    first_words = [line[0] for line in lines if line]
    for word in ("sync", "status", "history", "install", "validate", "explain", "schema", "strategies"):
        assert word in first_words
    for code in ("0", "1", "2", "3", "4", "5", "75", "130"):
        assert code in first_words


def test_help_in_words_is_complete_sentences_without_ellipsis(capsys: pytest.CaptureFixture[str]) -> None:
    run(["help"])

    assert "..." not in capsys.readouterr().out.partition("Commands:")[2]


@pytest.mark.parametrize("words", [["help", "clear-logs"], ["help", "clear", "logs"], ["help", "clear logs"]])
def test_help_on_one_command(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(words) == 0

    assert "--keep-last-days" in capsys.readouterr().out


def test_no_words_at_all_show_the_help_but_are_bad_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([]) == 2

    captured = capsys.readouterr()
    assert "clear-logs" in captured.out + captured.err


def test_a_misspelt_command_gets_a_suggestion(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["snyc"]) == 2

    assert "sync" in capsys.readouterr().err
