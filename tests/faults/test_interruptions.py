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
    """SIGINT, SIGTERM or SIGHUP comes twice in the middle of a multipart upload: exit 130 at once, the upload
    is aborted, state and ledger hold what had arrived, the lock is free, and the next run uploads the rest.
    """
    in_the_middle(scene)
    with scene.started("sync", "--target-date", DAY) as process:
        until_in_the_middle(scene, process)
        wait_for("the small file is in the bucket", lambda: scene.names() == {"small.txt"})
        process.send_signal(getattr(signal, name))
        time.sleep(0.3)
        process.send_signal(getattr(signal, name))
        assert process.wait(30) == 130

    assert scene.open_uploads() == []
    assert scene.ledger() == {"small.txt"}
    assert scene.status() == ("Failure", 1, 0)
    assert scene.result_of("Whole")["lastMessage"].startswith("interrupted after 1 uploaded")
    assert "Traceback" not in (scene.root / "output").read_text()
    assert scene.log().count("=== Interrupted") == 1
    page = scene.run("status").must(0).flat
    assert "The last run was interrupted at " in page
    assert "Result Interrupted: 0 of 1 configuration successful, 1 failed" in page
    scene.next_run_uploads("small.txt", "large.bin")


def test_F68_asked_once_running_uploads_get_ten_seconds_and_no_new_one_starts(scene: FaultScene) -> None:
    """Ctrl-C comes once, while the server is slow with one file, silent about a part of another and about the
    next page of a listing: the slow one is recorded, the other is aborted after ten seconds and
    leaves no unfinished upload, no new one starts, exit 130.
    """
    scene.write({f"{number:03d}.txt": "x" for number in range(300)})
    scene.write({"0-large.bin": os.urandom(LARGE_BYTES)})
    for name in ("zz1", "zz2"):
        scene.bucket.put(f"whole/{name}", "of somebody else")
    scene.set_up("--page-size=1", *PATIENT)
    scene.proxy.when("ListObjectsV2", after=1, do=stay_silent)
    scene.proxy.when("UploadPart", after=1, do=stay_silent)
    scene.proxy.when("PutObject", key="000.txt", do=answer_after(5))
    arrived = {f"{number:03d}.txt" for number in range(FIRST_SHARD_FILES - 1)}
    with scene.started("sync", "--target-date", DAY) as process:
        until_in_the_middle(scene, process)
        wait_for("the next page is awaited", lambda: scene.names() == arrived | {"zz1", "zz2"})
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130, (scene.root / "output").read_text()

    assert scene.names() == arrived | {"zz1", "zz2"}
    assert scene.ledger() == arrived
    assert scene.open_uploads() == []


class Late:
    """A request that the server carries out only at ``moment``; ``done`` is set when it has."""

    def __init__(self, scene: FaultScene, name: str) -> None:
        self.moment, self.done = threading.Event(), threading.Event()
        scene.proxy.when("PutObject", key=name, times=1, do=carry_out_late(self.moment, self.done))

    def carry_out(self) -> None:
        self.moment.set()
        assert self.done.wait(60)


def test_F69_late_requests_of_a_killed_run_do_no_harm(scene: FaultScene) -> None:
    """A run is killed with two uploads in flight, and both files are rewritten with the same size. The server
    carries out one request before the next run, so that the object's date is later than the file's, and the
    other one after the next run has uploaded that file again: both objects end as the files are now, exit 0,
    and a further run has nothing to do.
    """
    scene.write({"a.txt": "old", "early.txt": "old", "late.txt": "old"})
    scene.set_up()
    early, late = Late(scene, "early.txt"), Late(scene, "late.txt")
    with scene.started("sync", "--target-date", DAY) as process:
        wait_for("all three were sent", lambda: scene.proxy.count("PutObject") == 3)
        wait_for("one has arrived", lambda: scene.names() == {"a.txt"})
        process.kill()
        process.wait()
    scene.write({"early.txt": "new", "late.txt": "new"})
    time.sleep(1.1)  # S3's times are whole seconds
    early.carry_out()
    assert scene.bucket.download("whole/early.txt") == b"old"

    with scene.started("sync", "--target-date", DAY) as process:
        wait_for("the new one has arrived", lambda: "late.txt" in scene.names())
        late.carry_out()
        assert scene.bucket.download("whole/late.txt") == b"old"
        assert process.wait(60) == 0

    assert scene.bucket.download("whole/early.txt") == scene.bucket.download("whole/late.txt") == b"new"
    assert "a previous run was interrupted during uploads; re-checking the bucket" in scene.log()
    assert "1 object was overwritten by late uploads of that run; uploaded again" in scene.log()
    scene.proxy.behave()
    scene.sync().must(0)
    assert scene.proxy.count("PutObject") == 0
    assert scene.proxy.count("ListObjectsV2") == 1, "all is settled"
