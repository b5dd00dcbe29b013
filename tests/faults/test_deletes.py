"""What would be deleted by a mistake: a wrong folder, a missing disk, another configuration's objects."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mochok.demo.server import S3Server
from tests.faults.scene import FaultScene

EVERYTHING = {"max_percent": 100, "max_objects": 100_000}


def test_F100_objects_of_another_configuration_are_never_deleted(scene: FaultScene) -> None:
    """Two configurations upload to overlapping destinations, and the outer one has --delete: both upload, no
    object of the inner one is deleted, whatever its day, also while it is disabled, and the outer one fails
    with its name, exit 1.
    """
    scene.write({"a.txt": "a"})
    scene.write({"2025-01-15/invoice.pdf": "i", "2024-12-31/invoice.pdf": "i"}, "days")
    outer = scene.one("--delete", name="Outer", prefix="backup", delete_guard=EVERYTHING)
    days = {"s3_path_structure": "backup/days/{year}/{month}/{day}", "endpoint_url": scene.proxy.endpoint_url}
    inner = scene.configuration("Inner", destination=days, local_base_path=str(scene.folder / "days"))
    scene.configure(outer, inner)
    scene.run("sync", "--target-date", "2024-12-31", "--only", "Inner").must(0)
    scene.bucket.put("backup/orphan.txt", "no local file")

    result = scene.sync().must(1)
    again = scene.sync("--only", "Outer", "--allow-deletes", "all").must(1)
    scene.configure(outer, inner | {"enabled": False})
    disabled = scene.sync("--allow-deletes", "all").must(1)

    assert scene.bucket.keys() == {
        "backup/a.txt",
        "backup/orphan.txt",
        "backup/days/2025/01/15/invoice.pdf",
        "backup/days/2024/12/31/invoice.pdf",
    }
    assert "--delete would delete 1 object of the configuration 'Inner'" in result.flat
    assert "--delete would delete 2 objects of the configuration 'Inner'" in again.flat
    assert "s3_path_structure" in again.flat
    assert "2 objects of the configuration 'Inner'" in disabled.flat
    assert scene.status("Outer")[0] == "Failure"
    assert scene.status("Inner")[0] == "Success"


def test_F101_excluded_objects_do_not_make_a_deletion_look_smaller(scene: FaultScene) -> None:
    """120 objects are excluded by a filter, and 60 of the 100 others have no file any more: the deletion is
    60 % and is refused, exit 1.
    """
    root = scene.write({f"{number:03d}.txt": "t" for number in range(100)})
    scene.write({f"cache/{number:03d}.bin": "b" for number in range(120)})
    scene.set_up()
    scene.sync().must(0)
    for number in range(60):
        (root / f"{number:03d}.txt").unlink()
    scene.set_up("--delete", "--exclude=cache/*")

    result = scene.sync().must(1)

    assert "60 of 100 objects (60 %) would be deleted" in result.flat
    assert len(scene.names()) == 220


def many(folder: str, count: int = 100) -> dict[str, str]:
    """So many files in a folder."""
    return {f"{folder}/{number:04d}.txt": folder for number in range(count)}


def test_F102_a_wrong_folder_is_noticed_before_the_first_upload(scene: FaultScene) -> None:
    """Another folder is mounted in place of the source: nothing is uploaded or deleted, exit 1, however often
    the run is repeated; status and history report the refusal; when the right folder is back, the next run
    succeeds.
    """
    root = scene.write(many("invoices", 100))
    scene.set_up("--delete")
    scene.sync().must(0)
    right = root.rename(scene.folder / "right")
    scene.write(many("holidays", 400))

    for _night in range(3):
        result = scene.sync().must(1)
        assert "0 of 100 uploaded files still exist in" in result.flat
        assert "mochok accept-deletes" in result.flat
        assert "--allow-deletes 100" in result.flat
    assert len(scene.names()) == 100
    for command in ("status", "history"):
        page = scene.run(command).must(0).flat
        assert "refused since" in page
        assert 'mochok accept-deletes "Whole"' in page

    root.rename(scene.folder / "wrong")
    right.rename(root)
    scene.sync().must(0)
    assert "refused since" not in scene.run("status").must(0).flat
    assert len(scene.names()) == 100


def test_F103_a_refused_deletion_stays_refused_whatever_is_uploaded(scene: FaultScene) -> None:
    """More than half of the files are gone, and as many new ones arrive each night: the deletion is refused
    every night, exit 1, until a person accepts it; then exactly these objects are deleted.
    """
    root = scene.write({f"{number:03d}.txt": "x" for number in range(100)})
    scene.set_up("--delete")
    scene.sync().must(0)
    for number in range(60):
        (root / f"{number:03d}.txt").unlink()

    for night in range(3):
        scene.write({f"new-{night}-{number:03d}.txt": "n" for number in range(200)})
        assert "60 " in scene.sync().must(1).flat
    assert len(scene.names()) == 700
    (root / "060.txt").unlink()
    assert "61 objects would be deleted, but deletions of this configuration" in scene.sync().must(1).flat
    assert "asks on a terminal" in scene.run("accept-deletes", "Whole").must(2).flat

    shown = [
        scene.sync("--dry-run", "--verbose").must(1),
        scene.run("accept-deletes", "Whole", "--list").must(0),
    ]
    assert all(f"{number:03d}.txt" in one.output for number in range(61) for one in shown)
    accepted = scene.run("accept-deletes", "Whole", "--yes").must(0)
    assert "61 of 100 objects" in accepted.flat
    assert "accepted on" in scene.run("status").must(0).flat
    scene.sync().must(0)

    assert len(scene.names()) == 639
    assert "nothing to accept" in scene.run("accept-deletes", "Whole").must(0).flat


def test_F103_refused_deletions_of_several_days_are_all_remembered(scene: FaultScene) -> None:
    """Deletions of two days are refused in one run: each is shown, and each needs a person."""
    days = ("2025-01-13", "2025-01-14")
    roots = [scene.write({f"{number}.txt": "x" for number in range(10)}, f"data/{day}") for day in days]
    scene.configure(scene.configuration(sync_options=["--delete"]))
    between = ("sync", "--from", days[0], "--to", days[1])
    scene.run(*between).must(0)
    for root in roots:
        for number in range(7):
            (root / f"{number}.txt").unlink()
    refused = scene.run(*between).must(1)
    assert f"--day {days[1]}" in refused.flat

    for day in days:
        status = scene.run("status").must(0).flat
        assert "refused since" in status
        assert f"for {day}" in status
        scene.run("accept-deletes", "Daily", "--day", day, "--yes").must(0)
        assert (
            f'deleted by mochok sync --target-date {day} --only "Daily"' in scene.run("status").must(0).flat
        )
    scene.run(*between).must(0)

    assert len(scene.bucket.keys()) == 6


def test_F103_a_deletion_is_not_allowed_by_accepting_another_one(scene: FaultScene) -> None:
    """A refused deletion is accepted, and before the next run other files disappear: these are compared with
    the limits as usual, nothing is deleted, exit 1.
    """
    root = scene.write({f"{number:03d}.txt": "x" for number in range(200)})
    scene.set_up("--delete", delete_guard={"max_percent": 10})
    scene.sync().must(0)
    for number in range(30):
        (root / f"{number:03d}.txt").rename(scene.folder / f"{number:03d}.txt")
    scene.sync().must(1)
    scene.run("accept-deletes", "Whole", "--yes").must(0)
    for number in range(30):
        (scene.folder / f"{number:03d}.txt").rename(root / f"{number:03d}.txt")
        (root / f"{number + 100:03d}.txt").unlink()

    result = scene.sync().must(1)

    assert "in addition to the accepted deletions, 30 of 200 objects (15 %)" in result.flat
    assert len(scene.names()) == 200
    scene.sync("--allow-deletes", "30").must(0)
    assert len(scene.names()) == 170


def test_F103_a_refusal_is_not_gone_because_its_objects_are_excluded(scene: FaultScene) -> None:
    """Deletions are refused, and the files are excluded for one run, which succeeds: once they are selected
    again, the deletions are refused as before, exit 1, whatever limits the configuration has by then.
    """
    root = scene.write({f"{number:03d}.txt": "x" for number in range(100)})
    scene.set_up("--delete", delete_guard={"max_percent": 5})
    scene.sync().must(0)
    for number in range(10):
        (root / f"{number:03d}.txt").unlink()
    scene.sync().must(1)
    scene.set_up("--delete", "--exclude=00*")
    scene.sync().must(0)
    scene.set_up("--delete")

    result = scene.sync().must(1)

    assert "10 objects would be deleted, but deletions of this configuration are refused" in result.flat
    assert len(scene.names()) == 100
    scene.run("accept-deletes", "Whole", "--yes").must(0)
    scene.sync().must(0)
    assert len(scene.names()) == 90


def test_F104_two_hosts_write_to_one_prefix(scene: FaultScene, server: S3Server, tmp_path: Path) -> None:
    """Two hosts with --delete upload different files to one prefix: neither deletes the other's files,
    however often both run, exit 1.
    """
    scene.write(many("a", 300))
    scene.set_up("--delete")
    scene.sync().must(0)
    other = FaultScene(tmp_path / "other", server, scene.bucket, scene.proxy)
    other.write(many("b", 100))
    other.set_up("--delete")

    for _night in range(2):
        other.sync().must(1)
        scene.sync().must(1)

    assert len(scene.names()) == 400
    assert "another program or host" in scene.run("status").must(0).flat


def test_F105_a_folder_that_is_emptied_or_not_mounted_keeps_its_objects(scene: FaultScene) -> None:
    """A sub-folder with 20 or more files is empty or gone, as if its disk were not mounted, and the total is
    within the limits: nothing is deleted, exit 1, the folder is named; single files are deleted as usual.
    """
    root = scene.write(many("documents", 200) | many("photos", 20) | many("small", 19))
    scene.set_up("--delete")
    scene.sync().must(0)
    shutil.rmtree(root / "small")
    (root / "documents" / "0000.txt").unlink()
    scene.sync().must(0)
    assert len(scene.names()) == 219
    for path in (root / "photos").iterdir():
        path.unlink()

    assert "the folder photos has no files any more" in scene.sync().must(1).flat
    shutil.rmtree(root / "photos")
    assert "photos has no files any more" in scene.sync().must(1).flat
    assert len(scene.names()) == 219

    scene.run("accept-deletes", "Whole", "--yes").must(0)
    scene.sync().must(0)
    assert len(scene.names()) == 199


def test_F105_a_folder_that_disappears_while_it_is_excluded_keeps_its_objects(scene: FaultScene) -> None:
    """A sub-folder with 20 or more files is excluded for one run and disappears: once it is selected again,
    nothing is deleted, exit 1, and the folder is named.
    """
    root = scene.write(many("documents", 100) | many("photos", 30))
    scene.set_up("--delete")
    scene.sync().must(0)
    scene.set_up("--delete", "--exclude=photos/*")
    scene.sync().must(0)
    shutil.rmtree(root / "photos")
    scene.set_up("--delete")

    result = scene.sync().must(1)

    assert "the folder photos has no files any more" in result.flat
    assert len(scene.names()) == 130


def test_F106_an_emptied_source_is_a_failure(scene: FaultScene) -> None:
    """A source that had files has none any more, as if its disk were not mounted: exit 1, also without
    --delete, until it has files again; empty_source: ok makes it a success.
    """
    root = scene.write({"a.txt": "a"})
    scene.set_up()
    scene.sync().must(0)
    (root / "a.txt").rename(scene.folder / "a.txt")

    for _night in range(2):
        result = scene.sync().must(1)
        assert "has no files, and had 1 in the last run without a problem" in result.flat
        assert "empty_source: ok" in result.flat
    scene.set_up(empty_source="ok")
    scene.sync().must(0)
    scene.set_up()
    scene.sync().must(0)


def test_F106_a_source_that_never_had_files_is_no_failure(scene: FaultScene) -> None:
    """A new source has no files yet: exit 0, the day is empty."""
    (scene.folder / "data").mkdir()
    scene.set_up()
    scene.sync().must(0)
    scene.sync().must(0)


def test_F107_all_day_folders_are_gone(scene: FaultScene) -> None:
    """The folder with the day folders has none any more, as if its disk were not mounted: exit 1 and not
    skipped; a single missing day is skipped as before, and so is a day that is not expected.
    """
    root = scene.write({"2025-01-15/a.txt": "a"})
    scene.configure(scene.configuration(expected_days=["mon", "tue", "wed", "thu", "fri"]))
    scene.sync().must(0)
    scene.sync(day="2025-01-14").must(0)
    (root / "2025-01-15").rename(scene.folder / "moved")

    result = scene.sync(day="2025-01-16").must(1)

    assert f"{root} has no folders, and had files in an earlier run" in result.flat
    scene.sync(day="2025-01-18").must(0)
    (scene.folder / "moved").rename(root / "2025-01-15")
    scene.sync(day="2025-01-16").must(0)


TMPFS = shutil.which("mount") is not None and hasattr(os, "geteuid") and os.geteuid() == 0


@contextmanager
def mounted(folder: Path) -> Iterator[Callable[[], None]]:
    """A disk at ``folder``; yields what unmounts it."""
    folder.mkdir(parents=True, exist_ok=True)
    if not TMPFS or subprocess.run(["mount", "-t", "tmpfs", "tmpfs", str(folder)], check=False).returncode:
        pytest.skip("needs the right to mount; tests/unit/run/test_disks.py is the same without")

    def unmount() -> None:
        subprocess.run(["umount", str(folder)], check=True)

    try:
        yield unmount
    finally:
        if os.path.ismount(folder):
            unmount()


@pytest.mark.parametrize("place", ["photos", "documents/photos"])
def test_F108_a_disk_below_the_source_that_is_not_mounted(scene: FaultScene, place: str) -> None:
    """A disk mounted below the source, however deep, is not mounted any more: nothing is deleted, exit 1,
    however few files it had.
    """
    root = scene.write(many("documents", 100))
    scene.set_up("--delete")
    with mounted(root / place) as unmount:
        scene.write({f"{place}/{number}.jpg": "p" for number in range(3)})
        scene.sync().must(0)
        unmount()

        result = scene.sync().must(1)

    assert f"the disk of the folder {place} is not mounted" in result.flat
    assert len(scene.names()) == 103


@pytest.mark.parametrize("below", [".", "deep/er"])
def test_F109_the_disk_of_the_source_is_not_mounted(scene: FaultScene, below: str) -> None:
    """The source is on a disk that is not mounted any more, and something else is in its folder: nothing is
    uploaded, exit 1, with both mount points.
    """
    disk = scene.folder / "disk"
    with mounted(disk) as unmount:
        scene.write({f"{below}/2025-01-15/a.txt": "a"}, "disk")
        scene.configure(scene.configuration(local_base_path=str(disk / below)))
        scene.sync().must(0)
        unmount()
        scene.write({f"{below}/2025-01-16/other.txt": "o"}, "disk")

        result = scene.sync(day="2025-01-16").must(1)

    assert f"was on the disk mounted at {disk}" in result.flat
    assert len(scene.bucket.keys()) == 1
