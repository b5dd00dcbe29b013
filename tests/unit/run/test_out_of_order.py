"""Servers that list in another order than they seem to: nothing is sent twice, nothing wrongly deleted."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mochok.errors import FileLeftOutError
from mochok.events import FileLeftOut
from mochok.model import DayState, KeyOrder, KeyRange, Reason, RemoteObject, Status
from mochok.plan.compare import Compare
from mochok.plan.delete_guard import DeleteGuard
from mochok.state.memory import MemoryLedger
from mochok.storage.contract import Unsent
from tests.unit.run.builders import LONG_AGO_NS, JobScene, OddlyListingStore

NO_GUARD = DeleteGuard(100, 1_000_000)
Arrange = Callable[[list[RemoteObject], KeyRange], list[RemoteObject]]
FOLDERS = ["a", "a-b", "a.b", "a0", "é"]
KEYS = [f"{folder}/{number:02d}" for folder in FOLDERS for number in range(60)]
"""More than two shards, in which the order of bytes and the order of folders differ."""


def folder_by_folder(objects: list[RemoteObject], keys: KeyRange) -> list[RemoteObject]:
    """SeaweedFS behind something that hides its name: the range begins where *its* order puts it."""
    place = KeyOrder.PATH.sort_key
    return sorted(
        (each for each in objects if not keys.after or place(each.key) > place(keys.after)),
        key=lambda each: place(each.key),
    )


def no_order_at_all(objects: list[RemoteObject], keys: KeyRange) -> list[RemoteObject]:
    """An S3 directory bucket: unsorted, and it takes no notice of where to begin."""
    shuffled = list(objects)
    random.Random(len(objects)).shuffle(shuffled)
    return shuffled


def everything_every_time(objects: list[RemoteObject], keys: KeyRange) -> list[RemoteObject]:
    """Sorted, but deaf to ``start-after``."""
    return objects


def backwards(objects: list[RemoteObject], keys: KeyRange) -> list[RemoteObject]:
    return [each for each in reversed(objects) if each.key > keys.after]


ARRANGEMENTS = [folder_by_folder, no_order_at_all, everything_every_time, backwards]


@pytest.fixture
def tree(scene: JobScene) -> JobScene:
    scene.write(*KEYS)
    return scene


@pytest.mark.parametrize("arrange", ARRANGEMENTS)
def test_what_is_there_already_is_not_deleted_whatever_the_order(tree: JobScene, arrange: Arrange) -> None:
    tree.store = store = OddlyListingStore(arrange)
    tree.put(*KEYS, "old/1", "a-/old")
    result = tree.run(delete=True, guard=NO_GUARD)
    assert result.status is Status.SUCCESS
    assert sorted(store.deleted) == ["a-/old", "old/1"]
    assert len(store.uploaded) == len(set(store.uploaded))
    assert set(store.objects) == set(KEYS)
    assert result.tally.files_seen == len(KEYS)


@pytest.mark.parametrize("arrange", ARRANGEMENTS)
def test_nothing_is_sent_twice_whatever_the_order(tree: JobScene, arrange: Arrange) -> None:
    tree.store = store = OddlyListingStore(arrange)
    tree.put(*KEYS[::2])
    result = tree.run()
    assert len(store.uploaded) == len(set(store.uploaded)) == result.tally.uploaded
    assert set(store.uploaded) >= set(KEYS[1::2])
    assert set(store.objects) == set(KEYS)
    assert (result.day_state, result.tally.files_seen) == (DayState.COMPLETE, len(KEYS))


def test_the_way_out_is_told(tree: JobScene) -> None:
    tree.store = OddlyListingStore(backwards)
    tree.put(*KEYS)
    tree.run()
    (notice,) = tree.notices("INFO")
    assert "out of order; reading the whole listing and comparing through a map" in notice


def test_a_server_in_order_needs_no_map(tree: JobScene) -> None:
    tree.put(*KEYS)
    tree.run()
    assert tree.notices("INFO") == []


@pytest.mark.parametrize("order", list(KeyOrder))
def test_both_known_orders_are_joined_as_they_come(tree: JobScene, order: KeyOrder) -> None:
    tree.store.order = order
    tree.put(*KEYS, "a-/old", "zz")
    result = tree.run(delete=True, guard=NO_GUARD)
    assert (result.tally.deleted, result.tally.uploaded) == (2, 0)
    assert tree.notices("INFO") == []


def test_what_is_left_out_is_told_and_counted_once(tree: JobScene) -> None:
    """The walk is made twice; an unreadable file that was found while sending stays counted."""

    class Locked(OddlyListingStore):
        def _upload(self, upload):  # type: ignore[no-untyped-def]
            outcome = super()._upload(upload)
            if upload.file.key == "0-locked":
                self.objects.pop("0-locked")
                return Unsent(upload, FileLeftOutError("no permission to read it"))
            return outcome

    tree.write("0-locked")
    (tree.root / "0-dangling").symlink_to("nowhere")
    (tree.root / "z-dangling").symlink_to("nowhere")
    tree.store = Locked(backwards)
    tree.put(*KEYS, "old")
    result = tree.run(delete=True, guard=NO_GUARD)
    assert result.tally.left_out == 3
    told = [event.left_out.key for event in tree.told(FileLeftOut)]
    assert sorted(told) == ["0-dangling", "0-locked", "z-dangling"]
    assert "old" in tree.store.objects
    assert (result.exit_code, result.day_state) == (5, DayState.PARTIAL)


def test_objects_without_a_file_are_counted_once(tree: JobScene) -> None:
    tree.store = OddlyListingStore(folder_by_folder)
    tree.put(*KEYS, "a/0-old", "zz-old")
    assert tree.run().tally.skipped[Reason.ONLY_REMOTE] == 2


def test_files_that_wait_for_a_comparison_of_content_are_not_forgotten(tree: JobScene) -> None:
    first, second, third = sorted(KEYS)[:3]
    tree.store = store = OddlyListingStore(swapped_later)
    tree.put(*KEYS)
    for key in (first, third):
        tree.write(key, content="x" * len(key), mtime_ns=4_000_000_000 * 1_000_000_000)
    tree.write(second, mtime_ns=4_000_000_000 * 1_000_000_000)
    result = tree.run(compare=Compare.CHECKSUM)
    assert result.tally.planned[Reason.CONTENT_DIFFERS] == 2
    assert {first, third} <= set(store.uploaded)
    assert second not in store.uploaded


def swapped_later(objects: list[RemoteObject], keys: KeyRange) -> list[RemoteObject]:
    """In order at first, so that the first files have been looked at when it shows."""
    return [*objects[:10], objects[11], objects[10], *objects[12:]]


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    there=st.sets(st.sampled_from([*KEYS, "a-/x", "0", "zz", "a/old"])),
    seed=st.integers(0, 1000),
    start=st.booleans(),
    swaps=st.integers(0, 6),
)
def test_no_disorder_ever_loses_an_object_that_has_a_file(
    grown: Path, there: set[str], seed: int, start: bool, swaps: int
) -> None:
    def disturbed(objects: list[RemoteObject], keys: KeyRange) -> list[RemoteObject]:
        chance = random.Random(seed)
        found = [each for each in objects if not start or each.key > keys.after]
        for _ in range(swaps if len(found) > 1 else 0):
            one, two = chance.randrange(len(found)), chance.randrange(len(found))
            found[one], found[two] = found[two], found[one]
        return found

    store = OddlyListingStore(disturbed)
    scene = replace(JobScene(grown), store=store, ledger=MemoryLedger())
    scene.put(*there)
    result = scene.run(delete=True, guard=NO_GUARD)
    assert result.status is Status.SUCCESS
    assert set(store.objects) == set(KEYS)
    assert set(store.deleted) == there - set(KEYS)
    assert len(store.uploaded) == len(set(store.uploaded))
    assert set(store.uploaded) >= set(KEYS) - there


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tree, once for all examples."""
    root = tmp_path_factory.mktemp("base") / "2025-01-14"
    JobScene(root).write(*KEYS, mtime_ns=LONG_AGO_NS)
    return root
