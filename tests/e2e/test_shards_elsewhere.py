"""A job whose shards are carried out by other processes does what the same job does in one process."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from mochok.clock import Stop, SystemClock
from mochok.demo.server import S3Server
from mochok.events import Event
from mochok.model import DateWindow, Identity, LedgerEntry, Reason, SyncPaths, SyncResult
from mochok.plan.compare import Compare
from mochok.plan.delete_guard import DeleteGuard
from mochok.plan.filters import FilterRule
from mochok.run.context import Executor, JobContext, execute_here
from mochok.run.job import Job
from mochok.run.synchronize import Synchronization
from mochok.state.ledger import open_ledger
from mochok.storage.settings import Access, Location, ObjectSettings, OpenSettings
from mochok.storage.stores import Stores
from tests.e2e.harness import REGION, Bucket
from tests.support.process_executor import ProcessExecutor

DAY = date(2025, 1, 14)
DAYS = (date(2025, 1, 13), DAY)
LARGE_BYTES = 9 * 1024 * 1024
FILES = 1900
"""Five shards: 125, 250, 500, 1,000, and the rest."""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Enough files for five shards, one that goes up in parts, strange names, and what takes no part."""
    root = tmp_path / "source"
    for number in range(FILES):
        write(root / f"d{number % 7}" / f"{number:04d} ñ+%.txt", f"content {number}", DAYS[number % 2])
    write(root / "large.bin", "x" * LARGE_BYTES, DAY)
    write(root / "skip.tmp", "excluded", DAY)
    write(root / "old.txt", "outside the dates", date(2024, 1, 1))
    return root


def write(path: Path, content: str, day: date) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, "utf-8")
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC).timestamp()
    os.utime(path, (noon, noon))


class Side:
    """One prefix with a ledger of its own."""

    def __init__(self, folder: Path, server: S3Server, bucket: Bucket, prefix: str, source: Path) -> None:
        self.bucket = bucket
        self.prefix = prefix
        self.ledger = open_ledger(folder / f"{prefix}.db", warn=pytest.fail)
        where = Location(bucket.name, prefix, endpoint_url=server.endpoint_url)
        paths = SyncPaths(str(source), prefix, DAYS, modified_days=DateWindow(*DAYS))
        self.job = Job(
            name="Invoices", target_date=DAY, base_path=str(source), paths=paths, s3_path=where.url,
            identity=Identity("Invoices"), destination=prefix,
            opening=OpenSettings(Access(region=REGION), where, ObjectSettings()),
            filters=(FilterRule(False, "*.tmp"),), zone=UTC, delete=True, guard=DeleteGuard(100, 5000),
        )  # fmt: skip
        self.events: list[Event] = []

    def run(self, execute: Callable[[Job], Executor], **changes: Any) -> SyncResult:
        job, stop = replace(self.job, **changes), Stop()
        stores = Stores(stop)
        context = JobContext(
            self.ledger, self.events.append, SystemClock(UTC), stop, stores.open, execute=execute(job)
        )
        try:
            return Synchronization(job, context).run()
        finally:
            stores.close()

    def known(self, keys: list[str]) -> dict[str, LedgerEntry]:
        return dict(self.ledger.lookup(self.prefix, keys))

    def objects(self) -> dict[str, tuple[int, str]]:
        """Size and ETag of every object below the prefix."""
        found = self.bucket.facts(f"{self.prefix}/")
        return {key.removeprefix(f"{self.prefix}/"): facts for key, facts in found.items()}


@pytest.fixture
def sides(
    tmp_path: Path, server: S3Server, bucket: Bucket, source: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Side, Side]]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", server.access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", server.secret_key)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, os.devnull)
    here, there = (Side(tmp_path, server, bucket, prefix, source) for prefix in ("here", "there"))
    yield here, there
    here.ledger.close()
    there.ledger.close()


@pytest.fixture
def elsewhere() -> Iterator[Callable[[Job], ProcessExecutor]]:
    made: list[ProcessExecutor] = []
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:

        def make(job: Job) -> ProcessExecutor:
            made.append(ProcessExecutor(job, pool))
            return made[-1]

        yield make
    assert [executor.tasks for executor in made] == [5] * 4


def in_this_process(_job: Job) -> Executor:
    return execute_here


def assert_equal(here: Side, there: Side, results: tuple[SyncResult, SyncResult]) -> None:
    """Same objects, same ledger, same result but for names and times."""
    first, second = results
    assert first.tally == second.tally
    assert (first.message, first.day_results, first.exit_code) == (
        second.message,
        second.day_results,
        second.exit_code,
    )
    objects = here.objects()
    assert objects == there.objects()
    assert here.known(list(objects)) == there.known(list(objects))
    assert len(here.known(list(objects))) == len(objects)


def test_the_bucket_and_the_ledger_are_those_of_one_process(
    sides: tuple[Side, Side], elsewhere: Callable[[Job], ProcessExecutor], source: Path
) -> None:
    here, there = sides

    def both(**changes: Any) -> tuple[SyncResult, SyncResult]:
        return here.run(in_this_process, **changes), there.run(elsewhere, **changes)

    results = both()
    assert_equal(here, there, results)
    assert (results[1].tally.uploaded, results[1].exit_code) == (FILES + 1, 0)

    results = both()
    assert_equal(here, there, results)
    assert (results[1].tally.uploaded, results[1].tally.skipped[Reason.UP_TO_DATE]) == (0, FILES + 1)

    changed = sorted(source.glob("d3/*"))
    write(changed[0], "changed", DAY)
    changed[1].unlink()
    write(source / "d3" / "new.txt", "new", DAY)
    for side in sides:
        side.bucket.put(f"{side.prefix}/d5/stale.txt", "no file")
        side.bucket.put(f"{side.prefix}/{changed[2].relative_to(source).as_posix()}", "somebody else's")
    results = both()
    assert_equal(here, there, results)
    assert results[1].tally.planned == {Reason.CHANGED: 1, Reason.NEW: 1, Reason.REMOTE_CHANGED: 1}
    assert results[1].tally.deleted == 2

    for path in changed[5:25]:
        os.utime(path)
    write(changed[30], "content 9999", DAY)
    today = datetime.now(UTC).date()
    window = DateWindow(DAYS[0], today)
    paths = {side: replace(side.job.paths, modified_days=window) for side in sides}
    results = (
        here.run(in_this_process, compare=Compare.CHECKSUM, paths=paths[here]),
        there.run(elsewhere, compare=Compare.CHECKSUM, paths=paths[there]),
    )
    assert results[0].tally == results[1].tally
    assert here.objects() == there.objects()
