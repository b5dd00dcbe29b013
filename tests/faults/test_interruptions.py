"""Ctrl-C, SIGTERM and closing the terminal: nothing half-done stays, and the next run goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import time

import pytest

from tests.e2e.harness import DAY
from tests.faults.scene import LARGE_BYTES, Scene, wait_for
from tests.support.faults import stay_silent

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
PATIENT = ("--cli-read-timeout=120",)


def in_the_middle(scene: Scene) -> None:
    """A large file whose parts get no answer after the first, and a small one that arrives."""
    scene.write({"large.bin": os.urandom(LARGE_BYTES), "small.txt": "s"})
    scene.set_up(*PATIENT)
    scene.proxy.when("UploadPart", after=1, do=stay_silent)


def until_in_the_middle(scene: Scene, process: subprocess.Popen[bytes]) -> None:
    wait_for(
        "the parts are under way", lambda: scene.proxy.count("UploadPart") >= 2 or process.poll() is not None
    )
    assert process.poll() is None, (scene.root / "output").read_text()


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_F68_asked_to_end_twice_it_ends_at_once_and_cleans_up(scene: Scene, name: str) -> None:
    """SIGINT, SIGTERM or SIGHUP comes twice in the middle of a multipart upload: exit 130 in seconds, the
    upload is aborted, state and ledger hold what had arrived, the lock is free.
    """
    in_the_middle(scene)
    with scene.started("sync", "--target-date", DAY) as process:
        until_in_the_middle(scene, process)
        wait_for("the small file is there", lambda: scene.names() == {"small.txt"})
        began = time.monotonic()
        process.send_signal(getattr(signal, name))
        time.sleep(0.3)
        process.send_signal(getattr(signal, name))
        assert process.wait(30) == 130
        assert time.monotonic() - began < 15

    assert scene.open_uploads() == []
    assert scene.ledger() == {"small.txt"}
    assert scene.status() == ("Failure", 1, 0)
    assert "interrupted" in scene.result_of("Whole")["lastMessage"]
    assert "Traceback" not in (scene.root / "output").read_text()
    assert any("=== Interrupted" in line for line in scene.log().splitlines())
    page = scene.run("status").must(0).flat
    assert "The last run was interrupted at " in page
    assert "Result Interrupted: 0 of 1 configuration successful, 1 failed" in page

    scene.proxy.behave()
    scene.sync().must(0)  # the lock is free, and what is missing goes up
    assert scene.names() == {"small.txt", "large.bin"}


def test_F68_asked_once_running_files_get_their_time_and_no_new_one_starts(scene: Scene) -> None:
    """Ctrl-C comes once while a large file is under way and its server is slow: the file gets ten seconds,
    then is given up; exit 130, no unfinished upload is left.
    """
    in_the_middle(scene)
    with scene.started("sync", "--target-date", DAY) as process:
        until_in_the_middle(scene, process)
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        assert process.wait(40) == 130
        seconds = time.monotonic() - began

    assert 9 < seconds < 30
    assert scene.open_uploads() == []
    assert scene.ledger() == scene.names() == {"small.txt"}
