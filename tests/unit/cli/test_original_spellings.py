"""The PowerShell original's command lines mean the same here."""

from __future__ import annotations

import pytest

from mochok.cli.app import run
from mochok.cli.original import modern
from tests.support.command_line import parse

OPTIONS = (
    "--target-date",
    "-d",
    "--catch-up",
    "--dry-run",
    "--json-output",
    "--only",
    "--config",
    "--help",
    "-h",
)


@pytest.mark.parametrize(
    ("original", "today"),
    [
        (["-TargetDate", "2025-01-15"], ["--target-date", "2025-01-15"]),
        (["-targetdate:2025-01-15"], ["--target-date", "2025-01-15"]),
        (["-JSONOUTPUT"], ["--json-output"]),
        (["--jsonoutput"], ["--json-output"]),
        (["-HELP"], ["--help"]),
        (["-?"], ["--help"]),
        (["--dryrun"], ["--dry-run"]),
        (["-Only:Daily: all", "-CatchUp", "4"], ["--only", "Daily: all", "--catch-up", "4"]),
        (["-Config:C:\\a b.yaml"], ["--config", "C:\\a b.yaml"]),
        (["-TargetDay"], ["--target-day"]),
        (["-d", "-3d", "-qv"], ["-d", "-3d", "-qv"]),
        (["A", "--", "-DryRun"], ["A", "--", "-DryRun"]),
    ],
)
def test_every_original_spelling_has_its_spelling_today(original: list[str], today: list[str]) -> None:
    assert modern(original, OPTIONS) == today


@pytest.mark.parametrize(
    ("original", "today"),
    [
        ("sync -TargetDate 2025-01-15", "sync --target-date 2025-01-15"),
        ("Sync -DryRun -Verbose -Quiet", "sync --dry-run --verbose --quiet"),
        ("sync -From:2025-01-01 -To:today", "sync --from 2025-01-01 --to today"),
        ("sync --dryrun --catch-up --json", "sync --dry-run --catch-up 30 --json"),
        ("sync --catch-up 7", "sync -CatchUp:7"),
        (
            "sync -LogJson x -LockWait 3 -AllowDeletes all -Jobs 4",
            "sync --log-json x --lock-wait 3 --allow-deletes all -j 4",
        ),
        ("status -OnlyLastExecution", "status --only-last-execution"),
        ("STATUS -calendar", "status --calendar 1"),
        ("status -Gaps:7 -Json", "status --gaps 7 --json-output"),
        ("status --Gaps", "status --gaps 30"),
        ("history -Limit 3 -Only A", "history --limit 3 --only A"),
        ("history show last -Json", "history show last --json"),
        ("install -AsScheduled -Probe", "doctor --as-scheduled --probe"),
        ("validate -Strict -Show", "validate --strict --show"),
        ("strategies -ShowExamples", "strategies --show-examples"),
        ("clear logs -KeepLastDays 30", "clear-logs --keep-last-days 30"),
        ("Clear Logs -KeepLastDays:30", "clear_logs --keep-last-days 30"),
        ("ClearLogs -All -RemoveDirectory", "clear-logs --all --remove-directory"),
        ("demo -Keep x -Days 3", "demo --keep x --days 3"),
    ],
)
def test_a_line_means_the_same_in_both_spellings(original: str, today: str) -> None:
    assert parse(original.split()) == parse(today.split())


def test_a_command_of_two_words_may_be_quoted_as_one() -> None:
    assert parse(["clear logs", "-All"]) == parse(["clear-logs", "--all"])


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
