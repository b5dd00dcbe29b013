"""Ten minutes of work and mishaps; run with ``pytest -m soak``.

``MOCHOK_SOAK_SECONDS`` sets another duration, ``MOCHOK_SOAK_SEED`` repeats a run: the seed is printed at the
beginning. Moments of kills depend on the machine, so a repetition is like the first run, not equal to it.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.e2e.harness import DAY
from tests.faults.scene import IMPATIENT, FaultScene, wait_for
from tests.soak.mischief import plan_faults
from tests.soak.tree import ChangingTree

pytestmark = [
    pytest.mark.soak,
    pytest.mark.timeout(0),
    pytest.mark.skipif(os.name == "nt", reason="kill -9 and /proc"),
]
SECONDS = float(os.environ.get("MOCHOK_SOAK_SECONDS", "600"))
ROUND_SECONDS = 600
"""Uploads that get no answer, while the server answers everything else, take the engine some minutes."""
EXPECTED_EXITS = {0, 1, 3, 5, 130, -signal.SIGKILL}
MANY_FILES = 200_000
MANY_FILES_MOST_MIB = 200


@dataclass(slots=True)
class Diary:
    """What happened so far; printed when it matters."""

    seed: int
    lines: list[str] = field(default_factory=list)
    exits: dict[int, int] = field(default_factory=dict)

    def note(self, text: str) -> None:
        self.lines.append(text)

    def __str__(self) -> str:
        last = "\n".join(self.lines[-40:])
        return f"MOCHOK_SOAK_SEED={self.seed}, {len(self.lines)} lines, exits {self.exits}\n{last}"


def test_a_tree_that_changes_all_the_time_is_whole_in_the_bucket_after_all_mishaps(scene: FaultScene) -> None:
    """A tree changes (new, changed, deleted, renamed, touched, restored files, folders that go) and is
    synchronised again and again through random faults and kills: no run loses an object whose file exists,
    and one run without faults at the end makes bucket and tree equal, byte by byte.
    """
    seed = int(os.environ.get("MOCHOK_SOAK_SEED") or random.SystemRandom().randrange(2**32))
    diary, dice = Diary(seed), random.Random(seed)
    print(f"\nMOCHOK_SOAK_SEED={seed} MOCHOK_SOAK_SECONDS={SECONDS:g}")
    tree = ChangingTree(scene.folder / "data", dice)
    guard = {"max_percent": 100, "max_objects": 100_000}
    scene.set_up("--delete", "--page-size=7", *IMPATIENT, delete_guard=guard)

    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        before = scene.names() & set(tree.files())
        tree.change()
        kept = before & set(tree.files())
        scene.proxy.behave()
        diary.note(f"faults: {plan_faults(scene.proxy, dice)}")
        run_once(scene, dice, diary)
        lost = kept - scene.names()
        assert not lost, f"objects deleted whose files exist: {sorted(lost)}\n{diary}"

    scene.proxy.behave()
    scene.sync().must(0)
    compare(scene, tree, diary)
    scene.proxy.behave()
    scene.sync().must(0)
    assert scene.proxy.count("PutObject", "CreateMultipartUpload", "DeleteObjects") == 0, str(diary)
    print(f"{sum(diary.exits.values())} runs, exits {diary.exits}, {len(tree.files())} files at the end")
    assert sum(diary.exits.values()) >= min(3, SECONDS / 10), str(diary)


def run_once(scene: FaultScene, dice: random.Random, diary: Diary) -> None:
    """One run, killed or interrupted in every fourth case, at any moment."""
    with scene.started("sync", "--target-date", DAY) as process:
        if dice.random() < 0.25:
            name = dice.choice(("SIGKILL", "SIGKILL", "SIGINT", "SIGTERM"))
            if name != "SIGKILL":  # before it has begun, Python itself ends, in a way of its own
                wait_for("a request", lambda: scene.proxy.seen() or process.poll() is not None)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(dice.uniform(0.2, 3))
            diary.note(f"signal: {name}")
            process.send_signal(getattr(signal, name))
        try:
            exit_code = process.wait(ROUND_SECONDS)
        except subprocess.TimeoutExpired:
            pytest.fail(f"a run does not end\n{diary}")
    output = (scene.root / "output").read_text("utf-8", "replace")
    diary.exits[exit_code] = diary.exits.get(exit_code, 0) + 1
    diary.note(f"exit {exit_code}")
    assert exit_code in EXPECTED_EXITS, f"{output}\n{diary}"
    assert "Traceback" not in output, f"{output}\n{diary}"
    assert "please report it" not in output, f"{output}\n{diary}"


def compare(scene: FaultScene, tree: ChangingTree, diary: Diary) -> None:
    """Bucket and tree, key by key and byte by byte."""
    files = tree.files()
    names = scene.names()
    if names != set(files):
        asked = [f"{one.at:.2f} {one.operation} {one.query} {one.status}" for one in scene.proxy.seen()]
        last = "\n".join([*scene.log().splitlines()[-40:], *asked])
        pytest.fail(f"too many {names - set(files)}, missing {set(files) - names}\n{diary}\n{last}")
    assert scene.ledger() == set(files), str(diary)
    for key, path in files.items():
        assert scene.bucket.download(f"whole/{key}") == path.read_bytes(), f"{key}\n{diary}"


def test_200000_files_in_one_folder_need_bounded_memory(scene: FaultScene) -> None:
    """200,000 files in one folder: a dry run sees them all within 200 MiB (VmHWM), exit 0."""
    root = scene.write({})
    for number in range(MANY_FILES):
        os.close(os.open(root / f"a file with an ordinary name {number:06d}.txt", os.O_CREAT | os.O_WRONLY))
    scene.set_up()
    most_kib = 0
    with scene.started(
        "sync", "--target-date", DAY, "--dry-run", "--quiet", "--log-json", "log.jsonl"
    ) as process:
        while process.poll() is None:
            most_kib = max(most_kib, peak_kib(process.pid))
            time.sleep(0.05)

    output = (scene.root / "output").read_text()
    assert process.returncode == 0, output
    with open(scene.folder / "log.jsonl", "rb") as log:
        seen = sum(b'"file_sent"' in line for line in log)
    print(f"\n{seen} files, {most_kib / 1024:.0f} MiB at most")
    assert seen == MANY_FILES
    assert 0 < most_kib < MANY_FILES_MOST_MIB * 1024


def peak_kib(pid: int) -> int:
    """The most memory that a process ever had; 0 if it is gone."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1])
    return 0
