"""Answers that never end, in every part of an answer and of a run: memory and time stay bounded."""

from __future__ import annotations

import re
import sys

import pytest

from tests.e2e.harness import DAY, Result, installed_command
from tests.faults.scene import IMPATIENT, FaultScene
from tests.support.faults import endless

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the peak of a process, as Linux reports it")
MOST_MIB = 200
_MEASURE = (
    "import resource, subprocess, sys; code = subprocess.call(sys.argv[1:]);"
    "print('peak', resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024); sys.exit(code)"
)
_OK = b"HTTP/1.1 200 OK\r\n"
_CHUNKED = _OK + b'ETag: "e"\r\nTransfer-Encoding: chunked\r\n\r\n'
WITHOUT_END = {
    "body": endless(_OK + b'ETag: "e"\r\nContent-Length: 99999999999999\r\n\r\n', b"<a>"),
    "chunks": endless(_CHUNKED, b"1000\r\n%b\r\n" % (b"x" * 4096)),
    "small chunks": endless(_CHUNKED, b"1\r\nx\r\n"),
    "headers": endless(_OK, b"x-more: and more\r\n"),
    "header": endless(_OK + b"x-more: ", b"and more "),
    "status line": endless(b"HTTP/1.1 200 ", b"OK "),
    "no HTTP": endless(b"", b"\0"),
    "error": endless(b"HTTP/1.1 400 Bad\r\nContent-Length: 99999999999999\r\n\r\n", b"<Error>"),
}


def sync(scene: FaultScene) -> Result:
    """A run that ends with exit 1 and took less memory than any answer may make it take."""
    measured = [sys.executable, "-c", _MEASURE, installed_command()]
    result = scene.run("sync", "--target-date", DAY, program=measured).must(1)
    found = re.search(r"^peak (\d+)$", result.output, re.MULTILINE)
    assert found is not None
    assert int(found[1]) < MOST_MIB, f"{found[1]} MiB"
    return result


HEAD_WITHOUT_END = ("headers", "header", "status line", "no HTTP")
CASES = [("ListObjectsV2", part) for part in WITHOUT_END] + [
    ("HeadBucket", part) for part in HEAD_WITHOUT_END
]


@pytest.mark.parametrize(("operation", "part"), CASES)
def test_F140_an_answer_without_end_takes_no_memory(scene: FaultScene, operation: str, part: str) -> None:
    """The answer to a request has no end: headers, status line, body, chunks, an error, or no HTTP at all. It
    is aborted within 200 MB of memory; nothing is uploaded or deleted, exit 1.
    """
    scene.write({"a.txt": "a"})
    scene.set_up(*IMPATIENT)
    scene.proxy.when(operation, do=WITHOUT_END[part])

    sync(scene)

    assert scene.names() == scene.ledger() == set()


@pytest.mark.parametrize("part", WITHOUT_END)
def test_F141_an_answer_to_an_upload_without_end_takes_no_memory(scene: FaultScene, part: str) -> None:
    """The answers to many uploads at the same time have no end: they are aborted within 200 MB of memory,
    nothing is recorded as uploaded, exit 1.
    """
    scene.write({f"{number}.txt": "a" for number in range(50)})
    scene.set_up(*IMPATIENT)
    scene.proxy.when("PutObject", do=WITHOUT_END[part])

    sync(scene)

    assert scene.ledger() == set()
