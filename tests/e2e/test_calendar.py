"""``status --calendar`` and ``status --gaps``: every data day after real runs."""

from __future__ import annotations

import os

import pytest

from tests.e2e.days import days_ago, days_ago_ns, gaps, noon_zone, states, status_json, today, write_day
from tests.e2e.harness import Workspace


def sync_days(workspace: Workspace, *counts: int, exit_code: int = 0) -> None:
    for count in counts:
        workspace.run("sync", "--target-date", days_ago(count)).must(exit_code)


def test_every_state_of_a_day_is_told_apart(workspace: Workspace) -> None:
    workspace.configure(workspace.configuration(), timezone=noon_zone())
    write_day(workspace, days_ago(6))
    (workspace.folder / "data" / days_ago(5)).mkdir()
    sync_days(workspace, 6, 5, 4, 1)

    found = states(workspace)

    assert found[days_ago(7)] == "before"
    assert found[days_ago(6)] == "complete"
    assert found[days_ago(5)] == "empty"
    assert found[days_ago(4)] == "missing"
    assert found[days_ago(3)] == found[days_ago(2)] == "unknown"
    assert found[days_ago(0)] == "future"
    assert [(day, state) for _, day, state in gaps(workspace)] == [
        (days_ago(5), "empty"),
        (days_ago(4), "missing"),
        (days_ago(3), "unknown"),
        (days_ago(2), "unknown"),
        (days_ago(1), "missing"),
    ]


def test_a_day_that_could_not_be_sent_is_failed_and_is_complete_once_it_was(workspace: Workspace) -> None:
    write_day(workspace, days_ago(1))
    workspace.configure(workspace.configuration(), timezone=noon_zone())
    workspace.run("sync", env={"AWS_SECRET_ACCESS_KEY": "wrong"}).must(3)
    failed = states(workspace)[days_ago(1)]
    assert gaps(workspace) == [("Daily", days_ago(1), "failed")]

    workspace.run("sync").must(0)

    assert (failed, states(workspace)[days_ago(1)]) == ("failed", "complete")
    assert gaps(workspace, exit_code=0) == []


@pytest.mark.skipif(os.name == "nt", reason="a link that points nowhere needs no privilege on POSIX")
def test_a_day_with_a_dangling_link_is_partial_until_it_is_gone(workspace: Workspace) -> None:
    write_day(workspace, days_ago(1))
    link = workspace.folder / "data" / days_ago(1) / "link"
    link.symlink_to("nowhere")
    workspace.configure(workspace.configuration(), timezone=noon_zone())
    workspace.run("sync").must(5)
    partial = gaps(workspace)
    page = workspace.run("status").must(0).stdout
    link.unlink()

    workspace.run("sync").must(0)

    assert partial == [("Daily", days_ago(1), "partial")]
    assert page.count("Success, but 1 file was skipped (unreadable)") == 2, (
        "for the execution and for the configuration"
    )
    assert gaps(workspace, exit_code=0) == []


def test_files_that_come_late_are_marked(workspace: Workspace) -> None:
    write_day(workspace, days_ago(1), files=2)
    workspace.configure(workspace.configuration(), timezone=noon_zone())
    workspace.run("sync").must(0)
    folder = f"data/{days_ago(1)}"
    workspace.write({f"late-{number}.csv": "late" for number in range(3)} | {"0.csv": "changed"}, folder)
    gone = next(key for key in workspace.bucket.objects() if key.endswith("1.csv"))
    workspace.bucket.client.delete_object(Bucket=workspace.bucket.name, Key=gone)

    again = workspace.run("sync", "--verbose").must(0).flat

    days = status_json(workspace, "--calendar", "2")["configurations"][0]["days"]
    yesterday = next(day for day in days if day["date"] == days_ago(1))
    assert (yesterday["state"], yesterday["late_files"], yesterday["files"]) == ("complete", 3, 5)
    assert "object gone since its upload" in again
    assert f"{int(days_ago(1)[-2:])}C+" in workspace.run("status", "--calendar", "2").must(0).stdout


def test_a_day_whose_folder_is_cleaned_up_after_its_upload_stays_complete(workspace: Workspace) -> None:
    write_day(workspace, days_ago(1))
    workspace.configure(workspace.configuration(), timezone=noon_zone())
    workspace.run("sync").must(0)
    for path in (workspace.folder / "data" / days_ago(1)).iterdir():
        path.unlink()
    (workspace.folder / "data" / days_ago(1)).rmdir()

    workspace.run("sync").must(0)

    assert states(workspace)[days_ago(1)] == "complete"


def test_only_expected_days_are_gaps(workspace: Workspace) -> None:
    names = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    weekday = names[(today().weekday() - 2) % 7]
    write_day(workspace, days_ago(9))
    configuration = workspace.configuration(expected_days=[weekday])
    workspace.configure(configuration, timezone=noon_zone())
    sync_days(workspace, 9)

    assert gaps(workspace) == [("Daily", days_ago(2), "unknown")]
    assert states(workspace)[days_ago(3)] == "not expected"


def test_the_whole_folder_is_dated_by_the_run(workspace: Workspace) -> None:
    workspace.write({"a": "a"})
    workspace.configure(workspace.whole_folder(), timezone=noon_zone())

    workspace.run("sync").must(0)

    found = states(workspace, "Whole")
    assert found[days_ago(0)] == "complete"
    assert found[days_ago(1)] == "before"
    assert gaps(workspace, exit_code=0) == []


def test_a_whole_folder_that_is_not_there_is_a_gap_of_today_until_a_run_sends_it(
    workspace: Workspace,
) -> None:
    workspace.configure(workspace.whole_folder(), timezone=noon_zone())
    workspace.run("sync").must(1)

    page = workspace.run("status", "--gaps").must(4).stdout
    one = status_json(workspace)["configurations"][0]

    assert f"{days_ago(0)}  failed    Whole: " in page
    assert f"1 gap from {days_ago(30)} to {days_ago(0)} in 1 configuration." in page
    assert gaps(workspace) == [("Whole", days_ago(0), "failed")]
    assert (one["gaps"], one["days"]) == (1, {"failed": 1, "before": 30})

    workspace.write({"a": "a"})
    workspace.run("sync", "--catch-up", "30").must(0)
    assert gaps(workspace, exit_code=0) == []


def test_a_date_range_tells_its_days_apart(workspace: Workspace) -> None:
    workspace.write({"a": "a", "b": "b", "c": "c"})
    for name, count in (("a", 4), ("b", 1), ("c", 1)):
        os.utime(workspace.folder / "data" / name, ns=(days_ago_ns(count),) * 2)
    strategy = {"type": "DateRange", "date_range_days_back": 7}
    workspace.configure(workspace.configuration(sync_strategy=strategy), timezone=noon_zone())

    workspace.run("sync").must(0)

    found = states(workspace)
    assert [found[days_ago(count)] for count in range(8)] == [
        "future",
        "complete",
        "empty",
        "empty",
        "complete",
        "before",
        "before",
        "before",
    ]
    page = workspace.run("status", "--gaps").must(4).stdout
    assert f"{days_ago(3)}  empty     Daily: no files of that day were found" in page
    assert "expected_days" in page


def test_a_configuration_that_never_ran_has_a_gap_yesterday(workspace: Workspace) -> None:
    workspace.configure(
        workspace.configuration(), workspace.configuration("Off", enabled=False), timezone=noon_zone()
    )

    assert gaps(workspace) == [("Daily", days_ago(1), "unknown")]
    assert not (workspace.folder / "mochok.db").exists()


def test_a_dry_run_leaves_no_trace_in_the_calendar(workspace: Workspace) -> None:
    write_day(workspace, days_ago(1))
    workspace.configure(workspace.configuration(), timezone=noon_zone())

    workspace.run("sync", "--dry-run").must(0)

    assert gaps(workspace) == [("Daily", days_ago(1), "unknown")]


@pytest.mark.parametrize("arguments", [["--gaps", "0"], ["--calendar", "0"], ["--gaps", "99999"]])
def test_numbers_out_of_range_are_bad_usage(workspace: Workspace, arguments: list[str]) -> None:
    workspace.configure(workspace.configuration())

    workspace.run("status", *arguments).must(2)
