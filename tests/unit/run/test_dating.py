"""Each day of a range stands for itself: complete only with files that are all in S3, empty without any."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mochok.errors import AccessDeniedError, CredentialsError, FileLeftOutError
from mochok.model import DateWindow, DayState, SyncResult
from mochok.plan.compare import Compare
from mochok.plan.delete_guard import DeleteGuard
from tests.unit.run.builders import DAY, JobScene, RefusingStore

DAYS = tuple(DAY - timedelta(days=back) for back in (2, 1, 0))
WINDOW = DateWindow(DAYS[0], DAYS[-1])
COMPLETE, PARTIAL, EMPTY, FAILED = DayState.COMPLETE, DayState.PARTIAL, DayState.EMPTY, DayState.FAILED


def noon_ns(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, 12, tzinfo=UTC).timestamp()) * 1_000_000_000


def run(scene: JobScene, **changes: Any) -> SyncResult:
    return scene.run(days=DAYS, modified_days=WINDOW, zone=UTC, **changes)


def states(result: SyncResult) -> list[DayState]:
    assert tuple(found.day for found in result.day_results) == result.days
    return [found.state for found in result.day_results]


def write(scene: JobScene, **files: date) -> None:
    for key, day in files.items():
        scene.write(key, mtime_ns=noon_ns(day))


@pytest.fixture
def refusing(scene: JobScene) -> RefusingStore:
    store = RefusingStore()
    scene.store = store
    return store


def test_a_day_on_which_no_file_falls_is_empty_inside_a_range_too(scene: JobScene) -> None:
    write(scene, a=DAYS[0], b=DAYS[2], c=DAYS[2], old=DAYS[0] - timedelta(days=1))
    first, again = run(scene), run(scene)
    assert states(first) == states(again) == [COMPLETE, EMPTY, COMPLETE]
    assert [(found.files, found.uploaded) for found in first.day_results] == [(1, 1), (0, 0), (2, 2)]
    assert [(found.files, found.uploaded) for found in again.day_results] == [(1, 0), (0, 0), (2, 0)]


def test_a_folders_name_may_tell_the_day(scene: JobScene) -> None:
    scene.write(f"{DAYS[1]}/deep/a", "other/b")
    result = scene.run(days=DAYS, path_days=WINDOW, path_day_format="yyyy-MM-dd")
    assert states(result) == [EMPTY, COMPLETE, EMPTY]


@pytest.mark.parametrize("compare", list(Compare))
def test_every_way_to_compare_counts_alike(scene: JobScene, compare: Compare) -> None:
    write(scene, a=DAYS[0], b=DAYS[1])
    scene.put("a")
    assert states(run(scene, compare=compare)) == [COMPLETE, COMPLETE, EMPTY]


def test_a_ledger_that_stands_in_for_the_listing_counts_alike(scene: JobScene) -> None:
    write(scene, a=DAYS[0], b=DAYS[1])
    run(scene)
    scene.store.objects.clear()
    assert states(run(scene, reconcile_every_days=7)) == [COMPLETE, COMPLETE, EMPTY]


def test_a_file_that_failed_spoils_its_own_day_alone(scene: JobScene, refusing: RefusingStore) -> None:
    write(scene, a=DAYS[0], b=DAYS[1], b2=DAYS[1], c=DAYS[2])
    refusing.refuse_upload = {"b": AccessDeniedError("403"), "c": AccessDeniedError("403")}
    assert states(run(scene)) == [COMPLETE, PARTIAL, FAILED]


def test_a_file_that_cannot_be_read_spoils_its_own_day_alone(
    scene: JobScene, refusing: RefusingStore
) -> None:
    write(scene, a=DAYS[0], b=DAYS[1])
    refusing.refuse_upload = {"b": FileLeftOutError("unreadable")}
    assert states(run(scene)) == [COMPLETE, PARTIAL, EMPTY]


def test_a_name_whose_day_nobody_knows_may_belong_to_any(scene: JobScene) -> None:
    write(scene, a=DAYS[0])
    (Path(scene.root) / "dangling").symlink_to("nowhere")
    assert states(run(scene)) == [PARTIAL, PARTIAL, PARTIAL]


def test_a_run_that_ends_early_proves_nothing_of_days_it_sent_nothing_of(
    scene: JobScene, refusing: RefusingStore
) -> None:
    write(scene, a=DAYS[0], b=DAYS[1])
    refusing.final = {"b": CredentialsError("expired")}
    assert states(run(scene)) == [PARTIAL, FAILED, FAILED]


def test_objects_that_could_not_be_deleted_take_nothing_from_the_days(
    scene: JobScene, refusing: RefusingStore
) -> None:
    write(scene, a=DAYS[0])
    scene.put("gone")
    refusing.refuse_delete = {"gone"}
    assert states(run(scene, delete=True, guard=DeleteGuard(max_percent=100))) == [COMPLETE, EMPTY, EMPTY]


def test_a_source_without_days_of_its_own_says_as_of_when(scene: JobScene) -> None:
    scene.write("a")
    result = scene.run(days=(DAY + timedelta(days=1),))
    assert result.message == "1 uploaded, 0 up to date, as of 2025-01-15"
    assert result.day_results == ()
