"""What the stores of one run share, counted in requests; the tests' own S3 server behind the fault proxy."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from mochok.clock import Stop
from mochok.errors import BucketForbiddenError, BucketMissingError, EndpointUnreachableError, StorageError
from mochok.model import KeyRange, Reason, SourceFile, Upload
from mochok.storage.contract import ObjectStore, Sent
from mochok.storage.settings import Access, Location, ObjectSettings, OpenSettings
from mochok.storage.stores import Stores
from tests.support.fake_s3 import FakeS3
from tests.support.fault_proxy import Exchange, FaultProxy
from tests.support.faults import refuse, say

ACCESS = Access(region="us-east-1")


@dataclass
class Run:
    """One run's stores before a server whose requests are counted."""

    s3: FakeS3
    proxy: FaultProxy
    stores: Stores
    root: Path
    opened: ExitStack
    notices: list[tuple[str, str]] = field(default_factory=list)

    def opening(self, prefix: str = "", bucket: str = "b", access: Access = ACCESS) -> OpenSettings:
        location = Location(bucket, prefix, endpoint_url=self.proxy.endpoint_url)
        return OpenSettings(access, location, ObjectSettings(), lists=True)

    def open(self, prefix: str = "", bucket: str = "b", access: Access = ACCESS) -> ObjectStore:
        return self.open_with(self.opening(prefix, bucket, access))

    def open_with(self, opening: OpenSettings) -> ObjectStore:
        store = self.stores.open(opening, lambda *notice: self.notices.append(notice))
        return self.opened.enter_context(closing(store))

    def requests(self) -> list[str]:
        return [each.operation for each in self.proxy.seen()]

    def upload(self, name: str) -> Upload:
        path = self.root / name
        path.write_text("content")
        status = path.stat()
        return Upload(SourceFile(name, str(path), status.st_size, status.st_mtime_ns), Reason.NEW)


@pytest.fixture
def run(aws_home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", FakeS3.access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", FakeS3.secret_key)
    with (
        FakeS3() as s3,
        FaultProxy(s3.endpoint_url) as proxy,
        closing(Stores(Stop())) as stores,
        ExitStack() as opened,
    ):
        yield Run(s3, proxy, stores, aws_home, opened)


def keys(store: ObjectStore) -> list[str]:
    return [remote.key for remote in store.list(KeyRange())]


def test_a_bucket_is_asked_for_once_and_its_first_page_together_with_it(run: Run) -> None:
    run.s3.put("b", "day-1/a", b"1")
    run.s3.put("b", "day-2/b", b"1")
    with closing(run.open("day-1")) as store:
        assert keys(store) == ["a"]
    assert sorted(run.requests()) == ["HeadBucket", "ListObjectsV2"]

    second = run.open("day-2")
    assert len(run.requests()) == 2, "opening a store of a known bucket is no request"
    assert keys(second) == ["b"]
    assert run.requests()[2:] == ["ListObjectsV2"]
    assert run.stores.region(run.opening("day-2")) == "us-east-1"


def test_stores_opened_by_many_threads_at_once_ask_once(run: Run) -> None:
    with ThreadPoolExecutor(8) as pool:
        stores = list(pool.map(lambda number: run.open(f"day-{number}"), range(24)))
        assert list(pool.map(keys, stores)) == [[]] * 24
    assert run.requests().count("HeadBucket") == 1
    assert run.requests().count("ListObjectsV2") == 24


def test_another_bucket_identity_or_owner_is_asked_for_itself(run: Run) -> None:
    run.open()
    run.open(bucket="c")
    run.open(access=replace(ACCESS, sign_requests=False))
    owned = run.opening()
    owned = replace(owned, location=replace(owned.location, expected_bucket_owner="111122223333"))
    run.open_with(owned)
    heads = run.proxy.seen("HeadBucket")
    assert len(heads) == 4
    assert ["authorization" in head.headers for head in heads] == [True, True, False, True]
    assert heads[3].headers["x-amz-expected-bucket-owner"] == "111122223333"


def test_a_store_that_is_closed_leaves_the_connections_to_the_others(run: Run) -> None:
    run.s3.put("b", "p/a", b"1")
    first, second = run.open("p"), run.open("q")
    first.close()
    assert [type(each) for each in second.upload([run.upload("x"), None])] == [Sent]
    assert keys(run.open("p")) == ["a"]
    run.stores.close()
    run.stores.close()


def test_a_missing_bucket_is_asked_for_again_by_each_configuration(run: Run) -> None:
    run.proxy.when("HeadBucket", times=2, do=say(404))
    opening = replace(run.opening(), create_bucket=False)
    for _ in range(2):
        with pytest.raises(BucketMissingError, match="does not exist and create_bucket is false"):
            run.open_with(opening)
    assert keys(run.open_with(opening)) == []


@pytest.mark.parametrize("create", [True, False])
def test_a_missing_bucket_is_reported_before_it_is_created(run: Run, create: bool) -> None:
    known: list[tuple[str, list[str]]] = []
    stores = Stores(Stop(), bucket_missing=lambda place: known.append((place, run.requests())))
    opening = replace(run.opening(), create_bucket=create)
    run.proxy.when("HeadBucket", times=1, do=say(404))
    with closing(stores), suppress(BucketMissingError):
        stores.open(opening, lambda *_notice: None).close()
        assert stores.open(opening, lambda *_notice: None).bucket.place == known[0][0]
    assert [place for place, _requests in known] == [f"{run.proxy.endpoint_url} b"]
    assert "CreateBucket" not in known[0][1]


def test_the_bucket_of_a_store_is_that_of_its_server_and_its_credentials(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = run.open().bucket
    assert run.open("prefix").bucket == first
    assert run.open(bucket="c").bucket == first._replace(place=f"{run.proxy.endpoint_url} c")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAANOTHERANOTHER")
    other = run.open(access=replace(ACCESS, read_timeout_seconds=61)).bucket
    assert other.place == first.place
    assert other.account != first.account


def test_a_dry_run_takes_a_missing_bucket_for_empty_without_keeping_that(run: Run) -> None:
    run.proxy.when("HeadBucket", times=1, do=say(404))
    dry = replace(run.opening(), read_only=True)
    assert keys(run.open_with(dry)) == []
    assert run.notices == [("INFO", "the bucket b does not exist; it would be created")]
    assert run.stores.region(dry) == ""
    run.open()
    assert run.stores.region(dry) == "us-east-1"


def test_a_bucket_that_vanishes_is_looked_up_anew_by_the_next_configuration(run: Run) -> None:
    store = run.open()
    run.proxy.when("PutObject", do=refuse(404, "NoSuchBucket"))
    with pytest.raises(BucketMissingError):
        list(store.upload([run.upload("x")]))
    run.open()
    assert run.requests().count("HeadBucket") == 2


def test_a_listing_that_a_policy_forbids_is_named_for_each_prefix(run: Run) -> None:
    """HeadBucket is refused, as where a policy allows some prefixes only: it is asked once all the same."""

    def forbid(exchange: Exchange) -> None:
        if exchange.query["prefix"] == ["secret/"]:
            refuse(403, "AccessDenied")(exchange)
        else:
            exchange.answer(exchange.forward())

    run.proxy.when("HeadBucket", do=say(403))
    run.proxy.when("ListObjectsV2", do=forbid)
    run.s3.put("b", "mine/a", b"1")
    assert keys(run.open("mine")) == ["a"]
    assert sorted(run.requests()) == ["HeadBucket", "ListObjectsV2"], "the first page proves it"
    refused = run.open("secret")
    with pytest.raises(BucketForbiddenError, match="exists, but is not yours, or you may not list"):
        keys(refused)
    assert run.requests().count("HeadBucket") == 1


def test_a_checksum_that_the_server_does_not_know_is_tried_once(run: Run) -> None:
    def without_crc64nvme(exchange: Exchange) -> None:
        if "x-amz-checksum-crc64nvme" in exchange.headers:
            refuse(501, "NotImplemented")(exchange)
        else:
            exchange.answer(exchange.forward())

    run.proxy.when("PutObject", do=without_crc64nvme)
    for prefix in ("one", "two"):
        assert [type(each) for each in run.open(prefix).upload([run.upload("x")])] == [Sent]
    puts = run.proxy.seen("PutObject")
    assert [(each.key, each.status) for each in puts] == [("one/x", 501), ("one/x", 200), ("two/x", 200)]
    notice = ("INFO", "the server does not know crc64nvme checksums; crc32 is used instead")
    assert run.notices == [notice, notice], "each configuration has it in its log"


def test_a_server_that_cannot_be_reached_is_not_waited_for_by_every_configuration(run: Run) -> None:
    name = ".".join(["abcdefghi"] * 30)  # longer than any can be: the answer comes from this machine
    location = Location("b", endpoint_url=f"http://{name}")
    opening = OpenSettings(ACCESS, location, ObjectSettings(), lists=True)
    told = []
    for _ in range(100):
        with pytest.raises(EndpointUnreachableError) as caught:
            run.open_with(opening)
        told.append(caught.value.message)
    assert "not tried again" not in " ".join(told[:3])
    assert set(told[3:]) == {f"{told[0]}; not tried again after 3 failures in a row"}
    assert keys(run.open()) == [], "another server is asked"


def test_a_server_that_dies_during_a_run_is_found_dead_by_the_next_configuration(run: Run) -> None:
    store = run.open("p")
    assert keys(store) == []
    run.proxy.die()
    with pytest.raises(StorageError):
        keys(store)
    with pytest.raises(EndpointUnreachableError, match="cannot be reached: connection refused"):
        run.open("q")


def test_credentials_are_looked_up_and_renewed_once_for_all_stores(run: Run) -> None:
    calls = run.root / "calls"
    issued = {
        "Version": 1,
        "AccessKeyId": "ASIA",
        "SecretAccessKey": "s",
        "Expiration": "2999-01-01T00:00:00Z",
    }
    program = run.root / "issue.py"
    program.write_text(f"open({str(calls)!r}, 'a').write('x')\nprint({json.dumps(json.dumps(issued))})\n")
    (run.root / "config").write_text(
        f'[profile tickets]\ncredential_process = "{sys.executable}" "{program}"\n'
    )
    access = replace(ACCESS, profile="tickets")
    stores = [run.open(f"day-{number}", access=access) for number in range(10)]
    assert calls.read_text() == "x"
    run.proxy.when("PutObject", times=4, do=refuse(400, "ExpiredToken"))
    uploads = [run.upload(f"{number}") for number in range(4)]
    assert [type(each) for store in stores[:2] for each in store.upload(uploads)] == [Sent] * 8
    assert calls.read_text() == "xx"
