"""The server refuses: one file, all requests, the credentials, or the kind of request."""

from __future__ import annotations

import os
import sys

import pytest

from tests.faults.scene import IMPATIENT, LARGE_BYTES, FaultScene
from tests.support.fault_proxy import WRITES, Exchange
from tests.support.faults import refuse, refuse_header, say

NO_GUARD = {"max_percent": 100}
DENIED = refuse(403, "AccessDenied", "Access Denied")


def test_F36_one_file_that_is_refused_does_not_stop_the_others(scene: FaultScene) -> None:
    """The upload of one key is refused with 403: the other files are uploaded and recorded, this one counts
    as failed, the log has the reason and the missing permission (s3:PutObject, with a KMS key
    kms:GenerateDataKey), nothing is deleted, exit 1.
    """
    scene.bucket.put("whole/orphan.txt", "no local file")
    scene.write({"a.txt": "a", "b.txt": "b", "c.txt": "c"})
    scene.set_up("--delete")
    scene.proxy.when("PutObject", key="b.txt", do=DENIED)

    result = scene.sync().must(1)

    assert scene.names() == {"a.txt", "c.txt", "orphan.txt"}
    assert scene.ledger() == {"a.txt", "c.txt"}
    assert scene.status() == ("Failure", 2, 1)
    assert scene.proxy.count("PutObject", key="b.txt") == 1, "a refusal is not repeated"
    [told] = [line for line in scene.errors() if "b.txt" in line]
    assert all(word in told for word in ("AccessDenied", "s3:PutObject", "kms:GenerateDataKey"))
    assert "nothing was deleted: 1 file failed" in result.flat


def test_F36_when_everything_is_refused_in_the_middle_the_rest_fails(scene: FaultScene) -> None:
    """From the third upload on, every request is answered with 403: finished uploads are recorded, each
    further file counts as failed, nothing is deleted, exit 1.
    """
    scene.bucket.put("whole/orphan.txt", "no local file")
    scene.write({f"{number}.txt": "x" for number in range(6)})
    scene.set_up("--delete")
    scene.proxy.when("PutObject", after=2, do=DENIED)
    scene.proxy.when("DeleteObjects", do=DENIED)

    scene.sync().must(1)

    assert len(scene.names() - {"orphan.txt"}) == 2
    assert scene.names() - {"orphan.txt"} == scene.ledger()
    assert scene.status() == ("Failure", 2, 4)
    assert scene.proxy.count("DeleteObjects") == 0


def test_F37_a_listing_that_is_refused_means_no_writing_at_all(scene: FaultScene) -> None:
    """Listing is refused with 403: nothing is uploaded or deleted, exit 3 with the missing permission, the
    state has the failure.
    """
    scene.write({"a.txt": "a"})
    scene.set_up("--delete")
    scene.proxy.when("HeadBucket", "ListObjectsV2", do=DENIED)

    result = scene.sync().must(3)

    assert scene.proxy.count(*WRITES) == 0
    assert scene.status() == ("Failure", 0, 0)
    assert "s3:ListBucket" in result.flat


def test_F37_a_listing_that_is_refused_later_means_no_deleting(scene: FaultScene) -> None:
    """HeadBucket is allowed but listing is not: nothing is uploaded or deleted, exit 1 with the missing
    permission, s3:ListBucket.
    """
    scene.bucket.put("whole/orphan.txt", "no local file")
    scene.write({"a.txt": "a"})
    scene.set_up("--delete")
    scene.proxy.when("ListObjectsV2", do=DENIED)

    result = scene.sync().must(1)

    assert scene.proxy.count(*WRITES) == 0
    assert scene.names() == {"orphan.txt"}
    assert "ListObjectsV2" in result.flat
    assert "s3:ListBucket" in result.flat


def test_F55_every_request_names_the_expected_owner(scene: FaultScene) -> None:
    """With expected_bucket_owner, every request of a run, including parts and deletions, has that account ID;
    if the server reports another owner (403), nothing is written, exit 3.
    """
    owner = {"expected_bucket_owner": "123456789012"}
    scene.bucket.put("whole/orphan.txt", "no local file")
    scene.write({"a.txt": "a", "b.txt": "b", "large.bin": os.urandom(LARGE_BYTES)})
    scene.set_up("--delete", destination=owner, delete_guard=NO_GUARD)

    scene.sync().must(0)

    headers = [one.headers.get("x-amz-expected-bucket-owner") for one in scene.proxy.seen()]
    assert set(headers) == {"123456789012"}
    assert {"DeleteObjects", "UploadPart"} <= {one.operation for one in scene.proxy.seen()}

    scene.proxy.behave()
    scene.proxy.when(do=DENIED)
    scene.write({"c.txt": "c"})
    scene.sync().must(3)
    assert scene.proxy.count(*WRITES) == 0


def credentials_from_a_program(scene: FaultScene, *, renewed: bool = True) -> None:
    """A profile whose keys come from a program, as companies do it."""
    program = scene.home / "give-keys.py"
    program.write_text(
        "import json, pathlib, sys\n"
        f"count = pathlib.Path({str(scene.home / 'calls')!r})\n"
        "calls = int(count.read_text()) if count.exists() else 0\n"
        "count.write_text(str(calls + 1))\n"
        f"if calls and not {renewed}: sys.exit('the ticket is used up')\n"
        f"print(json.dumps({{'Version': 1, 'AccessKeyId': {scene.server.access_key!r}, "
        f"'SecretAccessKey': {scene.server.secret_key!r}, 'Expiration': '2099-01-01T00:00:00Z'}}))\n"
    )
    (scene.home / "aws-config").write_text(
        f"[profile tickets]\ncredential_process = {sys.executable} {program}\n"
    )


def test_F57_a_wrong_secret_key_fails_with_the_reason(scene: FaultScene) -> None:
    """The secret key does not match the access key: exit 3 with the reason; the key is in no log."""
    scene.write({"a.txt": "a"})
    scene.set_up()

    result = scene.sync(env={"AWS_SECRET_ACCESS_KEY": "n0t-th3-k3y"}).must(3)

    assert "403 SignatureDoesNotMatch" in scene.result_of("Whole")["lastMessage"]
    assert "the secret key does not match the access key" in result.flat
    assert "n0t-th3-k3y" not in result.output + scene.log()
    assert scene.proxy.count(*WRITES) == 0


@pytest.mark.parametrize(
    ("destination", "words"),
    [
        ({}, "no AWS credentials found"),
        ({"aws_profile": "no-such"}, "the AWS profile 'no-such' does not exist"),
    ],
    ids=["none", "no such profile"],
)
def test_F57_missing_credentials_are_a_missing_prerequisite(
    scene: FaultScene, destination: dict[str, str], words: str
) -> None:
    """There are no credentials, or the profile does not exist: exit 3 with the reason, no request is sent."""
    scene.write({"a.txt": "a"})
    scene.set_up(destination=destination)

    scene.sync(env=NO_KEYS).must(3)

    assert scene.result_of("Whole")["lastMessage"].startswith(words)
    assert scene.proxy.seen() == []


NO_KEYS = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}


def test_F56_a_token_that_expires_is_renewed_and_all_files_arrive(scene: FaultScene) -> None:
    """The server answers ExpiredToken during a run, and the credentials can be renewed: they are renewed, the
    files are uploaded again, exit 0.
    """
    scene.write({f"{number}.txt": "x" for number in range(5)})
    credentials_from_a_program(scene)
    scene.set_up(destination={"aws_profile": "tickets"})
    scene.proxy.when("PutObject", after=2, times=3, do=refuse(400, "ExpiredToken"))

    scene.sync(env=NO_KEYS).must(0)

    assert len(scene.names()) == 5
    assert scene.status() == ("Success", 5, 0)
    assert int((scene.home / "calls").read_text()) == 2, "asked once more, not once for each file"


def test_F56_a_token_that_expires_for_good_ends_the_run_at_once(scene: FaultScene) -> None:
    """The server answers ExpiredToken during a run, and the credentials cannot be renewed: no further file is
    tried, nothing is deleted, exit 3 with "log in again"; finished uploads are recorded.
    """
    scene.bucket.put("whole/orphan.txt", "no local file")
    scene.write({f"{number}.txt": "x" for number in range(5)})
    scene.set_up("--delete")
    scene.proxy.when("PutObject", after=2, do=refuse(400, "ExpiredToken", "The provided token has expired."))

    result = scene.sync().must(3)

    assert "log in again" in result.flat
    assert scene.ledger() <= scene.names()
    assert scene.status()[0] == "Failure"
    assert scene.proxy.count("DeleteObjects") == 0
    assert scene.proxy.count("PutObject") == 5, "no file is tried again"


def test_F57_keys_that_cannot_be_renewed_end_the_run_with_the_reason(scene: FaultScene) -> None:
    """The token expires and the credential_process fails: exit 3 with the program's error message."""
    scene.write({"a.txt": "a", "b.txt": "b"})
    credentials_from_a_program(scene, renewed=False)
    scene.set_up(destination={"aws_profile": "tickets"})
    scene.proxy.when("PutObject", do=refuse(400, "ExpiredToken"))

    result = scene.sync(env=NO_KEYS).must(3)

    assert "the ticket is used up" in result.flat
    assert scene.names() == scene.ledger() == set()


def test_F57_a_program_for_keys_that_hangs_is_given_up(scene: FaultScene) -> None:
    """The credential_process does not end: after the connect and read timeouts it is stopped and named, exit
    3, no request was sent, and the program does not keep running.
    """
    scene.write({"a.txt": "a"})
    program = scene.home / "hang.py"
    pid = scene.home / "pid"
    program.write_text(
        "import os, pathlib, time\n"
        f"pathlib.Path({str(pid)!r}).write_text(str(os.getpid()))\n"
        "time.sleep(600)\n"
    )
    (scene.home / "aws-config").write_text(
        f"[profile tickets]\ncredential_process = {sys.executable} {program}\n"
    )
    scene.set_up(*IMPATIENT, destination={"aws_profile": "tickets"})

    result = scene.sync(env=NO_KEYS).must(3)

    assert "credential_process" in result.flat
    assert "has not answered for 4 seconds" in result.flat
    assert scene.proxy.seen() == []
    assert scene.status()[0] == "Failure"
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)


def test_F58_a_wrong_clock_is_told_once_and_not_tried_again(scene: FaultScene) -> None:
    """The server answers RequestTimeTooSkewed: exit 3 with a hint to set the clock, one request, no file."""
    scene.write({f"{number}.txt": "x" for number in range(5)})
    scene.set_up()
    scene.proxy.when("ListObjectsV2", do=refuse(403, "RequestTimeTooSkewed"))

    result = scene.sync().must(3)

    assert "set this machine's clock (NTP)" in result.flat
    assert scene.proxy.count("ListObjectsV2") == 1
    assert scene.proxy.count(*WRITES) == 0


def test_F59_damage_on_the_way_is_sent_again_and_repeated_damage_fails(scene: FaultScene) -> None:
    """The server answers BadDigest once for one file and always for another: the first is uploaded again and
    succeeds, the second counts as failed, exit 1, and is not recorded.
    """
    scene.write({"once.txt": "o", "always.txt": "a"})
    scene.set_up()
    scene.proxy.when("PutObject", key="once.txt", times=1, do=refuse(400, "BadDigest"))
    scene.proxy.when("PutObject", key="always.txt", do=refuse(400, "BadDigest"))

    scene.sync().must(1)

    assert scene.names() == scene.ledger() == {"once.txt"}
    assert scene.status() == ("Failure", 1, 1)
    assert sum("Failed: always.txt: " in line and "BadDigest" in line for line in scene.errors()) == 1


def test_F59_a_body_that_was_changed_on_the_way_is_noticed(scene: FaultScene) -> None:
    """A byte of a file is changed in transit: the server compares the checksum and refuses the upload, Mochok
    uploads the file again, and the object has the right bytes, exit 0.
    """
    scene.write({"a.txt": "the right bytes"})
    scene.set_up()

    def garble(exchange: Exchange) -> None:
        exchange.read_body()
        exchange.replace_body(b"the wrong bytes")
        exchange.answer(exchange.forward())

    scene.proxy.when("PutObject", times=1, do=garble)

    scene.sync().must(0)

    assert scene.proxy.count("PutObject") == 2
    assert scene.bucket.download("whole/a.txt") == b"the right bytes"


def deletion_errors(*names: str, code: str = "InternalError") -> bytes:
    """The answer to a batch in which some keys could not be deleted."""
    errors = "".join(
        f"<Error><Key>whole/{name}</Key><Code>{code}</Code><Message>We tried</Message></Error>"
        for name in names
    )
    return f'<DeleteResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">{errors}</DeleteResult>'.encode()


def test_F61_deletions_that_fail_one_by_one_are_named(scene: FaultScene) -> None:
    """A batch deletion is answered with 200 and errors for three of six keys: exactly those three are
    reported as failed, the other three count as deleted, exit 1.
    """
    names = [f"{number}.txt" for number in range(6)]
    for name in names:
        scene.bucket.put(f"whole/{name}", "old")
    scene.write({f"keep-{number}": "k" for number in range(8)})
    scene.set_up("--delete", delete_guard=NO_GUARD)
    scene.proxy.when("DeleteObjects", do=say(200, deletion_errors(*names[:3])))

    scene.sync().must(1)

    failed = [line for line in scene.errors() if "Failed: " in line]
    assert len(failed) == 3
    assert all(any(f"Failed: {name}" in line for line in failed) for name in names[:3])
    assert scene.result_of("Whole")["filesDeleted"] == 3
    assert scene.status() == ("Failure", 8, 3)


NO_ANSWERS = {
    "error": b"<Error><Code>InternalError</Code><Message>We tried</Message></Error>",
    "page": b"<html><body>Please log in</body></html>",
    "another": deletion_errors("another.txt"),
}


def test_F61_an_answer_that_is_none_does_not_count_as_deleted(scene: FaultScene) -> None:
    """The server answers a batch deletion with 200 and an error, an HTML page, or the result of another key:
    nothing counts as deleted, exit 1, and the next run deletes.
    """
    for prefix in NO_ANSWERS:
        scene.bucket.put(f"{prefix}/old.txt", "old")
    scene.write({"a.txt": "a", "b.txt": "b"})
    scene.configure(
        *(scene.one("--delete", name=prefix, prefix=prefix, delete_guard=NO_GUARD) for prefix in NO_ANSWERS)
    )

    def mislead(exchange: Exchange) -> None:
        body = exchange.read_body().decode()
        say(200, next(answer for prefix, answer in NO_ANSWERS.items() if f"{prefix}/old" in body))(exchange)

    scene.proxy.when("DeleteObjects", do=mislead)

    scene.sync("--jobs", "3").must(1)

    for prefix in NO_ANSWERS:
        assert scene.result_of(prefix)["filesDeleted"] == 0
        failed = 0 if prefix == "page" else 1  # a web page is no refusal: it ends the configuration
        assert scene.status(prefix) == ("Failure", 2, failed)
        assert f"{prefix}/old.txt" in scene.bucket.objects()
    scene.proxy.behave()
    scene.sync("--jobs", "3").must(0)
    assert set(scene.bucket.objects()) == {f"{prefix}/{name}.txt" for prefix in NO_ANSWERS for name in "ab"}


def test_F66_a_locked_object_is_told_and_not_tried_for_ever(scene: FaultScene) -> None:
    """Deleting an object is refused because it is locked: it counts as failed, one request, exit 1, and the
    object is kept.
    """
    scene.bucket.put("whole/locked.txt", "old")
    scene.write({"a.txt": "a", "b.txt": "b"})
    scene.set_up("--delete", delete_guard=NO_GUARD)
    scene.proxy.when("DeleteObjects", do=say(200, deletion_errors("locked.txt", code="AccessDenied")))

    scene.sync().must(1)

    assert scene.proxy.count("DeleteObjects") == 1
    assert sum("Failed: locked.txt: " in line and "AccessDenied" in line for line in scene.errors()) == 1
    assert scene.names() == {"a.txt", "b.txt", "locked.txt"}


def test_F64_a_server_without_crc64nvme_gets_an_older_checksum(scene: FaultScene) -> None:
    """The server answers CRC64NVME with 501 NotImplemented: this is reported once, all files are uploaded
    with CRC32, large ones too, exit 0.
    """
    scene.write({"a.txt": "a", "b.txt": "b", "large.bin": os.urandom(LARGE_BYTES)})
    scene.set_up()
    scene.proxy.when(*WRITES, do=refuse_header("crc64nvme", 501, "NotImplemented"))

    scene.sync().must(0)

    assert scene.names() == scene.ledger() == {"a.txt", "b.txt", "large.bin"}
    sent = [one for one in scene.proxy.seen("PutObject", "UploadPart") if one.status == 200]
    assert [set(one.headers) >= {"x-amz-checksum-crc32"} for one in sent] == [True] * 5
    notices = [line for line in scene.log().splitlines() if "crc64nvme" in line]
    assert len(notices) == 1
    assert "the server does not know crc64nvme checksums; crc32 is used instead" in notices[0]
    assert scene.open_uploads() == []


def test_F64_a_server_without_any_checksum_gets_none_and_it_is_said(scene: FaultScene) -> None:
    """The server refuses every checksum: after CRC32, files are uploaded without one, exit 0, and a warning
    says that the contents are not verified and how to silence the warning.
    """
    scene.write({"a.txt": "a", "b.txt": "b"})
    scene.set_up()
    scene.proxy.when("PutObject", do=refuse_header("x-amz-checksum", 400, "NotImplemented"))

    result = scene.sync().must(0)

    assert scene.names() == {"a.txt", "b.txt"}
    assert "checksum: none" in result.flat
    assert scene.result_of("Whole")["warnings"] == 1


def test_F67_a_bucket_that_is_deleted_meanwhile_ends_the_run_early(scene: FaultScene) -> None:
    """From the third upload on, the server answers NoSuchBucket: the run stops instead of failing every file,
    creates no bucket, exit 1, and the state has the reason.
    """
    scene.write({f"{number:03d}.txt": "x" for number in range(250)})
    scene.set_up()
    scene.proxy.when("PutObject", after=2, do=refuse(404, "NoSuchBucket", "No such bucket"))

    result = scene.sync().must(1)

    assert "NoSuchBucket" in result.flat
    assert scene.proxy.count("PutObject") < 249
    assert scene.proxy.count("CreateBucket") == 0
    assert scene.status()[0] == "Failure"
    assert scene.ledger() <= scene.names()
