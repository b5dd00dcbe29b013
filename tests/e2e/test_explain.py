"""`mochok explain` says what a sync then does."""

from __future__ import annotations

import os
import re
import sys

import pytest

from tests.e2e.harness import DAY, Bucket, Workspace, noon_ns


@pytest.fixture
def ready(workspace: Workspace) -> Workspace:
    workspace.write({"a.txt": "hello", "b.tmp": "t"}, f"data/{DAY}")
    options = ["--exclude=*.tmp", "--storage-class=STANDARD_IA"]
    workspace.configure(workspace.configuration(sync_options=options))
    return workspace


def explained(workspace: Workspace, path: str, exit_code: int = 0) -> str:
    return workspace.run("explain", "Daily", path, "--target-date", DAY).must(exit_code).flat


def test_before_and_after_the_sync(ready: Workspace, bucket: Bucket) -> None:
    before = explained(ready, "a.txt")
    assert "In S3 nothing" in before
    assert "Next sync upload it: new" in before
    assert f"s3://{bucket.name}/2025/01/15/a.txt" in before

    ready.sync().must(0)

    after = explained(ready, "a.txt")
    assert "In S3 5 bytes, uploaded 20" in after
    assert "storage class STANDARD_IA" in after
    assert "Next sync do nothing: up to date" in after
    assert "Last upload the file of 5 bytes" in after


def test_explaining_changes_nothing(ready: Workspace, bucket: Bucket) -> None:
    explained(ready, "a.txt")

    assert not bucket.exists()
    assert not ready.state_path.exists()
    assert sorted(os.listdir(ready.folder)) == ["data", "sync-config.yaml"]


def test_the_rule_that_decided_is_named(ready: Workspace) -> None:
    output = explained(ready, "b.tmp")

    assert "Selected no: --exclude=*.tmp (filter 1 of 1) matches it, and the last match wins" in output
    assert "Next sync do nothing: excluded by a filter" in output


def test_a_file_of_another_day_is_told_with_the_day_that_takes_it(ready: Workspace) -> None:
    ready.write({"c.txt": "c"}, "data/2025-01-10")

    output = explained(ready, str(ready.folder / "data" / "2025-01-10" / "c.txt"), 2)

    assert "is not below the source folder" in output
    assert "that file is in the folder of --target-date 2025-01-10" in output


def test_a_server_that_is_not_there_leaves_the_rest_explained(ready: Workspace) -> None:
    away = {"endpoint_url": "http://127.0.0.1:9"}
    ready.configure(ready.configuration(destination=away, sync_options=["--exclude=*.tmp"]))

    output = explained(ready, "a.txt", 1)
    assert "In S3 unknown: the server 127.0.0.1:9 cannot be reached" in output
    assert "Next sync unknown" in output
    assert "Next sync do nothing: excluded by a filter" in explained(ready, "b.tmp", 1)


def test_an_unknown_configuration_is_bad_usage_that_names_the_known(ready: Workspace) -> None:
    result = ready.run("explain", "Dayly", "a.txt").must(2)

    assert "there is no configuration named 'Dayly'" in result.flat
    assert "did you mean 'Daily'?" in result.flat


def test_a_disabled_configuration_is_explained_all_the_same(ready: Workspace) -> None:
    ready.configure(ready.configuration(enabled=False))

    assert "is not enabled" in explained(ready, "a.txt")


def test_an_object_encrypted_with_a_key_of_its_own_can_be_asked_for(ready: Workspace, bucket: Bucket) -> None:
    key = "0123456789abcdef0123456789abcdef"
    ready.configure(ready.configuration(sync_options=["--sse-c=AES256", f"--sse-c-key={key}"]))
    ready.sync().must(0)

    output = explained(ready, "a.txt")

    assert "In S3 5 bytes" in output
    assert key not in output


def test_a_strange_name_is_escaped(ready: Workspace) -> None:
    ready.write({"x\x1b[31m.txt": "x"}, f"data/{DAY}")

    output = explained(ready, "x\x1b[31m.txt")

    assert "\x1b" not in output
    assert "x\\x1b[31m.txt" in output


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no FIFOs")
def test_a_range_of_days_is_told_in_the_configured_zone(workspace: Workspace) -> None:
    """Just before midnight in Santiago it is the next day in UTC already."""
    data = workspace.write({"in.txt": "1", "out.txt": "2"})
    for name, day in (("in.txt", "2025-01-16"), ("out.txt", "2025-01-17")):
        moment = noon_ns(day) - 9 * 3600 * 1_000_000_000  # 03:00 UTC is midnight in Santiago
        os.utime(data / name, ns=(moment - 1_000_000_000, moment - 1_000_000_000))
    os.mkfifo(data / "pipe")
    strategy = {"type": "DateRange", "date_range_days_back": 1}
    workspace.configure(
        workspace.configuration(sync_strategy=strategy, sync_options=["--exclude=*.tmp"]),
        timezone="America/Santiago",
    )

    inside = explained(workspace, "in.txt")
    assert "modified 2025-01-15 23:59:59 -03" in inside
    assert "Selected yes: its modification day is in 2025-01-14 to 2025-01-15; no --exclude" in inside
    outside = explained(workspace, "out.txt")
    assert "Selected no: its modification day is not in 2025-01-14 to 2025-01-15" in outside
    assert "Next sync do nothing: outside the date range" in outside
    pipe = explained(workspace, "pipe")
    assert "Selected no: it is a device, socket or FIFO" in pipe
    assert "Next sync ignore it" in pipe


@pytest.mark.parametrize("symlinks", ["follow", "inside"])
def test_a_link_back_to_a_parent_folder_is_skipped_as_a_run_skips_it(ready: Workspace, symlinks: str) -> None:
    folder = ready.write({"sub/in.txt": "x"}, f"data/{DAY}")
    (folder / "sub" / "loop").symlink_to("..")
    ready.configure(ready.configuration(symlinks=symlinks))
    words = "a symbolic link back to one of its parent folders"

    for path in ("sub/loop/sub/in.txt", "sub/loop/a.txt"):
        output = explained(ready, path)
        assert f"Selected no: {folder}/sub/loop is {words}" in output
        assert f"Next sync skip it: {folder}/sub/loop is {words}" in output
    assert "Next sync upload it: new" in explained(ready, "sub/in.txt")

    assert words in ready.sync().must(5).flat


def test_a_sync_that_relies_on_an_earlier_listing_is_predicted(ready: Workspace, bucket: Bucket) -> None:
    ready.configure(ready.configuration(reconcile_every_days=30))
    ready.sync().must(0)
    key = "2025/01/15/a.txt"
    bucket.client.delete_object(Bucket=bucket.name, Key=key)

    output = explained(ready, "a.txt")

    assert "In S3 nothing" in output
    found = re.search(r"Next sync do nothing: up to date, according to the listing of ([0-9-]{10}) ", output)
    assert found, output
    assert "(reconcile_every_days: 30); if it listed the bucket: upload it: object gone" in output
    result = ready.sync().must(0)
    assert f"Daily: {DAY} is complete in S3, according to the listing of {found[1]}." in result.flat
    assert bucket.objects(key) == {}

    ready.configure(ready.configuration(reconcile_every_days=0))
    assert "Next sync upload it: object gone since its upload (compare" in explained(ready, "a.txt")
    assert f"Daily: {DAY} is complete in S3." in ready.sync().must(0).flat


def test_a_bucket_that_a_run_may_not_create_is_why_it_fails(ready: Workspace, bucket: Bucket) -> None:
    ready.configure(ready.configuration(destination={"create_bucket": False}))
    words = f"the bucket {bucket.name} does not exist and create_bucket is false"

    output = explained(ready, "a.txt", 1)

    assert "In S3 nothing: the bucket does not exist" in output
    assert f"Next sync fail: {words}" in output
    assert words in ready.sync().must(1).flat


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
def test_a_name_that_is_not_utf8_is_explained_as_a_run_takes_it(ready: Workspace) -> None:
    name = "bad\udcff.txt"
    ready.write({name: "x"}, f"data/{DAY}")

    assert "its name is not valid UTF-8" in explained(ready, name)
