"""Interrupted runs: only finished uploads are recorded, and the next run continues."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time

import pytest

from mochok.plan.planner import FIRST_SHARD_FILES
from tests.e2e.harness import DAY
from tests.faults.scene import LARGE_BYTES, FaultScene, wait_for
from tests.support.faults import answer_after, carry_out_late, stay_silent

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
PATIENT = ("--cli-read-timeout=120",)


def in_the_middle(scene: FaultScene) -> None:
    """A large file whose parts get no answer after the first, and a small one that arrives."""
    scene.write({"large.bin": os.urandom(LARGE_BYTES), "small.txt": "s"})
    scene.set_up(*PATIENT)
    scene.proxy.when("UploadPart", after=1, do=stay_silent)


def until_in_the_middle(scene: FaultScene, process: subprocess.Popen[bytes]) -> None:
    wait_for(
        "the parts are under way", lambda: scene.proxy.count("UploadPart") >= 2 or process.poll() is not None
    )
    assert process.poll() is None, (scene.root / "output").read_text()


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_F68_asked_to_end_twice_it_ends_at_once_and_cleans_up(scene: FaultScene, name: str) -> None:
    """SIGINT, SIGTERM or SIGHUP is sent twice during a multipart upload: exit 130 within seconds, the upload
    is aborted, state and ledger have the finished uploads, the lock is free.
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


def test_F68_asked_once_running_files_get_their_time_and_no_new_one_starts(scene: FaultScene) -> None:
    """Ctrl-C is pressed once during the upload of a large file to a slow server: the file gets 10 s, then its
    upload is aborted; exit 130, no unfinished upload remains.
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


def test_F68_files_under_way_get_their_time_while_a_listing_is_awaited_too(scene: FaultScene) -> None:
    """Ctrl-C is pressed while the server is slow to answer an upload and does not answer a listing: the
    upload in progress is finished and recorded, exit 130.
    """
    scene.write({f"{number:03d}.txt": "x" for number in range(300)})
    for name in ("zz1", "zz2"):
        scene.bucket.put(f"whole/{name}", "of somebody else")
    scene.set_up("--page-size=1", *PATIENT)
    scene.proxy.when("ListObjectsV2", after=1, do=stay_silent)
    scene.proxy.when("PutObject", key="000.txt", do=answer_after(5))
    with scene.started("sync", "--target-date", DAY) as process:
        wait_for("the next page is awaited", lambda: len(scene.names()) == FIRST_SHARD_FILES + 2)
        process.send_signal(signal.SIGINT)
        assert process.wait(40) == 130, (scene.root / "output").read_text()

    assert "000.txt" in scene.ledger()
    assert scene.ledger() == scene.names() - {"zz1", "zz2"}


def killed_while_sending(scene: FaultScene, moment: threading.Event, done: threading.Event) -> None:
    """``b.txt`` holds "old" and the request that sends it is carried out only at ``moment``; then the process
    is killed, and the file holds "new".
    """
    scene.write({"a.txt": "old", "b.txt": "old"})
    scene.set_up()
    scene.proxy.when("PutObject", key="b.txt", times=1, do=carry_out_late(moment, done))
    with scene.started("sync", "--target-date", DAY) as process:
        wait_for("the request is there", lambda: scene.proxy.count("PutObject", key="b.txt") == 1)
        wait_for("the other file is there", lambda: "a.txt" in scene.names())
        process.kill()
        process.wait()
    scene.write({"b.txt": "new"})


def check_that_the_new_one_is_there(scene: FaultScene) -> None:
    assert scene.bucket.download("whole/b.txt") == b"new"
    assert "a previous run was interrupted during uploads; re-checking the bucket" in scene.log()
    scene.proxy.behave()
    scene.sync().must(0)
    assert scene.proxy.count("PutObject") == 0
    assert scene.proxy.count("ListObjectsV2") == 1, "all is settled"


def test_F69_what_a_killed_run_had_under_way_does_not_overwrite_what_the_next_one_sends(
    scene: FaultScene,
) -> None:
    """A run is killed, its file changes, and the server executes the old request after the new one: the next
    run re-checks the bucket before it ends and uploads the file again, exit 0.
    """
    moment, done = threading.Event(), threading.Event()
    killed_while_sending(scene, moment, done)
    with scene.started("sync", "--target-date", DAY) as process:
        wait_for("the new one has arrived", lambda: "b.txt" in scene.names())
        moment.set()
        assert done.wait(60)
        assert scene.bucket.download("whole/b.txt") == b"old"
        assert process.wait(60) == 0

    assert "1 object was overwritten by late uploads of that run; uploaded again" in scene.log()
    check_that_the_new_one_is_there(scene)


def test_F69_what_arrives_after_the_kill_is_not_taken_for_newer_than_its_file(scene: FaultScene) -> None:
    """A run is killed, its file is rewritten with the same size, and then the server executes the old
    request, so that the object is newer than the file: the next run uploads the file, exit 0.
    """
    moment, done = threading.Event(), threading.Event()
    killed_while_sending(scene, moment, done)
    time.sleep(1.1)  # S3's times are whole seconds
    moment.set()
    assert done.wait(60)

    scene.sync().must(0)

    check_that_the_new_one_is_there(scene)
