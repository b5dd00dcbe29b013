"""``--delete``: what goes, what stays, and when nothing is deleted at all."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from mochok.errors import (
    AccessDeniedError,
    FileLeftOutError,
    Interrupted,
    MochokError,
    ServerFaultError,
)
from mochok.events import FileFailed, ObjectDeleted
from mochok.model import DateWindow, DayState, KeyRange, Reason, RemoteObject, Status, SyncResult
from mochok.plan.delete_guard import DeleteGuard
from mochok.plan.filters import FilterRule
from mochok.storage.contract import Listing, ListingCursor
from mochok.storage.dryrun import DryRunStore
from tests.support.memory_store import MemoryStore
from tests.unit.run.builders import JobScene, RecordedListing, RefusingStore

NO_GUARD = DeleteGuard(100, 1_000_000)


def deleting(scene: JobScene, **changes: Any) -> SyncResult:
    settings: dict[str, Any] = {"delete": True, "guard": NO_GUARD}
    return scene.run(**(settings | changes))


def test_objects_without_a_file_are_deleted_and_forgotten(scene: JobScene) -> None:
    scene.write("kept", "old", "sub/old")
    scene.run()
    for name in ("old", "sub/old"):
        (scene.root / name).unlink()
    result = deleting(scene)
    assert (result.status, result.day_state, result.exit_code) == (Status.SUCCESS, DayState.COMPLETE, 0)
    assert result.message == "0 uploaded, 2 deleted, 1 up to date"
    assert set(scene.store.objects) == {"kept"}
    assert set(scene.known("kept", "old", "sub/old")) == {"kept"}
    assert scene.told(ObjectDeleted) == [
        ObjectDeleted("Daily", "old", 3, False),
        ObjectDeleted("Daily", "sub/old", 7, False),
    ]


def test_without_the_option_nothing_is_deleted(scene: JobScene) -> None:
    scene.write("kept")
    scene.put("other")
    result = scene.run()
    assert set(scene.store.objects) == {"kept", "other"}
    assert result.tally.skipped == {Reason.ONLY_REMOTE: 1}


def test_an_excluded_object_is_never_deleted(scene: JobScene) -> None:
    scene.write("a")
    scene.put("a", "b.keep", "c")
    deleting(scene, filters=(FilterRule(False, "*.keep"),))
    assert set(scene.store.objects) == {"a", "b.keep"}


def test_a_file_that_is_excluded_keeps_its_object(scene: JobScene) -> None:
    scene.write("a", "b.tmp")
    scene.put("a", "b.tmp")
    deleting(scene, filters=(FilterRule(False, "*.tmp"),))
    assert set(scene.store.objects) == {"a", "b.tmp"}


@pytest.mark.parametrize(
    "dates",
    [
        {"modified_days": DateWindow(date(2025, 1, 7), date(2025, 1, 14))},
        {
            "path_days": DateWindow(date(2025, 1, 7), date(2025, 1, 14)),
            "path_day_format": "yyyy-MM-dd",
        },
    ],
    ids=["by modification", "by folder"],
)
def test_an_object_whose_file_lies_outside_the_date_range_is_kept(
    scene: JobScene, dates: dict[str, Any]
) -> None:
    inside = 1_736_700_000 * 1_000_000_000  # 2025-01-12
    scene.write("2025-01-12/in", mtime_ns=inside)
    scene.write("2020-01-01/out")
    scene.put("2025-01-12/in", "2020-01-01/out", "2020-01-01/gone")
    result = deleting(scene, **dates)
    assert set(scene.store.objects) == {"2025-01-12/in", "2020-01-01/out"}
    assert result.tally.skipped[Reason.OUTSIDE_DATES] == 1


def test_deletes_come_last_after_every_upload(scene: JobScene) -> None:
    scene.store = store = RefusingStore()
    scene.put("a-old", "m-old")
    scene.write("b", "z")
    deleting(scene)
    assert store.calls == ["upload b", "upload z", "delete a-old", "delete m-old"]


# When the delete phase is left out


def assert_nothing_deleted(scene: JobScene, result: SyncResult, because: str) -> None:
    assert "old" in scene.store.objects
    assert scene.told(ObjectDeleted) == []
    assert f"nothing was deleted: {because}" in result.warnings
    assert f"nothing was deleted: {because}" in scene.notices("WARNING")


def test_a_failed_upload_leaves_the_delete_phase_out(scene: JobScene) -> None:
    scene.store = store = RefusingStore()
    store.refuse_upload["a"] = AccessDeniedError("403")
    scene.write("a", "b")
    scene.put("old")
    result = deleting(scene)
    assert_nothing_deleted(scene, result, "1 file failed")
    assert (result.status, result.exit_code) == (Status.FAILURE, 1)


def test_a_stale_object_that_may_stand_in_a_failed_files_way_is_named(scene: JobScene) -> None:
    scene.store = store = RefusingStore()
    store.refuse_upload["reports"] = ServerFaultError("500")
    scene.write("reports")
    scene.put("reports/january", "unrelated")
    deleting(scene)
    [told] = [notice for notice in scene.notices("WARNING") if "reports/january" in notice]
    assert told.startswith("reports may have failed because the bucket still holds reports/january")
    assert not any("unrelated" in notice for notice in scene.notices("WARNING"))


def test_a_file_left_out_while_sending_leaves_the_delete_phase_out(scene: JobScene) -> None:
    scene.store = store = RefusingStore()
    store.refuse_upload["a"] = FileLeftOutError("no permission to read it")
    scene.write("a", "b")
    scene.put("old")
    result = deleting(scene)
    assert_nothing_deleted(scene, result, "1 file or folder could not be read")
    assert (result.status, result.exit_code) == (Status.SUCCESS, 5)


@pytest.mark.skipif(os.name != "posix", reason="links of POSIX")
def test_a_name_left_out_by_the_scan_leaves_the_delete_phase_out(scene: JobScene) -> None:
    scene.write("a")
    (scene.root / "dangling").symlink_to("nowhere")
    scene.put("old", "dangling")
    assert_nothing_deleted(scene, deleting(scene), "1 file or folder could not be read")


@pytest.mark.skipif(os.name != "posix", reason="FIFOs of POSIX")
def test_a_fifo_does_not_keep_the_delete_phase_from_running(scene: JobScene) -> None:
    scene.write("a")
    os.mkfifo(scene.root / "pipe")
    scene.put("old")
    deleting(scene)
    assert set(scene.store.objects) == {"a"}


@pytest.mark.parametrize("fault", [ServerFaultError("page 2 failed"), Interrupted("interrupted")])
def test_a_listing_that_breaks_off_deletes_nothing(scene: JobScene, fault: MochokError) -> None:
    class Breaking(MemoryStore):
        def list(self, keys: KeyRange, cursor: ListingCursor | None = None) -> Listing:
            return RecordedListing([RemoteObject("a-old", 1, 0, "e"), RemoteObject("old", 1, 0, "e")], fault)

    scene.store = store = Breaking()
    store.put("old", b"1")
    scene.write("z")
    result = deleting(scene)
    assert result.status is Status.FAILURE
    assert scene.told(ObjectDeleted) == []
    assert set(store.objects) >= {"old"}


def test_an_interrupted_run_deletes_nothing(scene: JobScene) -> None:
    scene.put("old")
    scene.write("a")
    scene.stop.request()
    result = deleting(scene)
    assert result.exit_code == 130
    assert "old" in scene.store.objects


# Guards


def test_a_source_without_any_file_is_a_failure_and_deletes_nothing(scene: JobScene) -> None:
    scene.put("a", "b")
    result = deleting(scene)
    assert (result.status, result.exit_code) == (Status.FAILURE, 1)
    assert result.message == "the source holds no file, but 2 objects exist; nothing was deleted"
    assert "mounted" in result.hint
    assert set(scene.store.objects) == {"a", "b"}


def test_a_missing_source_deletes_nothing(scene: JobScene) -> None:
    scene.put("a")
    scene.root.rmdir()
    assert deleting(scene).status is Status.SKIPPED
    assert deleting(scene, missing_source="fail").status is Status.FAILURE
    assert set(scene.store.objects) == {"a"}


def test_an_empty_source_and_an_empty_prefix_are_an_empty_day(scene: JobScene) -> None:
    result = deleting(scene)
    assert (result.status, result.day_state) == (Status.SUCCESS, DayState.EMPTY)


@pytest.mark.parametrize(
    ("guard", "deletes", "objects", "refusal"),
    [
        (DeleteGuard(), 0, 0, ""),
        (DeleteGuard(), 1, 2, ""),
        (DeleteGuard(), 50, 100, ""),
        (DeleteGuard(), 51, 100, "51 of 100 objects (51 %) would be deleted, more than max_percent: 50"),
        (DeleteGuard(), 1, 1, "1 of 1 object (100 %) would be deleted, more than max_percent: 50"),
        (DeleteGuard(), 1000, 100_000, ""),
        (
            DeleteGuard(),
            1001,
            100_000,
            "1001 of 100000 objects would be deleted, more than max_objects: 1000",
        ),
        (DeleteGuard(100, 10), 10, 10, ""),
        (DeleteGuard(0, 10), 0, 5, ""),
        (DeleteGuard(0, 10), 1, 500, "1 of 500 objects (0 %) would be deleted, more than max_percent: 0"),
        (DeleteGuard(100, 0), 1, 5, "1 of 5 objects would be deleted, more than max_objects: 0"),
        (DeleteGuard(12.5, 10), 1, 8, ""),
        (DeleteGuard(12.5, 10), 2, 8, "2 of 8 objects (25 %) would be deleted, more than max_percent: 12.5"),
    ],
)
def test_the_guard_says_how_much_is_too_much(
    guard: DeleteGuard, deletes: int, objects: int, refusal: str
) -> None:
    assert guard.refusal(deletes, objects) == refusal


def test_too_many_deletes_are_a_failure_with_the_numbers_and_uploads_stay(scene: JobScene) -> None:
    scene.put("a", "b", "c")
    scene.write("a", "new")
    result = deleting(scene, guard=DeleteGuard())
    assert (result.status, result.exit_code, result.day_state) == (Status.FAILURE, 1, DayState.PARTIAL)
    assert result.message == (
        "2 of 3 objects (67 %) would be deleted, more than max_percent: 50; nothing was deleted"
    )
    assert "--allow-deletes 2" in result.hint
    assert set(scene.store.objects) == {"a", "b", "c", "new"}
    assert deleting(scene, guard=DeleteGuard(allowed=2)).tally.deleted == 2


def test_far_too_many_deletes_are_counted_to_the_end(scene: JobScene) -> None:
    scene.put(*(f"old/{number:03d}" for number in range(300)))
    scene.write("a")
    result = deleting(scene, guard=DeleteGuard(100, 10))
    assert result.message.startswith("300 of 300 objects would be deleted, more than max_objects: 10")
    assert len(scene.store.objects) == 301


# The answers


def test_an_object_that_cannot_be_deleted_is_a_failed_file_and_the_others_go(scene: JobScene) -> None:
    scene.store = store = RefusingStore()
    scene.put("a", "old-1", "old-2", "old-3")
    store.refuse_delete.add("old-2")
    scene.write("a")
    result = deleting(scene)
    assert (result.status, result.exit_code) == (Status.FAILURE, 1)
    assert (result.tally.deleted, result.tally.failed) == (2, 1)
    assert set(store.objects) == {"a", "old-2"}
    assert [event.key for event in scene.told(FileFailed)] == ["old-2"]


def test_a_dry_run_asks_the_guard_too_and_deletes_nothing(scene: JobScene) -> None:
    scene.put("a", "b", "c")
    scene.write("a")
    dry: dict[str, Any] = {"dry_run": True, "open_store": lambda *_: DryRunStore(scene.store)}
    assert deleting(scene, **dry).message == "0 would be uploaded, 2 would be deleted, 1 up to date"
    assert deleting(scene, guard=DeleteGuard(), **dry).status is Status.FAILURE
    assert set(scene.store.objects) == {"a", "b", "c"}


def test_a_day_whose_deletes_are_refused_is_not_forgotten_by_the_ledger(scene: JobScene) -> None:
    scene.write("a", "b")
    scene.run()
    (scene.root / "b").unlink()
    deleting(scene, guard=replace(NO_GUARD, max_objects=0))
    assert set(scene.known("a", "b")) == {"a", "b"}
