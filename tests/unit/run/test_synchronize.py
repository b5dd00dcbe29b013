"""One configuration for one date: what goes up, what it comes to, what is remembered."""

from __future__ import annotations

import os
import shutil
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from mochok.errors import (
    AccessDeniedError,
    BucketMissingError,
    CredentialsError,
    FileError,
    FileLeftOutError,
    Interrupted,
    MochokError,
)
from mochok.events import FileFailed, FileLeftOut, FileSent, FileSkipped, Level, Notice, Progress
from mochok.model import DateWindow, DayState, Failure, LedgerEntry, Reason, Status, SyncResult
from mochok.plan.compare import Compare
from mochok.plan.filters import FilterRule
from mochok.storage.contract import Notify
from mochok.storage.dryrun import DryRunStore
from tests.support.memory_store import MemoryStore
from tests.unit.run.builders import DAY, LONG_AGO_NS, JobScene, RefusingStore

FUTURE_NS = 4_000_000_000 * 1_000_000_000


def outcome(result: SyncResult) -> tuple[Status, DayState, int]:
    return result.status, result.day_state, result.exit_code


COMPLETE = (Status.SUCCESS, DayState.COMPLETE, 0)


# What goes up


def test_new_files_go_up_and_the_next_run_finds_them_up_to_date(scene: JobScene) -> None:
    scene.write("a.txt", "sub/b.txt")
    first = scene.run()
    assert outcome(first) == COMPLETE
    assert first.message == "2 uploaded, 0 up to date"
    assert scene.store.contents == {"a.txt": b"a.txt", "sub/b.txt": b"sub/b.txt"}
    assert [event.key for event in scene.told(FileSent)] == ["a.txt", "sub/b.txt"]

    second = scene.run()
    assert outcome(second) == COMPLETE
    assert second.message == "0 uploaded, 2 up to date"
    tally = second.tally
    assert (tally.files_seen, tally.bytes_seen, tally.uploads_planned) == (2, 14, 0)
    assert tally.skipped == {Reason.UP_TO_DATE: 2}
    assert scene.told(FileSent) == []


def test_a_result_says_what_went_where(scene: JobScene) -> None:
    scene.write("a")
    scene.clock.seconds = 10.0
    result = scene.run()
    assert (result.name, result.target_date, result.days) == ("Daily", DAY, (DAY,))
    assert (result.local_path, result.s3_path) == (str(scene.root), "s3://b/p")
    assert (result.tally.uploaded, result.tally.bytes_uploaded, result.tally.planned) == (
        1,
        1,
        {Reason.NEW: 1},
    )
    assert (result.duration_seconds, result.dry_run, result.failures, result.warnings) == (0.0, False, (), ())


def test_any_change_of_a_file_sends_it_in_either_direction_of_time(scene: JobScene) -> None:
    scene.write("older", "newer", "same")
    scene.run()
    scene.write("older", content="OLDER", mtime_ns=LONG_AGO_NS - 1)
    scene.write("newer", content="NEWER", mtime_ns=LONG_AGO_NS + 1)
    result = scene.run()
    assert result.tally.planned == {Reason.CHANGED: 2}
    assert scene.store.contents == {"older": b"OLDER", "newer": b"NEWER", "same": b"same"}


def test_a_date_in_the_future_is_not_sent_every_night(scene: JobScene) -> None:
    scene.write("x", mtime_ns=FUTURE_NS)
    assert scene.run().tally.uploaded == 1
    assert scene.run().tally.uploaded == 0
    assert scene.run(compare=Compare.SIZE_AND_TIME).tally.planned == {Reason.NEWER: 1}
    assert scene.run(compare=Compare.SIZE_ONLY).tally.uploaded == 0


def test_what_somebody_changed_in_the_bucket_is_put_right(scene: JobScene) -> None:
    scene.write("x", "gone")
    scene.run()
    scene.store.put("x", b"!")
    scene.store.objects.pop("gone")
    assert scene.run().tally.planned == {Reason.GONE: 1, Reason.REMOTE_CHANGED: 1}
    assert scene.store.contents["x"] == b"x"
    assert scene.run().tally.uploaded == 0


def test_a_lost_ledger_costs_nothing_but_is_learnt_again(scene: JobScene) -> None:
    scene.write("x")
    scene.put("x")
    assert scene.run().tally.skipped == {Reason.UP_TO_DATE: 1}
    assert set(scene.known("x")) == {"x"}
    scene.write("x", mtime_ns=LONG_AGO_NS - 1)
    assert scene.run().tally.planned == {Reason.CHANGED: 1}


def test_only_the_ledger_comparison_learns(scene: JobScene) -> None:
    scene.write("x")
    scene.put("x")
    scene.run(compare=Compare.SIZE_AND_TIME)
    assert scene.known("x") == {}


def test_compare_checksum_sends_only_changed_content(scene: JobScene) -> None:
    scene.put("same", "different", "longer")
    scene.write("same", mtime_ns=FUTURE_NS)
    scene.write("different", content="DIFFERENT", mtime_ns=FUTURE_NS)
    scene.write("longer", content="longer than before", mtime_ns=LONG_AGO_NS)
    result = scene.run(compare=Compare.CHECKSUM)
    assert result.tally.planned == {Reason.CONTENT_DIFFERS: 1, Reason.SIZE_DIFFERS: 1}
    assert result.tally.skipped == {Reason.UP_TO_DATE: 1}


def test_filters_keep_files_out_and_say_why_if_asked(scene: JobScene) -> None:
    scene.write("a.txt", "b.tmp", "sub/c.tmp")
    rules = (FilterRule(False, "*.tmp"),)
    result = scene.run(filters=rules, details=True)
    assert set(scene.store.contents) == {"a.txt"}
    assert (result.tally.files_seen, result.tally.skipped) == (1, {Reason.EXCLUDED: 2})
    assert [(event.key, event.reason) for event in scene.told(FileSkipped)] == [
        ("b.tmp", Reason.EXCLUDED),
        ("sub/c.tmp", Reason.EXCLUDED),
    ]
    scene.run(filters=rules)
    assert scene.told(FileSkipped) == []


def test_a_thousand_files_pass_through_several_shards(scene: JobScene) -> None:
    scene.write(*(f"{number % 7}/{number:04d}" for number in range(1000)))
    assert scene.run().tally.uploaded == 1000
    assert len(scene.store.contents) == 1000
    result = scene.run()
    assert (result.tally.uploaded, result.tally.files_seen) == (0, 1000)


# What it comes to


def test_an_empty_source_is_an_empty_day(scene: JobScene) -> None:
    assert outcome(scene.run()) == (Status.SUCCESS, DayState.EMPTY, 0)
    scene.write("only.tmp")
    excluded = scene.run(filters=(FilterRule(False, "*"),))
    assert outcome(excluded) == (Status.SUCCESS, DayState.EMPTY, 0)


def test_a_missing_source_is_skipped_and_the_server_not_even_asked(scene: JobScene) -> None:
    scene.root.rmdir()
    result = scene.run()
    assert outcome(result) == (Status.SKIPPED, DayState.MISSING, 0)
    assert result.message == f"the source folder {scene.root} does not exist"
    assert scene.notices("WARNING") == [result.message]
    assert scene.opened == 0


def test_a_missing_source_may_be_a_failure(scene: JobScene) -> None:
    scene.root.rmdir()
    assert outcome(scene.run(missing_source="fail")) == (Status.FAILURE, DayState.FAILED, 1)


def test_a_missing_base_path_is_always_a_failure(scene: JobScene) -> None:
    shutil.rmtree(scene.root.parent)
    result = scene.run()
    assert outcome(result) == (Status.FAILURE, DayState.FAILED, 1)
    assert result.message == f"the source folder {scene.root.parent} does not exist"


def test_a_source_that_is_a_file_or_a_dangling_link_is_a_failure(scene: JobScene) -> None:
    scene.root.rmdir()
    scene.root.touch()
    assert "is not a folder" in scene.run().message
    scene.root.unlink()
    scene.root.symlink_to("nowhere")
    assert outcome(scene.run()) == (Status.FAILURE, DayState.FAILED, 1)


def test_one_failed_file_does_not_stop_the_others(scene: JobScene) -> None:
    scene.store = store = RefusingStore()
    store.refuse_upload["b"] = AccessDeniedError("PutObject b: 403", hint="ask")
    scene.write("a", "b", "c")
    result = scene.run()
    assert outcome(result) == (Status.FAILURE, DayState.PARTIAL, 1)
    assert result.message == "1 failed, 2 uploaded, 0 up to date"
    assert result.failures == (Failure("b", "PutObject b: 403"),)
    assert scene.told(FileFailed) == [FileFailed("Daily", "b", "PutObject b: 403 (ask)")]
    assert scene.known("b") == {"b": LedgerEntry.begun("b")}, "nobody knows what is there"
    assert set(scene.known("a", "b", "c")) == {"a", "b", "c"}
    del store.refuse_upload["b"]
    assert scene.run().message == "1 uploaded, 2 up to date"


def test_what_failed_is_sent_the_next_time_whatever_stands_in_the_bucket(scene: JobScene) -> None:
    """The object is what the file was a moment before: same size, and later than the file's time."""
    scene.store = store = RefusingStore()
    store.refuse_upload["a"] = FileError("the file keeps changing while it is sent")
    scene.write("a", content="new")
    store.put("a", b"old", modified_ns=LONG_AGO_NS - 1)
    assert scene.run().exit_code == 1
    store.put("a", b"mix")
    store.refuse_upload.clear()
    assert scene.run().tally.planned == {Reason.UNFINISHED: 1}
    assert store.contents["a"] == b"new"


def test_if_every_file_fails_the_day_failed(scene: JobScene) -> None:
    scene.store = store = RefusingStore()
    store.refuse_upload["a"] = FileError("it kept changing")
    scene.write("a")
    assert outcome(scene.run()) == (Status.FAILURE, DayState.FAILED, 1)


def test_only_the_first_hundred_failures_are_kept_but_all_are_counted(scene: JobScene) -> None:
    scene.store = store = RefusingStore()
    names = [f"{number:03d}" for number in range(150)]
    store.refuse_upload = {name: AccessDeniedError("no") for name in names}
    scene.write(*names)
    result = scene.run()
    assert (len(result.failures), result.tally.failed) == (100, 150)


@pytest.mark.skipif(os.name != "posix", reason="links and FIFOs of POSIX")
def test_files_left_out_make_the_day_partial_and_everything_else_goes_on(scene: JobScene) -> None:
    scene.store = store = RefusingStore()
    store.refuse_upload["locked"] = FileLeftOutError("no permission to read it")
    scene.write("a", "locked")
    (scene.root / "dangling").symlink_to("nowhere")
    result = scene.run()
    assert outcome(result) == (Status.SUCCESS, DayState.PARTIAL, 5)
    assert result.message == "1 uploaded, 0 up to date, 2 skipped (unreadable)"
    assert result.tally.left_out == 2
    assert result.warnings == (
        "skipped (unreadable): dangling: a broken symbolic link, or deleted during the scan",
        "skipped (unreadable): locked: no permission to read it",
    )
    assert [event.left_out.key for event in scene.told(FileLeftOut)] == ["dangling", "locked"]


@pytest.mark.skipif(os.name != "posix", reason="FIFOs of POSIX")
def test_a_fifo_is_noted_and_the_day_complete(scene: JobScene) -> None:
    scene.write("a")
    os.mkfifo(scene.root / "pipe")
    result = scene.run()
    assert outcome(result) == COMPLETE
    assert (result.warnings, result.tally.left_out) == ((), 0)
    assert [event.left_out.key for event in scene.told(FileLeftOut)] == ["pipe"]


def test_a_permanent_fault_stops_at_once_and_keeps_what_arrived(scene: JobScene) -> None:
    scene.store = store = RefusingStore()
    store.final["b"] = BucketMissingError("the bucket b is gone", hint="create it")
    scene.write("a", "b", "c")
    result = scene.run()
    assert outcome(result) == (Status.FAILURE, DayState.PARTIAL, 1)
    assert (result.message, result.hint) == ("the bucket b is gone", "create it")
    assert store.calls == ["upload a", "upload b"]
    assert set(scene.known("a", "b")) == {"a"}
    assert store.closed == 1


def test_a_store_that_cannot_be_opened_is_the_result(scene: JobScene) -> None:
    def refuse(_opening: object, _notify: object) -> RefusingStore:
        raise CredentialsError("no AWS credentials found", hint="aws configure")

    scene.write("a")
    result = scene.run(open_store=refuse)
    assert outcome(result) == (Status.FAILURE, DayState.FAILED, 3)
    assert (result.message, result.hint) == ("no AWS credentials found", "aws configure")


def test_what_the_store_notices_while_it_is_opened_is_told(scene: JobScene) -> None:
    scene.write("a")

    def open_and_say(_opening: object, notify: Notify) -> MemoryStore:
        notify("INFO", "created")
        notify("WARNING", "no versioning")
        return scene.store

    result = scene.run(open_store=open_and_say)
    assert result.warnings == ("no versioning",)
    assert scene.told(Notice) == [
        Notice("Daily", Level.INFO, "created"),
        Notice("Daily", Level.WARNING, "no versioning"),
    ]


@pytest.mark.parametrize("error", [None, AccessDeniedError("no"), Interrupted("interrupted")])
def test_the_store_is_closed_whatever_happens(scene: JobScene, error: MochokError | None) -> None:
    scene.store = store = RefusingStore()
    scene.write("a")
    if error is not None:
        store.final["a"] = error
    scene.run()
    assert store.closed == 1


# Interruption


def test_an_interrupted_run_keeps_what_arrived_and_starts_nothing_new(scene: JobScene) -> None:
    scene.write(*(f"{number:02d}" for number in range(20)))
    taken: list[object] = []

    class Impatient(RefusingStore):
        def put(self, key: str, content: bytes, modified_ns: int | None = None):  # type: ignore[no-untyped-def]
            taken.append(key)
            if len(taken) == 3:
                scene.stop.request()
            return super().put(key, content, modified_ns)

    scene.store = Impatient()
    result = scene.run(delete=True)
    assert outcome(result) == (Status.FAILURE, DayState.PARTIAL, 130)
    assert result.message == "interrupted after 3 uploaded, 0 up to date"
    assert taken == ["00", "01", "02"]
    assert set(scene.known("00", "01", "02", "03")) == {"00", "01", "02"}


# Dry run


def test_a_dry_run_says_what_would_happen_and_leaves_no_trace(scene: JobScene) -> None:
    scene.write("new", "same")
    scene.put("same", "old")
    before = dict(scene.store.objects)
    result = scene.run(dry_run=True, delete=True, open_store=lambda *_: DryRunStore(scene.store))
    assert outcome(result) == COMPLETE
    assert result.message == "1 would be uploaded, 1 would be deleted, 1 up to date"
    assert result.dry_run
    assert [event.dry_run for event in scene.told(FileSent)] == [True]
    assert scene.store.objects == before
    assert scene.known("new", "same", "old") == {}


# Dates


def at(text: str) -> int:
    """A moment of Santiago's summer (UTC-3), in nanoseconds."""
    return int(datetime.fromisoformat(text + "-03:00").timestamp()) * 1_000_000_000


def test_a_date_range_includes_both_ends_in_the_configured_zone(scene: JobScene) -> None:
    scene.write("just before", mtime_ns=at("2025-01-11T23:59:59"))
    scene.write("first moment", mtime_ns=at("2025-01-12T00:00:00"))
    scene.write("last moment", mtime_ns=at("2025-01-14T23:59:59"))
    scene.write("just after", mtime_ns=at("2025-01-15T00:00:00"))
    window = DateWindow(DAY - timedelta(days=2), DAY)
    result = scene.run(modified_days=window, zone=ZoneInfo("America/Santiago"))
    assert set(scene.store.contents) == {"first moment", "last moment"}
    assert result.tally.skipped == {Reason.OUTSIDE_DATES: 2}


# The ledger in place of a listing


def test_a_recent_listing_need_not_be_repeated(scene: JobScene) -> None:
    scene.write("a", "b")
    scene.run(reconcile_every_days=7)
    scene.store.objects.clear()
    scene.clock.moment += timedelta(days=6)
    assert scene.run(reconcile_every_days=7).message == "0 uploaded, 2 up to date"
    scene.write("a", content="changed")
    assert scene.run(reconcile_every_days=7).tally.planned == {Reason.CHANGED: 1}
    assert set(scene.store.objects) == {"a"}


@pytest.mark.parametrize("changed", [{"place": "another server b"}, {"account": "another"}])
def test_a_listing_of_another_bucket_is_not_enough(scene: JobScene, changed: dict[str, str]) -> None:
    scene.write("a")
    scene.run(reconcile_every_days=7)
    scene.store.objects.clear()
    scene.store.bucket = scene.store.bucket._replace(**changed)
    assert scene.run(reconcile_every_days=7).tally.planned == {Reason.GONE: 1}
    scene.store.objects.clear()
    assert scene.run(reconcile_every_days=7).tally.planned == {}, "it has been listed now"


def test_a_bucket_that_was_missing_in_between_is_listed(scene: JobScene) -> None:
    """By this configuration or another one, before the store is opened or while it is used."""
    scene.write("a")
    scene.run(reconcile_every_days=7)
    scene.store.objects.clear()
    scene.ledger.forget_bucket(scene.store.bucket.place)
    assert scene.run(reconcile_every_days=7).tally.planned == {Reason.GONE: 1}

    scene.write("b")
    store = RefusingStore()
    store.final["b"] = BucketMissingError("the bucket b does not exist")
    assert scene.run(reconcile_every_days=7, open_store=lambda *_: store).status is Status.FAILURE
    scene.store.objects.clear()
    assert scene.run(reconcile_every_days=7).tally.planned == {Reason.GONE: 1, Reason.NEW: 1}


@pytest.mark.parametrize("other", ["memory b ", "memory b p/inner/"])
def test_deleting_ends_the_trust_in_listings_of_the_same_objects(scene: JobScene, other: str) -> None:
    scene.write("a")
    scene.run(reconcile_every_days=7, destination=other)
    scene.put("orphan")
    scene.run(delete=True, destination="memory b p/")
    scene.store.objects.clear()
    assert scene.run(reconcile_every_days=7, destination=other).tally.planned == {Reason.GONE: 1}


@pytest.mark.parametrize(
    "changes",
    [
        {"days": 7},
        {"days": -1},
        {"delete": True},
        {"compare": Compare.SIZE_AND_TIME},
        {"reconcile_every_days": 0},
    ],
)
def test_the_bucket_is_asked_when_the_listing_is_old_or_must_be_certain(
    scene: JobScene, changes: dict[str, Any]
) -> None:
    scene.write("a")
    scene.run(reconcile_every_days=7)
    scene.store.objects.clear()
    scene.clock.moment += timedelta(days=changes.pop("days", 1))
    result = scene.run(**({"reconcile_every_days": 7} | changes))
    assert result.tally.planned == {Reason.GONE: 1}
    assert (result.tally.uploaded, result.tally.uploaded_new) == (1, 0)


def test_progress_is_told_a_few_times_a_second_at_most(scene: JobScene) -> None:
    scene.write(*(f"{number:02d}" for number in range(50)))
    scene.run()
    assert len(scene.told(Progress)) == 1, "the clock stands"


def test_a_source_may_be_reached_through_a_link(scene: JobScene, tmp_path: Path) -> None:
    scene.write("a")
    link = tmp_path / "link"
    link.symlink_to(scene.root)
    assert outcome(scene.run(source=str(link))) == COMPLETE
    assert set(scene.store.contents) == {"a"}


@pytest.mark.parametrize(
    ("changes", "begins"),
    [
        ({"days": (DAY,)}, True),
        ({"days": (date(1970, 1, 1),)}, False),
        ({"days": (date(1970, 1, 1),), "not_over_from": DAY}, True),
        ({"days": (DAY,), "modified_days": DateWindow(DAY, DAY)}, False),
    ],
)
def test_history_begins_only_with_a_folder_and_a_possible_date(
    scene: JobScene, changes: dict[str, Any], begins: bool
) -> None:
    assert scene.run(**changes).found == begins
    scene.root.rmdir()
    assert not scene.run(**changes).found
