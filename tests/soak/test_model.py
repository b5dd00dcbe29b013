"""Random mishaps against a model of what Mochok may do: 100 steps in the usual suite, 2,000 with ``-m soak``.

``MOCHOK_MODEL_SEED`` repeats a sequence: the seed is printed at the beginning and with every failure.
``MOCHOK_MODEL_STEPS`` sets another number of steps for the soak lane.
"""

from __future__ import annotations

import os
import random
import shutil
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import cast

import pytest

from mochok.clock import Stop
from mochok.config.jobs import job
from mochok.model import DayState, Status, SyncResult
from mochok.records.deletes import Refusal
from mochok.run.context import JobContext
from mochok.run.execute import Run, RunSettings, Task
from mochok.run.job import Job
from mochok.state.contract import OpenLedger
from mochok.state.ledger import open_ledger
from mochok.storage.contract import Notify, ObjectStore
from mochok.storage.settings import OpenSettings
from tests.soak.killing import Kill, Killable
from tests.soak.model_bucket import BucketPart
from tests.soak.model_world import DATED, DAYS, INNER, TREE, World, files
from tests.soak.mounts import WRONG, disks

pytestmark = pytest.mark.skipif(os.name == "nt", reason="links, and folders that are renamed while in use")
STEPS = int(os.environ.get("MOCHOK_MODEL_STEPS", "2000"))
LINES = int(os.environ.get("MOCHOK_MODEL_LINES", "40"))
Snapshot = dict[str, bytes]


class Model:
    """Runs in a world, and what must hold after each of them."""

    def __init__(self, root: Path, seed: int) -> None:
        self.world = World(root, random.Random(seed))
        self.dice = self.world.dice
        self.seed = seed
        self.diary: list[str] = []
        self.counts = {"runs": 0, "kills": 0, "refusals": 0, "deletes": 0, "complete": 0}
        self.run_id = ""
        self.complete: dict[tuple[str, date], Snapshot] = {}
        self.ledgers = 0
        self.ledger = self.open_ledger()

    def open_ledger(self) -> OpenLedger:
        return open_ledger(self.ledger_path(), warn=self.fail)

    def ledger_path(self) -> Path:
        return self.world.root / f"ledger-{self.ledgers}.db"

    def fail(self, message: str) -> None:
        last = "\n".join(self.diary[-LINES:])
        pytest.fail(f"MOCHOK_MODEL_SEED={self.seed}, step {len(self.diary)}: {message}\n{last}")

    def check(self, right: bool, message: str) -> None:
        if not right:
            self.fail(message)

    def first_runs(self) -> None:
        """Everything arrives once without a mishap: before that, no run can know what is missing."""
        for configuration in self.world.settings.configurations:
            for day in DAYS:
                today = self.world.clock.now().date()
                result = self.result(job(self.world.settings, configuration, day, run_date=today))
                self.check(result is not None and result.exit_code == 0, f"{result}")

    def step(self) -> None:
        """Something happens, or a run."""
        self.world.clock.server += timedelta(seconds=2)
        if self.dice.random() < 0.55:
            self.diary.append(self.world.act())
        elif self.dice.random() < 0.12:
            self.accept()
        else:
            self.run()
        self.check_days()

    def accept(self) -> None:
        """A person sees to it that all disks are mounted, and accepts a refusal."""
        self.world.mend_mounts()
        refused = [one for one in self.ledger.safety.refusals() if one.accepted is None]
        if refused:
            one = self.dice.choice(refused)
            self.ledger.safety.remember(replace(one, accepted=self.world.clock.now()))
            self.diary.append(f"accept {one.deletes} of {one.name} {one.target_date}")

    # A run

    def run(self) -> None:
        """One configuration for one day, with mishaps."""
        world, dice = self.world, self.dice
        name = dice.choice((TREE, TREE, DATED, DATED, INNER))
        configuration = next(one for one in world.settings.configurations if one.name == name)
        day, today = dice.choice(DAYS), world.clock.now().date()
        mounted = all(mount.is_right for mount in world.mounts)
        allowed = dice.choice((5, 1000)) if mounted and dice.random() < 0.05 else None
        this = job(world.settings, configuration, day, run_date=today, allow_deletes=allowed)
        truth, before = world.truth(), dict(world.bucket.whole.contents)
        refusals = list(self.ledger.safety.refusals())
        memory = self.ledger.safety.memory(this.name, this.destination)
        known = dict(memory.baseline.folders) if memory and memory.baseline else {}
        world.begin_run()
        self.run_id = f"run {self.counts['runs']}"
        result = self.result(this)
        ended = f"{result.status} {result.message}" if result else "killed"
        self.diary.append(f"run {name} {day} allowed={allowed}: {ended}")
        self.counts["runs"] += 1
        self.counts["deletes"] += len(world.bucket.deleted)
        self.check(not world.bucket.escaped, f"bytes from outside the source: {world.bucket.escaped}")
        self.check_deleted(this, refusals, truth, before, known)
        self.check_refusals(this, refusals, before)
        self.check_complete(this)

    def result(self, this: Job) -> SyncResult | None:
        """The result; None if the run was killed."""
        world, killable = self.world, cast(OpenLedger, Killable(self.ledger, self.world.fuse))
        context = JobContext(
            killable, lambda _event: None, world.clock, Stop(), self.open, recheck_seconds=0.0,
            run_id=self.run_id, disks=disks(world.mounts),
        )  # fmt: skip
        settings = RunSettings(self.run_id, (this.name,))
        task = Task(this.identity, this.target_date, lambda: this, this.target_date)
        try:
            outcome = Run(settings, context, None, killable).execute([task])
        except Kill:
            self.killed()
            return None
        finally:
            world.fuse.calls_left = None
        [result] = outcome.results
        self.check("please report it" not in result.message, result.message)
        return result

    def open(self, opening: OpenSettings, _notify: Notify) -> ObjectStore:
        return BucketPart(self.world.bucket, opening)

    def killed(self) -> None:
        """What a killed process leaves of its ledger is what is in the files now."""
        old = self.ledger_path()
        self.ledgers += 1
        self.counts["kills"] += 1
        for suffix in ("", "-wal"):
            if (source := Path(f"{old}{suffix}")).exists():
                shutil.copy(source, f"{self.ledger_path()}{suffix}")
        self.ledger.close()
        self.ledger = self.open_ledger()

    # What must hold

    def check_deleted(
        self,
        this: Job,
        refusals: list[Refusal],
        truth: dict[str, Path],
        before: Snapshot,
        known: dict[str, int],
    ) -> None:
        """No object of a file on its right disk, nor too many others, unless a person allowed it."""
        deleted = self.world.bucket.deleted
        if this.guard.allowed is not None:
            self.check(len(deleted) <= this.guard.allowed, f"more deleted than allowed: {deleted}")
            return
        prefix = this.opening.location.key_prefix
        accepted = self.accepted(this, refusals)
        wrongly = [key for key in deleted if key in truth and key not in accepted]
        wrongly = [key for key in wrongly if not self.within_limit(this, key, known)]
        self.check(not wrongly, f"deleted although their files are on their disks: {wrongly}")
        selects = this.rules().compiled().selects_key
        managed = [key for key in before if key.startswith(prefix) and selects(key[len(prefix) :])]
        own = [key for key in managed if key not in accepted or key not in deleted]
        more = [key for key in deleted if key not in accepted]
        most = this.guard.max_percent * len(own) / 100
        self.check(len(more) <= most, f"{len(more)} of {len(own)} deleted at once: {more}")

    def within_limit(self, this: Job, key: str, known: dict[str, int]) -> bool:
        """Whether another disk with most of the names is below the source: its number alone is no proof."""
        for mount in (self.world.photos, self.world.stick):
            prefix = f"tree/{mount.path.relative_to(self.world.docs.path)}/"
            if mount.is_there and mount.state == WRONG and key.startswith(prefix):
                gone = sum(each.startswith(prefix) for each in self.world.bucket.deleted)
                return gone * 100 < this.guard.max_percent * known.get(prefix[len("tree/") : -1], 0)
        return False

    def accepted(self, this: Job, refusals: list[Refusal]) -> set[str]:
        """The keys in the bucket whose deletion a person accepted."""
        own = [one for one in refusals if one.destination == this.destination and one.accepted is not None]
        return {this.opening.location.key_prefix + key for one in own for key in one.keys}

    def check_refusals(self, this: Job, refusals: list[Refusal], before: Snapshot) -> None:
        """A refusal ends only by a person, or if nothing of it could be deleted any more."""
        now = {one.destination: one for one in self.ledger.safety.refusals()}
        self.counts["refusals"] += len(now.keys() - {one.destination for one in refusals})
        accepted = self.accepted(this, refusals)
        deleted = [key for key in self.world.bucket.deleted if key not in accepted]
        for one in refusals:
            if one.name != this.name or one.accepted is not None or this.guard.allowed is not None:
                continue
            if one.destination not in now or deleted:
                own = one.destination == this.destination
                waits = [key for key in one.keys if own and self.would_go(this, key, before)]
                self.check(own and not waits, f"a refusal was passed ({one.reason}): {waits[:5]}")

    def would_go(self, this: Job, key: str, before: Snapshot) -> bool:
        """Whether the run would delete the object ``key``."""
        there = this.opening.location.key_prefix + key in before and this.rules().compiled().selects_key(key)
        path = os.path.join(this.paths.source, key)
        return there and not os.path.lexists(path) and path not in self.world.changed

    def check_complete(self, this: Job) -> None:
        """A day that this run recorded as complete has the bytes of its files in the bucket."""
        [day] = this.paths.days
        record = self.ledger.days(this.identity, day, day).get(day)
        succeeded = any(one.status == Status.SUCCESS for one in self.ledger.results(self.run_id))
        if succeeded and record and record.state is DayState.COMPLETE:
            self.counts["complete"] += 1
            self.complete[this.name, day] = self.snapshot(this)
            self.check_bytes(this.name, day, self.complete[this.name, day])

    def snapshot(self, this: Job) -> Snapshot:
        """What must be in the bucket after a run without a problem."""
        world, prefix = self.world, this.opening.location.key_prefix
        selects = this.rules().compiled().selects_key
        found = {
            prefix + key: path.read_bytes()
            for key, path in files(Path(this.paths.source)).items()
            if selects(key) and str(path) not in world.changed
        }
        if this.reconcile_every_days:
            return {key: content for key, content in found.items() if key not in world.tampered}
        world.tampered -= found.keys()
        return found

    def check_days(self) -> None:
        """Days that are still shown as complete have their bytes in the bucket, but for what others did."""
        known = self.ledger.days(self.world.settings.identities[DATED], DAYS[0], DAYS[-1])
        for day, record in known.items():
            if record.state is DayState.COMPLETE:
                self.check_bytes(DATED, day, self.complete.get((DATED, day), {}))

    def check_bytes(self, name: str, day: date, snapshot: Snapshot) -> None:
        contents, tampered = self.world.bucket.whole.contents, self.world.tampered
        wrong = {
            key: (content, contents.get(key), self.world.bucket.whole.objects.get(key))
            for key, content in snapshot.items()
            if contents.get(key) != content and key not in tampered
        }
        self.check(not wrong, f"{name} {day} is complete, and these bytes are not in the bucket: {wrong}")


def play(root: Path, steps: int) -> Model:
    """So many steps from one seed."""
    seed = int(os.environ.get("MOCHOK_MODEL_SEED") or random.SystemRandom().randrange(2**32))
    print(f"\nMOCHOK_MODEL_SEED={seed}, {steps} steps")
    model = Model(root.resolve(), seed)
    try:
        model.first_runs()
        for _ in range(steps):
            model.step()
    finally:
        model.ledger.close()
    print(model.counts)
    return model


def test_a_hundred_random_steps_break_no_promise(tmp_path: Path) -> None:
    """Files, disks, links, other writers, clocks and configurations change, and runs are killed: no object is
    deleted that a person did not delete, no byte from outside is sent, no day is complete without its bytes,
    and no refusal ends without a person.
    """
    assert play(tmp_path, 100).counts["runs"] > 10


@pytest.mark.soak
@pytest.mark.timeout(0)
def test_thousands_of_random_steps_break_no_promise(tmp_path: Path) -> None:
    """The same, long enough for everything to happen."""
    counts = play(tmp_path, STEPS).counts
    assert all(counts.values()), counts
