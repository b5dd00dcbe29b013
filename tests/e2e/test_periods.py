"""A monthly folder is looked at once for the month, and is complete only after the month."""

from __future__ import annotations

import json
import socket
from collections import Counter
from datetime import date, timedelta

import pytest

from tests.e2e.days import days_ago, gaps, noon_zone, states, today
from tests.e2e.harness import Bucket, Workspace


def configure(workspace: Workspace, pattern: str = "{base_path}/{year}/{month}", **destination: str) -> None:
    strategy = {"type": "CustomPattern", "custom_local_pattern": pattern}
    workspace.configure(
        workspace.configuration(sync_strategy=strategy, destination=destination), timezone=noon_zone()
    )


def last_month() -> tuple[date, date]:
    last = today().replace(day=1) - timedelta(days=1)
    return last.replace(day=1), last


def runs_of(workspace: Workspace, *arguments: str) -> list[dict[str, object]]:
    document = json.loads(workspace.run("sync", "--json", *arguments).must(0).stdout)
    results: list[dict[str, object]] = document["results"]
    return results


def test_catching_up_takes_each_monthly_folder_once(workspace: Workspace, bucket: Bucket) -> None:
    configure(workspace)
    first, last = last_month()
    workspace.write({"a": "1"}, f"data/{first:%Y/%m}")
    workspace.write({"b": "2"}, f"data/{today():%Y/%m}")

    results = runs_of(workspace, "--catch-up", "90")

    months = {(today() - timedelta(days=count)).strftime("%Y-%m") for count in range(1, 91)}
    assert 1 <= len(results) <= len(months)
    found = states(workspace, months=3)
    of_last_month = {found[(first + timedelta(days=number)).isoformat()] for number in range(last.day)}
    assert of_last_month == {"complete"}
    assert bucket.objects(f"custom/{first:%Y/%m}/a")
    assert not any(day["date"] >= first.isoformat() for day in _gap_days(workspace))


def _gap_days(workspace: Workspace) -> list[dict[str, str]]:
    done = workspace.run("status", "--gaps", "60", "--json")
    days: list[dict[str, str]] = json.loads(done.stdout)["gaps"]
    return days


def test_a_range_over_one_month_is_one_run(workspace: Workspace, bucket: Bucket) -> None:
    configure(workspace)
    first, last = last_month()
    workspace.write({"a": "1"}, f"data/{first:%Y/%m}")

    results = runs_of(workspace, "--from", str(first), "--to", str(last))

    assert [result["target_date"] for result in results] == [str(last)]
    assert bucket.keys() == {f"custom/{first:%Y/%m}/a"}


@pytest.mark.parametrize("pattern", ["{year}", "{year}/Q{quarter}", "{date:yyyy-MM}", "{week_year}-W{week}"])
def test_until_the_period_is_over_its_days_are_not_complete_and_no_gap(
    workspace: Workspace, pattern: str
) -> None:
    configure(workspace, f"{{base_path}}/{pattern}")
    week = today().isocalendar()
    folder = pattern.replace("{date:yyyy-MM}", f"{today():%Y-%m}").format(
        year=today().year, quarter=(today().month + 2) // 3, week_year=week.year, week=f"{week.week:02d}"
    )
    workspace.write({"a": "1"}, f"data/{folder}")

    shown = workspace.run("sync", "--target-date", "today").must(0).flat

    assert "more files may come until" in shown
    assert "is in S3 so far" in shown
    found = states(workspace, months=12)
    in_period = {state for day, state in found.items() if state not in ("before", "future", "not expected")}
    assert in_period == {"open"}
    assert gaps(workspace, exit_code=0) == []


def test_a_new_file_of_the_same_month_is_taken_on_a_later_day_and_nothing_twice(
    workspace: Workspace, bucket: Bucket
) -> None:
    configure(workspace)
    first, last = last_month()
    workspace.write({"a": "1"}, f"data/{first:%Y/%m}")
    workspace.run("sync", "--target-date", str(first)).must(0)
    sent = bucket.modified(f"custom/{first:%Y/%m}/a")
    workspace.write({"b": "1"}, f"data/{first:%Y/%m}")
    workspace.run("sync", "--target-date", str(last)).must(0)

    assert bucket.keys() == {f"custom/{first:%Y/%m}/{name}" for name in "ab"}
    assert bucket.modified(f"custom/{first:%Y/%m}/a") == sent


def test_a_monthly_folder_that_is_missing_is_missing_on_all_its_days(workspace: Workspace) -> None:
    configure(workspace)
    first, last = last_month()
    workspace.write({}, "data")
    workspace.run("sync", "--target-date", str(last)).must(0)
    counts = Counter(states(workspace, months=2).values())
    assert counts["missing"] == last.day
    assert gaps(workspace, 60)[0] == ("Daily", str(first), "missing")


@pytest.mark.parametrize(
    ("strategy", "structure", "advice"),
    [
        (
            {"type": "CustomPattern", "custom_local_pattern": "{base_path}/{year}/{month}"},
            "r/{year}/{month}/{day}",
            "r/{year}/{month}",
        ),
        ({"type": "CustomPattern", "custom_local_pattern": "{base_path}/{year}"}, "r/{date:yyyy/MM}", "r"),
        (
            {"type": "CustomPattern", "custom_local_pattern": "{base_path}/{year}/W{week}"},
            "{day_folder}",
            "daily",
        ),
        ({"type": "DateRange"}, "logs/{year}/{month}", "logs"),
        ({"type": "DateRange", "date_source": "filename"}, "{year}", "daily"),
    ],
)
def test_a_structure_that_uploads_each_file_again_is_noticed(
    workspace: Workspace, strategy: dict[str, str], structure: str, advice: str
) -> None:
    destination = {"s3_path_structure": structure}
    workspace.configure(workspace.configuration(sync_strategy=strategy, destination=destination))
    shown = workspace.run("validate").must(0).flat
    assert "uploaded again whenever the date changes" in shown
    assert f's3_path_structure: "{advice}"' in shown

    fixed = {"s3_path_structure": advice}
    workspace.configure(workspace.configuration(sync_strategy=strategy, destination=fixed))
    assert "uploaded again" not in workspace.run("validate").must(0).flat


def test_a_date_range_without_a_structure_is_noticed_and_strategies_has_a_better_one(
    workspace: Workspace,
) -> None:
    workspace.configure(workspace.configuration(sync_strategy={"type": "DateRange"}))
    assert 's3_path_structure: "date-range"' in workspace.run("validate").must(0).flat
    assert "better, without a date: date-range" in workspace.run("strategies").must(0).flat


def test_a_pattern_without_a_date_has_no_past_days(workspace: Workspace, bucket: Bucket) -> None:
    configure(workspace, "{base_path}/{hostname}", s3_path_structure="x")
    workspace.write({"a": "1"}, f"data/{socket.gethostname()}")
    assert len(runs_of(workspace, "--from", days_ago(9), "--to", days_ago(1))) == 1
    assert bucket.keys() == {"x/a"}
    found = states(workspace)
    assert found[days_ago(1)] == "before"
