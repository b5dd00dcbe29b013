"""``mochok demo``: the README's first line."""

from __future__ import annotations

import json
import re
import shlex
import signal
import socket
import subprocess
import sys

import pytest

from tests.e2e.harness import Workspace, installed_command

CONFIGURATIONS = ["Daily documents", "Website", "Application logs", "Database dumps"]


def test_the_demo_ends_with_success_and_equal_counts(workspace: Workspace) -> None:
    temporary = workspace.root / "temporary"
    temporary.mkdir()

    output = workspace.run("demo", env={"TMPDIR": str(temporary), "TEMP": str(temporary)}).must(0).stdout

    for name in CONFIGURATIONS:
        rows = re.findall(rf"\| {name} +\| Success +\| +(\d+) \| +(\d+) \| +[\d,]+ \| (.*?) +\|", output)
        assert len(rows) == 1, output
        files, objects, equal = rows[0]
        assert int(files) == int(objects) > 0
        assert equal.startswith("yes")
    assert "Failure" not in output
    assert list(temporary.iterdir()) == [], "server and folder are removed"
    assert not (workspace.home / ".aws").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="reads the commands as a POSIX shell does; SIGTERM")
def test_a_kept_demo_goes_on_with_the_printed_commands(workspace: Workspace) -> None:
    folder = workspace.root / "kept demo"
    output = workspace.run("demo", "--days", "2", "--keep", str(folder)).must(0).stdout
    commands = [shlex.split(line) for line in output.splitlines() if line.startswith("  ")]
    serve, sync = (next(words for words in commands if words[1:2] == [name]) for name in ("demo", "sync"))
    variables = dict(words[1].split("=", 1) for words in commands if words[0] == "export")
    without_keys = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}

    serving = subprocess.Popen(
        [installed_command(), *serve[1:]],
        env=workspace.environment({}),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert serving.stdout is not None
    with serving, serving.stdout:
        assert "http://127.0.0.1:" in serving.stdout.readline()
        workspace.run(*sync[1:], env=without_keys | variables).must(0)
        serving.send_signal(signal.SIGTERM)
        serving.wait(30)

    state = json.loads((folder / "state.json").read_text("utf-8"))
    assert {found["filesTransferred"] for found in state["configurationResults"].values()} == {0}
    port = json.loads((folder / "server" / "server.json").read_text("utf-8"))["port"]
    with socket.socket() as probe, pytest.raises(ConnectionRefusedError):
        probe.connect(("127.0.0.1", port))  # the server went with the command


def test_keep_refuses_a_folder_that_holds_something(workspace: Workspace) -> None:
    workspace.write({"precious.txt": "x"}, "mine")

    result = workspace.run("demo", "--keep", "mine").must(2)

    assert "mine is not an empty folder" in result.stderr
    assert (workspace.folder / "mine" / "precious.txt").read_text() == "x"


def test_serve_refuses_a_folder_without_a_demo(workspace: Workspace) -> None:
    result = workspace.run("demo", "--serve", "nothing").must(2)

    assert (
        result.stderr == "mochok: nothing is not a kept demonstration\n  hint: mochok demo --keep nothing\n"
    )
