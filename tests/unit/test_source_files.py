"""Opening a source file: only a regular file that ``symlinks`` allows, and without waiting for a pipe."""

from __future__ import annotations

import os
import socket
import stat
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from mochok.errors import FileLeftOutError, SourceError
from mochok.source_files import ANYWHERE, OpenedFile, SourceFolder, Symlinks

pytestmark = pytest.mark.skipif(os.name == "nt", reason="links and special files of POSIX")

Open = Callable[[SourceFolder, str], OpenedFile]
WAYS = [
    pytest.param(partial(SourceFolder.open, relative=True), id="relative"),
    pytest.param(partial(SourceFolder.open, relative=False), id="and prove"),
]
"""A system has one of them; both give the same answers."""


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """``base/day`` holds ``file`` and ``sub/file``; next to it are ``base/other`` and ``outside``."""
    for folder in ("base/day/sub", "base/other", "outside"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "file").write_text(folder)
    (tmp_path / "base/day/file").write_text("base/day")
    return tmp_path / "base"


def folder(base: Path, symlinks: Symlinks) -> SourceFolder:
    return SourceFolder(str(base), str(base / "day"), symlinks)


def content(opened: OpenedFile) -> str:
    with opened:
        return opened.read().decode()


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("symlinks", ["follow", "inside", "ignore"])
def test_a_file_without_links_in_its_path_is_opened(base: Path, symlinks: Symlinks, way: Open) -> None:
    assert content(way(folder(base, symlinks), str(base / "day/file"))) == "base/day"
    assert content(way(folder(base, symlinks), str(base / "day/sub/file"))) == "base/day/sub"


LINKS: dict[str, tuple[str, str, set[str]]] = {
    # what: the link, where it leads, and who follows it
    "a file outside": ("day/file", "../../outside/file", {"follow"}),
    "a file of another day": ("day/file", "../other/file", {"follow"}),
    "a file inside": ("day/file", "sub/file", {"follow", "inside"}),
    "a folder outside": ("day/sub", "../../outside", {"follow"}),
    "a folder inside, and back": ("day/sub", "../day", {"follow", "inside"}),
    "a folder that only begins alike": ("day/sub", "../../base/day-2", {"follow"}),
    "the day's folder, outside": ("day", "../outside", {"follow"}),
    "the day's folder, inside": ("day", "other", {"follow", "inside"}),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("symlinks", ["follow", "inside", "ignore"])
@pytest.mark.parametrize("what", LINKS)
def test_a_link_is_followed_only_where_it_may_lead(
    base: Path, what: str, symlinks: Symlinks, way: Open
) -> None:
    link, target, followed = LINKS[what]
    (base / "day-2").mkdir()
    (base / "day-2/file").write_text("day-2")
    (base / link).rename(base / "moved")
    (base / link).symlink_to(target)
    path = base / link if link.endswith("file") else base / link / "file"

    if symlinks in followed:
        assert content(way(folder(base, symlinks), str(path))) == path.read_text()
    else:
        with pytest.raises(FileLeftOutError, match="replaced by a symbolic link"):
            way(folder(base, symlinks), str(path))


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("symlinks", ["inside", "ignore"])
def test_the_base_path_may_be_behind_links(base: Path, symlinks: Symlinks, way: Open) -> None:
    (base.parent / "link").symlink_to("base")
    source = folder(base.parent / "link", symlinks)

    source.check()
    assert content(way(source, str(base.parent / "link/day/file"))) == "base/day"


@pytest.mark.parametrize(
    ("symlinks", "target"), [("ignore", "other"), ("ignore", "../outside"), ("inside", "..")]
)
def test_a_source_folder_behind_a_link_is_refused(base: Path, symlinks: Symlinks, target: str) -> None:
    (base / "day").rename(base / "moved")
    (base / "day").symlink_to(target)

    with pytest.raises(SourceError, match=f"symlinks: {symlinks}"):
        folder(base, symlinks).check()


def by_pipe(path: Path) -> None:
    os.mkfifo(path)


def by_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))


def by_folder(path: Path) -> None:
    path.mkdir()


def by_link_to_a_device(path: Path) -> None:
    path.symlink_to("/dev/zero")


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("make", [by_pipe, by_socket, by_folder, by_link_to_a_device])
@pytest.mark.parametrize("source", [ANYWHERE, None], ids=["anywhere", "ignore"])
def test_what_is_no_regular_file_is_refused_at_once(
    tmp_path: Path, make: Callable[[Path], None], source: SourceFolder | None, way: Open
) -> None:
    make(tmp_path / "it")
    chosen = source or SourceFolder(str(tmp_path), str(tmp_path), "ignore")

    with pytest.raises(FileLeftOutError, match=r"not a regular file any more|symbolic link"):
        way(chosen, str(tmp_path / "it"))


@pytest.mark.parametrize("path", ["day/../../outside/file", "../outside/file", "day", ""])
@pytest.mark.parametrize("symlinks", ["inside", "ignore"])
def test_a_path_that_leaves_the_folder_or_names_none_of_its_files_is_refused(
    base: Path, path: str, symlinks: Symlinks
) -> None:
    with pytest.raises(FileLeftOutError):
        folder(base, symlinks).open(os.path.join(base, path))


def test_what_was_opened_stays_the_same_file_under_its_path(base: Path) -> None:
    path = base / "day/file"
    with folder(base, "ignore").open(str(path)) as opened:
        path.unlink()
        path.symlink_to("../../outside/file")
        if opened.path is not None:  # Linux
            assert Path(opened.path).read_text() == "base/day"
        assert opened.read() == b"base/day"
        assert stat.S_ISREG(opened.status.st_mode)


def test_no_more_is_read_than_the_size_when_it_was_opened(base: Path) -> None:
    with ANYWHERE.open(str(base / "day/file")) as opened:
        (base / "day/file").write_text("base/day and more")
        assert list(opened.blocks(5)) == [b"base/", b"day"]


@pytest.mark.parametrize("symlinks", ["follow", "inside", "ignore"])
def test_no_descriptor_stays_open(base: Path, symlinks: Symlinks) -> None:
    before = os.open(base, os.O_RDONLY)
    os.close(before)
    source = folder(base, symlinks)
    content(source.open(str(base / "day/sub/file")))
    for path in ("day/sub", "day/missing", "day/file/x"):
        with pytest.raises(FileLeftOutError):
            source.open(str(base / path))
    after = os.open(base, os.O_RDONLY)
    os.close(after)
    assert after == before
