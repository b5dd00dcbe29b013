"""What a pass finds, what a second look takes back, and which uploads wait for the next range."""

from __future__ import annotations

from collections import Counter

import pytest

from mochok.model import Delete, LeftOut, Reason, Skip, SourceFile, Upload
from mochok.plan.planner import ShardPlan
from mochok.run.pass_counts import HeldBack, PassCounts


def upload(key: str) -> Upload:
    return Upload(SourceFile(key, f"/data/{key}", 10, 0), Reason.NEW)


def delete(key: str) -> Delete:
    return Delete(key, 1, "e", Reason.NOT_LOCAL)


def a_plan() -> ShardPlan:
    """A file up to date, one excluded, and four objects without a file, one of them excluded."""
    return ShardPlan(
        deletes=[delete("x"), delete("y")],
        skips=[Skip("a", 10, Reason.UP_TO_DATE), Skip("b", 1, Reason.EXCLUDED)],
        object_skips=[Skip("z", 1, Reason.EXCLUDED), Skip("old", 1, Reason.ONLY_REMOTE)],
        files_up_to_date=1,
        bytes_up_to_date=10,
        objects=5,
    )


@pytest.fixture
def counts() -> PassCounts:
    """One plan, one upload, one name that cannot be read and one that is ignored."""
    counts = PassCounts(most_deletes=1000)
    counts.scanned = 4
    counts.add(a_plan())
    counts.upload_planned(upload("c"))
    counts.leave_out(LeftOut("closed/", "the folder cannot be read"))
    counts.leave_out(LeftOut("pipe", "a FIFO", passed_over=True))
    return counts


def test_plans_uploads_and_names_are_counted(counts: PassCounts) -> None:
    tally = counts.tally
    assert (tally.files_seen, tally.bytes_seen) == (2, 20)
    assert (tally.uploads_planned, tally.bytes_planned, tally.planned) == (1, 10, {Reason.NEW: 1})
    assert tally.skipped == {Reason.UP_TO_DATE: 1, Reason.EXCLUDED: 2, Reason.ONLY_REMOTE: 1}
    assert (tally.deletes_planned, tally.left_out, counts.left_out) == (2, 1, 1)
    assert (counts.objects, counts.current_key) == (5, "c")
    assert [item.key for item in counts.deletes] == ["x", "y"]


def test_deletes_are_kept_up_to_one_more_than_the_guard_allows_and_all_are_counted() -> None:
    counts = PassCounts(most_deletes=2)
    for start in range(0, 6, 2):
        counts.add(ShardPlan(deletes=[delete(f"{start}"), delete(f"{start + 1}")]))
    assert [item.key for item in counts.deletes] == ["0", "1", "2"]
    assert counts.tally.deletes_planned == 6


def test_to_begin_again_takes_back_what_will_be_found_again_and_keeps_what_is_decided_of_files(
    counts: PassCounts,
) -> None:
    counts.tally.left_out += 1  # a file that could not be read when its upload began
    counts.begin_again()

    tally = counts.tally
    assert (counts.deletes, tally.deletes_planned) == ([], 0)
    assert (counts.objects, counts.scanned, counts.left_out) == (0, 0, 0)
    assert tally.left_out == 1, "the walk will find the others again, but not the file"
    assert (tally.files_seen, tally.bytes_seen, tally.uploads_planned) == (2, 20, 1)
    assert +Counter(tally.skipped) == Counter({Reason.UP_TO_DATE: 1, Reason.EXCLUDED: 1})


def test_a_second_pass_over_the_same_objects_comes_to_the_counts_of_one(counts: PassCounts) -> None:
    once = counts.tally.copy()
    of_objects = a_plan()
    of_objects.skips, of_objects.files_up_to_date, of_objects.bytes_up_to_date = [], 0, 0

    for _ in range(2):
        counts.begin_again()
        counts.add(of_objects)
        counts.leave_out(LeftOut("closed/", "the folder cannot be read"))

        assert counts.tally == once
        assert [item.key for item in counts.deletes] == ["x", "y"]
        assert counts.objects == 5


# Uploads that wait


def keys(uploads: list[Upload]) -> list[str]:
    return [each.file.key for each in uploads]


def test_uploads_of_a_range_wait_until_the_next_range_has_been_listed() -> None:
    held_back = HeldBack()
    held_back.add([upload("a"), upload("b")])
    held_back.add([upload("c")])
    assert held_back.release(everything=False) == []
    held_back.add([upload("m")])
    assert keys(held_back.release(everything=False)) == ["a", "b", "c"]
    assert keys(held_back.release(everything=False)) == ["m"]
    assert held_back.release(everything=False) == []


def test_everything_is_released_in_order_and_once() -> None:
    held_back = HeldBack()
    held_back.add([upload("a")])
    held_back.release(everything=False)
    held_back.add([upload("m"), upload("n")])
    assert keys(held_back.release(everything=True)) == ["a", "m", "n"]
    assert held_back.release(everything=True) == []
