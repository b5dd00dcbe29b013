"""A day is not complete any more when objects that were uploaded for it are gone or changed."""

from __future__ import annotations

import json

import pytest

from tests.e2e.days import days_ago, gaps, noon_zone, states, status_json, write_day
from tests.e2e.harness import Workspace


@pytest.fixture
def day(workspace: Workspace) -> str:
    """Yesterday with five files, complete."""
    workspace.configure(workspace.configuration(), timezone=noon_zone())
    write_day(workspace, days_ago(1), files=5)
    workspace.run("sync").must(0)
    return days_ago(1)


def remove(workspace: Workspace, day: str, *numbers: int, local: bool = True, remote: bool = True) -> None:
    for number in numbers:
        if remote:
            key = f"{day.replace('-', '/')}/{number}.csv"
            workspace.bucket.client.delete_object(Bucket=workspace.bucket.name, Key=key)
        if local:
            (workspace.folder / "data" / day / f"{number}.csv").unlink()


def test_objects_that_are_gone_make_their_day_partial_at_once(workspace: Workspace, day: str) -> None:
    remove(workspace, day, 0, 1, 2)
    remove(workspace, day, 3, remote=False)  # cleaned up after its upload, and still in S3

    shown = workspace.run("sync").must(5).flat

    assert "3 objects that were uploaded are gone from the bucket" in shown
    assert "0.csv, 1.csv, 2.csv" in shown
    assert f"{day} lacks objects that were uploaded before" in shown
    assert gaps(workspace) == [("Daily", day, "partial")]
    message = status_json(workspace, "--gaps", exit_code=4)["gaps"][0]["message"]
    assert message.endswith("3 objects that were uploaded are gone from the bucket")
    workspace.run("sync").must(5)
    write_day(workspace, day, files=5)
    workspace.run("sync").must(0)
    assert states(workspace)[day] == "complete"


def test_an_object_that_somebody_replaced_is_not_what_was_uploaded(workspace: Workspace, day: str) -> None:
    remove(workspace, day, 1, remote=False)
    workspace.bucket.put(f"{day.replace('-', '/')}/1.csv", "something else")
    shown = workspace.run("sync").must(5).flat
    assert "1 object that was uploaded is changed in the bucket" in shown
    assert states(workspace)[day] == "partial"


def test_what_a_local_file_replaces_or_a_filter_excludes_is_not_lost(workspace: Workspace, day: str) -> None:
    remove(workspace, day, 0, local=False)
    remove(workspace, day, 1)
    options = ["--exclude=1.csv"]
    workspace.configure(workspace.configuration(sync_options=options), timezone=noon_zone())
    workspace.run("sync").must(0)
    assert states(workspace)[day] == "complete"


def test_what_mochok_deleted_itself_is_not_lost(workspace: Workspace, day: str) -> None:
    remove(workspace, day, 0, remote=False)
    deleting = workspace.configuration(sync_options=["--delete"])
    workspace.configure(deleting, timezone=noon_zone())
    workspace.run("sync").must(0)
    workspace.configure(workspace.configuration(), timezone=noon_zone())
    workspace.run("sync").must(0)
    assert states(workspace)[day] == "complete"


def test_of_a_range_only_the_day_of_the_file_is_partial(workspace: Workspace) -> None:
    strategy = {"type": "DateRange", "date_range_days_back": 2, "date_source": "path"}
    destination = {"s3_path_structure": "range"}
    entry = workspace.configuration(sync_strategy=strategy, destination=destination)
    workspace.configure(entry, timezone=noon_zone())
    for count in (1, 2, 3):
        write_day(workspace, days_ago(count))
    workspace.run("sync").must(0)
    for count in (2, 3):
        key = f"range/{days_ago(count)}/0.csv"
        workspace.bucket.client.delete_object(Bucket=workspace.bucket.name, Key=key)
        (workspace.folder / "data" / days_ago(count) / "0.csv").unlink()
    workspace.run("sync", "--target-date", days_ago(1)).must(5)
    assert [states(workspace)[days_ago(count)] for count in (1, 2, 3)] == ["complete", "partial", "partial"]


def test_nothing_was_verified_yet_and_that_is_shown(workspace: Workspace, day: str) -> None:
    for arguments in (("status",), ("status", "--calendar"), ("status", "--gaps")):
        shown = workspace.run(*arguments).must(0).flat
        assert shown.count("as uploaded; last verified: never") == 1
    calendar = json.loads(workspace.run("status", "--calendar", "2", "--json").must(0).stdout)
    [configuration] = calendar["configurations"]
    assert configuration["lastVerified"] is None
    assert {found["lastVerified"] for found in configuration["days"]} == {None}
    assert status_json(workspace)["configurations"][0]["lastVerified"] is None
    assert status_json(workspace, "--gaps")["configurations"][0]["lastVerified"] is None
