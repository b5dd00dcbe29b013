"""The source folder: it has unreadable or special files, or files that change during the upload."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.harness import DAY
from tests.faults.scene import LARGE_BYTES, FaultScene
from tests.support.fault_proxy import WRITES, pass_on
from tests.support.faults import first_do

pytestmark = pytest.mark.skipif(os.name == "nt", reason="permissions, links and special files of POSIX")


def test_F01_an_unreadable_file_is_left_out_and_its_object_kept(scene: FaultScene) -> None:
    """A file is not readable and --delete is set: the others are uploaded, its object is kept, nothing is
    deleted and this is reported, exit 5, one warning.
    """
    root = scene.write({"open.txt": "o", "secret.txt": "s"})
    scene.set_up("--delete")
    scene.sync().must(0)
    scene.bucket.put("whole/orphan.txt", "no local file")
    (root / "secret.txt").write_text("changed")
    (root / "secret.txt").chmod(0)

    result = scene.run_as_any_user("sync", "--target-date", DAY).must(5)

    assert scene.names() == {"open.txt", "secret.txt", "orphan.txt"}
    assert scene.bucket.download("whole/secret.txt") == b"s"
    assert "nothing was deleted" in result.flat
    warnings = [line for line in scene.log().splitlines() if "[WARNING]" in line]
    assert sum("secret.txt: no permission to read it" in line for line in warnings) == 1
    assert scene.status() == ("Success", 0, 0)


def test_F02_an_unreadable_folder_keeps_everything_below_it(scene: FaultScene) -> None:
    """A subfolder is not readable and --delete is set: no object below it is deleted, the other files are
    uploaded, exit 5.
    """
    root = scene.write({"a.txt": "a", "closed/b.txt": "b", "closed/deep/c.txt": "c"})
    scene.set_up("--delete")
    scene.sync().must(0)
    (root / "closed").chmod(0)

    scene.run_as_any_user("sync", "--target-date", DAY).must(5)
    (root / "closed").chmod(0o700)

    assert scene.names() == {"a.txt", "closed/b.txt", "closed/deep/c.txt"}


def test_F03_an_unreadable_source_writes_nothing(scene: FaultScene) -> None:
    """The source folder itself is not readable: exit 1 with its name, no request that writes."""
    root = scene.write({"a.txt": "a"})
    scene.set_up("--delete")
    root.chmod(0)

    result = scene.run_as_any_user("sync", "--target-date", DAY).must(1)
    root.chmod(0o700)

    assert str(root) in result.flat
    assert scene.proxy.count(*WRITES) == 0


def test_F06_a_source_that_is_a_file_is_an_error_and_one_that_is_a_link_is_followed(
    scene: FaultScene,
) -> None:
    """The source is a regular file: exit 1, nothing is deleted. The source is a link to a folder: the folder
    is uploaded, even with symlinks: ignore, exit 0.
    """
    scene.write({"a.txt": "a"}, "real")
    (scene.folder / "data").write_text("a file in the place of the folder")
    scene.bucket.put("whole/old.txt", "old")
    scene.set_up("--delete", "--no-follow-symlinks")
    scene.sync().must(1)
    assert scene.names() == {"old.txt"}

    (scene.folder / "data").unlink()
    (scene.folder / "data").symlink_to(scene.folder / "real")
    scene.set_up("--no-follow-symlinks")
    scene.sync().must(0)

    assert scene.names() == {"old.txt", "a.txt"}


def change_once(scene: FaultScene, operation: str, change: object) -> None:
    assert callable(change)
    scene.proxy.when(operation, times=1, do=first_do(change, pass_on))


@pytest.mark.parametrize(
    ("size", "operation"), [(1000, "PutObject"), (LARGE_BYTES, "CreateMultipartUpload")], ids=["one", "parts"]
)
def test_F14_a_file_that_is_replaced_while_it_is_sent_is_sent_again(
    scene: FaultScene, size: int, operation: str
) -> None:
    """A file is replaced by another of the same size during its upload: it is uploaded again, the object is
    the new file and not a mixture, exit 0.
    """
    path = scene.write({"file.bin": b"1" * size}) / "file.bin"
    scene.set_up()

    def replace() -> None:
        new = path.with_name("new")
        new.write_bytes(b"2" * size)
        new.replace(path)

    change_once(scene, operation, replace)

    scene.sync().must(0)

    assert scene.proxy.count(operation) == 2
    assert scene.bucket.download("whole/file.bin") == b"2" * size
    assert scene.ledger() == {"file.bin"}


def test_F15_a_file_that_grows_while_it_is_sent_is_sent_again(scene: FaultScene) -> None:
    """A file grows during its upload (F15), or is edited in place with the same size (F16): it is uploaded
    again, the object is the last version, exit 0.
    """
    root = scene.write({"grows.log": "one line\n", "edited.txt": "old", "steady.txt": "s"})
    scene.set_up()

    def grow() -> None:
        with open(root / "grows.log", "a") as file:
            file.write("another line\n")

    scene.proxy.when("PutObject", key="grows.log", times=1, do=first_do(grow, pass_on))
    edit = first_do(lambda: (root / "edited.txt").write_text("new"), pass_on)
    scene.proxy.when("PutObject", key="edited.txt", times=1, do=edit)

    scene.sync().must(0)

    assert scene.bucket.download("whole/grows.log") == b"one line\nanother line\n"
    assert scene.bucket.download("whole/edited.txt") == b"new"
    assert scene.status() == ("Success", 3, 0)


def test_F19_a_file_that_never_rests_fails_and_holds_up_nobody(scene: FaultScene) -> None:
    """A log file grows during each upload: after the second attempt it counts as failed, exit 1, it is not
    recorded, and the other files are uploaded.
    """
    root = scene.write({"busy.log": "one line\n", "steady.txt": "s"})
    scene.set_up()

    def grow() -> None:
        with open(root / "busy.log", "a") as file:
            file.write("another line\n")

    scene.proxy.when("PutObject", key="busy.log", do=first_do(grow, pass_on))

    scene.sync().must(1)

    assert scene.proxy.count("PutObject", key="busy.log") == 2
    assert scene.ledger() == {"steady.txt"}
    assert scene.status() == ("Failure", 1, 1)
    assert sum("Failed: busy.log: " in line and "keeps changing" in line for line in scene.errors()) == 1


def test_F17_a_file_that_is_cut_while_it_is_sent_is_sent_as_it_then_is(scene: FaultScene) -> None:
    """A large file is truncated during its multipart upload: the upload is aborted and the shorter file is
    uploaded, exit 0, no unfinished upload remains.
    """
    path = scene.write({"large.bin": os.urandom(LARGE_BYTES)}) / "large.bin"
    scene.set_up()
    change_once(scene, "CreateMultipartUpload", lambda: os.truncate(path, 1000))

    scene.sync().must(0)

    assert scene.bucket.download("whole/large.bin") == path.read_bytes()
    assert scene.open_uploads() == []
    assert scene.ledger() == {"large.bin"}


def test_F18_a_file_that_vanishes_while_it_is_sent_is_left_out(scene: FaultScene) -> None:
    """A large file is deleted during its multipart upload: it is skipped (unreadable) with the word
    "vanished", exit 5; the previous object is kept, no unfinished upload remains, the others are uploaded.
    """
    path = scene.write({"large.bin": os.urandom(LARGE_BYTES), "small.txt": "s"}) / "large.bin"
    scene.bucket.put("whole/large.bin", "the version of before")
    scene.set_up()
    change_once(scene, "CreateMultipartUpload", path.unlink)

    result = scene.sync().must(5)

    assert "vanished" in result.flat
    assert scene.bucket.download("whole/large.bin") == b"the version of before"
    assert scene.open_uploads() == []
    assert scene.ledger() == {"small.txt"}


HOSTILE = ("new\nline", "carriage\rreturn", "esc\x1b[31mred", "tab\there", "del\x7f", "bidi\u202etxt.exe")


def test_F21_names_that_would_disturb_a_terminal_arrive_exactly_and_show_escaped(scene: FaultScene) -> None:
    """File names have line breaks, escape characters, tabs and right-to-left marks: each is one line of the
    log with these characters escaped, the terminal gets only escaped characters too, the keys are exact, exit
    0.
    """
    scene.write({name: name for name in HOSTILE})
    scene.set_up()

    result = scene.sync("--verbose").must(0)

    keys = {one.key.removeprefix("whole/") for one in scene.proxy.seen("PutObject") if one.status == 200}
    assert keys == set(HOSTILE)
    sent = [line for line in scene.log().splitlines() if "Uploaded " in line]
    assert len(sent) == len(HOSTILE)
    for shown in (result.output, scene.log()):
        assert not {"\r", "\x1b", "\x7f", "\u202e"} & set(shown)
        assert "new\\nline" in shown


def test_F24_a_key_of_1024_bytes_goes_up_and_one_more_is_left_out(scene: FaultScene) -> None:
    """A key has exactly 1,024 bytes: the file is uploaded. One byte more: it is skipped with a warning before
    any request, exit 5.
    """
    folders = "/".join(["d" * 200] * 4)
    fits = f"{folders}/{'n' * (1024 - len('whole/') - len(folders) - 1)}"
    scene.write({fits: "fits", f"{fits}x": "too long", "ü.txt": "u"})
    scene.set_up()

    scene.sync().must(5)

    assert scene.proxy.count("PutObject") == 2
    assert max(len(one.key.encode()) for one in scene.proxy.seen("PutObject")) == 1024


def test_F33_names_that_sort_around_a_slash_need_nothing_in_the_second_run(scene: FaultScene) -> None:
    """A folder "test" is next to files "test.txt" and "test-123.txt", and --delete is set: the second run
    uploads and deletes nothing, exit 0.
    """
    scene.write({"test/a.txt": "a", "test.txt": "t", "test-123.txt": "n", "test/b/c": "c", "test0": "0"})
    scene.set_up("--delete", "--page-size=2")
    scene.sync().must(0)
    scene.proxy.behave()

    scene.sync().must(0)

    assert scene.proxy.count(*WRITES) == 0
    assert len(scene.names()) == 5


def test_F09_a_link_to_nothing_is_skipped_and_its_object_kept(scene: FaultScene) -> None:
    """A symbolic link is broken, and a pipe is next to it (F12): the link is skipped with a warning, its
    object is kept and nothing is deleted, exit 5; no run waits for the pipe, and the other files are
    uploaded.
    """
    root = scene.write({"a.txt": "a"})
    os.mkfifo(root / "pipe")
    (root / "dangling").symlink_to("nowhere")
    scene.bucket.put("whole/dangling", "from before")
    scene.set_up("--delete", delete_guard={"max_percent": 100})

    result = scene.sync().must(5)

    assert scene.names() == {"a.txt", "dangling"}
    assert "dangling: a broken symbolic link" in result.flat
    assert scene.result_of("Whole")["warnings"] == 2, "the link, and that nothing was deleted"


def test_F11_a_link_out_of_the_source_is_followed_only_if_allowed(scene: FaultScene, tmp_path: Path) -> None:
    """A link leads outside the source folder: with symlinks: inside it is skipped with a warning, exit 5, and
    its target is not uploaded.
    """
    (tmp_path / "outside.txt").write_text("not yours")
    root = scene.write({"a.txt": "a"})
    (root / "leads-out").symlink_to(tmp_path / "outside.txt")
    scene.set_up(symlinks="inside")

    scene.sync().must(5)

    assert scene.names() == {"a.txt"}


def while_the_bucket_is_listed(scene: FaultScene, happens: Callable[[], object]) -> None:
    """Let something happen when the walk has begun and nothing has been compared yet.

    Only with ``reconcile_every_days`` is nothing listed before that.
    """
    scene.proxy.when("ListObjectsV2", times=1, do=first_do(happens, pass_on))


def test_F07_a_disk_that_is_unmounted_in_the_middle_deletes_nothing(scene: FaultScene) -> None:
    """The source is unmounted during the run, and an empty folder remains: finished uploads stay recorded,
    nothing is deleted, exit 1 with the word "unmounted"; when the disk is mounted again, the next run uploads
    the rest.

    A real unmount needs privileges that CI lacks; moving the folder away and leaving an empty one is the same
    to a program, but for the device number (tests/unit/run/test_source_watch.py).
    """
    root = scene.write({"a/1.txt": "1", "a/2.txt": "2", "z/3.txt": "3"})
    scene.set_up("--delete", reconcile_every_days=7)
    scene.sync().must(0)
    scene.bucket.put("whole/orphan.txt", "no local file")
    scene.write({"a/4.txt": "4", "z/5.txt": "5"})
    elsewhere = root.with_name("the disk")

    def unmount() -> None:
        root.rename(elsewhere)
        root.mkdir()

    while_the_bucket_is_listed(scene, unmount)

    result = scene.sync().must(1)

    assert "unmounted or replaced" in result.flat
    assert scene.proxy.count("DeleteObjects") == 0
    assert scene.names() == {"a/1.txt", "a/2.txt", "z/3.txt", "orphan.txt"}
    assert scene.status()[0] == "Failure"

    root.rmdir()
    elsewhere.rename(root)
    scene.sync().must(0)
    assert scene.names() == {"a/1.txt", "a/2.txt", "z/3.txt", "a/4.txt", "z/5.txt"}


def test_F07_a_source_that_is_gone_in_the_middle_deletes_nothing(scene: FaultScene) -> None:
    """The source folder is moved away while 700 of its files are being compared, half of them not scanned
    yet: nothing is deleted, exit 1, and all objects are kept.
    """
    names = {f"{folder}/{number:03d}.txt": "x" for folder in "az" for number in range(350)}
    root = scene.write({"1.txt": "x"})
    scene.set_up("--delete", reconcile_every_days=7)
    for name in ("a/000.txt", "z/000.txt", "z/349.txt"):
        scene.bucket.put(f"whole/{name}", "x")
    scene.write(names)
    while_the_bucket_is_listed(scene, lambda: root.rename(root.with_name("moved")))

    result = scene.sync().must(1)

    assert "unmounted or replaced" in result.flat
    assert scene.proxy.count("DeleteObjects") == 0
    assert scene.names() >= {"a/000.txt", "z/000.txt", "z/349.txt"}


@pytest.mark.parametrize(
    ("size", "moment", "exit_code", "words"),
    [
        (10, "ListObjectsV2", 5, "closed.bin: no permission to read it"),
        (LARGE_BYTES, "CreateMultipartUpload", 1, "does not have permission to perform the requested action"),
    ],
    ids=["before it is opened", "between its parts"],
)
def test_F01_a_permission_that_is_taken_away_in_the_middle(
    scene: FaultScene, size: int, moment: str, exit_code: int, words: str
) -> None:
    """A file may no longer be read when its turn comes: it is skipped, exit 5. In the middle of its parts: it
    fails, exit 1, and no unfinished upload is left. Either way its old object stays, the others arrive and
    nothing is deleted.
    """
    root = scene.write({"closed.bin": b"1" * size, "open.txt": "o"})
    scene.bucket.put("whole/closed.bin", "the version of before")
    scene.bucket.put("whole/orphan.txt", "no local file")
    scene.set_up("--delete", delete_guard={"max_percent": 100})
    scene.proxy.when(moment, times=1, do=first_do(lambda: (root / "closed.bin").chmod(0), pass_on))

    result = scene.run_as_any_user("sync", "--target-date", DAY).must(exit_code)

    assert "closed.bin" in result.flat
    assert words in result.flat
    assert scene.bucket.download("whole/closed.bin") == b"the version of before"
    assert scene.names() == {"closed.bin", "open.txt", "orphan.txt"}
    assert scene.open_uploads() == []
    assert scene.ledger() == {"open.txt"}


@pytest.mark.parametrize("symlinks", ["inside", "ignore"])
def test_F13_a_folder_that_becomes_a_link_meanwhile_is_not_followed(scene: FaultScene, symlinks: str) -> None:
    """Between scan and upload, a folder is replaced by a link to a folder outside with files of the same
    names: with symlinks: inside or ignore they are skipped with a warning, exit 5, nothing outside is
    uploaded.
    """
    root = scene.write({"folder/a.txt": "mine", "b.txt": "b"})
    outside = scene.write({"a.txt": "not yours"}, "outside")
    scene.set_up("--delete", symlinks=symlinks, reconcile_every_days=7)

    def swap() -> None:
        (root / "folder").rename(root / "moved away")
        (root / "folder").symlink_to(outside)

    while_the_bucket_is_listed(scene, swap)

    result = scene.sync().must(5)

    assert "was replaced by a symbolic link" in result.flat
    assert scene.names() == {"b.txt"}


def test_F23_names_that_differ_in_case_or_composition_are_different_objects(scene: FaultScene) -> None:
    """Names differ only in case, or in the Unicode composition of an accent: each is a separate object, and
    the second run has nothing to do, exit 0.
    """
    names = {"Report.txt", "report.txt", "caf\u00e9.txt", "cafe\u0301.txt"}
    root = scene.write({name: name for name in names})
    if len(list(root.iterdir())) < len(names):
        pytest.skip("this file system takes some of the names for the same")
    scene.set_up("--delete")
    scene.sync().must(0)
    assert scene.names() == names
    assert all(scene.bucket.download(f"whole/{name}") == name.encode() for name in names)
    scene.proxy.behave()

    scene.sync().must(0)

    assert scene.proxy.count(*WRITES) == 0


FAILS_TO_READ = Path("/sys/class/net/lo/speed")
"""A regular file of 4,096 bytes, says Linux, and every attempt to read it is an error of input and output."""


def test_F34_a_file_whose_reading_fails_is_left_out_and_nothing_is_deleted(scene: FaultScene) -> None:
    """A file can be opened but not read, as on a damaged disk: it is skipped with the system's error message,
    the others are uploaded, nothing is deleted and this is reported, exit 5.
    """
    if not FAILS_TO_READ.exists():
        pytest.skip("needs Linux's /sys")
    root = scene.write({"a.txt": "a"})
    (root / "broken.bin").symlink_to(FAILS_TO_READ)
    scene.bucket.put("whole/orphan.txt", "no local file")
    scene.set_up("--delete", delete_guard={"max_percent": 100})

    result = scene.sync().must(5)

    assert "broken.bin: it cannot be read" in result.flat
    assert "nothing was deleted" in result.flat
    assert scene.names() == {"a.txt", "orphan.txt"}
