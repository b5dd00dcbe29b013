"""Days on which nothing is expected, and gaps that somebody explains, raise no alarm."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.e2e.days import days_ago, gaps, noon_zone, states, status_json, today, write_day
from tests.e2e.harness import Workspace, installed_command

MONITORING = Path(__file__).parents[2] / "docs" / "howto" / "monitoring.md"


def only_day(count: int) -> str:
    return ("mon", "tue", "wed", "thu", "fri", "sat", "sun")[(today() - timedelta(days=count)).weekday()]


def test_a_holiday_and_a_single_exception_are_no_gaps(workspace: Workspace) -> None:
    expected = {"days": "daily", "except": [days_ago(2), days_ago(3)]}
    workspace.configure(workspace.configuration(expected_days=expected), timezone=noon_zone())
    for count in (1, 5):
        write_day(workspace, days_ago(count))

    shown = workspace.run("sync", "--from", days_ago(5), "--to", days_ago(1)).must(0).flat

    assert gaps(workspace) == [("Daily", days_ago(4), "missing")]
    assert f"warning: the source folder {workspace.folder}/data/{days_ago(4)}" in shown
    assert f"warning: the source folder {workspace.folder}/data/{days_ago(3)}" not in shown
    assert states(workspace)[days_ago(3)] == "not expected"


def test_christmas_in_madrid_is_no_gap(workspace: Workspace) -> None:
    expected = {"days": "weekdays", "holidays": "ES-MD"}
    workspace.configure(workspace.configuration(expected_days=expected))
    write_day(workspace, "2025-12-23")
    for day in ("2025-12-24", "2025-12-25", "2026-05-01"):
        shown = workspace.sync("--dry-run", day=day).must(0).flat
        assert ("none is expected on this day" in shown) == (day != "2025-12-24")
    assert "expected_days" in workspace.run("validate", "--show").must(0).stdout


@pytest.mark.parametrize(
    ("expected", "advice"),
    [
        ({"holidays": "ES-XX"}, "regions of ES: AN,"),
        ({"days": "weekdays", "holiday": "ES"}, "holidays"),
        ({"except": ["2026-13-01"]}, "write it as 2026-12-25"),
        ({"monthly": 0}, "from 1 to 31"),
    ],
)
def test_a_mistake_in_expected_days_is_named(workspace: Workspace, expected: object, advice: str) -> None:
    workspace.configure(workspace.configuration(expected_days=expected))
    shown = workspace.run("validate").must(2).flat
    assert advice in shown
    assert "expected_days" in shown


def test_a_skip_on_a_day_that_is_not_expected_counts_as_nothing(workspace: Workspace) -> None:
    expected = {"days": "daily", "except": [days_ago(2), days_ago(1)]}
    workspace.configure(workspace.configuration(expected_days=expected), timezone=noon_zone())
    write_day(workspace, days_ago(3))
    workspace.run("sync", "--target-date", days_ago(3)).must(0)
    before = workspace.state()["lastSuccessfulSync"]["Daily"]

    for count in (2, 1, 1, 1):
        workspace.run("sync", "--target-date", days_ago(count)).must(0)

    assert workspace.result_of("Daily")["consecutiveFailures"] == 0
    assert workspace.state()["lastSuccessfulSync"]["Daily"] == before
    workspace.state_path.unlink()  # the ledger restores the same
    assert status_json(workspace)["configurations"][0]["consecutiveFailures"] == 0

    write = [days_ago(count) for count in (4, 5)]
    for day in write:
        workspace.run("sync", "--target-date", day).must(0)
    assert workspace.result_of("Daily")["consecutiveFailures"] == 2


def monitor(workspace: Workspace) -> int:
    """The exit code of the monitor that the documentation has."""
    (script,) = re.findall(r'title="check-mochok"\n(.*?)```', MONITORING.read_text("utf-8"), re.DOTALL)
    script = script.replace("/opt/mochok/bin/mochok", installed_command())
    script = script.replace("/var/lib/mochok/sync-config.yaml", str(workspace.config_path))
    script = script.replace("python3", sys.executable)
    done = subprocess.run(
        ["sh", "-c", script],
        env=workspace.environment({}),
        cwd=workspace.folder,
        capture_output=True,
        check=False,
    )
    assert b"Traceback" not in done.stderr
    return done.returncode


@pytest.mark.skipif(os.name == "nt", reason="the documented monitor is a shell script")
@pytest.mark.parametrize(("exceptions", "code"), [((2, 1), 0), ((2,), 2), ((), 2)])
def test_the_documented_monitor_is_green_over_a_weekend_and_red_over_lost_days(
    workspace: Workspace, exceptions: tuple[int, ...], code: int
) -> None:
    expected = {"days": "daily", "except": [days_ago(count) for count in exceptions] or ["2020-01-01"]}
    workspace.configure(workspace.configuration(expected_days=expected), timezone=noon_zone())
    write_day(workspace, days_ago(3))
    workspace.run("sync", "--target-date", days_ago(3)).must(0)
    age_seconds = 60 * 60 * (24 * 2 + 13)
    moved = json.loads(workspace.state_path.read_text())
    for section in ("lastSuccessfulSync", "configurationResults"):
        entry = moved[section]["Daily"]
        key = "timestamp" if section == "lastSuccessfulSync" else "lastTimestamp"
        entry[key] = _earlier(entry[key], age_seconds)
    workspace.state_path.write_text(json.dumps(moved))

    assert monitor(workspace) == code


def test_days_off_before_the_last_success_do_not_make_it_younger(workspace: Workspace) -> None:
    expected = {"days": "daily", "except": [days_ago(count) for count in range(5, 20)]}
    workspace.configure(workspace.configuration(expected_days=expected), timezone=noon_zone())
    write_day(workspace, days_ago(20))
    workspace.run("sync", "--target-date", days_ago(20)).must(0)
    state = json.loads(workspace.state_path.read_text())
    success = state["lastSuccessfulSync"]["Daily"]
    success["timestamp"] = _earlier(success["timestamp"], 3 * 86_400)
    workspace.state_path.write_text(json.dumps(state))

    [shown] = status_json(workspace)["configurations"]

    assert shown["lastSuccessAgeSeconds"] >= 3 * 86_400


def _earlier(moment: str, seconds: int) -> str:
    return (datetime.fromisoformat(moment) - timedelta(seconds=seconds)).isoformat()


# Explained gaps


@pytest.fixture
def with_gaps(workspace: Workspace) -> Workspace:
    """The folders of days 2 and 4 ago do not exist."""
    workspace.configure(workspace.configuration(), timezone=noon_zone())
    for count in (1, 3, 5):
        write_day(workspace, days_ago(count))
    workspace.run("sync", "--from", days_ago(5), "--to", days_ago(1)).must(0)
    return workspace


def test_an_accepted_gap_is_explained_everywhere_and_a_gap_no_more(with_gaps: Workspace) -> None:
    day = days_ago(2)
    shown = with_gaps.run("accept", "Daily", day, "--reason", "scanner repair", env={"LOGNAME": "ana"}).must(
        0
    )
    assert f"Daily: {day} is explained: scanner repair" in shown.flat

    assert gaps(with_gaps) == [("Daily", days_ago(4), "missing")]
    assert states(with_gaps)[day] == "explained"
    page = with_gaps.run("status", "--gaps").must(4).flat
    assert f"{day} explained Daily: scanner repair (ana, {today()})" in page
    calendar = with_gaps.run("status", "--calendar", "2").must(0).stdout
    assert f"{int(day[8:]):>2}X" in calendar
    assert "scanner repair (ana" in calendar
    document = status_json(with_gaps, "--gaps", exit_code=4)
    (explained,) = document["explained"]
    assert (explained["date"], explained["state"], explained["gap"]) == (day, "explained", False)
    assert explained["explanation"]["reason"] == "scanner repair"
    assert explained["explanation"]["who"] == "ana"
    history = json.loads(with_gaps.run("history", "--json").must(0).stdout)
    assert [(one["day"], one["who"], one["undone"]) for one in history["accepted"]] == [(day, "ana", None)]
    assert "scanner repair" in with_gaps.run("history").must(0).flat


def test_an_accepted_gap_is_warned_about_no_more_and_not_caught_up(with_gaps: Workspace) -> None:
    with_gaps.run("accept", "Daily", days_ago(4), days_ago(2), "-r", "moving house").must(0)
    assert gaps(with_gaps, exit_code=0) == []

    caught_up = with_gaps.run("sync", "--catch-up", "6", "--quiet").must(0)
    assert caught_up.output == ""
    named = with_gaps.run("sync", "--quiet", "--target-date", days_ago(2)).must(0)
    assert "warning" not in named.output
    assert with_gaps.result_of("Daily")["consecutiveFailures"] == 0


def test_a_day_that_arrives_after_all_is_complete(with_gaps: Workspace) -> None:
    with_gaps.run("accept", "Daily", days_ago(2), "-r", "lost").must(0)
    write_day(with_gaps, days_ago(2))
    with_gaps.run("sync", "--target-date", days_ago(2)).must(0)
    assert states(with_gaps)[days_ago(2)] == "complete"


def test_an_acceptance_can_be_taken_back_and_history_has_both(with_gaps: Workspace) -> None:
    day = days_ago(2)
    with_gaps.run("accept", "Daily", day, "-r", "one").must(0)
    with_gaps.run("accept", "Daily", day, "-r", "two").must(0)
    assert f"{day} is a gap again" in with_gaps.run("accept", "Daily", day, "--undo").must(0).flat

    assert states(with_gaps)[day] == "missing"
    assert "no accepted gap" in with_gaps.run("accept", "Daily", day, "--undo").must(2).flat
    history = json.loads(with_gaps.run("history", "--json").must(0).stdout)
    assert [(one["reason"], one["undone"] is not None) for one in history["accepted"]] == [
        ("two", True),
        ("one", True),
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("Daily", "-1d", "-r", "x"), "has no gap of 'Daily'"),
        (("Daily", "-2d"), "with a reason"),
        (("Daily", "-2d", "-r", "  "), "with a reason"),
        (("Daly", "-2d", "-r", "x"), "did you mean"),
        (("Daily", f"{today().year + 1}-12-31", "-r", "x"), "expected_days: {except:"),
        (("Daily", "-2d", "-4d", "-r", "x"), "swap them"),
        (("Daily", "the day before", "-r", "x"), "is not a date"),
    ],
)
def test_what_is_no_gap_is_not_accepted(
    with_gaps: Workspace, arguments: tuple[str, ...], message: str
) -> None:
    days = [days_ago(int(word[1:-1])) if re.fullmatch(r"-\dd", word) else word for word in arguments]
    assert message in with_gaps.run("accept", *days).must(2).flat
    assert len(gaps(with_gaps)) == 2


def test_an_older_ledger_is_read_and_migrated(with_gaps: Workspace) -> None:
    with closing(sqlite3.connect(with_gaps.folder / "mochok.db")) as connection, connection:
        connection.execute("DROP TABLE acceptances")
        connection.execute("ALTER TABLE results DROP COLUMN expected")
        connection.execute("DELETE FROM migrations WHERE name LIKE '0008%'")
    assert len(gaps(with_gaps)) == 2
    assert "Daily" in with_gaps.run("history", "show", "last").must(0).flat
    with_gaps.run("accept", "Daily", days_ago(2), "-r", "x").must(0)
    assert len(gaps(with_gaps)) == 1
