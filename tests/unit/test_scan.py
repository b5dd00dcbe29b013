"""The ordered walk, over real folders: order, links, and everything that cannot be synchronised."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mochok.errors import SourceError
from mochok.model import KeyOrder, LeftOut, SourceFile
from mochok.scan import ScanSettings, check_source, scan
from mochok.source_files import Symlinks

NOBODY = 65534
posix_only = pytest.mark.skipif(os.name != "posix", reason="this system has no such names, links or users")


def walk(
    root: Path | str, settings_: ScanSettings | None = None
) -> tuple[list[SourceFile], dict[str, LeftOut]]:
    """The files, and what was left out by its key; a key told twice is a fault."""
    told: list[LeftOut] = []
    files = list(scan(str(root), settings_ or ScanSettings(), told.append))
    left_out = {each.key: each for each in told}
    assert len(left_out) == len(told), told
    return files, left_out


def keys(root: Path | str, settings_: ScanSettings | None = None) -> list[str]:
    """The keys of a tree in which everything can be read."""
    files, left_out = walk(root, settings_)
    assert left_out == {}
    return [file.key for file in files]


def make(root: Path, *names: str) -> Path:
    """Files with their own name as content; a name that ends with ``/`` is an empty folder."""
    for name in names:
        path = root / name
        if name.endswith("/"):
            path.mkdir(parents=True, exist_ok=True)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(name, "utf-8")
    return root


# Order

TRICKY = [
    "test-1",
    "test.txt",
    "test/a",
    "test/z/y",
    "test0/b",
    "a b",
    "a",
    "é",
    "e\u0301",
    "😀/x",
    "\ufffd",
    "z",
]


def test_keys_come_in_the_order_of_their_bytes(tmp_path: Path) -> None:
    make(tmp_path, *TRICKY)
    assert keys(tmp_path) == sorted(TRICKY, key=lambda key: key.encode())


def test_keys_come_folder_by_folder_for_a_server_that_lists_so(tmp_path: Path) -> None:
    make(tmp_path, *TRICKY)
    expected = sorted(TRICKY, key=lambda key: [part.encode() for part in key.split("/")])
    assert keys(tmp_path, ScanSettings(KeyOrder.PATH)) == expected


NAMES = st.text(st.sampled_from("ab-. 0!~éñ😀\u0301\x01"), min_size=1, max_size=3).filter(
    lambda name: name not in (".", "..")
)
TREES = st.lists(st.lists(NAMES, min_size=1, max_size=3), max_size=10)


def grow(root: Path, paths: Iterable[list[str]]) -> set[str]:
    """Make what fits (a name cannot be file and folder at once); the keys of what was made."""
    made = set()
    for parts in paths:
        path = root.joinpath(*parts)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
        except OSError:
            continue
        if path.is_file():
            made.add("/".join(parts))
    return made


@posix_only
@settings(deadline=None)
@given(TREES)
def test_any_tree_is_walked_whole_and_in_either_order(paths: list[list[str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        made = grow(Path(folder), paths)
        by_bytes = keys(folder)
        assert by_bytes == sorted(made, key=lambda key: key.encode())
        by_path = keys(folder, ScanSettings(KeyOrder.PATH))
        assert by_path == sorted(made, key=lambda key: [part.encode() for part in key.split("/")])
        for order, found in ((KeyOrder.BYTES, by_bytes), (KeyOrder.PATH, by_path)):
            places = [order.sort_key(key) for key in found]
            assert all(before < after for before, after in pairwise(places))


# What is found


def test_a_file_is_told_with_its_path_size_and_time(tmp_path: Path) -> None:
    make(tmp_path, "sub/a.txt")
    os.utime(tmp_path / "sub/a.txt", ns=(0, 1_234_567_890_123_456_700))
    (file,) = walk(tmp_path)[0]
    path = tmp_path / "sub" / "a.txt"
    ctime_ns = 0 if os.name == "nt" else path.stat().st_ctime_ns
    assert file == SourceFile("sub/a.txt", str(path), len("sub/a.txt"), file.mtime_ns, ctime_ns, ctime_ns)
    assert abs(file.mtime_ns - 1_234_567_890_123_456_700) < 100


@pytest.mark.parametrize("mtime_s", [-86400 * 365, 0, 4_000_000_000])
def test_times_of_any_century_are_taken_as_they_are(tmp_path: Path, mtime_s: int) -> None:
    make(tmp_path, "a")
    os.utime(tmp_path / "a", (mtime_s, mtime_s))
    assert walk(tmp_path)[0][0].mtime_ns == mtime_s * 1_000_000_000


def test_empty_folders_bring_nothing_hidden_and_empty_files_take_part(tmp_path: Path) -> None:
    make(tmp_path, "empty/", "deep/empty/", ".hidden", ".git/config", "x")
    (tmp_path / "zero").touch()
    assert keys(tmp_path) == [".git/config", ".hidden", "x", "zero"]
    assert keys(make(tmp_path / "nothing", "a/b/c/")) == []


def test_a_root_with_a_trailing_slash_is_the_same_root(tmp_path: Path) -> None:
    make(tmp_path, "a/b")
    assert walk(str(tmp_path) + os.sep) == walk(tmp_path)


def test_a_folder_name_with_brackets_is_a_folder_like_any_other(tmp_path: Path) -> None:
    assert keys(make(tmp_path / "src[1]*?", "a[0].txt")) == ["a[0].txt"]


def test_a_deep_tree_needs_no_recursion(tmp_path: Path) -> None:
    deep = "/".join(["d"] * 400) + "/x"
    assert keys(make(tmp_path, deep)) == [deep]


# Roots


def test_a_missing_root_is_an_error_of_the_whole(tmp_path: Path) -> None:
    for look in (walk, check_source):
        with pytest.raises(SourceError, match=r"the source folder .*gone does not exist") as caught:
            look(str(tmp_path / "gone"))
        assert "mounted" in caught.value.hint


def test_a_file_as_root_is_an_error_of_the_whole(tmp_path: Path) -> None:
    make(tmp_path, "file")
    with pytest.raises(SourceError, match=r"the source .*file is not a folder") as caught:
        walk(tmp_path / "file")
    assert caught.value.hint == "use the folder that contains it"


@posix_only
@pytest.mark.parametrize("symlinks", ["follow", "inside", "ignore"])
def test_a_root_that_is_a_link_is_always_followed(tmp_path: Path, symlinks: str) -> None:
    make(tmp_path / "real", "a", "b/c")
    (tmp_path / "link").symlink_to("real")
    (tmp_path / "real/inner").symlink_to("a")
    found, left_out = walk(tmp_path / "link", ScanSettings(symlinks=symlinks))  # type: ignore[arg-type]
    expected = ["a", "b/c"] if symlinks == "ignore" else ["a", "b/c", "inner"]
    assert [file.key for file in found] == expected
    assert left_out == {}


@posix_only
def test_a_root_that_links_to_nothing_does_not_exist(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("gone")
    with pytest.raises(SourceError, match="does not exist"):
        walk(tmp_path / "link")


# Links


@posix_only
def test_links_to_files_and_folders_are_followed(tmp_path: Path) -> None:
    outside = make(tmp_path / "outside", "x", "sub/y")
    root = make(tmp_path / "root", "a")
    (root / "file-link").symlink_to(outside / "x")
    (root / "folder-link").symlink_to(outside)
    files, left_out = walk(root)
    assert [file.key for file in files] == ["a", "file-link", "folder-link/sub/y", "folder-link/x"]
    assert files[1].size_bytes == 1
    assert left_out == {}


@posix_only
def test_inside_follows_only_links_that_stay_in_the_source(tmp_path: Path) -> None:
    outside = make(tmp_path / "root-not", "x")
    root = make(tmp_path / "root", "a", "sub/b")
    (root / "in-file").symlink_to("sub/b")
    (root / "in-folder").symlink_to(root / "sub")
    (root / "out-file").symlink_to(outside / "x")
    (root / "out-folder").symlink_to("../root-not")
    files, left_out = walk(root, ScanSettings(symlinks="inside"))
    assert [file.key for file in files] == ["a", "in-file", "in-folder/b", "sub/b"]
    assert set(left_out) == {"out-file", "out-folder"}
    assert all(each.problem == "a symbolic link out of the source folder" for each in left_out.values())


@posix_only
def test_ignore_passes_every_link_by_without_a_word(tmp_path: Path) -> None:
    root = make(tmp_path, "a", "sub/b")
    (root / "file-link").symlink_to("a")
    (root / "folder-link").symlink_to("sub")
    (root / "dangling").symlink_to("gone")
    assert keys(root, ScanSettings(symlinks="ignore")) == ["a", "sub/b"]


@posix_only
def test_a_dangling_link_is_left_out(tmp_path: Path) -> None:
    (make(tmp_path, "a") / "gone").symlink_to("nowhere")
    files, left_out = walk(tmp_path)
    assert [file.key for file in files] == ["a"]
    assert left_out["gone"].problem == "a broken symbolic link, or deleted during the scan"
    assert not left_out["gone"].passed_over


@posix_only
def test_a_link_to_itself_is_left_out(tmp_path: Path) -> None:
    (make(tmp_path, "a") / "self").symlink_to("self")
    files, left_out = walk(tmp_path)
    assert [file.key for file in files] == ["a"]
    assert left_out["self"].problem == "a symbolic link to itself"


@posix_only
@pytest.mark.parametrize("symlinks", ["follow", "inside"])
def test_a_loop_is_noticed_and_walked_once(tmp_path: Path, symlinks: str) -> None:
    root = make(tmp_path, "d/a", "d/e/b")
    (root / "d/e/up").symlink_to("..")
    (root / "d/e/root").symlink_to(root)
    files, left_out = walk(root, ScanSettings(symlinks=symlinks))  # type: ignore[arg-type]
    assert [file.key for file in files] == ["d/a", "d/e/b"]
    assert set(left_out) == {"d/e/up/", "d/e/root/"}
    assert all("back to one of its parent folders" in each.problem for each in left_out.values())


@posix_only
def test_two_links_to_one_folder_are_no_loop(tmp_path: Path) -> None:
    root = make(tmp_path, "d/a")
    (root / "one").symlink_to("d")
    (root / "two").symlink_to("d")
    assert keys(root) == ["d/a", "one/a", "two/a"]


def linked_folders(root: Path, count: int) -> Path:
    """``count`` folders with a file, each with a link to every one of them."""
    for number in range(count):
        make(root, f"{number}/file")
        for other in range(count):
            (root / f"{number}/to-{other}").symlink_to(f"../{other}")
    return root


@posix_only
@pytest.mark.parametrize("symlinks", ["follow", "inside"])
def test_folders_that_link_to_one_another_end_the_scan(tmp_path: Path, symlinks: Symlinks) -> None:
    root = linked_folders(tmp_path, 9)
    found: list[str] = []
    with pytest.raises(SourceError, match="max_link_expansion"):
        found.extend(file.key for file in scan(str(root), ScanSettings(symlinks=symlinks), print))
    assert len(found) < 10_000 + 100


@posix_only
def test_the_names_below_a_second_link_to_a_folder_count_as_repeated(tmp_path: Path) -> None:
    root = make(tmp_path, "d/a", "d/b", "d/inner/c")
    for name in ("one", "two", "three"):
        (root / name).symlink_to("d")
    names_of_a_link = 4 + 2  # the folders, and what is in them
    assert len(keys(root, ScanSettings(max_link_expansion=2 * names_of_a_link))) == 4 * 3
    with pytest.raises(SourceError, match="two/inner/"):
        walk(root, ScanSettings(max_link_expansion=2 * names_of_a_link - 1))


@posix_only
def test_folders_without_links_are_never_repeated(tmp_path: Path) -> None:
    assert keys(make(tmp_path, "d/a", "d/e/a"), ScanSettings(max_link_expansion=0)) == ["d/a", "d/e/a"]


@posix_only
def test_a_change_time_later_than_the_scan_s_start_is_unknown(tmp_path: Path) -> None:
    root = make(tmp_path, "a", "b")
    files = scan(str(root), ScanSettings(), lambda _left_out: None)
    assert next(files).ctime_ns == (root / "a").stat().st_ctime_ns
    time.sleep(0.02)  # the clock of a file system may be that coarse
    (root / "b").chmod(0o600)
    assert next(files).ctime_ns == 0


# What takes no part


@posix_only
def test_pipes_sockets_and_devices_are_passed_over(tmp_path: Path) -> None:
    make(tmp_path, "a", "z")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "device").symlink_to(os.devnull)
    with socket.socket(socket.AF_UNIX) as listener:
        here = os.getcwd()
        os.chdir(tmp_path)  # a socket's path is short
        listener.bind("socket")
        os.chdir(here)
        files, left_out = walk(tmp_path)
    assert [file.key for file in files] == ["a", "z"]
    assert left_out == {
        key: LeftOut(key, "a device, socket or FIFO", passed_over=True)
        for key in ("pipe", "socket", "device")
    }


@posix_only
def test_a_name_that_is_not_utf8_is_left_out_and_made_printable(tmp_path: Path) -> None:
    make(tmp_path, "a")
    raw = os.fsencode(tmp_path)
    try:
        with open(raw + b"/caf\xe9.txt", "wb"):
            pass
        os.mkdir(raw + b"/\xff\xfe")
    except OSError:
        pytest.skip("this file system takes only UTF-8 names")
    files, left_out = walk(tmp_path)
    assert [file.key for file in files] == ["a"]
    assert left_out == {
        key: LeftOut(key, "the name is not valid UTF-8") for key in ("caf\\xe9.txt", "\\xff\\xfe")
    }


def test_a_key_over_1024_bytes_is_left_out_and_the_limit_counts_the_prefix(tmp_path: Path) -> None:
    folder = "/".join(["x" * 200] * 4)  # 803 bytes
    longest = f"{folder}/{'y' * 220}"  # 1,024 bytes
    make(tmp_path, longest, "short")
    assert len(longest.encode()) == 1024
    assert keys(tmp_path) == ["short", longest]
    files, left_out = walk(tmp_path, ScanSettings(prefix_bytes=1))
    assert [file.key for file in files] == ["short"]
    assert left_out == {longest: LeftOut(longest, "the key would be longer than S3's 1,024 bytes")}


def test_the_limit_counts_bytes_not_characters(tmp_path: Path) -> None:
    make(tmp_path, "é" * 100)
    assert keys(tmp_path, ScanSettings(prefix_bytes=824)) == ["é" * 100]
    assert list(walk(tmp_path, ScanSettings(prefix_bytes=825))[1]) == ["é" * 100]


@posix_only
def test_a_folder_that_may_not_be_read_is_left_out_and_the_walk_goes_on(tmp_path: Path) -> None:
    """In a process of its own: the administrator may read everything."""
    root = make(tmp_path / "data", "a", "closed/b", "no-entry/c", "z")  # open to all, unlike tmp_path
    (root / "closed").chmod(0o000)
    (root / "no-entry").chmod(0o444)  # names can be listed, nothing behind them looked at
    try:
        keys_found, left_out = as_ordinary_user(root)
    finally:
        for name in ("closed", "no-entry"):
            (root / name).chmod(0o755)
    assert keys_found == ["a", "z"]
    assert left_out == {
        "closed/": "the folder cannot be read: Permission denied",
        "no-entry/c": "no permission to read it",
    }


def as_ordinary_user(root: Path) -> tuple[list[str], dict[str, str]]:
    """Walk ``root`` in another process, as nobody if the tests run as root."""
    script = (
        "import json, os, sys\n"
        "from mochok.scan import ScanSettings, scan\n"
        "os.chdir(sys.argv[1])\n"  # the folders above belong to the administrator alone
        "if os.geteuid() == 0: os.setgid(int(sys.argv[2])); os.setuid(int(sys.argv[2]))\n"
        "told = []\n"
        "keys = [file.key for file in scan('.', ScanSettings(), told.append)]\n"
        "print(json.dumps([keys, {each.key: each.problem for each in told}]))\n"
    )
    command = [sys.executable, "-c", script, str(root), str(NOBODY)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    found, left_out = json.loads(done.stdout)
    return found, left_out
