"""Damaged listings: they never cause a wrong deletion or a second upload."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.faults.scene import FaultScene
from tests.support.fault_proxy import WRITES
from tests.support.faults import change_answer, refuse, say

FILES = ("a.txt", "b.txt", "c.txt", "d.txt", "e.txt", "f.txt")
OBJECT = re.compile(rb"<Contents>.*?</Contents>", re.DOTALL)


@pytest.fixture
def synced(scene: FaultScene) -> FaultScene:
    """Six files that are in the bucket, an object without a file, two objects a page, deletion on."""
    scene.write({name: name for name in FILES})
    scene.set_up("--delete", "--page-size=2")
    scene.sync().must(0)
    scene.bucket.put("whole/z-orphan.txt", "no local file")
    scene.proxy.behave()
    return scene


def test_F38_a_second_page_that_fails_means_no_deletion(synced: FaultScene) -> None:
    """The second page of a listing is refused: nothing is deleted and nothing uploaded, exit 1; the next run,
    with complete listings, deletes what it should.
    """
    synced.proxy.when("ListObjectsV2", after=1, do=refuse(403, "AccessDenied"))

    synced.sync().must(1)

    assert synced.proxy.count(*WRITES) == 0
    assert synced.names() == {*FILES, "z-orphan.txt"}
    synced.proxy.behave()
    synced.sync().must(0)
    assert synced.names() == set(FILES)


def with_a_bomb(body: bytes) -> bytes:
    bomb = b"<!DOCTYPE b [<!ENTITY a '%s'><!ENTITY b '%s'>]>" % (b"x" * 1000, b"&a;" * 1000)
    return body.replace(b"<ListBucketResult", bomb + b"<ListBucketResult", 1)


def cut(body: bytes) -> bytes:
    return body[: len(body) // 2]


def of_something_else(_body: bytes) -> bytes:
    return b"<html><body>Welcome to the hotel's network! Please log in.</body></html>"


def more_without_a_token(body: bytes) -> bytes:
    return re.sub(rb"<NextContinuationToken>.*?</NextContinuationToken>", b"", body)


NO_LISTINGS = (with_a_bomb, cut, of_something_else, more_without_a_token)
"""More of the kind: tests/unit/storage/test_listing.py and test_answers.py."""


def test_F39_a_listing_that_cannot_be_understood_means_no_deletion(synced: FaultScene) -> None:
    """A listing is truncated, has an XML entity bomb, is not a listing at all, or is marked as truncated
    without a continuation token: nothing is deleted and nothing uploaded, exit 1, and the log says what it
    got instead.
    """
    for number, change in enumerate(NO_LISTINGS, start=1):
        synced.proxy.behave()
        synced.proxy.when("ListObjectsV2", after=1, times=1, do=change_answer(change))

        synced.sync().must(1)

        assert synced.proxy.count(*WRITES) == 0, change
        told = [line for line in synced.errors() if "listing" in line or "web page" in line]
        assert len(told) == number, change
    assert synced.names() == {*FILES, "z-orphan.txt"}


def test_F39_an_answer_without_end_is_given_up(synced: FaultScene) -> None:
    """A listing's answer exceeds 8 MiB: it is aborted before it fills the memory, exit 1, nothing is
    deleted.
    """
    synced.proxy.when("ListObjectsV2", after=1, do=say(200, b"<a>" * 3_000_000))

    result = synced.sync().must(1)

    assert "the answer is longer than any of S3's: it exceeds 8 MiB" in result.flat
    assert synced.proxy.count("ListObjectsV2") == 2, "not asked for again"
    assert synced.proxy.count(*WRITES) == 0


def test_F39_a_listing_that_repeats_itself_ends(synced: FaultScene) -> None:
    """Every page has the same continuation token: the run ends after the first repetition, exit 1, nothing is
    deleted.
    """
    pages: list[bytes] = []

    def always_the_first(body: bytes) -> bytes:
        pages.append(body)
        return pages[0]

    synced.proxy.when("ListObjectsV2", do=change_answer(always_the_first))

    synced.sync().must(1)

    assert synced.proxy.count("ListObjectsV2") == 2
    assert synced.proxy.count(*WRITES) == 0
    assert sum("repeats itself" in line for line in synced.errors()) == 1


def test_F39_an_empty_page_with_a_token_is_no_end(synced: FaultScene) -> None:
    """A page of a listing is empty but has a continuation token: the listing continues, nothing is uploaded
    twice, only the object without a file is deleted, exit 0.
    """
    kept: list[bytes] = []

    def emptied(body: bytes) -> bytes:
        kept.extend(OBJECT.findall(body))
        return OBJECT.sub(b"", body)

    def refilled(body: bytes) -> bytes:
        return body.replace(b"<Contents>", b"".join(kept) + b"<Contents>", 1)

    synced.proxy.when("ListObjectsV2", after=1, times=1, do=change_answer(emptied))
    synced.proxy.when("ListObjectsV2", after=1, times=1, do=change_answer(refilled))

    synced.sync().must(0)

    assert synced.proxy.count("PutObject") == 0
    assert synced.names() == set(FILES)


def duplicated(body: bytes) -> bytes:
    return OBJECT.sub(lambda found: found[0] * 2, body)


def backwards(body: bytes) -> bytes:
    found = OBJECT.findall(body)
    whole = b"".join(found)
    return body.replace(whole, b"".join(reversed(found))) if whole in body else body


@pytest.mark.parametrize("change", [duplicated, backwards])
def test_F39_keys_out_of_order_or_twice_are_joined_all_the_same(
    scene: FaultScene, change: Callable[[bytes], bytes]
) -> None:
    """A listing has keys twice or in another order: it is compared through a map, nothing is sent again, and
    only the object without a file is deleted, exit 0.
    """
    scene.write({name: name for name in FILES})
    scene.set_up("--delete")
    scene.sync().must(0)
    scene.bucket.put("whole/z-orphan.txt", "no local file")
    scene.proxy.behave()
    scene.proxy.when("ListObjectsV2", do=change_answer(change))

    scene.sync().must(0)

    assert scene.names() == set(FILES)
    assert scene.proxy.count("PutObject") == 0


def listed(key: str, size: int) -> bytes:
    """An object as a listing shows it."""
    text = (
        f"<Contents><Key>whole/{key}</Key><LastModified>2025-01-15T14:30:25Z</LastModified>"
        f'<ETag>"e"</ETag><Size>{size}</Size></Contents>'
    )
    return text.encode()


def test_F63_a_folder_marker_stays_and_an_object_that_only_looks_like_one_goes(scene: FaultScene) -> None:
    """The bucket has empty objects whose keys end with a slash (folder markers): they are neither compared
    nor deleted. One with content is treated as an object: without a local file, --delete deletes it. Exit 0.
    """
    scene.write({"a.txt": "a", "b.txt": "b"})
    scene.set_up("--delete")
    scene.sync().must(0)
    scene.proxy.behave()
    shown = listed("marker/", 0) + listed("photo/", 5) + b"</ListBucketResult>"
    add = change_answer(lambda body: body.replace(b"</ListBucketResult>", shown))
    scene.proxy.when("ListObjectsV2", do=add)

    scene.sync().must(0)

    [request] = scene.proxy.seen("DeleteObjects")
    assert b"<Key>whole/photo/</Key>" in request.body
    assert b"marker" not in request.body
    assert scene.proxy.count("PutObject") == 0
