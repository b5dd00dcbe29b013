"""A run that never starts leaves a trace where an admin looks: the log, state.json, history, the JSON log."""

from __future__ import annotations

import json
import os
import re
import subprocess
from contextlib import suppress

import pytest
from filelock import FileLock

from tests.e2e.harness import COMMAND_TIMEOUT_SECONDS, DAY, Workspace, installed_command

MISSPELT = "log_directory: 'logs'\n  parallel_configuration: 2"
BROKEN = "log_directory: logs   # a comment\n  timezone: 'Europe/Madrid'\n  state_file: 'state.json"


def configure_wrongly(workspace: Workspace, global_lines: str) -> None:
    text = workspace.configure(workspace.whole_folder(), log_directory="logs").read_text()
    body = text[text.index("sync_configurations") :] if "\nsync_configurations" in text else text
    workspace.configure_text(f"global:\n  {global_lines}\n{body}")


def log_of(workspace: Workspace) -> str:
    [path] = (workspace.folder / "logs").glob("sync_*.log")
    return path.read_text("utf-8")


@pytest.mark.parametrize("mistake", [MISSPELT, BROKEN], ids=["a misspelt key", "no YAML at all"])
def test_a_broken_configuration_is_in_the_log_and_in_the_history(workspace: Workspace, mistake: str) -> None:
    workspace.write({"a.txt": "a"})
    workspace.configure(workspace.whole_folder(), log_directory="logs")
    workspace.run("sync", "--target-date", DAY).must(0)
    before = workspace.state()["statistics"]

    configure_wrongly(workspace, mistake)
    result = workspace.run("sync", "--quiet", "--log-json", "events.jsonl").must(2)

    first = result.stderr.splitlines()[0]
    lines = log_of(workspace).splitlines()
    refused = [line for line in lines if "[ERROR] No run: " in line]
    assert refused[0].partition("No run: ")[2] == first
    assert re.search(r"What to do: correct the file; mochok validate --config \S+ shows", lines[-1])
    events = [json.loads(line) for line in (workspace.folder / "events.jsonl").read_text().splitlines()]
    assert [(event["event"], event["exit_code"]) for event in events] == [("run_refused", 2)]
    execution, statistics = workspace.state()["lastExecution"], workspace.state()["statistics"]
    assert (execution["success"], execution["totalConfigurations"]) == (False, 0)
    assert statistics["totalExecutions"] == before["totalExecutions"] + 1
    assert statistics["consecutiveFailures"] == 1
    assert workspace.result_of("Whole")["lastStatus"] == "Success"

    workspace.configure(workspace.whole_folder(), log_directory="logs")
    assert "not started" in workspace.run("history").must(0).stdout
    assert "the run did not start" in workspace.run("status").must(0).flat


def test_a_wrong_command_line_is_in_the_log(workspace: Workspace) -> None:
    workspace.configure(workspace.whole_folder(), log_directory="logs")
    result = workspace.run("sync", "--only", "Whloe").must(2)
    assert "no configuration named 'Whloe'" in result.stderr
    assert "[ERROR] No run: there is no configuration named 'Whloe'" in log_of(workspace)
    assert not (workspace.folder / "state.json").exists()


def test_a_dry_run_and_a_missing_file_leave_no_trace(workspace: Workspace) -> None:
    configure_wrongly(workspace, MISSPELT)
    workspace.run("sync", "--dry-run").must(2)
    workspace.run("sync", "--config", "nowhere.yaml").must(2)
    assert not (workspace.folder / "logs").exists()
    assert not (workspace.folder / "log").exists()


@pytest.mark.skipif(os.name == "nt", reason="pipes of POSIX")
def test_a_console_that_hangs_changes_neither_the_message_nor_the_exit_code(workspace: Workspace) -> None:
    workspace.configure(workspace.configuration())
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    with suppress(BlockingIOError):
        while True:
            os.write(writer, b"x")  # until nothing fits
    os.set_blocking(writer, True)
    try:
        with FileLock(workspace.folder / "state.json.lock"):
            done = subprocess.run(
                [installed_command(), "sync", "--lock-wait", "1"],
                cwd=workspace.folder, env=workspace.environment({}), stdout=writer, stderr=subprocess.PIPE,
                timeout=COMMAND_TIMEOUT_SECONDS, check=False,
            )  # fmt: skip
    finally:
        os.close(writer)
        os.close(reader)
    first, second, *_hint = done.stderr.decode().splitlines()
    assert done.returncode == 75
    assert first == "mochok: the console failed and gets no more events: no progress for 10 s"
    assert second.startswith("mochok: another run holds the lock of ")
    assert "[WARNING] No run: another run holds the lock of " in workspace.log()
