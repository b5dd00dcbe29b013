"""Where a program is started from matters to no run: a removed folder, closed streams, readers that end."""

from __future__ import annotations

import json
import os
import shlex

import pytest

from tests.e2e.harness import DAY, Bucket, Result, Workspace, installed_command

pytestmark = pytest.mark.skipif(os.name == "nt", reason="a POSIX shell closes the streams")
CLOSED = (">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-", "| true", "2>/dev/full")
ANSWERS = {
    "sync --target-date 2025-01-15": 0,
    "sync --target-date 2025-01-15 --json": 0,
    "sync --target-date 2025-01-16 --json --quiet": 1,
    "status": 0,
    "status --json": 0,
    "status --gaps": 4,
    "status --gaps --json": 4,
    "history --json": 0,
    "validate --json": 0,
    "install --json": 0,
    "schema": 0,
    "strategies": 0,
    "completion bash": 0,
    "--help": 0,
    "--version": 0,
    "__complete bash 'mochok s'": 0,
    "sync --no-such-option": 2,
    "snyc": 2,
}
"""Command -> its exit code, whoever reads the answer."""


@pytest.fixture
def ready(workspace: Workspace, bucket: Bucket) -> Workspace:
    bucket.create()
    workspace.write({"a.txt": "a"}, f"data/{DAY}")
    workspace.configure(workspace.configuration(missing_source="fail"))
    return workspace


def shell(workspace: Workspace, script: str) -> Result:
    return workspace.run("-c", f"set -o pipefail; {script}", program=["bash"])


@pytest.mark.parametrize("streams", CLOSED)
def test_a_closed_stream_changes_no_exit_code(ready: Workspace, streams: str) -> None:
    ready.run("sync", "--from", "2025-01-14", "--to", "2025-01-15").must(1)
    codes = {}
    for command in ANSWERS:
        result = shell(ready, f"{installed_command()} {command} {streams}")
        assert "Traceback" not in result.output, result.output
        codes[command] = result.exit_code
    assert codes == ANSWERS


def test_what_a_run_opens_never_takes_the_place_of_a_closed_stream(ready: Workspace, bucket: Bucket) -> None:
    secret = "print the credentials"
    helper = ready.root / "helper"
    keys = {"Version": 1, "AccessKeyId": ready.server.access_key, "SecretAccessKey": ready.server.secret_key}
    helper.write_text(f"#!/bin/sh\necho {secret} >&2\necho '{json.dumps(keys)}'\n")
    helper.chmod(0o700)
    (ready.home / "aws-config").write_text(f"[profile helped]\ncredential_process = {helper}\n")
    ready.configure(ready.configuration(destination={"aws_profile": "helped"}))

    shell(ready, f"{installed_command()} sync --target-date {DAY} <&- >&- 2>&-").must(0)

    assert set(bucket.objects()) == {"2025/01/15/a.txt"}
    written = [
        path for path in ready.folder.rglob("*") if path.is_file() and secret.encode() in path.read_bytes()
    ]
    assert written == []
    ready.run("status").must(0)


def in_a_removed_folder(workspace: Workspace, *arguments: str) -> Result:
    gone = shlex.quote(str(workspace.root / "gone"))
    words = shlex.join([installed_command(), *arguments])
    return shell(workspace, f"mkdir {gone}; cd {gone}; rmdir {gone}; {words}")


@pytest.mark.parametrize("named", ["--config", "MOCHOK_CONFIG", "user"])
def test_a_run_needs_no_current_folder(ready: Workspace, bucket: Bucket, named: str) -> None:
    arguments = ["sync", "--target-date", DAY]
    if named == "--config":
        result = in_a_removed_folder(ready, *arguments, "--config", str(ready.config_path))
    elif named == "user":
        folder = ready.home / ".config" / "mochok"
        folder.mkdir(parents=True)
        (folder / "sync-config.yaml").write_bytes(ready.config_path.read_bytes())
        result = in_a_removed_folder(ready, *arguments)
    else:
        path = shlex.quote(str(ready.config_path))
        gone = shlex.quote(str(ready.root / "gone"))
        script = f"mkdir {gone}; cd {gone}; rmdir {gone}; MOCHOK_CONFIG={path} {installed_command()}"
        result = shell(ready, f"{script} {shlex.join(arguments)}")

    result.must(0)
    assert set(bucket.objects()) == {"2025/01/15/a.txt"}


COMMANDS = (
    "status",
    "status --gaps",
    "history",
    "validate",
    "install",
    "clear-logs",
    "explain Daily a.txt -d 2025-01-15",
)


@pytest.mark.parametrize("command", COMMANDS)
def test_no_command_needs_a_current_folder(ready: Workspace, command: str) -> None:
    ready.run("sync", "--from", DAY, "--to", DAY).must(0)
    here = ready.run(*command.split())

    gone = in_a_removed_folder(ready, *command.split(), "--config", str(ready.config_path))

    assert "current folder" not in gone.output
    assert gone.exit_code == here.exit_code, gone.output


@pytest.mark.parametrize(
    "command", ["sync", "sync --config relative.yaml", "install", "validate -c ./x.yaml"]
)
def test_what_needs_the_current_folder_says_that_it_is_gone(ready: Workspace, command: str) -> None:
    result = in_a_removed_folder(ready, *command.split()).must(2)

    assert "mochok: the current folder does not exist any more" in result.stderr
    assert "name the configuration file with its full path" in result.flat
