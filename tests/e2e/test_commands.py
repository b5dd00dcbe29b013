"""Every command of the installed program, in its new and its original spelling."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

import mochok
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


def test_version_is_told(workspace: Workspace) -> None:
    assert mochok.__version__ in workspace.run("--version").must(0).stdout


@pytest.mark.parametrize("arguments", [["help"], ["--help"]])
def test_help_names_every_command_and_the_exit_codes(workspace: Workspace, arguments: list[str]) -> None:
    output = workspace.run(*arguments).must(0).stdout

    assert [name for name in COMMANDS if name not in output] == []
    assert "75" in output


def test_an_unknown_command_is_bad_usage(workspace: Workspace) -> None:
    assert "snyc" in workspace.run("snyc").must(2).output


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(workspace: Workspace, command: str) -> None:
    assert "Usage" in workspace.run(command, "--help").must(0).stdout


def test_status_before_any_run_says_so(workspace: Workspace) -> None:
    workspace.configure(workspace.configuration())

    assert workspace.run("status").must(0).stdout.strip()


def test_status_shows_the_last_run(ran: Workspace) -> None:
    output = ran.run("status").must(0).stdout

    for word in ("Daily", "Success", DAY, ran.bucket.name):
        assert word in output


@pytest.mark.parametrize("flag", ["--only-last-execution", "-OnlyLastExecution"])
def test_status_of_the_last_execution_only(ran: Workspace, flag: str) -> None:
    short = ran.run("status", flag).must(0).stdout

    assert DAY in short
    assert len(short) < len(ran.run("status").must(0).stdout)


@pytest.mark.parametrize("flag", ["--json-output", "-JsonOutput"])
def test_status_as_json_goes_to_stdout_alone(ran: Workspace, flag: str) -> None:
    answer = json.loads(ran.run("status", flag).must(0).stdout)

    assert "Success" in json.dumps(answer)
    assert "Daily" in json.dumps(answer)


def test_the_original_spelling_of_the_target_date(workspace: Workspace, bucket: Bucket) -> None:
    workspace.write({"a": "a"}, f"data/{DAY}")
    workspace.configure(workspace.configuration())

    workspace.run("sync", "-TargetDate", DAY).must(0)

    assert bucket.keys() == {"2025/01/15/a"}


def test_sync_as_json_goes_to_stdout_alone(workspace: Workspace) -> None:
    workspace.write({"a": "a"}, f"data/{DAY}")
    workspace.configure(workspace.configuration())

    answer = json.loads(workspace.sync("--json").must(0).stdout)

    assert "Daily" in json.dumps(answer)


def test_strategies_are_listed(workspace: Workspace) -> None:
    output = workspace.run("strategies").must(0).stdout

    for name in ("DateFolder", "FullDirectory", "DateRange", "CustomPattern"):
        assert name in output


@pytest.mark.parametrize("flag", ["--show-examples", "-ShowExamples"])
def test_strategies_show_examples(workspace: Workspace, flag: str) -> None:
    output = workspace.run("strategies", flag).must(0).stdout

    assert "sync_strategy:" in output
    assert len(output) > len(workspace.run("strategies").must(0).stdout)


def test_install_writes_a_configuration_that_is_valid(workspace: Workspace) -> None:
    workspace.run("install")
    written = workspace.config_path.read_text("utf-8")

    assert "sync_configurations:" in written
    assert "#" in written
    workspace.run("install")
    assert workspace.config_path.read_text("utf-8") == written


def test_install_with_a_configuration_checks_what_a_run_needs(ran: Workspace) -> None:
    before = ran.config_path.read_text("utf-8")

    ran.run("install").must(0)

    assert ran.config_path.read_text("utf-8") == before


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

    ran.run("clear-logs", "--all", "--remove-directory")

    assert note.read_text() == "mine"


def test_output_has_no_colours_away_from_a_terminal(ran: Workspace) -> None:
    assert "\x1b[" not in ran.sync().must(0).output
    assert "\x1b[" not in ran.run("status").must(0).output
