"""One run for each state file at a time, and nothing that died can block."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from mochok.errors import EXIT_LOCKED, Interrupted, LockedError, StateError
from mochok.state.lock import RunLock, is_running, process_birth
from tests.unit.state.builders import START

HOLDER = """
import sys
from mochok.state.lock import RunLock
from tests.unit.state.builders import START
with RunLock(sys.argv[1], started=START):
    print("held", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def state_file(tmp_path: Path) -> Path:
    return tmp_path / "state.json"


@contextmanager
def another_run(state_file: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that holds the lock until its input ends or it is killed."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(state_file)],
        cwd=Path(__file__).parents[3],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_a_second_run_is_told_who_holds_the_lock_and_since_when(state_file: Path) -> None:
    with another_run(state_file) as holder:
        with pytest.raises(LockedError) as caught:
            RunLock(state_file, started=START).acquire()
        assert f"process {holder.pid} on {socket.gethostname()}, started 2025-01-15 02:30:00" in str(
            caught.value
        )
        assert "--lock-wait" in caught.value.hint
        assert caught.value.exit_code == EXIT_LOCKED


def test_two_locks_in_one_process_exclude_each_other(state_file: Path) -> None:
    with RunLock(state_file, started=START), pytest.raises(LockedError, match=f"process {os.getpid()}"):
        RunLock(state_file, started=START).acquire()
    with RunLock(state_file, started=START) as lock:
        assert lock.holder() is not None
    assert lock.holder() is None


def test_runs_with_different_state_files_do_not_meet(state_file: Path) -> None:
    with RunLock(state_file, started=START), RunLock(state_file.with_name("b.json"), started=START):
        assert sorted(path.name for path in state_file.parent.glob("*.lock")) == [
            "b.json.lock",
            "state.json.lock",
        ]


def test_a_run_waits_for_another_as_long_as_it_was_told(state_file: Path) -> None:
    with another_run(state_file) as holder:
        assert holder.stdin is not None
        with pytest.raises(LockedError):
            RunLock(state_file, started=START, wait_seconds=0.3).acquire()
        holder.stdin.close()
        with RunLock(state_file, started=START, wait_seconds=60):
            assert json.loads(Path(f"{state_file}.lock.json").read_text())["pid"] == os.getpid()


def test_a_run_that_waits_says_for_whom_and_ends_when_it_is_asked_to(state_file: Path) -> None:
    told: list[str] = []
    with another_run(state_file) as holder:
        waiting = RunLock(
            state_file, started=START, wait_seconds=3600, stopped=lambda: bool(told), warn=told.append
        )
        with pytest.raises(Interrupted):
            waiting.acquire()
        who = f"process {holder.pid} on {socket.gethostname()}, started 2025-01-15 02:30:00"
        assert told == [f"another run holds the lock: {who}; waiting up to 3600 seconds"]


def test_a_run_ends_when_it_is_asked_to_while_the_other_has_not_said_who_it_is(state_file: Path) -> None:
    slept: list[float] = []
    with RunLock(state_file, started=START) as held:
        held.holder_path.unlink()
        for wait_seconds in (0, 3600):
            waiting = RunLock(
                state_file, started=START, wait_seconds=wait_seconds, sleep=slept.append, stopped=lambda: True
            )
            with pytest.raises(Interrupted):
                waiting.acquire()
    assert slept == []


def test_looking_who_holds_the_lock_is_part_of_the_wait(state_file: Path) -> None:
    slept: list[float] = []
    told: list[str] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        time.sleep(seconds)

    with RunLock(state_file, started=START) as held:
        held.holder_path.unlink()
        waiting = RunLock(state_file, started=START, wait_seconds=0.2, sleep=sleep, warn=told.append)
        with pytest.raises(LockedError):
            waiting.acquire()
    assert len(slept) == 1
    assert told[0].endswith("an unknown process; waiting up to 0.2 seconds")


def test_a_lock_whose_process_was_killed_does_not_block(state_file: Path) -> None:
    with another_run(state_file) as holder:
        holder.send_signal(signal.SIGKILL if os.name == "posix" else signal.SIGTERM)
        holder.wait()
        assert Path(f"{state_file}.lock.json").exists()
        with RunLock(state_file, started=START):
            pass
    assert not Path(f"{state_file}.lock.json").exists()


@pytest.mark.parametrize(
    "note", ["", "{", "[]", '{"pid": "x"}', '{"pid": 1, "host": "", "birth": "long ago"}', "\0" * 50]
)
def test_whatever_a_dead_run_left_as_its_note_does_not_block(state_file: Path, note: str) -> None:
    Path(f"{state_file}.lock").touch()
    Path(f"{state_file}.lock.json").write_text(note)
    with RunLock(state_file, started=START):
        pass


@pytest.mark.skipif(not process_birth(os.getpid()), reason="this system does not tell when a process began")
def test_a_reused_pid_does_not_block_but_the_same_process_does_even_if_its_lock_was_deleted(
    state_file: Path,
) -> None:
    with another_run(state_file) as holder:
        Path(f"{state_file}.lock").unlink()
        with pytest.raises(LockedError, match=f"process {holder.pid} "):
            RunLock(state_file, started=START).acquire()
        note = Path(f"{state_file}.lock.json")
        note.write_text(json.dumps(json.loads(note.read_text()) | {"birth": "another boot:1"}))
        with RunLock(state_file, started=START):
            pass


def test_a_holder_that_has_not_said_who_it_is_is_waited_for_a_moment(state_file: Path) -> None:
    with RunLock(state_file, started=START):
        note = Path(f"{state_file}.lock.json")
        said = note.read_text()
        note.unlink()

        def says_it_now(_seconds: float) -> None:
            note.write_text(said)

        with pytest.raises(LockedError, match=f"process {os.getpid()} "):
            RunLock(state_file, started=START, sleep=says_it_now).acquire()
        note.unlink()
        with pytest.raises(LockedError, match="an unknown process"):
            RunLock(state_file, started=START, sleep=lambda _seconds: None).acquire()


def test_the_lock_s_folder_is_made(tmp_path: Path) -> None:
    with RunLock(tmp_path / "new" / "state.json", started=START):
        assert (tmp_path / "new" / "state.json.lock").exists()


def test_a_lock_file_that_cannot_be_used_is_an_error_that_names_it(state_file: Path) -> None:
    Path(f"{state_file}.lock").mkdir()
    with pytest.raises(StateError, match=r"state\.json\.lock"):
        RunLock(state_file, started=START).acquire()


def test_releasing_twice_is_fine(state_file: Path) -> None:
    lock = RunLock(state_file, started=START)
    lock.acquire()
    lock.release()
    lock.release()


@pytest.mark.skipif(os.name != "posix", reason="modes exist on POSIX only")
def test_two_users_may_take_turns_whatever_the_umask(state_file: Path) -> None:
    before = os.umask(0o077)
    try:
        with RunLock(state_file, started=START):
            assert stat.S_IMODE(Path(f"{state_file}.lock").stat().st_mode) == 0o666
    finally:
        os.umask(before)


# Takes a lock of its own first: what Python still imports then may be out of the other user's reach.
AS_NOBODY = """
import os, sys
from mochok.errors import LockedError
from mochok.state.lock import RunLock
from tests.unit.state.builders import START
with RunLock(sys.argv[1] + ".warm", started=START):
    str(RunLock(sys.argv[1], started=START).holder())
os.setgroups([]); os.setgid(65534); os.setuid(65534)
try:
    with RunLock(sys.argv[1], started=START):
        print("taken")
except LockedError as error:
    print(error)
"""


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="changing the user needs root")
def test_another_user_is_told_who_holds_the_lock_and_takes_it_afterwards(state_file: Path) -> None:
    folder = Path("/tmp") / f"mochok-lock-{os.getpid()}-{time.monotonic_ns()}"
    folder.mkdir()
    folder.chmod(0o777)
    shared = folder / "state.json"

    def as_nobody() -> str:
        command = [sys.executable, "-c", AS_NOBODY, str(shared)]
        return subprocess.run(
            command, cwd=Path(__file__).parents[3], stdout=subprocess.PIPE, text=True, check=True
        ).stdout

    try:
        with RunLock(shared, started=START):
            assert f"process {os.getpid()} " in as_nobody()
        assert as_nobody() == "taken\n"
        with RunLock(shared, started=START):
            pass
    finally:
        for leftover in folder.iterdir():
            leftover.unlink()
        folder.rmdir()


def test_a_run_that_enters_itself_a_second_after_taking_the_lock_is_seen_at_work(state_file: Path) -> None:
    if not process_birth(os.getpid()):
        pytest.skip("this system does not tell when a process began")
    with RunLock(state_file, started=START):
        assert is_running(state_file, START) is True
        assert is_running(state_file, START + timedelta(seconds=1, milliseconds=700)) is True
        assert is_running(state_file, START - timedelta(seconds=1)) is False, (
            "an earlier one, which was killed"
        )
    assert is_running(state_file, START) is False
