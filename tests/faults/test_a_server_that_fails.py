"""The server is busy or fails: requests are repeated, a limited number of times."""

from __future__ import annotations

import itertools
import os

import pytest

from tests.faults.scene import IMPATIENT, LARGE_BYTES, FaultScene
from tests.support.fault_proxy import WRITES, Fault
from tests.support.faults import (
    busy_for,
    one_byte_a_second,
    refuse,
    reset_before_the_answer,
    reset_before_the_body,
    reset_in_the_answer,
    reset_in_the_body,
    say,
    stay_silent,
    without_header,
    xml_error,
)


def test_F40_a_burst_of_slow_down_is_sat_out(scene: FaultScene) -> None:
    """The server answers 503 SlowDown three times: each request is repeated with increasing pauses, each
    repetition has a line in the log (operation, reason, attempt, pause), all files are uploaded, exit 0, and
    nothing counts as failed.
    """
    scene.write({"a.txt": "a", "b.txt": "b"})
    scene.set_up()
    scene.proxy.when("PutObject", key="a.txt", times=3, do=refuse(503, "SlowDown"))

    result = scene.sync().must(0)

    repeated = [
        line for line in scene.log().splitlines() if "] [INFO] [Whole] PutObject whole/a.txt: " in line
    ]
    assert len(repeated) == 3
    for attempt, line in enumerate(repeated, start=2):
        assert "slow down" in line
        assert f"attempt {attempt} follows in " in line
    assert "3 requests were repeated (SLOW_DOWN 3)" in result.flat
    assert "attempt 2 follows" not in result.flat, "one by one they are for --verbose and the log"

    assert scene.names() == scene.ledger() == {"a.txt", "b.txt"}
    assert scene.proxy.count("PutObject", key="a.txt") == 4
    assert scene.status() == ("Success", 2, 0)
    assert scene.errors() == []


def test_F146_a_server_that_is_busy_for_a_while_is_waited_for(scene: FaultScene) -> None:
    """The server answers questions, and later uploads and parts, with 503 for eight seconds, longer than five
    attempts take: within `retry_minutes` every file is uploaded, exit 0, with growing pauses.
    """
    scene.write({f"{number}.txt": "x" for number in range(40)} | {"large.bin": os.urandom(LARGE_BYTES)})
    scene.set_up(retry_minutes=2)
    for operations in (("HeadBucket", "ListObjectsV2"), ("PutObject", "UploadPart")):
        scene.proxy.when(*operations, do=busy_for(8))

    result = scene.sync().must(0)

    assert " repeated (" in result.flat
    assert len(scene.names()) == 41
    assert scene.ledger() == scene.names()
    for operation in ("HeadBucket", "PutObject"):
        assert 2 < scene.proxy.count(operation) < 400, "repeated, but no storm"


def test_F40_a_server_that_is_busy_for_ever_is_given_up_without_a_storm(scene: FaultScene) -> None:
    """The server answers 503 SlowDown to every upload: each file is tried five times with increasing pauses
    and then fails, exit 1; the log names the files and the reason; nothing is recorded as uploaded.
    """
    scene.write({f"{number}.txt": "x" for number in range(4)})
    scene.set_up()
    scene.proxy.when("PutObject", do=refuse(503, "SlowDown"))

    result = scene.sync().must(1)

    tries = scene.proxy.seen("PutObject", key="3.txt")
    pauses = [after.at - before.at for before, after in itertools.pairwise(tries)]
    assert len(tries) == 5
    assert all(pause >= 0.04 for pause in pauses)
    assert scene.status() == ("Failure", 0, 4)
    assert scene.names() == scene.ledger() == set()
    for number in range(4):
        words = f"Failed: {number}.txt: PutObject whole/{number}.txt: the server asks to slow down"
        assert sum(words in line for line in scene.errors()) == 1
    assert "4 failed" in result.flat


def test_F41_other_words_for_too_busy_are_understood(scene: FaultScene) -> None:
    """The server answers 429, 400 ThrottlingException or 500 once for some files and for a listing: the
    requests are repeated, all files are uploaded, exit 0.
    """
    scene.write({"a.txt": "a", "b.txt": "b", "c.txt": "c"})
    scene.set_up()
    scene.proxy.when("PutObject", key="a.txt", times=2, do=refuse(429, "TooManyRequests"))
    scene.proxy.when("PutObject", key="b.txt", times=1, do=refuse(400, "ThrottlingException"))
    scene.proxy.when("PutObject", key="c.txt", times=1, do=refuse(500, "InternalError"))
    scene.proxy.when("ListObjectsV2", times=1, do=refuse(400, "ThrottlingException"))

    scene.sync().must(0)

    assert scene.names() == scene.ledger() == {"a.txt", "b.txt", "c.txt"}
    assert scene.proxy.count("PutObject") == 3 + 4
    assert scene.status() == ("Success", 3, 0)


def test_F41_every_third_request_failing_is_survived(scene: FaultScene) -> None:
    """The server answers every third request with 500: all files are uploaded nevertheless, exit 0."""
    scene.write({f"{number}.txt": f"{number}" for number in range(12)})
    scene.set_up()
    for turn in range(2, 40, 3):
        scene.proxy.when(after=turn, times=1, do=refuse(500, "InternalError"))

    scene.sync().must(0)

    assert len(scene.names()) == 12
    assert scene.status() == ("Success", 12, 0)


@pytest.mark.parametrize(
    "fault",
    [refuse(500, "InternalError"), say(200, xml_error("InternalError"))],
    ids=["500", "200 with an error in it"],
)
def test_F42_a_completion_that_fails_once_is_repeated(scene: FaultScene, fault: Fault) -> None:
    """Completing a multipart upload is answered once with 500, or with 200 and an InternalError in the body:
    it is repeated, the object is complete, no unfinished upload remains, exit 0.
    """
    scene.write({"large.bin": os.urandom(LARGE_BYTES)})
    scene.set_up()
    scene.proxy.when("CompleteMultipartUpload", times=1, do=fault)

    scene.sync().must(0)

    assert scene.bucket.download("whole/large.bin") == (scene.folder / "data/large.bin").read_bytes()
    assert scene.open_uploads() == []
    assert scene.status() == ("Success", 1, 0)


def test_F42_a_completion_that_is_refused_inside_a_200_is_a_failure(scene: FaultScene) -> None:
    """Completing a multipart upload is answered with 200 and AccessDenied in the body: the file counts as
    failed, exit 1, the upload is aborted, and the ledger has no record of it.
    """
    scene.write({"large.bin": os.urandom(LARGE_BYTES), "small.txt": "s"})
    scene.set_up()
    scene.proxy.when("CompleteMultipartUpload", do=say(200, xml_error("AccessDenied")))

    scene.sync().must(1)

    assert scene.names() == scene.ledger() == {"small.txt"}
    assert scene.open_uploads() == []
    assert scene.status() == ("Failure", 1, 1)
    assert sum("Failed: large.bin: " in line and "AccessDenied" in line for line in scene.errors()) == 1


def test_F43_a_part_without_an_etag_is_not_believed(scene: FaultScene) -> None:
    """The answers to uploaded parts have no ETag: the file counts as failed, exit 1, no object is created and
    no unfinished upload remains.
    """
    scene.write({"large.bin": os.urandom(LARGE_BYTES)})
    scene.set_up()
    scene.proxy.when("UploadPart", do=without_header("ETag"))

    scene.sync().must(1)

    assert scene.names() == scene.ledger() == set()
    assert scene.open_uploads() == []


BREAKS = (reset_before_the_body, reset_in_the_body, reset_before_the_answer, reset_in_the_answer)


def test_F44_a_connection_that_breaks_is_made_again(scene: FaultScene) -> None:
    """The connection is reset before or during a file's body, or before or during the answer: the request is
    repeated, the objects have the right bytes, exit 0.
    """
    contents = {f"{number}.bin": os.urandom(3_000_000) for number in range(len(BREAKS))}
    scene.write(contents)
    scene.set_up()
    for name, fault in zip(contents, BREAKS, strict=True):
        scene.proxy.when("PutObject", key=name, times=1, do=fault)

    scene.sync().must(0)

    for name, content in contents.items():
        assert scene.proxy.count("PutObject", key=name) == 2
        assert scene.bucket.download(f"whole/{name}") == content
    assert scene.ledger() == set(contents)


def test_F44_a_part_whose_connection_breaks_is_sent_again(scene: FaultScene) -> None:
    """The connection is reset four times at different moments of a multipart upload: the parts are uploaded
    again, the object has the right bytes, no unfinished upload remains, exit 0.
    """
    content = os.urandom(LARGE_BYTES)
    scene.write({"large.bin": content})
    scene.set_up()
    for fault in BREAKS:
        scene.proxy.when("UploadPart", times=1, do=fault)

    scene.sync().must(0)

    assert scene.bucket.download("whole/large.bin") == content
    assert scene.open_uploads() == []
    assert scene.ledger() == {"large.bin"}


def test_F44_a_listing_that_breaks_off_is_asked_for_again(scene: FaultScene) -> None:
    """The connection is reset during a listing: the page is requested again, nothing is deleted or uploaded
    because of it, exit 0.
    """
    scene.write({"a.txt": "a", "b.txt": "b", "c.txt": "c"})
    scene.set_up("--delete")
    scene.sync().must(0)
    scene.proxy.behave()
    scene.proxy.when("ListObjectsV2", times=1, do=reset_in_the_answer)

    scene.sync().must(0)

    assert scene.proxy.count(*WRITES) == 0
    assert scene.names() == {"a.txt", "b.txt", "c.txt"}


def test_F45_a_server_that_stops_answering_uploads_is_given_up(scene: FaultScene) -> None:
    """From the third upload on, the server accepts everything and never answers: after the read timeout the
    run reports it and ends with exit 1; finished uploads are recorded, the next run uploads the rest.
    """
    scene.write({f"{number}.txt": f"{number}" for number in range(6)})
    scene.set_up(*IMPATIENT)
    scene.proxy.when("PutObject", after=2, do=stay_silent)
    scene.proxy.when("HeadBucket", after=1, do=stay_silent)

    result = scene.sync().must(1)

    assert scene.proxy.count("PutObject") == 6, "no file is tried again"
    assert "no response for 2 s" in result.flat
    assert scene.status() == ("Failure", 2, 0)
    assert scene.ledger() == scene.names()
    assert len(scene.names()) == 2

    scene.next_run_uploads(*(f"{number}.txt" for number in range(6)))


def test_F45_a_server_that_answers_everything_but_uploads_is_given_up(scene: FaultScene) -> None:
    """The server answers listings and HEAD requests, but no upload: after the read timeout (longer for
    uploads in progress on a slow connection) the run ends with exit 1 instead of trying each file for
    minutes.
    """
    scene.write({f"{number}.txt": f"{number}" for number in range(4)})
    scene.set_up(*IMPATIENT)
    scene.proxy.when("PutObject", do=stay_silent)

    result = scene.sync().must(1)

    assert scene.proxy.count("PutObject") == 4, "no file is tried again"
    assert "no response for 2 s" in result.flat
    assert scene.status() == ("Failure", 0, 0)
    assert scene.names() == scene.ledger() == set()


def test_F45_a_multipart_upload_that_gets_no_answer_leaves_nothing_behind(scene: FaultScene) -> None:
    """The server stops answering during a multipart upload, except for its abort: exit 1, no object, no
    unfinished upload.
    """
    scene.write({"large.bin": os.urandom(LARGE_BYTES)})
    scene.set_up(*IMPATIENT)
    scene.proxy.when("UploadPart", after=1, do=stay_silent)
    scene.proxy.when("HeadBucket", after=1, do=stay_silent)

    scene.sync().must(1)

    assert scene.names() == scene.ledger() == set()
    assert scene.open_uploads() == []


def test_F46_a_server_that_sends_a_byte_a_second_is_given_up(scene: FaultScene) -> None:
    """The server answers so slowly that no answer is complete within the read timeout: exit 1 within seconds,
    nothing is uploaded.
    """
    scene.write({"a.txt": "a"})
    scene.set_up(*IMPATIENT)
    scene.proxy.when("ListObjectsV2", do=one_byte_a_second)

    result = scene.sync().must(1)

    assert scene.proxy.count("ListObjectsV2") == 1, "it is not requested again"
    assert "no response for 2 s" in result.flat
    assert scene.proxy.count(*WRITES) == 0
    assert scene.names() == set()
