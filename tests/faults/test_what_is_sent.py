"""Links and special files: somebody who may write to the source folder replaces files by other things."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.harness import DAY
from tests.faults.scene import LARGE_BYTES, FaultScene
from tests.support.fault_proxy import WRITES, pass_on
from tests.support.faults import first_do, refuse

pytestmark = pytest.mark.skipif(os.name == "nt", reason="links and special files of POSIX")

SECRET = b"from outside the source folder"
Swap = Callable[[Path, Path], None]


def outside(scene: FaultScene) -> Path:
    """A folder next to the source, with the names that the source has."""
    folder = scene.write({"victim": SECRET, "sub/victim": SECRET}, "outside")
    return folder / "victim"


def by_link(path: Path, target: Path) -> None:
    path.unlink()
    path.symlink_to(target)


def by_link_of_its_folder(path: Path, target: Path) -> None:
    path.parent.rename(path.parent.with_name("moved"))
    path.parent.symlink_to(target.parent)


def by_chain_of_links(path: Path, target: Path) -> None:
    by_link(path, path.with_name("next"))
    path.with_name("next").symlink_to(os.path.relpath(target, path.parent))


def by_pipe(path: Path, _target: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def by_folder(path: Path, target: Path) -> None:
    path.unlink()
    path.mkdir()
    (path / target.name).write_bytes(SECRET)


LINKS = [by_link, by_link_of_its_folder, by_chain_of_links]
SPECIAL = [by_pipe, by_folder]


def no_secret_arrived(scene: FaultScene) -> None:
    for key in scene.bucket.objects():
        assert SECRET not in scene.bucket.download(key), key


@pytest.mark.parametrize("symlinks", ["ignore", "inside"])
@pytest.mark.parametrize("swap", LINKS)
def test_F120_a_file_that_becomes_a_link_before_another_attempt_is_left_out(
    scene: FaultScene, swap: Swap, symlinks: str
) -> None:
    """With symlinks: ignore or inside, a file or its folder is replaced by a link out of the source before an
    upload is repeated: the file is skipped (unreadable), nothing from outside is uploaded, exit 5.
    """
    path, target = scene.write({"sub/victim": "mine"}) / "sub" / "victim", outside(scene)
    scene.set_up(symlinks=symlinks)
    again = first_do(lambda: swap(path, target), refuse(503, "SlowDown"))
    scene.proxy.when("PutObject", key="victim", times=1, do=again)

    result = scene.sync().must(5)

    assert "replaced by a symbolic link" in result.flat
    assert scene.names() == set()
    assert scene.ledger() == set()


@pytest.mark.parametrize(
    ("symlinks", "swap"), [(how, swap) for how in ("ignore", "inside") for swap in LINKS]
)
def test_F121_a_file_that_becomes_a_link_before_its_turn_is_left_out(
    scene: FaultScene, swap: Swap, symlinks: str
) -> None:
    """The same while a file waits for the bandwidth limit: it is skipped (unreadable), the others are
    uploaded, exit 5.
    """
    root, target = scene.write({"a.txt": b"a" * 200_000, "sub/victim": "mine"}), outside(scene)
    scene.set_up(symlinks=symlinks, bandwidth_limit="200KB/s")
    scene.proxy.when(
        "PutObject", key="a.txt", times=1, do=first_do(lambda: swap(root / "sub" / "victim", target), pass_on)
    )

    result = scene.sync().must(5)

    assert "replaced by a symbolic link" in result.flat
    assert scene.names() == {"a.txt"}


@pytest.mark.parametrize("swap", [*LINKS, *SPECIAL])
def test_F122_a_large_file_that_is_replaced_while_its_parts_are_sent(scene: FaultScene, swap: Swap) -> None:
    """With symlinks: ignore, a large file is replaced by a link, a pipe or a folder during its multipart
    upload: its parts come from the file that was opened, it is skipped (unreadable), exit 5, no unfinished
    upload remains.
    """
    path, target = scene.write({"sub/victim": b"m" * LARGE_BYTES}) / "sub" / "victim", outside(scene)
    target.write_bytes(SECRET * (LARGE_BYTES // len(SECRET) + 1))
    scene.set_up(symlinks="ignore")
    change = first_do(lambda: swap(path, target), pass_on)
    scene.proxy.when("CreateMultipartUpload", times=1, do=change)

    scene.sync().must(5)

    no_secret_arrived(scene)
    assert scene.open_uploads() == []
    assert scene.ledger() == set()


@pytest.mark.parametrize("symlinks", ["follow", "inside", "ignore"])
@pytest.mark.parametrize("swap", SPECIAL)
def test_F123_a_file_that_becomes_a_pipe_or_a_folder_is_left_out(
    scene: FaultScene, swap: Swap, symlinks: str
) -> None:
    """A file is replaced by a pipe or a folder before an upload is repeated: it is skipped (unreadable), no
    run waits for it, the others are uploaded, exit 5.
    """
    root, target = scene.write({"sub/victim": "mine", "z.txt": "z"}), outside(scene)
    scene.set_up(symlinks=symlinks)
    again = first_do(lambda: swap(root / "sub" / "victim", target), refuse(503, "SlowDown"))
    scene.proxy.when("PutObject", key="victim", times=1, do=again)

    result = scene.sync().must(5)

    assert "not a regular file any more" in result.flat
    assert scene.names() == {"z.txt"}


def daily(scene: FaultScene, symlinks: str) -> Path:
    """A configuration with a folder for each day; where the day's folder is."""
    scene.configure(
        scene.configuration(symlinks=symlinks, destination={"endpoint_url": scene.proxy.endpoint_url})
    )
    scene.write({"2025-01-14/old.txt": "o"})
    return scene.folder / "data" / DAY


@pytest.mark.parametrize("symlinks", ["ignore", "inside"])
def test_F124_a_day_folder_that_is_a_link_out_of_the_base_path_fails(
    scene: FaultScene, symlinks: str
) -> None:
    """With symlinks: ignore or inside, a day's folder is a link out of the base path: the configuration fails
    and names the folder, exit 1, no request that writes.
    """
    day = daily(scene, symlinks)
    day.symlink_to(outside(scene).parent)

    result = scene.sync().must(1)

    assert str(day) in result.flat
    assert f"symlinks: {symlinks}" in result.flat
    assert scene.proxy.count(*WRITES) == 0


def test_F124_a_day_folder_that_is_a_link_inside_the_base_path_is_uploaded_if_links_are_allowed(
    scene: FaultScene,
) -> None:
    """A day's folder is a link to a folder below the base path: symlinks: inside uploads it, ignore fails."""
    day = daily(scene, "ignore")
    scene.write({"real/a.txt": "a"})
    day.symlink_to("real")
    scene.sync().must(1)
    assert scene.proxy.count(*WRITES) == 0

    daily(scene, "inside")
    scene.sync().must(0)

    assert {key.rpartition("/")[2] for key in scene.bucket.objects()} == {"a.txt"}


@pytest.mark.parametrize("symlinks", ["ignore", "inside"])
def test_F125_a_day_folder_that_becomes_a_link_is_left_out(scene: FaultScene, symlinks: str) -> None:
    """A day's folder is replaced by a link out of the base path while its files are uploaded: the files are
    skipped (unreadable), nothing from outside is uploaded, the configuration fails, exit 1.
    """
    day = daily(scene, symlinks)
    scene.write({"victim": "mine"}, f"data/{DAY}")
    target = outside(scene)
    again = first_do(lambda: by_link_of_its_folder(day / "victim", target), refuse(503, "SlowDown"))
    scene.proxy.when("PutObject", times=1, do=again)

    result = scene.sync().must(1)

    assert "replaced by a symbolic link" in result.flat
    assert scene.bucket.objects() == {}


def test_F126_folders_that_link_to_one_another_end_with_a_failure(scene: FaultScene) -> None:
    """With symlinks: follow and --delete, a few folders link to one another so that there is no end of paths:
    the configuration fails after max_link_expansion repeated names, exit 1, and nothing is deleted.
    """
    root = scene.write({f"{number:02}/file": "f" for number in range(12)})
    for folder in root.iterdir():
        for other in range(12):
            (folder / f"to-{other:02}").symlink_to(f"../{other:02}")
    scene.bucket.put("whole/orphan.txt", "no local file")
    scene.set_up("--delete", max_link_expansion=200)

    result = scene.sync().must(1)

    assert "max_link_expansion" in result.flat
    assert len(scene.names()) < 400
    assert "orphan.txt" in scene.names()
    assert scene.ledger() <= scene.names()


def test_F126_a_few_links_to_one_folder_are_followed(scene: FaultScene) -> None:
    """Three links lead to the same folder: its files are uploaded under each name, exit 0."""
    root = scene.write({"real/a": "a", "real/b": "b"})
    for name in ("current", "latest", "stable"):
        (root / name).symlink_to("real")
    scene.set_up()

    scene.sync().must(0)

    names = ("current", "latest", "real", "stable")
    assert scene.names() == {f"{name}/{file}" for name in names for file in "ab"}


def later(path: Path) -> None:
    os.utime(path, (time.time() + 3600, time.time() + 3600))


@pytest.mark.parametrize("swap", SPECIAL)
def test_F127_a_file_that_becomes_a_pipe_before_its_content_is_compared(
    scene: FaultScene, swap: Swap
) -> None:
    """With compare: checksum, a file is replaced by a pipe or a folder before its content is compared: it is
    skipped (unreadable), no run waits for it, exit 5.
    """
    root, target = scene.write({"sub/victim": "mine"}), outside(scene)
    scene.set_up(compare="checksum")
    scene.sync().must(0)
    later(root / "sub" / "victim")
    change = first_do(lambda: swap(root / "sub" / "victim", target), pass_on)
    scene.proxy.when("HeadObject", key="victim", times=1, do=change)

    scene.sync().must(5)

    assert scene.bucket.download("whole/sub/victim") == b"mine"
