"""A run as somebody at a terminal sees it: in a real pseudo-terminal, with real keys."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable

import pytest

from tests.e2e.harness import DAY, Bucket, Workspace, installed_command

pty = pytest.importorskip("pty", reason="this system has no pseudo-terminals")
PATIENCE_SECONDS = 60
# What starts with the terminal as its own gets the signal when Ctrl-C is pressed in it.
TAKE_THE_TERMINAL = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.argv[1], sys.argv[1:])
"""
ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Terminal:
    """A command in a pseudo-terminal of 80 columns; ``text`` is all that it wrote so far, codes included."""

    def __init__(self, workspace: Workspace, *arguments: str, **environment: str) -> None:
        self.text = ""
        self._ours, theirs = pty.openpty()
        set_size(theirs)
        env = workspace.environment({"TERM": "xterm-256color", **environment})
        env.pop("COLUMNS")
        self._process = subprocess.Popen(
            [sys.executable, "-c", TAKE_THE_TERMINAL, installed_command(), *arguments],
            cwd=workspace.folder,
            env=env,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)

    def press(self, keys: str) -> None:
        os.write(self._ours, keys.encode())

    def read_until(self, enough: Callable[[str], bool]) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not enough(self.text):
            assert time.monotonic() < deadline, self.text
            try:
                self.text += os.read(self._ours, 65536).decode("utf-8", "replace")
            except OSError:  # Linux: the last program has closed the terminal
                return

    def end(self) -> int:
        """Read to the end; the exit code."""
        self.read_until(lambda _text: False)
        os.close(self._ours)
        return self._process.wait(PATIENCE_SECONDS)

    @property
    def words(self) -> str:
        return re.sub(r"\s+", " ", ESCAPE.sub("", self.text))


def set_size(descriptor: int, columns: int = 80, lines: int = 24) -> None:
    import fcntl  # where there are pseudo-terminals, there is this
    import struct
    import termios

    fcntl.ioctl(descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))


def test_a_parallel_run_draws_its_progress_and_gives_the_terminal_back(
    workspace: Workspace, bucket: Bucket
) -> None:
    names = ("One", "Two", "Three", "Four")
    for name in names:
        workspace.write({f"{number:03d}.txt": "x" * 1000 for number in range(50)}, f"{name}")
    workspace.configure(
        *(workspace.whole_folder(name, name, local_base_path=str(workspace.folder / name)) for name in names)
    )

    terminal = Terminal(workspace, "sync", "--target-date", DAY, "--jobs", "4")

    assert terminal.end() == 0, terminal.text
    assert len(bucket.keys()) == 200
    assert terminal.text.rindex("\x1b[?25h") > terminal.text.rindex("\x1b[?25l"), "the cursor is back"
    assert "Total, " in terminal.words
    assert "Uploaded 200 files (200.0 kB)" in terminal.words
    assert "All 4 configurations are complete in S3." in terminal.words
    assert terminal.words.count("did not exist and was created") == 1, "one of them made the bucket"


def test_ctrl_c_is_answered_at_once_and_ends_the_run_in_order(workspace: Workspace) -> None:
    workspace.write({"a.txt": "a"}, f"data/{DAY}")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        endpoint = f"http://127.0.0.1:{silent.getsockname()[1]}"
        workspace.configure(workspace.configuration(destination={"endpoint_url": endpoint}))
        terminal = Terminal(workspace, "sync", "--target-date", DAY, NO_COLOR="1")
        terminal.read_until(lambda text: "elapsed" in text)

        waiting = Terminal(workspace, "sync", "--target-date", DAY, "--lock-wait", "3600")
        waiting.read_until(lambda text: "3600 seconds" in text)
        waiting.press("\x03")
        assert waiting.end() == 130
        assert "interrupted while waiting for another run" in waiting.words

        terminal.press("\x03")
        assert terminal.end() == 130

    assert "Interrupted: what has arrived stays in S3" in terminal.words
    assert not re.search(r"\x1b\[[0-9;]*3[0-7]m", terminal.text), "no colour was wanted"
    assert workspace.result_of("Daily")["lastMessage"].startswith("interrupted")


def test_a_large_file_moves_while_it_is_sent(workspace: Workspace) -> None:
    size_bytes = 12_000_000
    workspace.write({"dump.sql": bytes(size_bytes)}, f"data/{DAY}")
    workspace.configure(workspace.configuration(), bandwidth_limit="4MB/s")

    terminal = Terminal(workspace, "sync", "--target-date", DAY, "--log-json", "events.jsonl")

    assert terminal.end() == 0, terminal.text
    shown = [float(size) for size in re.findall(r"0/1 file +(\d+\.\d)/12\.0 MB", terminal.words)]
    assert len(set(shown)) > 3, "the file moves"
    assert shown == sorted(shown)
    assert "MB/s" in terminal.words
    assert "s left" in terminal.words
    events = map(json.loads, (workspace.folder / "events.jsonl").read_text().splitlines())
    progress = [event for event in events if event["event"] == "progress"]
    assert len({event["arrived_bytes"] for event in progress}) > 3
    assert all(event["arrived_bytes"] + event["tally"]["bytes_uploaded"] <= size_bytes for event in progress)
    assert progress[-1]["current_key"] == "dump.sql"
    assert workspace.state()["lastExecution"]["bytesTransferred"] == size_bytes
