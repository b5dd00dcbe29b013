"""A server says yes: it is believed only if something proves it."""

from __future__ import annotations

import os
import time

import pytest

from tests.faults.scene import LARGE_BYTES, FaultScene
from tests.support.fault_proxy import WRITES, Exchange, Fault, Reply
from tests.support.faults import say, without_header, xml_error

PAGE = b"<!DOCTYPE html><html><body>Welcome! Please log in.</body></html>"
HTML = ("Content-Type", "text/html; charset=utf-8")
ETAG = ("ETag", '"0123456789abcdef0123456789abcdef"')
EMPTY_RESULTS = {
    "bare": say(200),
    "page": say(200, PAGE, HTML),
    "page with an ETag": say(200, PAGE, HTML, ETAG),
    "page without its type": say(200, PAGE, ETAG),
    "JSON with an ETag": say(200, b'{"status": "ok"}', ETAG),
    "error": say(200, xml_error("InternalError"), ETAG),
    "other status": say(204),
}


def stored_but(*headers: tuple[str, str], body: bytes = b"") -> Fault:
    """Carry the request out, and answer 200 with these headers only."""

    def fault(exchange: Exchange) -> None:
        exchange.forward()
        exchange.answer(Reply(200, body, headers))

    return fault


def test_F142_a_success_without_proof_is_none(scene: FaultScene) -> None:
    """An upload is answered with success, but without ETag or checksum, or with what S3 does not answer, and
    the object is not there: the file counts as failed, is not in the ledger, exit 1; the next run uploads it.
    """
    scene.write({"empty.txt": b"", "five.txt": b"a" * 5})
    scene.configure(
        *(scene.one(name=f"C{number}", prefix=f"p{number}") for number in range(len(EMPTY_RESULTS)))
    )
    for number, answer in enumerate(EMPTY_RESULTS.values()):
        for name in ("empty.txt", "five.txt"):
            scene.proxy.when("PutObject", key=f"p{number}/{name}", do=answer)

    scene.sync("--jobs", "8").must(1)

    assert scene.ledger() == scene.names() == set()
    assert {scene.status(f"C{number}")[0] for number in range(len(EMPTY_RESULTS))} == {"Failure"}
    scene.proxy.behave()
    scene.sync("--jobs", "8").must(0)
    assert len(scene.names()) == 2 * len(EMPTY_RESULTS)
    assert scene.ledger() == {"empty.txt", "five.txt"}


def test_F142_a_large_file_needs_proof_too(scene: FaultScene) -> None:
    """CompleteMultipartUpload is answered with a web page, or without an ETag: the same."""
    for number, answer in enumerate((say(200, PAGE, HTML), say(200, PAGE, HTML, ETAG), say(200))):
        scene.write({f"{number}.bin": os.urandom(LARGE_BYTES)})
        scene.set_up()
        scene.proxy.behave()
        scene.proxy.when("CompleteMultipartUpload", do=answer)

        scene.sync().must(1)

        assert scene.ledger() == set()


@pytest.mark.parametrize("algorithm", ["crc64nvme", "sha256", "crc32"])
def test_F143_another_checksum_than_was_sent_is_a_failure(scene: FaultScene, algorithm: str) -> None:
    """The server confirms another checksum than that of the file: five attempts, the file counts as failed,
    exit 1.
    """
    scene.write({"a.txt": "a"})
    scene.set_up("--checksum-algorithm", algorithm.upper())
    scene.proxy.when("PutObject", do=stored_but(ETAG, (f"x-amz-checksum-{algorithm}", "AAAAAAAAAAA=")))

    result = scene.sync().must(1)

    assert "another checksum" in result.flat
    assert scene.proxy.count("PutObject") == 5
    assert scene.ledger() == set()


@pytest.mark.parametrize("name", ["a.txt", "large.bin"])
def test_F144_a_success_that_only_another_request_proves_is_one(scene: FaultScene, name: str) -> None:
    """A server, or a proxy, leaves ETag and checksum out of every answer to an upload: the object is compared
    with the file, and counts as uploaded, exit 0.
    """
    scene.write({name: os.urandom(LARGE_BYTES) if name == "large.bin" else "a"})
    scene.set_up()
    scene.proxy.when("PutObject", do=stored_but())
    scene.proxy.when("CompleteMultipartUpload", do=without_header("ETag"))

    scene.sync().must(0)

    assert scene.ledger() == scene.names() == {name}


def test_F144_nothing_is_believed_if_the_object_is_another(scene: FaultScene) -> None:
    """An upload is answered with a bare 200, and under its key is an object of the same size: exit 1."""
    scene.bucket.put("whole/a.txt", "old")
    path = scene.write({"a.txt": "new"}) / "a.txt"
    os.utime(path, (later := time.time() + 60, later))
    scene.set_up()
    scene.proxy.when("PutObject", do=say(200))

    scene.sync().must(1)

    assert scene.ledger() == set()


def test_F145_a_captive_portal_is_no_server(scene: FaultScene) -> None:
    """A captive portal answers every request, whatever its method, with its login page and 200: nothing is
    sent, nothing is recorded, the message says what answered, exit 1.
    """
    scene.write({"a.txt": "a"})
    scene.set_up("--delete", destination={"create_bucket": True})
    scene.proxy.when(do=say(200, PAGE, HTML))

    result = scene.sync().must(1)

    assert "it is no S3 server" in result.flat
    assert "captive portal" in result.flat
    assert scene.proxy.count(*WRITES) == 0
    assert scene.ledger() == set()
