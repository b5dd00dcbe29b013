"""Sizes at the border, files that change under way, odd names, odd servers: nothing lost, nothing extra."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.e2e.harness import Bucket, Workspace, noon_ns, unique_bucket_name
from tests.support.fake_s3 import FakeS3, Recorded

PART_BYTES = 8 << 20
NO_GUARD = {"max_percent": 100, "max_objects": 1000}
posix_only = pytest.mark.skipif(os.name == "nt", reason="links, permissions and names of POSIX")


@pytest.fixture
def fake() -> Iterator[FakeS3]:
    with FakeS3() as running:
        yield running


@pytest.fixture
def faked(tmp_path: Path, fake: FakeS3) -> Iterator[Workspace]:
    """A workspace whose server is the tests' own."""
    with closing(Bucket(fake, unique_bucket_name())) as bucket:
        yield Workspace(tmp_path / "user", fake, bucket)


def _sent(workspace: Workspace, exit_code: int = 0) -> int:
    workspace.sync().must(exit_code)
    return int(workspace.result_of("Whole")["filesTransferred"])


# Sizes


def test_up_to_8_mib_is_one_request_and_a_byte_more_is_two_parts(faked: Workspace, fake: FakeS3) -> None:
    sizes = {"empty": 0, "one": 1, "exact": PART_BYTES, "more": PART_BYTES + 1}
    tree = {name: hashlib.shake_256(name.encode()).digest(size) for name, size in sizes.items()}
    faked.write(tree)
    faked.configure(faked.whole_folder())

    assert _sent(faked) == 4

    stored = fake.objects(faked.bucket.name)
    assert {key.removeprefix("whole/"): each.content for key, each in stored.items()} == tree
    assert {each.key for each in fake.of("PutObject")} == {
        f"whole/{name}" for name in ("empty", "one", "exact")
    }
    parts = fake.of("UploadPart", "whole/more")
    assert sorted(each.headers["content-length"] for each in parts) == ["1", str(PART_BYTES)]
    assert _sent(faked) == 0


# Files that change while they are sent


class Replacer:
    """Puts another version in the file's place, of the same size and time, when the server gets a part."""

    def __init__(self, path: Path, versions: int) -> None:
        self.path = path
        self.left = [bytes([ord("1") + number]) * path.stat().st_size for number in range(versions)]
        self.seen: set[str] = set()
        self.mtime_ns = path.stat().st_mtime_ns

    def __call__(self, request: Recorded) -> None:
        name = request.query.get("uploadId", "")
        if request.operation != "UploadPart" or name in self.seen or not self.left:
            return
        self.seen.add(name)
        new = self.path.with_name(".new")
        new.write_bytes(self.left.pop(0))
        os.utime(new, ns=(self.mtime_ns, self.mtime_ns))
        new.replace(self.path)


@pytest.fixture
def large(faked: Workspace) -> Path:
    """A file of many parts that looks as if it had been written long ago."""
    path = faked.write({"large.bin": b"0" * (12 * PART_BYTES)}) / "large.bin"
    os.utime(path, (1_700_000_000, 1_700_000_000))
    faked.configure(faked.whole_folder())
    return path


@posix_only
def test_a_file_replaced_between_its_parts_is_sent_again_as_one_version(
    faked: Workspace, fake: FakeS3, large: Path
) -> None:
    fake.before_body = Replacer(large, versions=1)

    assert _sent(faked) == 1

    assert len(fake.of("CompleteMultipartUpload")) == 2
    assert fake.objects(faked.bucket.name)["whole/large.bin"].content == large.read_bytes()
    assert large.read_bytes()[:1] == b"1"
    assert _sent(faked) == 0


@posix_only
def test_a_mixture_of_versions_is_never_taken_for_the_file(
    faked: Workspace, fake: FakeS3, large: Path
) -> None:
    """Size and time fit the object that is left behind, so only the ledger can know."""
    fake.before_body = Replacer(large, versions=2)

    faked.sync().must(1)

    assert len(fake.of("CompleteMultipartUpload")) == 2
    assert faked.result_of("Whole")["filesFailed"] == 1
    assert _sent(faked) == 1
    assert fake.objects(faked.bucket.name)["whole/large.bin"].content == large.read_bytes()
    assert _sent(faked) == 0


# Names and places


def test_only_what_lies_below_the_prefix_is_compared_and_deleted(
    workspace: Workspace, bucket: Bucket
) -> None:
    bucket.create()
    neighbours = {"whole", "whole-old/a", "whole.txt", "wholes", "other/whole/a", "a"}
    for key in (*neighbours, "whole/old", "whole/sub/old"):
        bucket.put(key, "n")
    workspace.write({"a": "a"})
    workspace.configure(workspace.whole_folder(sync_options=["--delete"], delete_guard=NO_GUARD))

    assert _sent(workspace) == 1

    assert bucket.keys() == neighbours | {"whole/a"}
    assert workspace.result_of("Whole")["filesDeleted"] == 2


@posix_only
def test_a_loop_of_links_is_walked_once_and_nothing_is_deleted_meanwhile(
    workspace: Workspace, bucket: Bucket
) -> None:
    root = workspace.write({"a/x": "x", "b": "b"})
    (root / "a" / "up").symlink_to("..")
    bucket.create()
    bucket.put("whole/a/up/b", "of another tool that walked the loop")
    workspace.configure(workspace.whole_folder(sync_options=["--delete"], delete_guard=NO_GUARD))

    assert _sent(workspace, exit_code=5) == 2
    assert _sent(workspace, exit_code=5) == 0

    assert bucket.keys() == {"whole/a/x", "whole/b", "whole/a/up/b"}


@posix_only
def test_a_name_that_is_not_utf8_keeps_the_deletion_from_running(
    workspace: Workspace, bucket: Bucket
) -> None:
    root = workspace.write({"a": "a"})
    (Path(os.fsdecode(os.fsencode(root) + b"/caf\xe9"))).write_text("latin-1")
    bucket.create()
    bucket.put("whole/caf\N{LATIN SMALL LETTER E WITH ACUTE}", "the same name, well spelt")
    workspace.configure(workspace.whole_folder(sync_options=["--delete"], delete_guard=NO_GUARD))

    result = workspace.sync().must(5)

    assert "caf\\xe9" in result.output
    assert bucket.keys() == {"whole/a", "whole/caf\N{LATIN SMALL LETTER E WITH ACUTE}"}
    assert _sent(workspace, exit_code=5) == 0


@posix_only
def test_a_folder_that_cannot_be_entered_keeps_its_objects(workspace: Workspace, bucket: Bucket) -> None:
    """Its path is longer than the system allows: that stops even those who may read everything."""
    root = workspace.write({"a": "a"})
    part = "d" * 200
    descriptor = os.open(root, os.O_RDONLY)
    for _ in range(22):
        os.mkdir(part, dir_fd=descriptor)
        inner = os.open(part, os.O_RDONLY, dir_fd=descriptor)
        os.close(descriptor)
        descriptor = inner
    os.close(descriptor)
    bucket.create()
    bucket.put("whole/old", "no local file")
    workspace.configure(workspace.whole_folder(sync_options=["--delete"], delete_guard=NO_GUARD))

    result = workspace.sync().must(5)

    assert bucket.keys() == {"whole/a", "whole/old"}
    assert "nothing was deleted" in result.flat


def test_a_date_range_deletes_only_what_has_no_file_at_all(workspace: Workspace, bucket: Bucket) -> None:
    root = workspace.write({"inside.log": "i", "outside.log": "o", "changed-outside.log": "longer"})
    for name, day in (("inside", "2025-01-14"), ("outside", "2024-12-01"), ("changed-outside", "2024-12-01")):
        os.utime(root / f"{name}.log", ns=(noon_ns(day), noon_ns(day)))
    bucket.create()
    for name in ("outside.log", "changed-outside.log", "gone.log"):
        bucket.put(f"range/{name}", "o")
    configuration = workspace.configuration(
        "Whole",
        sync_strategy={"type": "DateRange", "date_range_days_back": 3},
        destination={"s3_path_structure": "range"},
        sync_options=["--delete"],
        delete_guard=NO_GUARD,
    )
    workspace.configure(configuration, timezone="UTC")

    assert _sent(workspace) == 1

    assert bucket.keys() == {"range/inside.log", "range/outside.log", "range/changed-outside.log"}
    assert bucket.download("range/changed-outside.log") == b"o"
    assert workspace.result_of("Whole")["filesDeleted"] == 1


# Servers that list in an order of their own


def _hashed(key: str) -> bytes:
    return hashlib.md5(key.encode()).digest()


def _utf16(key: str) -> bytes:
    return key.encode("utf-16-be")


@pytest.mark.parametrize(
    "order_key",
    [str.lower, _utf16, _hashed, lambda key: key.split("/")],
    ids=["case", "utf16", "none", "path"],
)
def test_a_server_with_an_order_of_its_own_loses_nothing_and_is_left_alone_the_second_time(
    tmp_path: Path, order_key: Callable[[str], object]
) -> None:
    names = ["A", "B/x", "a-b", "a/b", "b", "Z", "\uffee/x", "\U0001f600/x"]
    tree = {f"{name}{number}": "x" for name in names for number in range(40)}
    with FakeS3(order_key=order_key, page_keys=30) as fake, closing(Bucket(fake, "odd")) as bucket:
        workspace = Workspace(tmp_path, fake, bucket)
        old = datetime(2030, 1, 1, tzinfo=UTC)
        for key in ("old", "a/old", "\uffeeold"):
            fake.put("odd", f"whole/{key}", b"o", old)
        workspace.write(tree)
        workspace.configure(workspace.whole_folder(sync_options=["--delete"], delete_guard=NO_GUARD))

        assert _sent(workspace) == len(tree)
        assert set(fake.objects("odd")) == {f"whole/{name}" for name in tree}
        assert workspace.result_of("Whole")["filesDeleted"] == 3

        (workspace.folder / "data" / "Z7").unlink()
        assert _sent(workspace) == 0
        assert set(fake.objects("odd")) == {f"whole/{name}" for name in tree if name != "Z7"}
