"""A clock that is wrong for a night."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from tests.faults.scene import FaultScene, wait_for

KEPT = "this run removes no old logs or history (correct the clock if it is wrong)"
YEAR_DAYS = 365


@pytest.fixture
def ran(scene: FaultScene) -> FaultScene:
    """One run is over; the log of an old month is there."""
    scene.write({"a.txt": "a"})
    scene.set_up()
    scene.sync().must(0)
    (scene.folder / "log" / "sync_2015-01.log").write_text("evidence\n")
    return scene


def move_runs(scene: FaultScene, days: int) -> None:
    """As if all runs so far had begun so many days later, or, below 0, earlier: the clock jumped since."""
    with closing(sqlite3.connect(scene.folder / "mochok.db", isolation_level=None)) as connection:
        rows = connection.execute("SELECT run_id, started FROM runs").fetchall()
        for run_id, started in rows:
            moved = datetime.fromisoformat(started) + timedelta(days=days)
            connection.execute(
                "UPDATE runs SET started = ?, finished = ? WHERE run_id = ?",
                (moved.isoformat(), moved.isoformat(), run_id),
            )


def evidence(scene: FaultScene) -> tuple[bool, int]:
    """Whether the old log exists, and how many runs history has."""
    runs = json.loads(scene.run("history", "--limit", "99", "--json").must(0).stdout)["runs"]
    return (scene.folder / "log" / "sync_2015-01.log").exists(), len(runs)


def test_F170_a_clock_that_is_ten_years_ahead_removes_no_logs_and_no_history(ran: FaultScene) -> None:
    """The clock is ten years ahead, or the machine was off for so long: that run warns with both dates and
    removes no log and no history, nor does `mochok clear-logs`; the next run removes what is old.
    """
    move_runs(ran, -10 * YEAR_DAYS)
    year = datetime.now(UTC).year
    refused = ran.run("clear-logs").must(2).flat
    assert f"clock says {year}-" in refused
    assert f"the newest earlier run was on {year - 10}-" in refused

    assert KEPT in ran.sync().must(0).flat
    assert evidence(ran) == (True, 2)

    assert KEPT not in ran.sync().must(0).flat
    assert evidence(ran) == (False, 2)


def test_F171_a_clock_that_was_set_back_removes_nothing_and_hides_no_failure(ran: FaultScene) -> None:
    """A run was dated ten years ahead, and the clock is right again: the first run warns and removes nothing,
    the next does not warn. Until then no age of the last success is given, because it is in the future.
    """
    move_runs(ran, 10 * YEAR_DAYS)
    state = ran.state()
    moved = datetime.fromisoformat(state["lastSuccessfulSync"]["Whole"]["timestamp"]) + timedelta(days=3650)
    for section in ("lastSuccessfulSync", "configurationResults"):
        for key in ("timestamp", "lastTimestamp"):
            if key in state[section]["Whole"]:
                state[section]["Whole"][key] = moved.isoformat()
    ran.state_path.write_text(json.dumps(state))
    shown = json.loads(ran.run("status", "--json").must(0).stdout)["configurations"][0]
    assert shown["lastSuccessAgeSeconds"] is None
    assert "is the clock right?" in ran.run("status").must(0).flat

    assert KEPT in ran.sync().must(0).flat
    assert evidence(ran) == (True, 2)
    shown = json.loads(ran.run("status", "--json").must(0).stdout)["configurations"][0]
    assert shown["lastSuccessAgeSeconds"] < 600

    assert KEPT not in ran.sync().must(0).flat
    assert evidence(ran) == (False, 3)


def test_F172_an_upload_that_a_wrong_clock_dated_ahead_stays_in_doubt(scene: FaultScene) -> None:
    """A run whose clock was ten years ahead was killed during uploads: with the right clock, an object that
    may be from it is uploaded again.
    """
    scene.write({"a.txt": "a"})
    scene.set_up()
    scene.sync().must(0)
    with closing(sqlite3.connect(scene.folder / "mochok.db", isolation_level=None)) as connection:
        ahead_ns = int((datetime.now(UTC) + timedelta(days=3650)).timestamp()) * 1_000_000_000
        connection.execute("UPDATE files SET key = '', size_bytes = -1, mtime_ns = ?, etag = ''", (ahead_ns,))
    scene.proxy.behave()

    with scene.started("sync", "--target-date", "2025-01-15") as process:
        wait_for("the end", lambda: scene.proxy.count("PutObject") == 1 or process.poll() is not None)

    assert scene.proxy.count("PutObject") == 1
