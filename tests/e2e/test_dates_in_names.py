"""Dumps with the date in their name, day folders with something after the date, and filters with a date."""

from __future__ import annotations

import pytest

from tests.e2e.days import days_ago, noon_zone, states
from tests.e2e.harness import Bucket, Workspace


def compact(day: str) -> str:
    return day.replace("-", "")


def dumps(*counts: int) -> dict[str, str]:
    return {f"shop-{compact(days_ago(count))}.sql.gz": f"dump {count}" for count in counts}


@pytest.mark.parametrize("written", ["yyyyMMdd", "*yyyyMMdd*", "'shop-'yyyyMMdd", "shop-{date:yyyyMMdd}*.gz"])
def test_a_flat_folder_of_dumps_is_uploaded_by_the_date_in_their_names(
    workspace: Workspace, bucket: Bucket, written: str
) -> None:
    strategy = {
        "type": "DateRange",
        "date_source": "filename",
        "date_file_format": written,
        "date_range_days_back": 2,
    }
    destination = {"s3_path_structure": "dumps"}
    workspace.configure(
        workspace.configuration(sync_strategy=strategy, destination=destination), timezone=noon_zone()
    )
    workspace.write({**dumps(1, 3, 9), "readme.txt": "x"})

    workspace.run("sync").must(0)

    assert bucket.keys() == {f"dumps/{name}" for name in dumps(1, 3)}
    found = states(workspace)
    assert [found[days_ago(count)] for count in (1, 2, 3)] == ["complete", "empty", "complete"]
    explained = workspace.run("explain", "Daily", "readme.txt").must(0).flat
    assert "no date in its name" in explained


def test_a_day_folder_may_have_any_ending_as_long_as_one_fits(workspace: Workspace, bucket: Bucket) -> None:
    strategy = {"type": "DateFolder", "date_folder_format": "backup_{date:yyyyMMdd}_*"}
    destination = {"s3_path_structure": "b/{day_folder}"}
    workspace.configure(
        workspace.configuration(sync_strategy=strategy, destination=destination), timezone=noon_zone()
    )
    day = compact(days_ago(1))
    workspace.write({"a": "1"}, f"data/backup_{day}_full")
    workspace.write({"not a folder": "1"}, "data")
    (workspace.folder / "data" / f"backup_{day}_list.txt").write_text("a file is no folder")

    workspace.run("sync").must(0)
    assert bucket.keys() == {f"b/backup_{day}_full/a"}

    workspace.write({"a": "2"}, f"data/backup_{day}_again")
    shown = workspace.run("sync").must(1).flat
    assert f"2 folders fit {workspace.folder}/data/backup_{day}_*" in shown
    assert f"backup_{day}_again, backup_{day}_full" in shown
    assert "exactly one" in workspace.run("install").flat
    assert states(workspace)[days_ago(1)] == "complete"  # its files are in S3 all the same


def test_without_a_fitting_folder_the_day_is_missing_and_catch_up_finds_those_that_exist(
    workspace: Workspace, bucket: Bucket
) -> None:
    strategy = {"type": "DateFolder", "date_folder_format": "yyyy/yyyyMMdd*"}
    workspace.configure(workspace.configuration(sync_strategy=strategy), timezone=noon_zone())
    day = days_ago(4)
    workspace.write({"a": "1"}, f"data/{day[:4]}/{compact(day)} (4711)")

    shown = workspace.run("sync", "--catch-up", "9").must(0).flat

    assert f"data/{days_ago(1)[:4]}/{compact(days_ago(1))}* does not exist" in shown
    assert bucket.keys() == {f"{day.replace('-', '/')}/a"}
    found = states(workspace)
    assert (found[days_ago(4)], found[days_ago(1)]) == ("complete", "missing")
    assert found[days_ago(6)] == "before"


def test_a_filter_may_name_the_target_date(workspace: Workspace, bucket: Bucket) -> None:
    options = ["--exclude=*", "--include=*{date:yyyyMMdd}*"]
    workspace.configure(workspace.whole_folder(sync_options=options), timezone=noon_zone())
    workspace.write(dumps(1, 2))

    workspace.run("sync").must(0)

    assert bucket.keys() == {f"whole/{name}" for name in dumps(1)}
    assert "no problems found" in workspace.run("validate").must(0).flat


@pytest.mark.parametrize("written", ["{yyyyMMdd}", "{jpg,png}", "{Year}"])
def test_braces_in_a_filter_that_are_no_placeholder_are_noticed(workspace: Workspace, written: str) -> None:
    options = ["--exclude=*", f"--include=*{written}*"]
    workspace.configure(workspace.whole_folder(sync_options=options))
    shown = workspace.run("validate").must(0).flat
    assert f"{written} in --include=*{written}* is not a placeholder" in shown


def test_folders_with_spanish_months(workspace: Workspace, bucket: Bucket) -> None:
    strategy = {"type": "DateFolder", "date_folder_format": "yyyy/MMMM/dd", "culture": "es"}
    destination = {"s3_path_structure": "{date:yyyy/MMMM/dd}"}
    workspace.configure(workspace.configuration(sync_strategy=strategy, destination=destination))
    workspace.write({"a": "1"}, "data/2026/noviembre/26")

    workspace.sync(day="2026-11-26").must(0)

    assert bucket.keys() == {"2026/noviembre/26/a"}


def test_the_year_of_the_week_around_new_year(workspace: Workspace, bucket: Bucket) -> None:
    pattern = "{base_path}/{week_year}-W{week}"
    strategy = {"type": "CustomPattern", "custom_local_pattern": pattern}
    destination = {"s3_path_structure": "{week_year}/{week}"}
    workspace.configure(workspace.configuration(sync_strategy=strategy, destination=destination))
    workspace.write({"a": "1"}, "data/2020-W53")

    workspace.sync(day="2021-01-01").must(0)

    assert bucket.keys() == {"2020/53/a"}
