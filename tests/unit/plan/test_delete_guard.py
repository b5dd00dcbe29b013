"""When deletions are refused: limits, what was remembered, what a person accepted."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from mochok.plan.delete_guard import DeleteGuard, Planned, before, replaced, verdict
from mochok.records.deletes import Baseline, DeleteMemory, Refusal

KEYS = tuple(f"{number:03d}" for number in range(60))
BASELINE = Baseline("A", "d", 100)
REFUSAL = Refusal(
    "A", "d", date(2026, 1, 2), "s3://b/p", datetime(2026, 1, 3, 2, 0, tzinfo=UTC), 60, 100, "why", KEYS
)
ACCEPTED = replace(REFUSAL, accepted=datetime(2026, 1, 4, tzinfo=UTC))


def planned(deletes: int = 60, objects: int = 100, first: int = 0, **changes: Any) -> Planned:
    keys = tuple(f"{number:03d}" for number in range(first, first + deletes))
    return Planned(deletes, objects, keys, **changes)


def reason(found: Planned, memory: DeleteMemory | None, **guard: Any) -> str:
    return verdict(found, memory, DeleteGuard(**guard)).reason


def test_deletions_are_compared_with_the_last_clean_run_or_with_fewer_objects() -> None:
    assert before(planned(objects=800), BASELINE) == 100
    assert before(planned(objects=80), BASELINE) == 80
    assert before(planned(objects=800), None) == 800


def test_what_a_refused_run_uploaded_never_makes_a_deletion_look_smaller() -> None:
    memory = DeleteMemory(BASELINE)
    assert "60 of 100 objects (60 %)" in reason(planned(objects=500), memory)
    assert reason(planned(50, objects=500), memory) == ""
    assert "101 objects, more than the 100 of the last run" in reason(planned(101, 500), memory)


def test_without_a_ledger_nothing_is_deleted_unless_a_person_allows_it() -> None:
    assert "there is no ledger to compare with" in reason(planned(1), None)
    assert verdict(planned(1), None, DeleteGuard()).remember == ""
    assert reason(planned(1), None, allowed=1) == ""


def test_an_open_refusal_refuses_any_number_as_long_as_one_of_its_objects_would_go() -> None:
    memory = DeleteMemory(BASELINE, REFUSAL)
    found = verdict(planned(1), memory, DeleteGuard())
    assert found.reason == (
        "1 object would be deleted, but deletions of this configuration are refused since 2026-01-03 02:00,"
        " for 2026-01-02: why"
    )
    assert found.remember == "why"
    assert reason(planned(5, first=60), memory) == "", "none of the refused ones is to be deleted any more"
    assert reason(planned(1), memory, max_percent=100) != "", "a higher limit is no decision of a person"


def test_a_refusal_of_another_day_refuses_too() -> None:
    memory = DeleteMemory(BASELINE, None, (REFUSAL,))
    found = verdict(planned(1, first=500), memory, DeleteGuard())
    assert "refused since 2026-01-03 02:00, for 2026-01-02" in found.reason
    assert found.remember == "", "it is that day's refusal"
    assert reason(planned(1, first=500), DeleteMemory(BASELINE, None, (ACCEPTED,))) == ""


def test_a_person_allows_so_many_in_one_run() -> None:
    memory = DeleteMemory(BASELINE, REFUSAL)
    assert reason(planned(), memory, allowed=60) == ""
    found = verdict(planned(), memory, DeleteGuard(allowed=59))
    assert found.reason == "60 objects would be deleted, more than --allow-deletes 59"
    assert found.remember != ""
    few = verdict(planned(3), DeleteMemory(BASELINE), DeleteGuard(allowed=2))
    assert (few.reason != "", few.remember) == (True, ""), "within the usual limits nothing is remembered"


def test_what_was_accepted_is_deleted_and_nothing_else() -> None:
    memory = DeleteMemory(BASELINE, ACCEPTED)
    assert reason(planned(), memory) == ""
    assert reason(planned(first=30), memory) == "", "30 others, which are within the limits"
    others = reason(planned(first=60), memory)
    assert others.startswith("in addition to the accepted deletions, 60 of 100 objects (60 %)")
    many = replace(ACCEPTED, deletes=5000, keys=KEYS)
    assert reason(planned(5000, 9000, first=100), DeleteMemory(None, many)) == "", (
        "its keys are not all known"
    )
    assert reason(planned(6001, 9000, first=100), DeleteMemory(None, many)) != ""


def test_more_than_what_was_accepted_is_compared_with_what_would_be_left() -> None:
    memory = DeleteMemory(replace(BASELINE, objects=70), ACCEPTED)
    more = reason(replace(planned(66, 300), keys=(*KEYS, *map(str, range(6)))), memory)
    assert more == (
        "in addition to the accepted deletions, 6 of 10 objects (60 %) would be deleted, "
        "more than max_percent: 50"
    )


def test_more_than_what_was_accepted_waits_for_the_refusals_of_other_days() -> None:
    memory = DeleteMemory(BASELINE, ACCEPTED, (replace(REFUSAL, destination="elsewhere"),))
    assert reason(planned(), memory) == "", "a person accepted exactly these"
    found = verdict(planned(first=30), memory, DeleteGuard())
    assert found.reason.startswith("in addition to the accepted deletions, 30 objects would be deleted, but")
    assert found.remember == "", "it is that day's refusal"


def test_folders_that_are_gone_or_whose_disk_is_not_mounted() -> None:
    memory = DeleteMemory(replace(BASELINE, objects=1000))
    gone = planned(20, 1000, gone=("photos",))
    assert reason(gone, memory) == "20 objects would be deleted, and the folder photos has no files any more"
    assert reason(gone, memory, max_percent=100) == ""
    unmounted = planned(1, 1000, unmounted=("photos", "films"))
    assert "the disk of each of the folders photos, films is not mounted" in reason(unmounted, memory)
    assert reason(unmounted, memory, max_percent=100) != ""
    accepted = replace(ACCEPTED, folders=("photos", "films"))
    assert reason(unmounted, DeleteMemory(memory.baseline, accepted)) == ""


def test_an_accepted_folder_does_not_cover_its_other_objects() -> None:
    keys = tuple(f"photos/{number}" for number in range(5))
    accepted = replace(ACCEPTED, deletes=5, keys=keys, folders=("photos",))
    memory = DeleteMemory(BASELINE, accepted)
    unmounted = Planned(5, 100, keys, (), ("photos",))
    assert reason(unmounted, memory) == ""
    more = replace(unmounted, deletes=6, keys=(*keys, "photos/new"))
    assert "1 object would be deleted, and the disk of the folder photos is not mounted" in reason(
        more, memory
    )


def test_objects_of_another_writer() -> None:
    memory = DeleteMemory(replace(BASELINE, objects=1000))
    assert "uploaded by another program or host" in reason(planned(25, 1000, unknown=20), memory)
    assert reason(planned(25, 1000, unknown=19), memory) == ""


@pytest.mark.parametrize(
    ("present", "known", "objects", "guard", "missing"),
    [
        (0, 200, 200, {}, 200),
        (19, 200, 200, {}, 181),
        (20, 200, 200, {}, 0),
        (0, 0, None, {}, 0),
        (0, 200, None, {}, 200),
        (0, 200, 200, {"max_percent": 100}, 0),
        (0, 2000, 2000, {"max_percent": 100}, 2000),
        (0, 200, 200, {"allowed": 200}, 0),
        (0, 200, 200, {"allowed": 199}, 200),
        (95, 5000, 100, {}, 0),
        (5, 5000, 100, {}, 95),
    ],
)
def test_a_source_that_looks_replaced(
    present: int, known: int, objects: int | None, guard: dict[str, Any], missing: int
) -> None:
    baseline = replace(BASELINE, objects=objects) if objects is not None else None
    assert replaced(present, known, baseline, DeleteGuard(**guard)) == missing
