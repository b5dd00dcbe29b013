"""What goes wrong is said in plain words: on the terminal, in the log and in ``state.json``."""

from __future__ import annotations

import os
import socket

import pytest

from mochok.demo.server import free_ports
from tests.e2e.harness import DAY, Bucket, Workspace


def test_a_closed_port_fails_in_seconds_and_is_told_everywhere(workspace: Workspace) -> None:
    workspace.write({f"{number}.txt": "x" for number in range(20)}, f"data/{DAY}")
    endpoint = f"http://127.0.0.1:{free_ports(1)[0]}"
    workspace.configure(workspace.configuration(destination={"endpoint_url": endpoint}))

    result = workspace.sync().must(1)

    address = endpoint.removeprefix("http://")
    assert address in result.flat
    errors = [line for line in workspace.log().splitlines() if "[ERROR] [Daily]" in line]
    assert any(address in line for line in errors)
    state = workspace.result_of("Daily")
    assert state["lastStatus"] == "Failure"
    assert address in state["lastMessage"]
    assert state["consecutiveFailures"] == 1
    assert "AWS_" not in state["lastMessage"], "the engine's own error names are not for users"


def test_wrong_keys_fail_with_the_reason(workspace: Workspace, bucket: Bucket) -> None:
    bucket.create()
    workspace.write({"a": "a"}, f"data/{DAY}")
    workspace.configure(workspace.configuration())

    result = workspace.sync(env={"AWS_SECRET_ACCESS_KEY": "n0t-th3-k3y"}).must(3)

    assert workspace.result_of("Daily")["lastStatus"] == "Failure"
    assert "n0t-th3-k3y" not in workspace.log()
    message = result.flat.lower()
    assert any(word in message for word in ("credential", "access key", "refuse", "permi"))


def test_missing_credentials_are_a_missing_prerequisite(workspace: Workspace) -> None:
    workspace.write({"a": "a"}, f"data/{DAY}")
    workspace.configure(workspace.configuration())

    result = workspace.sync(env={"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}).must(3)

    assert "credentials" in result.flat.lower()


def test_a_profile_that_does_not_exist_is_named(workspace: Workspace) -> None:
    workspace.write({"a": "a"}, f"data/{DAY}")
    workspace.configure(workspace.configuration(destination={"aws_profile": "no-such-profile"}))

    result = workspace.sync().must(3)

    assert "no-such-profile" in result.flat


@pytest.mark.skipif(os.name == "nt", reason="special files of POSIX")
def test_special_files_do_not_stop_the_others(workspace: Workspace, bucket: Bucket) -> None:
    root = workspace.write({"a.txt": "a"})
    os.mkfifo(root / "pipe")
    (root / "dangling").symlink_to("nowhere")
    workspace.configure(workspace.whole_folder())

    result = workspace.sync().must(5)

    assert bucket.keys() == {"whole/a.txt"}
    assert "dangling" in result.output


@pytest.mark.skipif(os.name == "nt", reason="bytes as names are POSIX")
def test_a_name_that_is_not_utf8_is_left_out(workspace: Workspace, bucket: Bucket) -> None:
    root = workspace.write({"a.txt": "a"})
    with open(os.fsencode(root) + b"/caf\xe9.txt", "wb") as file:
        file.write(b"latin-1 name")
    workspace.configure(workspace.whole_folder())

    workspace.sync().must(5)

    assert bucket.keys() == {"whole/a.txt"}


def test_a_server_that_falls_silent_is_given_up_after_the_read_timeout(workspace: Workspace) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        endpoint = f"http://127.0.0.1:{silent.getsockname()[1]}"
        workspace.write({"a": "a"}, f"data/{DAY}")
        options = ["--cli-read-timeout=3", "--cli-connect-timeout=3"]
        configuration = workspace.configuration(destination={"endpoint_url": endpoint}, sync_options=options)
        workspace.configure(configuration)

        workspace.sync().must(1)

    assert workspace.result_of("Daily")["lastStatus"] == "Failure"
