"""A day is complete only when its files have stopped changing."""

from __future__ import annotations

import os
import shutil

import pytest

from tests.e2e.days import days_ago, gaps, noon_zone, states, today
from tests.e2e.harness import Bucket, Workspace

KEEPS_OPEN, SETTLED = 15, 0
"""Minutes: the tests' files are new, and a later night would find them old."""


def configure(workspace: Workspace, settle_minutes: int, *options: str, **changes: str) -> None:
    daily = workspace.configuration(sync_options=list(options), **changes)
    workspace.configure(daily, timezone=noon_zone(), settle_minutes=settle_minutes)


def objects(bucket: Bucket) -> dict[str, int]:
    return {key.rpartition("/")[2]: size for key, size in bucket.objects().items()}


def test_a_dump_that_is_being_written_is_taken_whole_by_the_next_sync(
    workspace: Workspace, bucket: Bucket
) -> None:
    day = days_ago(2)
    workspace.write({"shop.sql": "14 of 29 bytes"}, f"data/{day}")
    configure(workspace, KEEPS_OPEN)

    shown = workspace.sync(day=day).must(0)

    assert "files were still changing at" in shown.flat
    assert f"Daily: {day} is in S3 so far, and may still change." in shown.flat
    assert gaps(workspace, 7) == [("Daily", day, "open"), ("Daily", days_ago(1), "unknown")]
    assert "such as shop.sql" in workspace.run("status", "--gaps", "7").must(4).flat
    assert f"{int(day[-2:])}O" in workspace.run("status", "--calendar").must(0).flat
    assert workspace.result_of("Daily")["lastStatus"] == "Success"

    workspace.write({"shop.sql": "29 bytes, now that it is done"}, f"data/{day}")
    workspace.write({"shop.sql": "the day after"}, f"data/{days_ago(1)}")
    configure(workspace, SETTLED)
    assert f"checking 1 open day again: {day}" in workspace.run("sync", "--dry-run").must(0).flat
    workspace.run("sync").must(0)

    year, month, number = day.split("-")
    assert bucket.download(f"{year}/{month}/{number}/shop.sql") == b"29 bytes, now that it is done"
    assert [states(workspace)[each] for each in (day, days_ago(1))] == ["complete", "complete"]
    assert workspace.result_of("Daily")["lastDate"] == days_ago(1)
    assert gaps(workspace, 7, exit_code=0) == []


def test_checking_again_deletes_nothing_and_does_not_miss_a_folder_that_is_gone(
    workspace: Workspace, bucket: Bucket
) -> None:
    kept, gone = days_ago(3), days_ago(2)
    names = {f"{number}.csv": "x" for number in range(4)}
    for day in (kept, gone, days_ago(1)):
        workspace.write(names, f"data/{day}")
    configure(workspace, KEEPS_OPEN, "--delete", missing_source="fail")
    workspace.run("sync", "--from", kept, "--to", gone).must(0)
    for name in list(names)[1:]:
        (workspace.folder / "data" / kept / name).unlink()
    shutil.rmtree(workspace.folder / "data" / gone)
    configure(workspace, SETTLED, "--delete", missing_source="fail")

    for _night in range(2):
        shown = workspace.run("sync").must(0)
        assert "warning: the source folder" not in shown.flat
        assert workspace.result_of("Daily")["consecutiveFailures"] == 0

    assert len(bucket.objects()) == 12, "the delete guard would have refused to delete 3 of 4"
    found = states(workspace)
    assert [found[day] for day in (kept, gone, days_ago(1))] == ["complete", "open", "complete"]
    shown = workspace.run("status", "--gaps", "7").must(4)
    assert "the folder is gone; its files were still changing when they were uploaded" in shown.flat


def test_a_file_from_the_future_is_named_once(workspace: Workspace) -> None:
    root = workspace.write(dict.fromkeys("abc", "x"), f"data/{days_ago(1)}")
    for name in "ab":
        os.utime(root / name, (4e9, 4e9))
    configure(workspace, KEEPS_OPEN)

    shown = workspace.run("sync").must(0)

    assert shown.output.count("warning: b has a time in the future (2096-") == 1
    assert "warning: a" not in shown.output
    assert gaps(workspace, 1) == [("Daily", days_ago(1), "open")]


def test_what_is_uploaded_today_is_open_and_no_gap_until_today_is_over(workspace: Workspace) -> None:
    workspace.write({"a.csv": "x"}, f"data/{today()}")
    workspace.write({"a.csv": "x"}, f"data/{days_ago(1)}")
    configure(workspace, SETTLED)
    workspace.run("sync").must(0)
    workspace.sync(day="today").must(0)
    assert states(workspace)[f"{today()}"] == "open"
    assert gaps(workspace, 1, exit_code=0) == []


@pytest.mark.parametrize("value", [-1, 1441, "soon"])
def test_the_key_has_limits(workspace: Workspace, value: object) -> None:
    workspace.configure(workspace.configuration(settle_minutes=value))
    assert "settle_minutes" in workspace.run("validate").must(2).output
    workspace.configure(workspace.configuration(), settle_minutes=value)
    assert "settle_minutes" in workspace.run("validate").must(2).output
