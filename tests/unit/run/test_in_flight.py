"""A run is cut off while it sends; what it had under way arrives late."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import timedelta

import pytest

from mochok.clock import Stop
from mochok.errors import (
    AccessDeniedError,
    ConnectionLostError,
    FileLeftOutError,
    MochokError,
    ServerFaultError,
)
from mochok.events import FileSent, ObjectDeleted
from mochok.model import DayState, Delete, KeyRange, LedgerEntry, Reason, SourceFile, Status, Upload
from mochok.plan.compare import Compare
from mochok.plan.delete_guard import DeleteGuard
from mochok.run.in_flight import RECHECKS
from mochok.run.recorder import Recorder
from mochok.storage.contract import Deleted, Listing, ListingCursor, OnTheWay, Sent, Unsent, ignore
from mochok.storage.dryrun import DryRunStore
from tests.support.memory_store import MemoryStore
from tests.unit.run.builders import LONG_AGO_NS, JobScene, RefusingStore

LOOKING = "a previous run was interrupted during uploads; re-checking the bucket"


class Killed(BaseException):
    """Stands for kill -9: nothing catches it."""


class LateStore(MemoryStore):
    """``killed_at``: the upload or delete of this key ends the process. ``late``: what earlier requests still
    do, one of them before each listing from the second of a run on.
    """

    def __init__(self) -> None:
        super().__init__()
        self.killed_at = ""
        self.late: list[Callable[[], object]] = []
        self.listings = 0

    def list(self, keys: KeyRange, cursor: ListingCursor | None = None) -> Listing:
        self.listings += 1
        if self.listings > 1 and self.late:
            self.late.pop(0)()
        return super().list(keys, cursor)

    def upload(
        self, uploads: Iterable[Upload | None], on_the_way: OnTheWay = ignore
    ) -> Iterator[Sent | Unsent]:
        for upload in uploads:
            if upload is not None and upload.file.key == self.killed_at:
                raise Killed
            yield from super().upload([upload])

    def delete(self, deletes: Sequence[Delete]) -> Iterator[Deleted]:
        for item in deletes:
            if item.key == self.killed_at:
                raise Killed
            yield from super().delete([item])


class FailingLateStore(LateStore):
    """Also refuses the upload of the key ``refused`` with ``answer``."""

    def __init__(self) -> None:
        super().__init__()
        self.refused = ""
        self.answer: MochokError = ServerFaultError("PutObject: 503")

    def upload(
        self, uploads: Iterable[Upload | None], on_the_way: OnTheWay = ignore
    ) -> Iterator[Sent | Unsent]:
        for upload in uploads:
            if upload is not None and upload.file.key == self.refused:
                yield Unsent(upload, self.answer)
            else:
                yield from super().upload([upload])


@pytest.fixture
def store(scene: JobScene) -> LateStore:
    scene.store = LateStore()
    return scene.store


def cut_off(scene: JobScene, store: LateStore, key: str, *, delete: bool = False) -> None:
    """A run that is killed when it has sent everything before ``key``."""
    store.killed_at = key
    with pytest.raises(Killed):
        scene.run(delete=delete, guard=DeleteGuard(100, 100))
    store.killed_at, store.listings = "", 0


def test_what_is_overwritten_after_the_next_run_sent_it_is_sent_again(
    scene: JobScene, store: LateStore
) -> None:
    scene.write("a", "b", content="old")
    cut_off(scene, store, "b")
    scene.write("b", content="new")
    store.late.append(lambda: store.put("b", b"old"))

    result = scene.run()

    assert (result.status, result.exit_code) == (Status.SUCCESS, 0)
    assert store.contents == {"a": b"old", "b": b"new"}
    assert [(event.key, event.reason) for event in scene.told(FileSent)] == [
        ("b", Reason.NEW),
        ("b", Reason.REMOTE_CHANGED),
    ]
    assert (result.tally.uploads_planned, result.tally.uploaded, result.tally.files_seen) == (2, 2, 2)
    assert result.message == "2 uploaded, 1 up to date"
    overwritten = "1 object was overwritten by late uploads of that run; uploaded again"
    assert scene.notices("INFO") == [LOOKING, overwritten]


def test_once_nothing_more_came_the_next_run_looks_only_once(scene: JobScene, store: LateStore) -> None:
    scene.write("a", "b")
    cut_off(scene, store, "b")
    scene.run()
    assert store.listings == 2
    store.listings = 0
    scene.run()
    assert store.listings == 1
    assert scene.notices("INFO") == []


def test_an_object_that_arrived_later_than_its_file_was_rewritten_is_not_taken_for_newer(
    scene: JobScene, store: LateStore
) -> None:
    """Same size, and the file's time is before the object's: by size and time it would be up to date."""
    scene.write("a", "b", content="old")
    cut_off(scene, store, "b")
    scene.write("b", content="new")
    store.put("b", b"old")

    assert scene.run().tally.planned == {Reason.UNFINISHED: 1}

    assert store.contents["b"] == b"new"


def test_a_file_that_comes_back_later_is_not_taken_for_what_a_killed_run_sent(
    scene: JobScene, store: LateStore
) -> None:
    """Its file was gone while the next run looked; another one of its size, with an old time, comes."""
    scene.write("a", "b", content="old")
    cut_off(scene, store, "b")
    (scene.root / "a").unlink()
    scene.run()
    scene.write("a", content="new")

    assert scene.run().tally.planned == {Reason.UNFINISHED: 1}

    assert store.contents["a"] == b"new"
    assert scene.run().tally.planned == {}


def test_deletes_after_a_killed_run_are_compared_with_what_was_there_before_the_uploads(
    scene: JobScene, store: LateStore
) -> None:
    """6 of 10 files are gone, and 20 come: the second look at the bucket shows 30 objects."""
    scene.write(*(f"old {number}" for number in range(10)), "z")
    cut_off(scene, store, "z")
    for number in range(6):
        (scene.root / f"old {number}").unlink()
    scene.write(*(f"new {number}" for number in range(20)))

    result = scene.run(delete=True, guard=DeleteGuard())

    assert "6 of 10 objects (60 %) would be deleted" in result.message
    assert len(store.objects) == 31


def test_objects_that_were_there_long_before_are_not_sent_again(scene: JobScene, store: LateStore) -> None:
    """Somebody else brought them, and the ledger knows nothing of them."""
    scene.write("a", "b", "c")
    for key in ("a", "c"):
        store.put(key, key.encode(), modified_ns=LONG_AGO_NS + 10**9)
    cut_off(scene, store, "b")
    assert scene.run().tally.planned == {Reason.NEW: 1}


def test_what_a_late_delete_takes_away_is_sent_again(scene: JobScene, store: LateStore) -> None:
    scene.write("a", "b", "z")
    scene.run()
    (scene.root / "b").unlink()
    cut_off(scene, store, "b", delete=True)
    scene.write("b")
    store.late.append(lambda: store.objects.pop("b"))

    scene.run(delete=True)

    assert set(store.objects) == {"a", "b", "z"}
    sent = [(event.key, event.reason) for event in scene.told(FileSent)]
    assert sent == [("b", Reason.UNFINISHED), ("b", Reason.GONE)]


def test_an_object_that_comes_back_after_its_file_is_gone_is_deleted(
    scene: JobScene, store: LateStore
) -> None:
    scene.write("a", "b")
    cut_off(scene, store, "b")
    (scene.root / "b").unlink()
    store.late.append(lambda: store.put("b", b"b"))

    result = scene.run(delete=True)

    assert set(store.objects) == {"a"}
    assert [event.key for event in scene.told(ObjectDeleted)] == ["b"]
    assert (result.tally.deletes_planned, result.tally.deleted) == (1, 1)


def test_a_file_that_changed_or_came_since_waits_for_the_next_run(scene: JobScene, store: LateStore) -> None:
    scene.write("a", "b", "c")
    cut_off(scene, store, "b")
    store.late.append(lambda: scene.write("b", "new", content="changed", mtime_ns=LONG_AGO_NS + 1))
    assert [event.key for event in (scene.run(), scene.told(FileSent))[1]] == ["b", "c"]
    assert [event.key for event in (scene.run(), scene.told(FileSent))[1]] == ["b", "new"]


def test_a_bucket_that_never_comes_to_rest_is_a_failure_and_looked_at_by_the_next_run_too(
    scene: JobScene, store: LateStore
) -> None:
    scene.write("a", "b")
    cut_off(scene, store, "b")
    store.late.extend([lambda: store.put("b", b"!")] * (RECHECKS + 1))

    result = scene.run()

    assert (result.status, result.day_state, result.exit_code) == (Status.FAILURE, DayState.PARTIAL, 1)
    assert result.message == "late uploads of an interrupted run still overwrite objects"
    store.late.clear()
    assert scene.run().day_state is DayState.COMPLETE
    assert scene.notices("INFO") == [LOOKING]


def test_what_comes_late_for_a_file_that_failed_is_not_taken_for_it(scene: JobScene) -> None:
    """The next run's own upload fails, the old request is carried out, and only then the run looks again."""
    scene.store = store = FailingLateStore()
    scene.write("a", "b", content="old")
    cut_off(scene, store, "b")
    scene.write("b", content="new")
    store.refused = "b"
    store.late.append(lambda: store.put("b", b"old"))
    assert scene.run().tally.failed == 1
    assert store.contents["b"] == b"old"
    store.refused = ""

    assert scene.run().tally.planned == {Reason.UNFINISHED: 1}

    assert store.contents["b"] == b"new"


def test_a_file_that_always_fails_does_not_make_every_run_look_again(scene: JobScene) -> None:
    scene.store = store = FailingLateStore()
    scene.write("a", "b")
    cut_off(scene, store, "b")
    store.refused, store.answer = "b", AccessDeniedError("PutObject: 403")
    assert scene.run().tally.failed == 1
    assert scene.notices("INFO") == [LOOKING]
    assert scene.run().tally.failed == 1
    assert scene.notices("INFO") == []


def test_a_recent_listing_is_not_enough_after_a_run_was_cut_off(scene: JobScene, store: LateStore) -> None:
    scene.write("a", "b")
    scene.run(reconcile_every_days=7)
    scene.write("b", content="B", mtime_ns=LONG_AGO_NS + 1)
    store.killed_at = "b"
    with pytest.raises(Killed):
        scene.run(reconcile_every_days=7)
    store.killed_at = ""
    store.put("b", b"?")
    store.listings = 0

    assert scene.run(reconcile_every_days=7).tally.planned == {Reason.REMOTE_CHANGED: 1}
    assert store.listings == 2
    scene.clock.moment += timedelta(days=1)
    scene.run(reconcile_every_days=7)
    assert store.listings == 2


def test_a_file_that_comes_back_after_a_killed_deletion_is_sent(scene: JobScene, store: LateStore) -> None:
    """Also the same file, by a run that does not list: a listing in between says nothing of it."""
    scene.write("a/a", "b", "c")
    scene.run()
    aside = scene.root.parent / "aside"
    (scene.root / "a").rename(aside)
    (scene.root / "b").unlink()
    cut_off(scene, store, "b", delete=True)
    assert set(store.objects) == {"b", "c"}
    scene.run(reconcile_every_days=7)
    aside.rename(scene.root / "a")

    scene.run(reconcile_every_days=7)

    assert set(store.objects) == {"a/a", "b", "c"}


def test_a_dry_run_shows_the_same_and_settles_nothing(scene: JobScene, store: LateStore) -> None:
    scene.write("a", "b")
    cut_off(scene, store, "b")
    store.put("b", b"B")
    shown = scene.run(dry_run=True, open_store=lambda *_: DryRunStore(store))
    assert shown.tally.planned == {Reason.UNFINISHED: 1}
    assert store.listings == 1
    assert scene.run().tally.planned == {Reason.UNFINISHED: 1}
    assert scene.notices("INFO") == [LOOKING]


@pytest.mark.parametrize("rule", [Compare.SIZE_AND_TIME, Compare.CHECKSUM, Compare.SIZE_ONLY])
def test_other_rules_than_the_ledger_look_once(scene: JobScene, store: LateStore, rule: Compare) -> None:
    scene.write("a", "b")
    store.killed_at = "b"
    with pytest.raises(Killed):
        scene.run(compare=rule)
    store.killed_at, store.listings = "", 0
    scene.run(compare=rule)
    assert store.listings == 1


def test_an_interruption_while_it_waits_leaves_the_look_to_the_next_run(
    scene: JobScene, store: LateStore
) -> None:
    scene.write("a", "b")
    cut_off(scene, store, "b")
    scene.recheck_seconds = 3600
    timer = threading.Timer(0.1, scene.stop.request)
    timer.start()
    assert scene.run().exit_code == 130
    timer.join()
    assert scene.notices("INFO") == [f"{LOOKING} in 3600 s"]
    scene.stop = Stop()
    scene.recheck_seconds = 0
    scene.run()
    assert scene.notices("INFO") == [LOOKING]


@pytest.mark.parametrize(
    ("error", "looks"),
    [
        (ConnectionLostError("PutObject: the connection was lost"), True),
        (ServerFaultError("PutObject: 500"), True),
        (AccessDeniedError("PutObject: 403"), False),
        (FileLeftOutError("it vanished"), False),
    ],
)
def test_only_a_failure_without_an_answer_makes_the_next_run_look_again(
    scene: JobScene, error: MochokError, *, looks: bool
) -> None:
    scene.store = RefusingStore()
    scene.write("a", "b")
    scene.store.refuse_upload["b"] = error
    scene.run()
    scene.store.refuse_upload.clear()
    assert scene.run().exit_code == 0
    assert scene.notices("INFO") == ([LOOKING] if looks else [])


def test_a_refused_delete_has_been_answered(scene: JobScene) -> None:
    scene.write("a", "b", "c")
    scene.run()
    for key in ("b", "c"):
        (scene.root / key).unlink()
    scene.write("new")
    assert scene.run(delete=True, guard=DeleteGuard(10, 10)).status is Status.FAILURE
    assert scene.run(delete=True, guard=DeleteGuard(100, 10, allowed=2)).tally.deleted == 2
    assert scene.notices("INFO") == []


def test_what_arrived_is_remembered_within_a_second_of_work(scene: JobScene) -> None:
    """A kill a moment later must not cost hours of uploads: what the ledger does not know is sent again."""
    recorder = Recorder(scene.job(), scene.context())
    for number, key in enumerate("abc"):
        scene.clock.seconds = number * 0.6
        file = SourceFile(key, key, 1, number)
        recorder.uploaded(Sent(Upload(file, Reason.NEW), LedgerEntry(key, 1, number, "e"), 1))
    assert set(scene.known("a", "b", "c")) == {"a", "b", "c"}
    recorder.uploaded(Sent(Upload(file, Reason.NEW), LedgerEntry("d", 1, 0, "e"), 1))
    assert not scene.known("d")
