"""Every command of the installed program, in its new and its original spelling."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

import mochok
from mochok.cli.commands import EXIT_CODES
from mochok.demo.server import S3Server
from tests.e2e.harness import DAY, Bucket, Workspace, unique_bucket_name

COMMANDS = ["sync", "status", "strategies", "install", "clear-logs", "demo"]
OLD_SECONDS = 40 * 86_400


@pytest.fixture(scope="module")
def one_run(tmp_path_factory: pytest.TempPathFactory, server: S3Server) -> Iterator[Workspace]:
    """A workspace with one finished run; tests get a copy of it."""
    with closing(Bucket(server, unique_bucket_name())) as bucket:
        workspace = Workspace(tmp_path_factory.mktemp("one-run"), server, bucket)
        workspace.write({"a.txt": "a", "b.txt": "bb"}, f"data/{DAY}")
        workspace.configure(workspace.configuration())
        workspace.sync().must(0)
        yield workspace


@pytest.fixture
def ran(one_run: Workspace, tmp_path: Path) -> Workspace:
    """A workspace with one finished run, of this test's own."""
    return one_run.copy_to(tmp_path)


def test_the_version_is_printed(workspace: Workspace) -> None:
    assert workspace.run("--version").must(0).stdout == f"mochok {mochok.__version__}\n"


@pytest.mark.parametrize("arguments", [["help"], ["--help"]])
def test_help_names_every_command_and_the_exit_codes(workspace: Workspace, arguments: list[str]) -> None:
    output = workspace.run(*arguments).must(0).stdout

    assert [name for name in COMMANDS if f"\n  {name} " not in output] == []
    assert re.findall(r"^ {2,4}(\d+)  \S", output, re.MULTILINE) == [str(code) for code in EXIT_CODES]


def test_an_unknown_command_is_bad_usage(workspace: Workspace) -> None:
    result = workspace.run("snyc").must(2)

    assert result.stderr == "mochok: there is no command 'snyc'\n  hint: did you mean mochok sync?\n"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(workspace: Workspace, command: str) -> None:
    output = workspace.run(command, "--help").must(0).stdout

    assert output.startswith(f"Usage: mochok {command} [OPTIONS]")
    assert "\nExamples:\n" in output


def test_status_shows_the_last_run(ran: Workspace) -> None:
    output = ran.run("status").must(0).flat

    assert "Result Success: 1 of 1 configuration successful, 0 failed" in output
    assert f"Target date {DAY}" in output
    assert f"s3://{ran.bucket.name}/2025/01/15" in output


@pytest.mark.parametrize("flag", ["--only-last-execution", "-OnlyLastExecution"])
def test_status_of_the_last_execution_only(ran: Workspace, flag: str) -> None:
    short, whole = ran.run("status", flag).must(0).stdout, ran.run("status").must(0).stdout

    assert short.startswith("Last execution\n")
    assert whole.startswith(short)
    assert ("Statistics" in short, "Statistics" in whole) == (False, True)


@pytest.mark.parametrize("flag", ["--json-output", "-JsonOutput"])
def test_status_as_json_goes_to_stdout_alone(ran: Workspace, flag: str) -> None:
    answer = json.loads(ran.run("status", flag).must(0).stdout)

    assert answer["lastExecution"]["success"] is True
    assert [(one["name"], one["lastStatus"]) for one in answer["configurations"]] == [("Daily", "Success")]


def test_the_original_spelling_of_the_target_date(workspace: Workspace, bucket: Bucket) -> None:
    workspace.write({"a": "a"}, f"data/{DAY}")
    workspace.configure(workspace.configuration())

    workspace.run("sync", "-TargetDate", DAY).must(0)

    assert bucket.keys() == {"2025/01/15/a"}


def test_sync_as_json_goes_to_stdout_alone(workspace: Workspace) -> None:
    workspace.write({"a": "a"}, f"data/{DAY}")
    workspace.configure(workspace.configuration())

    answer = json.loads(workspace.sync("--json").must(0).stdout)

    assert (answer["schema"], answer["exit_code"]) == ("mochok.sync/1", 0)
    assert [(one["name"], one["status"]) for one in answer["results"]] == [("Daily", "Success")]


def test_strategies_are_listed(workspace: Workspace) -> None:
    output = workspace.run("strategies").must(0).stdout

    names = re.findall(r"^(\w+)$", output, re.MULTILINE)
    assert names == ["DateFolder", "FullDirectory", "DateRange", "CustomPattern"]


@pytest.mark.parametrize("flag", ["--show-examples", "-ShowExamples"])
def test_strategies_show_examples(workspace: Workspace, flag: str) -> None:
    output = workspace.run("strategies", flag).must(0).stdout

    assert "sync_strategy:" in output
    assert len(output) > len(workspace.run("strategies").must(0).stdout)


def _old_log(workspace: Workspace) -> str:
    path = workspace.folder / "log" / "sync_2020-01.log"
    path.parent.mkdir(exist_ok=True)
    path.write_text("[2020-01-01 00:00:00] [INFO] old\n", "utf-8")
    old = time.time() - OLD_SECONDS
    os.utime(path, (old, old))
    return str(path)


@pytest.mark.parametrize("command", ["clear-logs", "clear logs"])
def test_clear_logs_follows_the_retention_policy(ran: Workspace, command: str) -> None:
    old = _old_log(ran)

    ran.run(command).must(0)

    assert not os.path.exists(old)
    assert ran.log()


@pytest.mark.parametrize("flag", ["--keep-last-days", "-KeepLastDays"])
def test_clear_logs_keeps_the_last_days(ran: Workspace, flag: str) -> None:
    old = _old_log(ran)

    ran.run("clear-logs", flag, "30").must(0)

    assert not os.path.exists(old)
    assert ran.log()


@pytest.mark.parametrize("flag", ["--remove-directory", "-RemoveDirectory"])
def test_clear_logs_can_remove_everything(ran: Workspace, flag: str) -> None:
    ran.run("clear-logs", "--all", flag).must(0)

    assert not (ran.folder / "log").exists()


def test_clear_logs_never_touches_foreign_files(ran: Workspace) -> None:
    note = ran.folder / "log" / "note.txt"
    note.write_text("mine")

    ran.run("clear-logs", "--all", "--remove-directory").must(0)

    assert [path.name for path in note.parent.iterdir()] == ["note.txt"]
    assert note.read_text() == "mine"


def test_output_has_no_colours_away_from_a_terminal(ran: Workspace) -> None:
    assert "\x1b[" not in ran.sync().must(0).output
    assert "\x1b[" not in ran.run("status").must(0).output
