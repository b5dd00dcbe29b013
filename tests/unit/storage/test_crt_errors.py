"""Errors of S3 and of the engine in Mochok's own words: the right class, the reason, what to do."""

from __future__ import annotations

from typing import Any

import pytest
from awscrt.exceptions import from_code
from botocore.exceptions import ClientError, EndpointConnectionError
from botocore.loaders import Loader

from mochok import errors
from mochok.errors import InvalidRequestError, StorageError, WrongRegionError
from mochok.storage.crt_errors import Answer, describe, map_error
from mochok.storage.inspector import mapped

Kind = type[StorageError]


def answered(status: int, code: str = "", message: str = "Because.", region: str = "") -> StorageError:
    words = message if code else ""
    return map_error(Answer("PutObject", "a.txt", status=status, code=code, message=words, region=region))


def refused(body: bytes, status: int = 400, **headers: str) -> StorageError:
    """What the engine reports of an answer with this body."""
    facts = {"status_code": status, "error_body": body, "error_headers": list(headers.items())}
    return describe("PutObject", "a.txt", RuntimeError("the engine's words"), facts)


def engine(name: str) -> StorageError:
    return map_error(Answer("PutObject", "a.txt", engine_name=name, engine_message="the engine's words"))


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (403, "AccessDenied", errors.AccessDeniedError),
        (403, "AllAccessDisabled", errors.AccessDeniedError),
        (403, "InvalidAccessKeyId", errors.CredentialsError),
        (403, "InvalidClientTokenId", errors.CredentialsError),
        (403, "SignatureDoesNotMatch", errors.CredentialsError),
        (400, "InvalidToken", errors.CredentialsError),
        (400, "ExpiredToken", errors.ExpiredTokenError),
        (400, "TokenRefreshRequired", errors.ExpiredTokenError),
        (403, "RequestTimeTooSkewed", errors.ClockSkewError),
        (403, "RequestExpired", errors.ClockSkewError),
        (404, "NoSuchBucket", errors.BucketMissingError),
        (301, "PermanentRedirect", errors.WrongRegionError),
        (400, "AuthorizationHeaderMalformed", errors.WrongRegionError),
        (400, "IllegalLocationConstraintException", errors.WrongRegionError),
        (307, "TemporaryRedirect", errors.WrongRegionError),
        (503, "SlowDown", errors.ThrottledError),
        (503, "ServiceUnavailable", errors.ThrottledError),
        (429, "TooManyRequests", errors.ThrottledError),
        (400, "ThrottlingException", errors.ThrottledError),
        (409, "OperationAborted", errors.ThrottledError),
        (400, "RequestTimeout", errors.ConnectionLostError),
        (400, "IncompleteBody", errors.ConnectionLostError),
        (500, "InternalError", errors.ServerFaultError),
        (400, "BadDigest", errors.ChecksumMismatchError),
        (400, "InvalidDigest", errors.ChecksumMismatchError),
        (400, "XAmzContentChecksumMismatch", errors.ChecksumMismatchError),
        (400, "XAmzContentSHA256Mismatch", errors.ChecksumMismatchError),
        (501, "NotImplemented", errors.NotImplementedByServerError),
        (412, "PreconditionFailed", errors.PreconditionFailedError),
        (409, "ConditionalRequestConflict", errors.PreconditionFailedError),
        # refused for what the request says: the generic class is right
        (400, "InvalidRequest", errors.InvalidRequestError),
        (400, "EntityTooLarge", errors.InvalidRequestError),
        (400, "KeyTooLongError", errors.InvalidRequestError),
        (400, "InvalidStorageClass", errors.InvalidRequestError),
        (404, "NoSuchUpload", errors.InvalidRequestError),
        (405, "MethodNotAllowed", errors.InvalidRequestError),
    ],
)
def test_each_code_of_s3_has_its_class(status: int, code: str, kind: Kind) -> None:
    error = answered(status, code)
    assert type(error) is kind
    assert error.code == code
    assert error.message == f"PutObject a.txt: the server answered {status} {code}: Because."


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (301, errors.WrongRegionError),
        (307, errors.WrongRegionError),
        (400, errors.InvalidRequestError),
        (401, errors.CredentialsError),
        (403, errors.AccessDeniedError),
        (404, errors.InvalidRequestError),
        (407, errors.EndpointUnreachableError),
        (408, errors.ConnectionLostError),
        (409, errors.PreconditionFailedError),
        (412, errors.PreconditionFailedError),
        (418, errors.InvalidRequestError),
        (429, errors.ThrottledError),
        (500, errors.ServerFaultError),
        (501, errors.NotImplementedByServerError),
        (502, errors.ServerFaultError),
        (503, errors.ThrottledError),
        (504, errors.ServerFaultError),
        (599, errors.ServerFaultError),
    ],
)
def test_a_status_alone_or_with_an_unknown_code_is_enough(status: int, kind: Kind) -> None:
    assert type(answered(status)) is kind
    assert type(answered(status, "NeverHeardOf")) is kind
    assert answered(status).code == str(status)
    assert "no reason given" in answered(status).message


@pytest.mark.parametrize(
    "code",
    [
        "BandwidthLimitExceeded",
        "EC2ThrottledException",
        "LimitExceededException",
        "PriorRequestNotComplete",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "RequestTimeout",
        "RequestTimeoutException",
        "SlowDown",
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "TooManyRequestsException",
        "TransactionInProgressException",
    ],
)
def test_what_the_aws_tools_try_again_is_tried_again_here_too(code: str) -> None:
    """The codes of botocore's standard retry mode, whatever the status."""
    error = answered(400, code)
    assert error.retryable, type(error)
    assert error.scope == "object"


def modelled_errors() -> list[tuple[str, int]]:
    shapes = Loader().load_service_model("s3", "service-2")["shapes"]
    exceptions = {name: shape for name, shape in shapes.items() if shape.get("exception")}
    return [(name, shape.get("error", {}).get("httpStatusCode", 400)) for name, shape in exceptions.items()]


SPECIFIC_STATUSES = (403, 409, 429)


@pytest.mark.parametrize(("code", "status"), modelled_errors())
def test_every_error_of_the_s3_model_keeps_to_its_status(code: str, status: int) -> None:
    """None of them is taken for a fault of the server or for one that another attempt could mend."""
    error = answered(status, code)
    assert not error.retryable
    assert (type(error) is InvalidRequestError) == (
        status not in SPECIFIC_STATUSES and code != "NoSuchBucket"
    )


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("AWS_IO_SOCKET_CONNECTION_REFUSED", errors.NoConnectionError),
        ("AWS_IO_SOCKET_TIMEOUT", errors.NoConnectionError),
        ("AWS_IO_SOCKET_NO_ROUTE_TO_HOST", errors.NoConnectionError),
        ("AWS_IO_SOCKET_NETWORK_DOWN", errors.NoConnectionError),
        ("AWS_IO_DNS_INVALID_NAME", errors.NoConnectionError),
        ("AWS_IO_DNS_QUERY_FAILED", errors.NoConnectionError),
        ("AWS_ERROR_HTTP_PROXY_CONNECT_FAILED", errors.EndpointUnreachableError),
        ("AWS_IO_SOCKET_CLOSED", errors.ConnectionLostError),
        ("AWS_IO_SOCKET_CONNECT_ABORTED", errors.ConnectionLostError),
        ("AWS_IO_TLS_NEGOTIATION_TIMEOUT", errors.ConnectionLostError),
        ("AWS_IO_TLS_ERROR_ALERT_RECEIVED", errors.ConnectionLostError),
        ("AWS_ERROR_HTTP_CONNECTION_CLOSED", errors.ConnectionLostError),
        ("AWS_ERROR_HTTP_SERVER_CLOSED", errors.ConnectionLostError),
        ("AWS_ERROR_HTTP_CHANNEL_THROUGHPUT_FAILURE", errors.ConnectionLostError),
        ("AWS_ERROR_HTTP_RESPONSE_FIRST_BYTE_TIMEOUT", errors.ConnectionLostError),
        ("AWS_ERROR_S3_REQUEST_TIMEOUT", errors.ConnectionLostError),
        ("AWS_ERROR_S3_CANCELED", errors.ConnectionLostError),
        ("AWS_IO_TLS_ERROR_NEGOTIATION_FAILURE", errors.CertificateError),
        ("AWS_IO_TLS_PEER_CERTIFICATE_EXPIRED", errors.CertificateError),
        ("AWS_IO_TLS_BAD_PEER_CERTIFICATE", errors.CertificateError),
        ("AWS_IO_TLS_INVALID_CERTIFICATE_CHAIN", errors.CertificateError),
        ("AWS_IO_TLS_NO_ROOT_CERTIFICATE_FOUND", errors.CertificateError),
        ("AWS_IO_TLS_HOST_NAME_MISMATCH", errors.CertificateError),
        ("AWS_IO_TLS_ERROR_DEFAULT_TRUST_STORE_NOT_FOUND", errors.CertificateError),
        ("AWS_AUTH_SIGNING_NO_CREDENTIALS", errors.CredentialsError),
        ("AWS_AUTH_CREDENTIALS_PROVIDER_DELEGATE_FAILURE", errors.CredentialsError),
        ("AWS_ERROR_S3_SLOW_DOWN", errors.ThrottledError),
        ("AWS_ERROR_S3_REQUEST_TIME_TOO_SKEWED", errors.ClockSkewError),
        ("AWS_ERROR_S3_INTERNAL_ERROR", errors.ServerFaultError),
        ("AWS_IO_MAX_RETRIES_EXCEEDED", errors.ServerFaultError),
        ("AWS_IO_RETRY_PERMISSION_DENIED", errors.ServerFaultError),
        ("AWS_ERROR_S3_NON_RECOVERABLE_ASYNC_ERROR", errors.InvalidRequestError),
        ("AWS_ERROR_HTTP_INVALID_PATH", errors.InvalidRequestError),
    ],
)
def test_each_error_of_the_engine_has_its_class(name: str, kind: Kind) -> None:
    error = engine(name)
    assert type(error) is kind
    assert error.code == name
    assert error.message.startswith("PutObject a.txt: ")
    assert "AWS_" not in error.message


def engine_names() -> list[str]:
    """Every name that the engine has for errors of the network, of HTTP, of S3 and of credentials."""
    names = {getattr(from_code(code), "name", "") for code in range(1, 0x4000)}
    families = ("AWS_IO_TLS", "AWS_IO_SOCKET", "AWS_IO_DNS", "AWS_IO_RETRY", "AWS_IO_MAX", "AWS_ERROR_HTTP_",
                "AWS_ERROR_S3_", "AWS_AUTH_CREDENTIALS", "AWS_AUTH_SIGNING_")  # fmt: skip
    return sorted(name for name in names if name.startswith(families))


WORDS_OF_TRANSIENT_FAULTS = ("TIMEOUT", "CLOSED", "SLOW_DOWN", "INTERNAL_ERROR", "CONNECTION", "RETR", "DNS")
FAULTS_OF_THE_REQUEST = {
    "AWS_ERROR_S3_PAUSED",
    "AWS_ERROR_S3_OBJECT_MODIFIED",
    "AWS_ERROR_S3_FILE_MODIFIED",
    "AWS_ERROR_S3_RESUME_FAILED",
    "AWS_ERROR_S3_NON_RECOVERABLE_ASYNC_ERROR",
    "AWS_ERROR_S3_REQUEST_HAS_COMPLETED",
    "AWS_ERROR_S3_METRIC_DATA_NOT_AVAILABLE",
    "AWS_ERROR_S3_LIST_PARTS_PARSE_FAILED",
    "AWS_ERROR_S3_BUFFER_ALLOCATION_FAILED",
    "AWS_ERROR_HTTP_INVALID_PATH",
}
"""Nothing that another attempt, other credentials or another network would mend."""
FAULT_WORDS = ("MISSING", "INVALID", "INCORRECT", "CHECKSUM", "UNSUPPORTED", "MEMORY_LIMIT", "RECV_FILE",
               "ILLEGAL", "MISMATCH")  # fmt: skip


def test_the_engine_tells_its_names() -> None:
    assert len(engine_names()) > 100


@pytest.mark.parametrize("name", engine_names())
def test_no_error_name_of_the_engine_falls_to_the_generic_class_unnoticed(name: str) -> None:
    """A newer engine may bring new names: each must be mapped, or be named here as a fault of the request."""
    error = engine(name)
    if any(word in name for word in WORDS_OF_TRANSIENT_FAULTS):
        assert type(error) is not InvalidRequestError
    elif type(error) is InvalidRequestError:
        assert name in FAULTS_OF_THE_REQUEST or any(word in name for word in FAULT_WORDS)


def test_an_unknown_fault_shows_the_engines_own_words() -> None:
    error = engine("AWS_ERROR_OOM")
    assert type(error) is InvalidRequestError
    assert error.message == "PutObject a.txt: the engine's words"
    assert map_error(Answer("PutObject", "a", engine_name="AWS_X")).message == "PutObject a: AWS_X"


def test_the_right_region_is_taken_from_header_or_body_and_named() -> None:
    by_header = refused(b"", 301, **{"X-Amz-Bucket-Region": "sa-east-1"})
    by_body = refused(b"<Error><Code>AuthorizationHeaderMalformed</Code><Region>eu-west-1</Region></Error>")
    unknown = answered(301)
    assert isinstance(by_header, WrongRegionError)
    assert isinstance(by_body, WrongRegionError)
    assert isinstance(unknown, WrongRegionError)
    assert (by_header.region, by_body.region, unknown.region) == ("sa-east-1", "eu-west-1", "")
    assert str(by_body) == "PutObject a.txt: the bucket is in eu-west-1 (set aws_region: eu-west-1)"


@pytest.mark.parametrize(
    "content",
    [b"", b"<html><h1>Bad gateway</h1></html>", b"<Error><Code>Cut", b"\xff\xfe\x00", b"<Code></Code>"],
)
def test_a_body_that_is_no_s3_error_leaves_the_status_to_decide(content: bytes) -> None:
    error = refused(content, 502)
    assert type(error) is errors.ServerFaultError
    assert error.message == "PutObject a.txt: the server answered 502 no reason given"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (
            "the key &quot;a&quot; &amp; &#34;b&#34; is not the user&#39;s",
            'the key "a" & "b" is not the user\'s',
        ),
        ("a value of &lt;1 is too small", "a value of <1 is too small"),
        ("a value of <1 is <b>too</b> small", "a value of <1 is <b>too</b> small"),
        ("two\n   lines", "two lines"),
        ("&lt;Message&gt;&amp;quot;", "<Message>&quot;"),
        ("x" * 2000, "x" * 500 + "..."),
        ("ñandú " * 90, ("ñandú " * 90)[:500] + "..."),
    ],
)
def test_a_reason_is_kept_whatever_it_holds(written: str, read: str) -> None:
    error = refused(f"<Error><Code>InvalidArgument</Code><Message>{written}</Message></Error>".encode())
    assert error.message == f"PutObject a.txt: the server answered 400 InvalidArgument: {read}"
    assert error.code == "InvalidArgument"


def test_a_reason_that_is_cut_short_or_very_long_is_no_reason_to_say_nothing() -> None:
    start = b"<Error><Code>AccessDenied</Code><Message>the policy forbids "
    for body in (start + b"it", start + b"it" + bytes(100_000)):
        error = refused(body, 403)
        assert type(error) is errors.AccessDeniedError
        assert "AccessDenied: the policy forbids it" in error.message


def test_a_reason_without_a_status_is_told_by_its_code() -> None:
    error = map_error(Answer("DeleteObject", "a.txt", code="AccessDenied", message="Access Denied"))
    assert type(error) is errors.AccessDeniedError
    assert error.message == "DeleteObject a.txt: the server answered AccessDenied: Access Denied"
    unknown = map_error(Answer("DeleteObject", "a.txt", code="NeverHeardOf"))
    assert (type(unknown), unknown.code) == (InvalidRequestError, "NeverHeardOf")


def test_the_hint_says_what_to_do() -> None:
    assert "s3:PutObject" in answered(403, "AccessDenied").hint
    assert "clock" in answered(403, "RequestTimeTooSkewed").hint
    assert "aws sso login" in answered(400, "ExpiredToken").hint
    assert "aws_region" in answered(301, "PermanentRedirect").hint
    assert "endpoint_url" in engine("AWS_IO_SOCKET_CONNECTION_REFUSED").hint


@pytest.mark.parametrize(
    ("operation", "permission"),
    [
        ("ListObjectsV2", "s3:ListBucket"),
        ("HeadBucket", "s3:ListBucket"),
        ("PutObject", "s3:PutObject"),
        ("PutObject", "kms:GenerateDataKey"),
        ("UploadPart", "kms:Decrypt"),
        ("DeleteObjects", "s3:DeleteObject"),
        ("HeadObject", "s3:GetObject"),
        ("CreateBucket", "s3:CreateBucket"),
    ],
)
@pytest.mark.parametrize("code", ["AccessDenied", ""])
def test_a_refusal_names_the_permission_that_is_missing(operation: str, permission: str, code: str) -> None:
    error = map_error(Answer(operation, "a.txt", status=403, code=code))
    assert isinstance(error, errors.AccessDeniedError)
    assert permission in error.hint


def test_a_permission_that_the_server_names_is_the_one_to_ask_for() -> None:
    said = "User: arn:aws:iam::1:user/u is not authorized to perform: kms:GenerateDataKey on resource: k"
    error = answered(403, "AccessDenied", said)
    assert error.hint == "the policy must allow kms:GenerateDataKey"


def test_a_key_service_that_is_too_busy_is_asked_again_and_a_disabled_key_is_named() -> None:
    assert answered(400, "KMS.ThrottlingException").retryable
    assert "KMS key" in answered(400, "KMS.DisabledException").hint


@pytest.mark.parametrize(
    "region", ["evil.example/", "evil.example:80#", "a b", "..", "x" * 300, "EU-WEST-1\n"]
)
def test_a_region_that_would_lead_to_another_host_is_none(region: str) -> None:
    error = answered(301, "PermanentRedirect", region=region)
    assert isinstance(error, WrongRegionError)
    assert error.region == ""


@pytest.mark.parametrize("region", ["us-east-1", "us-gov-west-1", "cn-north-1", "garage", "eusc-de-east-1"])
def test_a_region_is_taken_as_it_is(region: str) -> None:
    error = answered(301, "PermanentRedirect", region=region)
    assert isinstance(error, WrongRegionError)
    assert error.region == region


@pytest.mark.parametrize(
    ("code", "kind"),
    [("AccessDenied", errors.AccessDeniedError), ("SlowDown", errors.ThrottledError)],
)
def test_an_error_of_botocore_keeps_its_code_and_its_reason(code: str, kind: Kind) -> None:
    said = "a value of <1, or \"b\" & 'c': " + "x" * 400
    answer: Any = {"Error": {"Code": code, "Message": said}, "ResponseMetadata": {"HTTPStatusCode": 403}}
    error = mapped("GetBucketVersioning", "b", ClientError(answer, "GetBucketVersioning"))
    assert type(error) is kind
    assert error.message == f"GetBucketVersioning b: the server answered 403 {code}: {said}"


def test_an_error_of_botocore_without_an_answer_has_its_own_words() -> None:
    error = mapped("HeadBucket", "b", EndpointConnectionError(endpoint_url="http://nowhere"))
    assert "http://nowhere" in error.message
