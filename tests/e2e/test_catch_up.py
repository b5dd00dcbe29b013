"""Holes are filled, two runs never meet, and a run that is killed leaves nothing wrong behind."""

from __future__ import annotations

import hashlib
import json
import os
import random
import shlex
import signal
import socket
import sqlite3
import subprocess
import time
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.days import days_ago, days_ago_ns, gaps, noon_zone, states, status_json, write_day
from tests.e2e.harness import DAY, Bucket, Workspace

DAYS = 21
HOLES = (3, 10, 17)
PATIENCE_SECONDS = 60


# Filling holes


@pytest.fixture
def three_weeks(workspace: Workspace) -> Workspace:
    """Daily folders of the last 21 days, three of which do not exist, and nothing sent yet."""
    for count in range(1, DAYS + 1):
        if count not in HOLES:
            write_day(workspace, days_ago(count))
    workspace.configure(workspace.configuration(), timezone=noon_zone())
    return workspace


def missing_days() -> list[tuple[str, str, str]]:
    return [("Daily", days_ago(count), "missing") for count in sorted(HOLES, reverse=True)]


def test_catching_up_fills_three_weeks_and_names_exactly_the_missing_folders(
    three_weeks: Workspace, bucket: Bucket
) -> None:
    shown = three_weeks.run("sync", "--catch-up").must(0).flat

    assert f"1 enabled configuration for {days_ago(DAYS)} to {days_ago(1)}, {DAYS} days" in shown
    assert f"{2 * (DAYS - len(HOLES))} files, {len(HOLES)} of {DAYS} folders missing" in shown
    found = states(three_weeks)
    assert [count for count in range(1, DAYS + 1) if found[days_ago(count)] != "complete"] == list(HOLES)
    assert {found[days_ago(count)] for count in range(DAYS + 1, 31)} == {"before"}, "no data, so no holes"
    assert gaps(three_weeks) == missing_days()
    assert len(bucket.keys()) == 2 * (DAYS - len(HOLES))
    sent = {key: bucket.modified(key) for key in bucket.objects()}

    three_weeks.run("sync", "--catch-up").must(0)

    assert {key: bucket.modified(key) for key in bucket.objects()} == sent
    latest = json.loads(three_weeks.run("history", "show", "last", "--json").must(0).stdout)
    assert [result["target_date"] for result in latest["results"]] == [day for _, day, _ in missing_days()]
    assert latest["run"]["files_sent"] == 0

    write_day(three_weeks, days_ago(10))  # a folder comes back
    three_weeks.run("sync", "--catch-up").must(0)

    assert [day for _, day, _ in gaps(three_weeks)] == [days_ago(17), days_ago(3)]
    assert f"{days_ago(10).replace('-', '/')}/0.csv" in bucket.objects()


def test_a_plain_sync_catches_up_by_itself_if_the_configuration_says_so(workspace: Workspace) -> None:
    for count in range(1, 5):
        write_day(workspace, days_ago(count))
    workspace.configure(workspace.configuration(catch_up_days=9), timezone=noon_zone())

    workspace.run("sync").must(0)
    assert "does not exist" not in workspace.run("sync").must(0).output, "nor is there a hole the second time"

    assert [states(workspace)[days_ago(count)] for count in range(1, 6)] == ["complete"] * 4 + ["before"]


def test_a_range_of_days_is_filled_oldest_first_and_one_failing_day_does_not_stop_the_next(
    workspace: Workspace,
) -> None:
    for count in (1, 2, 3, 4):
        write_day(workspace, days_ago(count))
    in_the_way = workspace.folder / "data" / days_ago(3)
    for path in in_the_way.iterdir():
        path.unlink()
    in_the_way.rmdir()
    in_the_way.write_text("a file where a folder should be")
    workspace.configure(workspace.configuration(), timezone=noon_zone())

    workspace.run("sync", "--from", days_ago(4), "--to", days_ago(1)).must(1)

    found = states(workspace)
    assert [found[days_ago(count)] for count in (4, 3, 2, 1)] == [
        "complete",
        "failed",
        "complete",
        "complete",
    ]
    assert workspace.result_of("Daily")["lastDate"] == days_ago(1)


def test_catching_up_leaves_days_off_alone(workspace: Workspace) -> None:
    for count in range(1, 8):
        write_day(workspace, days_ago(count))
    workspace.configure(workspace.configuration(expected_days="weekdays"), timezone=noon_zone())

    workspace.run("sync", "--catch-up", "7").must(0)

    assert (
        sorted(states(workspace)[days_ago(count)] for count in range(1, 8))
        == ["complete"] * 5 + ["not expected"] * 2
    )


def test_catching_up_a_range_takes_few_runs_and_begins_with_the_first_file(
    workspace: Workspace, bucket: Bucket
) -> None:
    files_of_days = {1: "a", 5: "b", 12: "c"}
    workspace.write({f"{name}.csv": name for name in files_of_days.values()} | {"old.tmp": "no"})
    for count, name in {**files_of_days, 20: "old"}.items():
        path = workspace.folder / "data" / (f"{name}.csv" if count < 20 else "old.tmp")
        os.utime(path, ns=(days_ago_ns(count),) * 2)
    strategy = {"type": "DateRange", "date_range_days_back": 7}
    configuration = workspace.configuration(
        sync_strategy=strategy, destination={"s3_path_structure": "range"}, sync_options=["--exclude=*.tmp"]
    )
    workspace.configure(configuration, timezone=noon_zone())

    shown = workspace.run("sync", "--catch-up").must(0).flat

    assert f"for {days_ago(5)} to {days_ago(1)}, 2 days" in shown, "12 to 5 days ago, and 8 to 1"
    assert "3 files" in shown, "one of them takes part twice"
    assert bucket.keys() == {"range/a.csv", "range/b.csv", "range/c.csv"}
    found = states(workspace)
    assert [count for count in range(1, 31) if found[days_ago(count)] == "complete"] == [1, 5, 12]
    assert {found[days_ago(count)] for count in range(13, 31)} == {"before"}
    assert {found[days_ago(count)] for count in (2, 3, 4, 6, 7, 8, 9, 10, 11)} == {"empty"}


def test_what_has_no_days_of_its_own_runs_once_for_a_range_of_days_and_says_so(
    workspace: Workspace, bucket: Bucket
) -> None:
    for count in (1, 2, 3):
        write_day(workspace, days_ago(count))
    whole = workspace.whole_folder(prefix="whole/{day}")
    workspace.configure(workspace.configuration(), whole, timezone=noon_zone())

    shown = workspace.run("sync", "--from", days_ago(3), "--to", days_ago(1)).must(0).flat

    last, today = days_ago(1), days_ago(0)
    assert f"{days_ago(3)} to {last}, 3 days" in shown
    assert f"Whole: a FullDirectory has no dates; uploading it once, as it is today, for {last}" in shown
    assert len(bucket.keys(f"whole/{last[-2:]}/")) == len(bucket.keys("whole/")) == 6
    assert states(workspace, "Whole")[today] == "complete"
    assert workspace.result_of("Whole")["lastDate"] == last
    for page in (workspace.run("status"), workspace.run("history", "show", "last")):
        assert f"6 uploaded, 0 up to date, as of {today}" in page.must(0).flat
    again = workspace.run("sync", "--catch-up", "3").must(0).flat
    assert "complete today" in again


def test_catching_up_never_writes_todays_content_to_the_folders_of_past_months(
    workspace: Workspace, bucket: Bucket
) -> None:
    bucket.create()
    workspace.write({"a": "as it is today"})
    by_day = workspace.whole_folder(prefix="{year}/{month}/{day}", sync_options=["--delete"])
    workspace.configure(by_day, timezone=noon_zone())
    archived = f"{days_ago(20).replace('-', '/')}/a"
    bucket.put(archived, "as it was")

    workspace.run("sync", "--catch-up", str(DAYS)).must(0)
    workspace.run("sync", "--catch-up", str(DAYS)).must(0)

    assert bucket.keys() == {archived, f"{days_ago(1).replace('-', '/')}/a"}
    assert bucket.download(archived) == b"as it was"
    assert gaps(workspace, exit_code=0) == []


# One run at a time


def wait_until_it_holds_the_lock(workspace: Workspace, process: subprocess.Popen[bytes]) -> None:
    note = workspace.folder / "state.json.lock.json"
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (note.exists() and json.loads(note.read_text())["pid"] == process.pid):
        assert process.poll() is None, (workspace.root / "output").read_text("utf-8")
        assert time.monotonic() < deadline, "it never began"
        time.sleep(0.01)


def wait_for_status(workspace: Workspace, words: str) -> str:
    """``mochok status`` once it says so: a run enters itself into the ledger soon after it took the lock."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while words not in (page := workspace.run("status").must(0).stdout):
        assert time.monotonic() < deadline, page
    return page


@pytest.fixture
def silent(workspace: Workspace) -> Iterator[dict[str, Any]]:
    """A configuration whose server takes the connection and never answers: its run goes on and on."""
    write_day(workspace, DAY)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        endpoint = f"http://127.0.0.1:{listening.getsockname()[1]}"
        yield workspace.configuration(destination={"endpoint_url": endpoint})


def test_of_two_runs_one_works_and_the_other_names_it_and_ends(
    workspace: Workspace, silent: dict[str, Any]
) -> None:
    workspace.configure(silent)
    with workspace.started("sync", "--target-date", DAY) as first:
        wait_until_it_holds_the_lock(workspace, first)

        second = workspace.sync().must(75)

        assert str(first.pid) in second.output
        assert "--lock-wait" in second.output
        assert "enabled configuration" not in second.output, "a run that may not begin looks at nothing"
        assert f"[WARNING] No run: another run holds the lock of {workspace.state_path}" in workspace.log()
        page = wait_for_status(workspace, "A run is in progress")
        assert "never run" in page, "status needs no lock"
    assert "interrupted without a clean exit" in workspace.run("status").must(0).flat


def test_a_run_that_waits_begins_when_the_other_is_gone(
    workspace: Workspace, silent: dict[str, Any], bucket: Bucket
) -> None:
    workspace.configure(silent)
    with workspace.started("sync", "--target-date", DAY) as first:
        wait_until_it_holds_the_lock(workspace, first)
        workspace.configure(workspace.configuration())
        arguments = ["sync", "--target-date", DAY, "--lock-wait", str(PATIENCE_SECONDS)]
        with workspace.started(*arguments) as second:
            assert bucket.keys() == set()
            first.kill()
            assert second.wait(PATIENCE_SECONDS) == 0

    assert len(bucket.keys()) == 2
    assert workspace.state()["statistics"]["totalExecutions"] == 1


# Kill -9 at any moment

KILLS = 20
FILES = 2500
REWRITTEN = 300
"""Files that change between two kills, so that the last run still has work."""
LATEST_MOMENT_SECONDS = 0.6
Contents = dict[str, str]
"""Key -> MD5 of the file's content, which is the ETag of an object sent in one part."""


def write_files(folder: Path, numbers: Iterable[int], generation: int) -> Contents:
    """New content of the same size in each file: all of them want to be sent (again)."""
    contents: Contents = {}
    for number in numbers:
        content = f"generation {generation:03d} file {number:04d}\n".encode()
        path = folder / f"{number:04d}.txt"
        path.write_bytes(content)
        digest = hashlib.md5(content, usedforsecurity=False)
        contents[f"whole/{number:04d}.txt"] = digest.hexdigest()
    return contents


def recorded(workspace: Workspace) -> dict[str, tuple[int, int, str]]:
    """Key -> (size, mtime_ns, ETag) as the file ledger has it."""
    path = workspace.folder / "mochok.db"
    if not path.exists():
        return {}
    with closing(sqlite3.connect(path)) as ledger:
        if not ledger.execute("SELECT 1 FROM sqlite_master WHERE name = 'files'").fetchone():
            return {}
        rows = ledger.execute(
            "SELECT key, size_bytes, mtime_ns, etag FROM files WHERE size_bytes >= 0"
        ).fetchall()
    return {f"whole/{key}": (size_bytes, mtime_ns, etag) for key, size_bytes, mtime_ns, etag in rows}


def check_what_a_killed_run_left(
    workspace: Workspace, bucket: Bucket, folder: Path, contents: Contents
) -> None:
    """state.json parses, and no file that the next run would take for up to date is not in the bucket.

    What a killed run had under way may arrive after what the next one sent; its ETag tells it from that.
    """
    if workspace.state_path.exists():
        assert isinstance(workspace.state(), dict)
    objects = bucket.facts()
    for key, (size_bytes, mtime_ns, etag) in recorded(workspace).items():
        assert objects[key][0] == size_bytes, f"{key} is recorded with another size"
        if objects[key][1] == etag and (folder / key.removeprefix("whole/")).stat().st_mtime_ns == mtime_ns:
            assert etag == contents[key], f"{key} is recorded with content that did not arrive"


@pytest.mark.skipif(os.name == "nt", reason="kill -9 is POSIX")
def test_kill_at_any_moment_leaves_nothing_wrong_and_the_next_run_completes(
    workspace: Workspace, bucket: Bucket
) -> None:
    """Twenty runs over 2,500 files, each killed at a random moment, each going on where the last one was."""
    bucket.create()
    folder = workspace.folder / "data"
    folder.mkdir()
    workspace.configure(workspace.whole_folder())
    contents = write_files(folder, range(FILES), 0)
    chance = random.Random(20250115)
    killed = 0
    for generation in range(1, KILLS + 1):
        with workspace.started("sync") as process:
            wait_until_it_holds_the_lock(workspace, process)
            time.sleep(chance.uniform(0, LATEST_MOMENT_SECONDS))
            killed += process.poll() is None
            process.send_signal(signal.SIGKILL)
            process.wait()
        check_what_a_killed_run_left(workspace, bucket, folder, contents)
        contents |= write_files(folder, chance.sample(range(FILES), REWRITTEN), generation)
    assert "The last run was interrupted without a clean exit" in workspace.run("status").must(0).stdout
    assert killed > KILLS / 2, "most runs had ended before they were killed"

    workspace.run("sync").must(0)

    assert {key: etag for key, (_size, etag) in bucket.facts().items()} == contents
    assert recorded(workspace).keys() == contents.keys()
    runs = json.loads(workspace.run("history", "--json").must(0).stdout)["runs"]
    assert sum(run["outcome"] == "not ended" for run in runs) >= 1
    assert workspace.state()["configurationResults"]["Whole"]["lastStatus"] == "Success"
    assert "interrupted" not in workspace.run("status").must(0).stdout


def test_after_a_catch_up_status_shows_the_newest_day_and_says_up_to_date(workspace: Workspace) -> None:
    workspace.configure(
        workspace.configuration(), workspace.whole_folder(enabled=False), timezone=noon_zone()
    )
    for day in (1, 5):
        write_day(workspace, days_ago(day))
    workspace.run("sync").must(0)
    workspace.run("sync", "--from", days_ago(5), "--to", days_ago(4)).must(0)

    page = workspace.run("status").must(0).flat
    assert f"Newest day {days_ago(1)}: complete Status Skipped for {days_ago(4)}" in page
    newest = status_json(workspace)["configurations"][0]["newestDay"]
    assert newest == {"date": days_ago(1), "state": "complete"}

    workspace.run("sync").must(0)
    workspace.run("sync", "--only", "Whole").must(0)
    page = workspace.run("status").must(0).flat
    assert page.count(f"for {days_ago(1)}: up to date") == 1
    assert "Newest day" not in page
    assert "0 files" not in page
    assert page.count("before history begins") == 1, "FullDirectory is dated by its run"
    assert "Whole" not in workspace.run("status", "--gaps").must(4).stdout


def test_what_was_there_before_the_first_run_is_offered_and_the_command_uploads_it(
    workspace: Workspace,
) -> None:
    folders = workspace.configuration("Kate's $HOME")
    flat = {"type": "DateRange", "date_source": "filename", "date_range_days_back": 1}
    files = workspace.configuration(
        "Dumps", sync_strategy=flat, local_base_path=str(workspace.folder / "flat")
    )
    files["destination_config"] |= {"s3_path_structure": "dumps"}
    workspace.configure(folders, files, timezone=noon_zone())
    for count in (1, 2, 40, 45):
        write_day(workspace, days_ago(count))
    dumps = {f"shop-{days_ago(count).replace('-', '')}.gz": "x" for count in (1, 30, 31)}
    workspace.write(dumps, "flat")
    sentence = (
        f"3 earlier day folders were never uploaded: mochok sync --from {days_ago(45)} --to {days_ago(2)}"
    )

    assert sentence in workspace.run("status").must(0).flat, "before the first run"
    assert sentence.replace("2 ", "") in workspace.run("sync").must(0).flat
    page = workspace.run("status", "--gaps", "1").must(0).flat
    assert sentence in page
    assert "No gaps" in page
    [first, second] = status_json(workspace, "--gaps", "1")["configurations"]
    assert first["earlier_days"]["count"] == 3
    assert second["earlier_days"]["kind"] == "day with files"
    for view in status_json(workspace)["configurations"]:
        arguments = shlex.split(view["earlierDays"]["command"])
        workspace.run(*arguments[1:]).must(0)
    assert workspace.bucket.keys("dumps/") == {f"dumps/{one}" for one in dumps}
    assert len(workspace.bucket.keys()) == 8 + len(dumps)
    assert "earlier" not in workspace.run("status").must(0).flat
    assert "earlier" not in workspace.run("sync").must(0).flat
