"""Mount points by device numbers, and what their loss means; no test mounts anything."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from mochok.model import DayState, Status, SyncResult, Upload
from mochok.plan.delete_guard import DeleteGuard
from mochok.run.disks import Disks, lost, mount_points
from mochok.storage.contract import OnTheWay, Sent, Unsent, ignore
from tests.support.memory_store import MemoryStore
from tests.unit.run.builders import JobScene

pytestmark = pytest.mark.skipif(os.name == "nt", reason="paths of POSIX")


def disks(mounted: Mapping[str, int]) -> Disks:
    """Folders with their own device numbers; all others are on the disk of the folder above."""

    def device_of(path: str) -> int | None:
        while path not in mounted:
            if path == os.path.dirname(path):
                return 1
            path = os.path.dirname(path)
        return mounted[path]

    return Disks(device_of, lambda: list(mounted))


def test_the_mount_point_of_a_folder_is_where_its_disk_begins() -> None:
    found = disks({"/mnt/disk": 7})
    assert found.mount_of("/mnt/disk/a/b") == "/mnt/disk"
    assert found.mount_of("/mnt/disk") == "/mnt/disk"
    assert found.mount_of("/mnt/other") == "/"


def test_mount_points_below_a_source_at_any_depth(tmp_path: Path) -> None:
    source = str(tmp_path / "source")
    for folder in ("photos", "a/b/deep", "plain"):
        (tmp_path / "source" / folder).mkdir(parents=True)
    found = disks({f"{source}/photos": 7, f"{source}/a/b/deep": 8, f"{tmp_path}/beside": 9})
    assert found.mounts_below(source) == {"photos": 7, "a/b/deep": 8}
    same_disk = Disks(lambda _path: 1, lambda: [f"{source}/photos"])
    assert same_disk.mounts_below(source) == {}, "a bind mount of the same disk"
    assert found.mounts_below(f"{tmp_path}/none") == {}


def test_top_level_folders_are_examined_where_the_system_lists_no_mount_points(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    found = Disks(disks({f"{tmp_path}/photos": 7}).device_of, lambda: ())
    assert found.mounts_below(str(tmp_path)) == {"photos": 7}


@pytest.mark.parametrize(
    ("before", "now", "is_lost"),
    [
        ("/mnt/disk", "/", True),
        ("/mnt/disk", "/mnt", True),
        ("/mnt/disk", "/mnt/disk", False),
        ("/", "/mnt/disk", False),
        ("/mnt/disk", "/mnt/dis", False),
    ],
)
def test_a_disk_is_lost_if_its_folder_is_on_a_disk_above_it(before: str, now: str, is_lost: bool) -> None:
    assert lost(before, now) is is_lost


def test_the_mount_points_of_this_machine() -> None:
    assert "/" in list(mount_points()) or not os.path.exists("/proc/self/mountinfo")


# Jobs


def run(scene: JobScene, mounted: Mapping[str, int], **changes: Any) -> SyncResult:
    scene.disks = disks(mounted)
    return scene.run(delete=True, guard=DeleteGuard(), **changes)


def test_a_disk_below_the_source_that_is_not_mounted_keeps_its_objects(scene: JobScene) -> None:
    scene.write(*(f"documents/{number}" for number in range(100)), "deep/er/1", "deep/er/2")
    mounted = {f"{scene.root}/deep/er": 7}
    assert run(scene, mounted).status is Status.SUCCESS
    for name in ("1", "2"):
        (scene.root / "deep/er" / name).unlink()
    result = run(scene, {})
    assert "the disk of the folder deep/er is not mounted" in result.message
    assert len(scene.store.objects) == 102
    scene.write("deep/er/1", "deep/er/2")
    assert run(scene, mounted).status is Status.SUCCESS
    (scene.root / "deep/er/1").unlink()
    assert run(scene, mounted).tally.deleted == 1, "its disk is mounted"


def test_another_disk_at_the_same_mount_point_keeps_the_objects(scene: JobScene) -> None:
    scene.write(*(f"documents/{number}" for number in range(200)), *(f"photos/{n}" for n in range(20)))
    assert run(scene, {f"{scene.root}/photos": 7}).status is Status.SUCCESS
    for number in range(20):
        (scene.root / f"photos/{number}").unlink()
    scene.write("photos/other")
    result = run(scene, {f"{scene.root}/photos": 8})
    assert "the disk of the folder photos is not mounted or is another one" in result.message
    assert len(scene.store.objects) == 221


def test_another_disk_with_a_few_of_the_names_keeps_the_objects_at_any_depth(scene: JobScene) -> None:
    """Also if an earlier run has uploaded what is on the other disk."""
    files = [f"deep/stick/{number}" for number in range(6)]
    scene.write(*(f"documents/{number}" for number in range(200)), *files)
    assert run(scene, {f"{scene.root}/deep/stick": 7}).status is Status.SUCCESS
    for key in files[2:]:
        (scene.root / key).unlink()
    scene.write(*(f"deep/stick/other {number}" for number in range(50)))
    dangling = scene.root / "dangling"
    dangling.symlink_to("nowhere")
    assert run(scene, {f"{scene.root}/deep/stick": 8}).tally.uploaded == 50
    dangling.unlink()
    result = run(scene, {f"{scene.root}/deep/stick": 8})
    assert "the disk of the folder deep/stick is not mounted or is another one" in result.message
    assert set(files) < set(scene.store.objects)


def test_a_disk_that_is_unmounted_after_its_files_were_seen_is_not_forgotten(scene: JobScene) -> None:
    files = [f"stick/{number}" for number in range(6)]
    scene.write(*(f"documents/{number}" for number in range(200)), *files)
    mounted = {f"{scene.root}/stick": 7}
    run(scene, mounted)
    scene.write("documents/new")

    class Unmounting(MemoryStore):
        def upload(
            self, uploads: Iterable[Upload | None], on_the_way: OnTheWay = ignore
        ) -> Iterator[Sent | Unsent]:
            yield from super().upload(uploads)
            mounted.clear()

    store = Unmounting()
    store.objects, store.contents = scene.store.objects, scene.store.contents
    assert run(scene, mounted, open_store=lambda _opening, _notify: store).status is Status.SUCCESS
    for key in files:
        (scene.root / key).unlink()
    assert "the disk of the folder stick is not mounted" in run(scene, {}).message


def test_a_disk_that_came_in_a_run_with_a_problem_is_remembered(scene: JobScene) -> None:
    scene.write(*(f"documents/{number}" for number in range(200)))
    run(scene, {})
    files = [f"stick/{number}" for number in range(6)]
    scene.write(*files)
    dangling = scene.root / "dangling"
    dangling.symlink_to("nowhere")
    assert run(scene, {f"{scene.root}/stick": 7}).tally.uploaded == 6
    dangling.unlink()
    for key in files:
        (scene.root / key).unlink()
    assert "the disk of the folder stick is not mounted" in run(scene, {}).message


def test_a_folder_that_is_gone_before_any_run_without_a_problem(scene: JobScene) -> None:
    """As after the first run of this version, which finds a ledger without anything to compare with."""
    scene.write(*(f"documents/{number}" for number in range(100)), *(f"photos/{n}" for n in range(20)))
    scene.run()
    for number in range(20):
        (scene.root / f"photos/{number}").unlink()
    result = scene.run(delete=True, guard=DeleteGuard())
    assert "20 objects would be deleted, and the folder photos has no files any more" in result.message


def test_a_new_device_number_alone_is_nothing(scene: JobScene) -> None:
    """After a restart, disks have other numbers."""
    scene.write(*(f"photos/{number}" for number in range(40)))
    run(scene, {f"{scene.root}/photos": 7})
    (scene.root / "photos/1").unlink()
    assert run(scene, {f"{scene.root}/photos": 8}).tally.deleted == 1


def test_the_disk_of_the_base_path_is_not_mounted(scene: JobScene) -> None:
    scene.write("a")
    base = f"{scene.root.parent}"
    assert run(scene, {base: 7}).status is Status.SUCCESS
    scene.write("b")
    result = run(scene, {})
    assert (result.status, result.day_state) == (Status.FAILURE, DayState.FAILED)
    assert f"{base} was on the disk mounted at {base} and is now on that mounted at /" in result.message
    assert set(scene.store.objects) == {"a"}
    assert run(scene, {}, empty_source="ok").status is Status.SUCCESS
    assert run(scene, {}).status is Status.SUCCESS


def test_a_run_with_a_problem_changes_nothing_that_is_remembered(scene: JobScene) -> None:
    scene.write("a", "closed/b")
    base = f"{scene.root.parent}"
    (scene.root / "dangling").symlink_to("nowhere")
    run(scene, {base: 7})
    assert scene.ledger.safety.source("Daily", base) is None
    memory = scene.ledger.safety.memory("Daily", "memory b p")
    assert memory is not None
    assert memory.baseline is None
