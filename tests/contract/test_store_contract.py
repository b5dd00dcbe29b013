"""One suite for every object store: the one in memory, and the engine against a real S3 server."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import cast

import pytest

from mochok.clock import Stop
from mochok.demo.server import S3Server
from mochok.errors import FileError, FileLeftOutError
from mochok.model import Delete, KeyOrder, KeyRange, LedgerEntry, Reason, SourceFile, Upload
from mochok.storage.contract import ListingCursor, ObjectStore, Sent, Unsent
from mochok.storage.settings import Access, Location, ObjectSettings, OpenSettings
from mochok.storage.stores import Stores
from tests.e2e.harness import REGION, Bucket, unique_bucket_name
from tests.support.memory_store import MemoryStore

PART_BYTES = 8 * 1024 * 1024
STRANGE_KEYS = [
    "a b+c%20&=?#.txt",
    "ñandú/año.csv",
    "😀/\U00010348",
    "e\u0301",
    "quote'\"<>&amp;.xml",
    "[x]{y}!~*().txt",
    ".hidden/..dots",
    "deep/" * 20 + "x",
]


@dataclass
class StoreScene:
    """One store and a way to see it as another client does."""

    store: ObjectStore
    root: Path
    put: Callable[[str, bytes], object]
    get: Callable[[str], bytes]

    def file(self, key: str, content: bytes = b"content") -> Upload:
        """A file on disk, as a scan would describe it."""
        path = self.root / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        status = path.stat()
        return Upload(SourceFile(key, str(path), status.st_size, status.st_mtime_ns), Reason.NEW)

    def send(self, *uploads: Upload | None) -> dict[str, Sent | Unsent]:
        return {outcome.upload.file.key: outcome for outcome in self.store.upload(uploads)}

    def keys(self, keys: KeyRange = KeyRange(), cursor: ListingCursor | None = None) -> list[str]:  # noqa: B008 - immutable
        return [remote.key for remote in self.store.list(keys, cursor)]


@pytest.fixture(scope="module")
def shared_bucket(server: S3Server) -> Iterator[Bucket]:
    bucket = Bucket(server, unique_bucket_name())
    bucket.create()
    yield bucket
    bucket.close()


@pytest.fixture(params=["memory", "real server"])
def scene(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[StoreScene]:
    if request.param == "memory":
        memory = MemoryStore()
        yield StoreScene(memory, tmp_path, memory.put, memory.contents.__getitem__)
        memory.close()
    else:
        yield cast("StoreScene", request.getfixturevalue("real"))


@pytest.fixture
def real(
    tmp_path: Path, server: S3Server, shared_bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> Iterator[StoreScene]:
    """The engine below a prefix of this test's own."""
    prefix = f"{tmp_path.name}/{unique_bucket_name()}"
    with open_below(prefix, server, shared_bucket, monkeypatch) as store:
        yield StoreScene(
            store,
            tmp_path,
            put=lambda key, content: shared_bucket.put(f"{prefix}/{key}", content),
            get=lambda key: shared_bucket.download(f"{prefix}/{key}"),
        )


@contextmanager
def open_below(
    prefix: str, server: S3Server, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> Iterator[ObjectStore]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", server.access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", server.secret_key)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_CA_BUNDLE", "AWS_CONFIG_FILE"):
        monkeypatch.delenv(name, raising=False)
    location = Location(bucket.name, prefix, endpoint_url=server.endpoint_url)
    # Pages of five keys: a listing of a dozen objects has several.
    settings = OpenSettings(Access(region=REGION), location, ObjectSettings(page_size=5))
    with closing(Stores(Stop())) as stores, closing(stores.open(settings, lambda *_notice: None)) as store:
        yield store


# Listing


def test_an_empty_prefix_lists_nothing(scene: StoreScene) -> None:
    assert scene.keys() == []
    assert scene.keys(KeyRange("a", "b")) == []


def test_every_object_is_listed_once_in_the_stores_own_order(scene: StoreScene) -> None:
    keys = ["a-b", "a.txt", "a/x", "a/y/z", "a0", "b", *(f"n/{number:02d}" for number in range(12))]
    for key in keys:
        scene.put(key, b"1")
    assert scene.keys() == sorted(keys, key=scene.store.order.sort_key)


def test_ranges_next_to_each_other_list_everything_exactly_once(scene: StoreScene) -> None:
    keys = sorted(
        (f"{letter}/{number}" for letter in "abc" for number in range(6)), key=scene.store.order.sort_key
    )
    for key in keys:
        scene.put(key, b"1")
    bounds = ["", keys[3], keys[4], "b/99", keys[-1], None]
    ranges = [KeyRange(after or "", last) for after, last in pairwise(bounds)]
    cursor = ListingCursor()
    in_progress = [scene.store.list(each, cursor) for each in ranges]
    listed = [[remote.key for remote in listing] for listing in in_progress]
    assert [key for part in listed for key in part] == keys
    assert [len(part) for part in listed] == [4, 1, 7, 6, 0]


def test_a_second_pass_sees_what_has_come_behind_the_end_of_the_first(scene: StoreScene) -> None:
    for key in ("a", "b"):
        scene.put(key, b"1")
    ranges = [KeyRange("", "b"), KeyRange("b", "c"), KeyRange("c", None)]

    def one_pass() -> list[list[str]]:
        cursor = ListingCursor()
        return [scene.keys(each, cursor) for each in ranges]

    assert one_pass() == [["a", "b"], [], []]
    for key in ("c", "d"):
        scene.put(key, b"1")
    assert one_pass() == [["a", "b"], ["c"], ["d"]]


def test_ranges_may_be_listed_alone_in_any_order_and_again(scene: StoreScene) -> None:
    """As executors of single shards do: none of them knows what the others listed."""
    for key in "abcdef":
        scene.put(key, b"1")
    assert scene.keys(KeyRange("c", "e")) == ["d", "e"]
    assert scene.keys(KeyRange("", "a")) == ["a"]
    assert scene.keys(KeyRange("e")) == ["f"]
    assert scene.keys(KeyRange("b", "c")) == ["c"]
    scene.put("g", b"1")
    assert scene.keys(KeyRange("f")) == ["g"]
    assert scene.keys(KeyRange("c", "e")) == ["d", "e"]


def test_an_object_is_listed_with_size_time_and_etag(scene: StoreScene) -> None:
    before_ns = (time.time_ns() // 1_000_000_000 - 1) * 1_000_000_000
    scene.put("a", b"12345")
    (found,) = scene.store.list(KeyRange())
    assert (found.key, found.size_bytes) == ("a", 5)
    assert before_ns <= found.modified_ns <= time.time_ns() + 1_000_000_000
    assert found.etag
    assert '"' not in found.etag


def test_folder_markers_are_left_out(scene: StoreScene) -> None:
    scene.put("folder/", b"")
    scene.put("folder/a", b"1")
    scene.put("zero", b"")
    assert scene.keys() == ["folder/a", "zero"]


def test_a_listing_says_when_it_can_be_read_without_waiting(scene: StoreScene) -> None:
    scene.put("a", b"1")
    listing = scene.store.list(KeyRange())
    while not listing.ready():
        time.sleep(0.01)
    assert [remote.key for remote in listing] == ["a"]


# Uploads


def test_what_was_sent_arrives_and_is_told_for_the_ledger(scene: StoreScene) -> None:
    upload = scene.file("sub/a.txt", b"hello")
    (outcome,) = scene.store.upload([None, upload, None])
    (listed,) = scene.store.list(KeyRange())
    file = upload.file
    assert outcome == Sent(upload, LedgerEntry("sub/a.txt", 5, file.mtime_ns, listed.etag), 1)
    assert scene.get("sub/a.txt") == b"hello"


@pytest.mark.parametrize("size_bytes", [0, 1, PART_BYTES - 1, PART_BYTES, PART_BYTES + 1])
def test_every_size_arrives_whole(scene: StoreScene, size_bytes: int) -> None:
    content = os.urandom(min(size_bytes, 1000)) + bytes(max(0, size_bytes - 1000))
    outcome = scene.send(scene.file("x", content))["x"]
    assert isinstance(outcome, Sent), outcome
    assert outcome.entry.size_bytes == size_bytes
    assert scene.get("x") == content
    assert [remote.etag for remote in scene.store.list(KeyRange())] == [outcome.entry.etag]


def test_strange_names_arrive_and_are_listed_as_they_are(scene: StoreScene) -> None:
    outcomes = scene.send(*(scene.file(key, key.encode()) for key in STRANGE_KEYS))
    assert all(isinstance(outcome, Sent) for outcome in outcomes.values()), outcomes
    assert set(scene.keys()) == set(STRANGE_KEYS)
    assert all(scene.get(key) == key.encode() for key in STRANGE_KEYS)


def test_hundreds_of_files_are_each_told_once(scene: StoreScene) -> None:
    uploads = [scene.file(f"{number:03d}") for number in range(300)]
    told = [outcome.upload.file.key for outcome in scene.store.upload(uploads)]
    assert sorted(told) == [f"{number:03d}" for number in range(300)]


def test_a_file_that_vanished_is_left_out_and_the_others_arrive(scene: StoreScene) -> None:
    gone = scene.file("gone")
    os.remove(gone.file.path)
    outcomes = scene.send(scene.file("a"), gone, scene.file("z"))
    assert isinstance(outcomes["a"], Sent)
    assert isinstance(outcomes["z"], Sent)
    failed = outcomes["gone"]
    assert isinstance(failed, Unsent)
    assert isinstance(failed.error, FileLeftOutError)
    assert sorted(scene.keys()) == ["a", "z"]


def test_a_file_that_became_a_folder_is_left_out(scene: StoreScene) -> None:
    upload = scene.file("x")
    os.remove(upload.file.path)
    os.mkdir(upload.file.path)
    outcome = scene.send(upload)["x"]
    assert isinstance(outcome, Unsent)
    assert isinstance(outcome.error, FileLeftOutError)


def test_a_file_that_changed_since_the_scan_is_recorded_as_it_was_sent(scene: StoreScene) -> None:
    """Else the ledger would take the next run's unchanged file for another one."""
    upload = scene.file("x", b"old")
    Path(upload.file.path).write_bytes(b"newer content")
    os.utime(upload.file.path, ns=(0, 1_500_000_000_000_000_000))
    outcome = scene.send(upload)["x"]
    assert isinstance(outcome, Sent)
    assert (outcome.entry.size_bytes, outcome.entry.mtime_ns) == (13, 1_500_000_000_000_000_000)
    assert scene.get("x") == b"newer content"


def test_an_object_is_replaced(scene: StoreScene) -> None:
    scene.put("x", b"old")
    (before,) = scene.store.list(KeyRange())
    scene.send(scene.file("x", b"new"))
    (after,) = scene.store.list(KeyRange())
    assert scene.get("x") == b"new"
    assert before.etag != after.etag


def test_same_content_is_proven_only_where_it_is_the_same(scene: StoreScene) -> None:
    uploads = [scene.file("same", b"one"), scene.file("other", b"two")]
    scene.send(*uploads)
    missing, changed = scene.file("missing"), scene.file("other", b"2wo")
    gone = scene.file("gone")
    scene.send(gone)
    os.remove(gone.file.path)
    files = [uploads[0].file, changed.file, missing.file, gone.file]
    assert scene.store.same_content(files) == {"same"}


# Deletes


def deletes(*keys: str) -> Sequence[Delete]:
    return [Delete(key, 1, "", Reason.NOT_LOCAL) for key in keys]


def test_each_delete_has_its_own_answer(scene: StoreScene) -> None:
    for key in (*STRANGE_KEYS, "stays"):
        scene.put(key, b"1")
    answers = list(scene.store.delete(deletes(*STRANGE_KEYS, "never there")))
    assert [answer.delete.key for answer in answers] == [*STRANGE_KEYS, "never there"]
    assert [answer.error for answer in answers] == [None] * len(answers)
    assert scene.keys() == ["stays"]


def test_nothing_to_delete_is_no_request(scene: StoreScene) -> None:
    assert list(scene.store.delete([])) == []


def test_more_than_one_batch_is_deleted(scene: StoreScene) -> None:
    scene.put("x", b"1")
    answers = list(scene.store.delete(deletes("x", *(f"none/{number}" for number in range(1000)))))
    assert len(answers) == 1001
    assert scene.keys() == []


def test_closing_twice_is_allowed(scene: StoreScene) -> None:
    scene.store.close()
    scene.store.close()


# What only a real server can show


def test_the_real_server_is_known_by_its_order(real: StoreScene) -> None:
    assert real.store.order is KeyOrder.PATH


def test_a_prefix_is_a_folder_and_never_the_beginning_of_a_name(
    real: StoreScene, server: S3Server, shared_bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared_bucket.put("day-old/x", b"1")
    shared_bucket.put("day/y", b"1")
    with open_below("day", server, shared_bucket, monkeypatch) as store:
        assert [remote.key for remote in store.list(KeyRange())] == ["y"]


def test_a_file_that_changes_while_it_is_sent_is_sent_again_once(real: StoreScene) -> None:
    upload = real.file("x", bytes(PART_BYTES + 1))

    def change() -> Iterator[Upload | None]:
        yield upload
        Path(upload.file.path).write_bytes(b"\x01" * (PART_BYTES + 2))

    (outcome,) = real.store.upload(change())
    assert isinstance(outcome, Sent), outcome
    assert outcome.attempts == 2
    assert outcome.entry.size_bytes == PART_BYTES + 2
    assert real.get("x") == b"\x01" * (PART_BYTES + 2)


def test_a_file_that_goes_on_changing_is_a_failed_file(real: StoreScene) -> None:
    upload, other = real.file("x", bytes(PART_BYTES + 1)), real.file("other")
    told: list[Sent | Unsent] = []

    def change() -> Iterator[Upload | None]:
        yield upload
        yield other
        number = 0
        while not any(outcome.upload is upload for outcome in told):
            number += 1
            os.utime(upload.file.path, ns=(0, number * 1_000_000_000))
            yield None

    for outcome in real.store.upload(change()):
        told.append(outcome)  # `change` looks at it meanwhile
    failed = next(outcome for outcome in told if outcome.upload is upload)
    assert isinstance(failed, Unsent)
    assert type(failed.error) is FileError
    assert "keeps changing" in failed.error.message
    assert {outcome.upload.file.key for outcome in told if isinstance(outcome, Sent)} == {"other"}


def test_closing_early_cancels_and_leaves_no_multipart_upload(
    real: StoreScene, shared_bucket: Bucket
) -> None:
    big = real.root / "big"
    with big.open("wb") as file:
        file.truncate(1024 * 1024 * 1024)  # zeros that take no room here
    upload = Upload(SourceFile("big", str(big), 1024 * 1024 * 1024, 0), Reason.NEW)

    def uploads() -> Iterator[Upload | None]:
        yield upload
        while not unfinished(shared_bucket, "/big"):
            yield None
            time.sleep(0.02)
        yield real.file("small")
        while True:
            yield None
            time.sleep(0.02)

    running = real.store.upload(uploads())
    first = next(running)
    assert first.upload.file.key == "small"
    running.close()  # type: ignore[attr-defined] # the engine's is a generator
    assert unfinished(shared_bucket, "/big") == []
    assert real.keys() == ["small"]


def unfinished(bucket: Bucket, ending: str) -> list[str]:
    answer = bucket.client.list_multipart_uploads(Bucket=bucket.name)
    return [each["Key"] for each in answer.get("Uploads", ()) if each["Key"].endswith(ending)]
