"""The PowerShell original's command lines mean the same here."""

from __future__ import annotations

import pytest

from mochok.cli.app import run
from mochok.cli.original import modern


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
    ],
)
def test_every_original_spelling_has_its_spelling_today(original: list[str], today: list[str]) -> None:
    assert modern(original) == today


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
