"""A whole run grows with its configurations and days, not with their square: calls and SQL are counted.

Its files are in S3 and its listings are recent, so that all that is left is the run.
"""

from __future__ import annotations

import json
import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mochok.clock import Stop, SystemClock
from mochok.config.jobs import job
from mochok.config.load import load
from mochok.config.schema import Settings
from mochok.events import Event, RunFinished
from mochok.model import LedgerEntry
from mochok.queries.planning import Dates
from mochok.run.listeners import Listeners
from mochok.state.ledger import open_ledger
from mochok.storage.stores import Stores
from mochok.wire.run import RunRequest, run
from tests.support.fake_s3 import FakeS3
from tests.support.growth import growth

FEW, SIZE = 3, 16
MOST = 10.5
"""Ten times as many; what a run does once keeps the growth below ten, so a call more for each pair shows."""
STEP = 100
"""How many instructions of SQLite's machine count as one."""


def days_of(count: int) -> tuple[date, ...]:
    first = date(2025, 1, 1)
    return tuple(first + timedelta(days=number) for number in range(count))


def prepared(folder: Path, configurations: int, days: int, endpoint_url: str) -> Settings:
    """So many configurations, all of whose days have been uploaded and listed just now."""
    entries = [
        {
            "name": f"C{number:04d}",
            "description": "d",
            "enabled": True,
            "local_base_path": str(folder / "data"),
            "sync_strategy": {"type": "DateFolder"},
            "reconcile_every_days": 30,
            "destination_config": {
                "bucket_name": "all-of-them",
                "endpoint_url": endpoint_url,
                "s3_path_structure": f"{number:04d}/{{year}}/{{month}}/{{day}}",
            },
        }
        for number in range(configurations)
    ]
    for day in days_of(days):
        path = folder / "data" / f"{day}" / "a.txt"
        path.parent.mkdir(parents=True)
        path.write_text("a")
        os.utime(path, ns=(7, 7))
    (folder / "sync-config.yaml").write_text(json.dumps({"sync_configurations": entries}))
    settings = load(folder / "sync-config.yaml", {})
    ledger = open_ledger(folder / "mochok.db", warn=pytest.fail)
    any_job = job(settings, settings.configurations[0], days_of(1)[0], run_date=days_of(1)[0])
    with closing(Stores(Stop())) as stores, closing(stores.open(any_job.opening, print)) as store:
        bucket = store.bucket
    for configuration in settings.configurations:
        for day in days_of(days):
            destination = job(settings, configuration, day, run_date=day).destination
            ledger.record(destination, [LedgerEntry("a.txt", 1, 7, "e")])
            ledger.set_listed(destination, bucket, datetime.now(UTC))
    ledger.close()
    return settings


class Runs:
    """Runs of prepared settings; ``sql_steps`` counts what SQLite did in them."""

    def __init__(self, folder: Path, endpoint_url: str) -> None:
        self.folder = folder
        self.endpoint_url = endpoint_url
        self.sql_steps = 0
        self.settings: dict[tuple[int, int], Settings] = {}

    def prepare(self, configurations: int, days: int) -> None:
        folder = self.folder / f"{configurations}-{days}"
        folder.mkdir()
        self.settings[configurations, days] = prepared(folder, configurations, days, self.endpoint_url)

    def count_sql(self, connect: Callable[..., sqlite3.Connection]) -> Callable[..., sqlite3.Connection]:
        """``connect`` with a counter in each connection."""

        def step() -> None:
            self.sql_steps += 1

        def connected(*arguments: Any, **settings: Any) -> sqlite3.Connection:
            connection = connect(*arguments, **settings)
            connection.set_progress_handler(step, STEP)
            return connection

        return connected

    def run(self, configurations: int, days: int) -> int:
        """How many steps SQLite took."""
        settings = self.settings[configurations, days]
        request = RunRequest(
            configurations=settings.configurations,
            dates=Dates(days_of(days)),
            dry_run=False,
            parallel=1,
            lock_wait_seconds=0,
            details=False,
        )
        ended: list[Event] = []
        self.sql_steps = 0
        with Listeners() as listeners:
            listeners.add("the test", ended.append)
            outcome = run(settings, request, listeners, SystemClock(UTC), Stop())
        assert (outcome.exit_code, len(outcome.results)) == (0, configurations * days)
        assert [type(event) for event in ended].count(RunFinished) == 1
        return self.sql_steps


@pytest.fixture
def runs(aws_home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Runs]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", FakeS3.access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", FakeS3.secret_key)
    with FakeS3() as server:
        runs = Runs(aws_home, server.endpoint_url)
        for size in (SIZE, 10 * SIZE):
            runs.prepare(size, FEW)
            runs.prepare(FEW, size)
        monkeypatch.setattr(sqlite3, "connect", runs.count_sql(sqlite3.connect))
        monkeypatch.setattr(time, "monotonic", lambda: 1000.0)  # state.json is written a few times a second
        yield runs


@pytest.mark.parametrize("what", ["configurations", "days"])
def test_ten_times_as_many_take_about_ten_times_as_much(runs: Runs, what: str) -> None:
    steps: list[int] = []

    def one_run(size: int) -> None:
        steps.append(runs.run(size, FEW) if what == "configurations" else runs.run(FEW, size))

    assert growth(one_run, SIZE) < MOST
    assert steps[2] / steps[1] < MOST
