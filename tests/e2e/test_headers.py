"""Which header goes with which request: as ``aws s3 sync`` sends them, for one-request and multipart uploads.

One run of the installed command and one of the real AWS CLI, with a configuration for each option, against a
server that records; then each option is looked at. What the real server makes of them is asked at the end.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from tests.e2e.harness import Bucket, Workspace
from tests.support.aws_cli import AwsCli
from tests.support.fake_s3 import FakeS3, Recorded

KEY = "k" * 32
SMALL, LARGE = "small.txt", "large.html"
CREATING = ("PutObject", "CreateMultipartUpload")
PARTS = ("UploadPart", "CompleteMultipartUpload")
CUSTOMER_KEY = {
    "x-amz-server-side-encryption-customer-algorithm": "AES256",
    "x-amz-server-side-encryption-customer-key": base64.b64encode(KEY.encode()).decode(),
    "x-amz-server-side-encryption-customer-key-md5": base64.b64encode(
        hashlib.md5(KEY.encode()).digest()
    ).decode(),
}
CONTENT_OPTIONS = [
    "--content-type=text/x-ours", "--content-encoding=gzip", "--content-disposition=attachment",
    "--content-language=es", "--cache-control=max-age=60", "--expires=2030-01-02T03:04:05Z",
    "--website-redirect=/elsewhere",
]  # fmt: skip
CONTENT_HEADERS = {
    "content-type": "text/x-ours",
    "content-encoding": "gzip",
    "content-disposition": "attachment",
    "content-language": "es",
    "cache-control": "max-age=60",
    "expires": "Wed, 02 Jan 2030 03:04:05 GMT",
    "x-amz-website-redirect-location": "/elsewhere",
}

# name -> the options, what they add to the creation of an object, what they add to every request of an upload
OPTIONS: dict[str, tuple[list[str], dict[str, str], dict[str, str]]] = {
    "nothing": ([], {}, {}),
    "storage-class": (["--storage-class=STANDARD_IA"], {"x-amz-storage-class": "STANDARD_IA"}, {}),
    "acl": (["--acl=bucket-owner-full-control"], {"x-amz-acl": "bucket-owner-full-control"}, {}),
    "grants": (
        ["--grants", "read=uri=http://acs.example/all", "full=id=abc"],
        {"x-amz-grant-read": 'uri="http://acs.example/all"', "x-amz-grant-full-control": 'id="abc"'},
        {},
    ),
    "sse": (["--sse"], {"x-amz-server-side-encryption": "AES256"}, {}),
    "sse-kms": (
        ["--sse=aws:kms", "--sse-kms-key-id=key-1"],
        {
            "x-amz-server-side-encryption": "aws:kms",
            "x-amz-server-side-encryption-aws-kms-key-id": "key-1",
        },
        {},
    ),
    "sse-c": (["--sse-c", f"--sse-c-key={KEY}"], {}, CUSTOMER_KEY),
    "metadata": (["--metadata=a=1,B=two"], {"x-amz-meta-a": "1", "x-amz-meta-b": "two"}, {}),
    "content": (CONTENT_OPTIONS, CONTENT_HEADERS, {}),
    "no-guess": (["--no-guess-mime-type"], {}, {}),
    "payer": (["--request-payer=requester"], {}, {"x-amz-request-payer": "requester"}),
    "unsigned": (["--no-sign-request"], {}, {}),
}
OWNER = "123456789012"
ONLY_OURS: dict[str, dict[str, Any]] = {
    "owner": {
        "destination": {"expected_bucket_owner": OWNER},
        "sync_options": ["--delete"],
        "compare": "checksum",
    },
    "payer-everywhere": {"sync_options": ["--delete", "--request-payer"], "compare": "checksum"},
    "page-size": {"sync_options": ["--page-size=7"]},
    "region": {"sync_options": ["--region=eu-west-1"]},
    "profile": {"sync_options": ["--profile=other"]},
    "endpoint": {"destination": {"endpoint_url": "http://127.0.0.1:9"}},
    "none": {"destination": {"checksum": "none"}},
    **{
        name: {"sync_options": [f"--checksum-algorithm={name.upper()}"]}
        for name in ("crc64nvme", "crc32", "crc32c", "sha256")
    },
}
# What belongs to the transport or to one program; checksums are looked at on their own.
_NOT_COMPARED = (
    "accept", "accept-encoding", "amz-sdk-", "authorization", "connection", "content-length", "content-md5",
    "expect", "host", "user-agent", "x-amz-checksum-", "x-amz-content-sha256", "x-amz-date",
    "x-amz-mp-object-size", "x-amz-sdk-checksum-algorithm",
)  # fmt: skip


@pytest.fixture(scope="module")
def recorder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeS3]:
    """Everything that both programs sent: bucket ``aws-NAME`` or ``ours-NAME`` for each configuration."""
    folder = tmp_path_factory.mktemp("headers")
    with FakeS3(keep_contents=False) as server, closing(Bucket(server, "unused")) as bucket:
        workspace = Workspace(folder, server, bucket)
        source = workspace.write({SMALL: "x", LARGE: b"y" * (9 << 20), "touched": "same", "plain": "z"})
        for name in ("owner", "payer-everywhere"):
            server.put(f"ours-{name}", "to/touched", b"same")
            server.put(f"ours-{name}", "to/gone", b"gone")
            server.put(f"ours-{name}", "to/gone\x01", b"gone")  # no XML can name it
        with AwsCli(workspace.home, server.access_key, server.secret_key) as aws:
            for name, (options, _creating, _always) in OPTIONS.items():
                target = [str(source), f"s3://aws-{name}/to", "--endpoint-url", server.endpoint_url]
                aws.ask(["s3", "sync", "--no-progress", *target, *options])
            _run_ours(workspace)
            for name in OPTIONS:
                assert aws.answer().exit_code == 0, name
        yield server


def _run_ours(workspace: Workspace) -> None:
    (workspace.home / "aws-credentials").write_text(
        "[other]\naws_access_key_id = AKIAOTHER\naws_secret_access_key = s\n"
    )
    changes: dict[str, dict[str, Any]] = {
        name: {"sync_options": options} for name, (options, _creating, _always) in OPTIONS.items()
    }
    changes |= ONLY_OURS
    changes["endpoint"] = ONLY_OURS["endpoint"] | {
        "sync_options": ["--endpoint-url", workspace.server.endpoint_url]
    }
    workspace.configure(*(_configuration(workspace, name, each) for name, each in changes.items()))
    workspace.sync().must(0)


def _configuration(workspace: Workspace, name: str, changes: dict[str, Any]) -> dict[str, Any]:
    destination = {"bucket_name": f"ours-{name}"} | changes.get("destination", {})
    guard = {"max_percent": 100, "max_objects": 1000}
    others = {key: value for key, value in changes.items() if key != "destination"}
    return workspace.whole_folder(name, prefix="to", destination=destination, delete_guard=guard, **others)


def _requests(recorder: FakeS3, bucket: str, *operations: str) -> list[Recorded]:
    """The requests of some kinds; every kind must be there."""
    found = [each for each in recorder.requests if each.bucket == bucket and each.operation in operations]
    assert {each.operation for each in found} == set(operations)
    return found


def _of_interest(request: Recorded) -> dict[str, str]:
    return {name: value for name, value in request.headers.items() if not name.startswith(_NOT_COMPARED)}


def _by_request(recorder: FakeS3, bucket: str) -> list[tuple[str, str, dict[str, str]]]:
    requests = _requests(recorder, bucket, *CREATING, *PARTS)
    found = [(each.operation, each.key, _of_interest(each)) for each in requests]
    return sorted(found, key=lambda each: each[:2])


@pytest.mark.parametrize("name", OPTIONS)
def test_every_request_of_an_upload_carries_what_aws_sends(recorder: FakeS3, name: str) -> None:
    ours, theirs = _by_request(recorder, f"ours-{name}"), _by_request(recorder, f"aws-{name}")
    if name == "grants":  # the S3 API wants the grantee in quotes; aws leaves them out
        for _operation, _key, headers in ours:
            headers |= {key: value.replace('"', "") for key, value in headers.items()}
    assert ours == theirs


@pytest.mark.parametrize("name", OPTIONS)
def test_what_describes_an_object_goes_with_its_creation_and_nowhere_else(
    recorder: FakeS3, name: str
) -> None:
    _options, creating, always = OPTIONS[name]
    for request in _requests(recorder, f"ours-{name}", *CREATING):
        guessed = {SMALL: "text/plain", LARGE: "text/html"}.get(request.key.removeprefix("to/"))
        usual = {"content-type": guessed} if guessed and name != "no-guess" else {}
        assert _of_interest(request) == usual | creating | always
    for request in _requests(recorder, f"ours-{name}", *PARTS):
        assert _of_interest(request) == always


@pytest.mark.parametrize(
    ("name", "header", "value"),
    [
        ("owner", "x-amz-expected-bucket-owner", OWNER),
        ("payer-everywhere", "x-amz-request-payer", "requester"),
    ],
)
def test_the_expected_owner_and_the_payer_are_told_with_every_request(
    recorder: FakeS3, name: str, header: str, value: str
) -> None:
    operations = ("ListObjectsV2", "HeadObject", *CREATING, *PARTS, "DeleteObjects", "DeleteObject")
    for request in _requests(recorder, f"ours-{name}", *operations):
        assert request.headers.get(header) == value, request.operation
    assert set(recorder.objects(f"ours-{name}")) == {
        f"to/{each}" for each in (SMALL, LARGE, "touched", "plain")
    }


def test_the_expected_owner_is_told_with_the_very_first_request(recorder: FakeS3) -> None:
    for request in _requests(recorder, "ours-owner", "HeadBucket"):
        assert request.headers.get("x-amz-expected-bucket-owner") == OWNER


@pytest.mark.parametrize("name", ["crc64nvme", "crc32", "crc32c", "sha256"])
def test_every_byte_is_covered_by_a_checksum_of_the_chosen_kind(recorder: FakeS3, name: str) -> None:
    """The recording server has verified the values of all of them."""
    header = f"x-amz-checksum-{name}"
    for request in _requests(recorder, f"ours-{name}", "PutObject", "UploadPart"):
        assert _checksums(request) == {header}
    (begun,) = _requests(recorder, f"ours-{name}", "CreateMultipartUpload")
    assert begun.headers["x-amz-checksum-algorithm"] == name.upper()
    (ended,) = _requests(recorder, f"ours-{name}", "CompleteMultipartUpload")
    assert ended.headers["x-amz-mp-object-size"] == str(9 << 20)


def test_without_an_option_the_checksum_is_crc64nvme(recorder: FakeS3) -> None:
    for request in _requests(recorder, "ours-nothing", "PutObject", "UploadPart"):
        assert _checksums(request) == {"x-amz-checksum-crc64nvme"}


def test_checksum_none_sends_plain_requests_for_servers_that_refuse_more(recorder: FakeS3) -> None:
    for request in _requests(recorder, "ours-none", *CREATING, *PARTS):
        assert _checksums(request) == set()
        assert "x-amz-trailer" not in request.headers
        assert "aws-chunked" not in request.headers.get("content-encoding", "")


def _checksums(request: Recorded) -> set[str]:
    return {name for name in request.headers if name.startswith("x-amz-checksum")}


def test_page_size_is_what_a_listing_asks_for(recorder: FakeS3) -> None:
    for request in _requests(recorder, "ours-page-size", "ListObjectsV2"):
        assert request.query["max-keys"] == "7"


def test_requests_are_signed_for_the_chosen_region_by_the_chosen_profile(recorder: FakeS3) -> None:
    region = _requests(recorder, "ours-region", *CREATING, *PARTS)
    assert all("/eu-west-1/s3/aws4_request" in each.headers["authorization"] for each in region)
    profile = _requests(recorder, "ours-profile", *CREATING, *PARTS)
    assert all("Credential=AKIAOTHER/" in each.headers["authorization"] for each in profile)


def test_requests_are_not_signed_if_the_user_says_so(recorder: FakeS3) -> None:
    unsigned = [each for each in recorder.requests if each.bucket == "ours-unsigned"]
    assert unsigned
    assert not any("authorization" in each.headers for each in unsigned)


def test_the_option_endpoint_url_wins_over_the_destinations(recorder: FakeS3) -> None:
    assert set(recorder.objects("ours-endpoint")) >= {f"to/{SMALL}", f"to/{LARGE}"}


def test_the_real_server_keeps_what_the_options_say(workspace: Workspace, bucket: Bucket) -> None:
    workspace.write({SMALL: "x", LARGE: b"y" * (9 << 20)})
    options = [*CONTENT_OPTIONS, "--storage-class=STANDARD_IA", "--metadata=project=mochok,Year=2025"]
    workspace.configure(workspace.whole_folder(sync_options=options))

    workspace.sync().must(0)

    for name in (SMALL, LARGE):
        found = bucket.head(f"whole/{name}")
        assert found["StorageClass"] == "STANDARD_IA"
        assert found["Metadata"] == {"project": "mochok", "year": "2025"}
        assert found["ContentType"] == "text/x-ours"
        assert found["ContentEncoding"] == "gzip"
        assert found["ContentDisposition"] == "attachment"
        assert found["ContentLanguage"] == "es"
        assert found["CacheControl"] == "max-age=60"
        assert found["ExpiresString"] == "Wed, 02 Jan 2030 03:04:05 GMT"
