"""Every error of the engine and of S3, mapped to Mochok's tree in one table.

Codes are those of the S3 API reference ("Error responses"), engine names awscrt's. After exhausted retries
the engine gives a bare error without status or body; some failures are raised by ``make_request`` itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from mochok import errors
from mochok.errors import StorageError
from mochok.open_files import patiently
from mochok.redact import without_learned
from mochok.storage.answers import NOT_S3_HINT, is_web_page
from mochok.storage.http_client import HttpAnswer

_CODES: dict[type[StorageError], str] = {
    errors.AccessDeniedError: "AccessDenied AllAccessDisabled",
    # InvalidClientTokenId is AWS STS's word
    errors.CredentialsError: "InvalidAccessKeyId InvalidClientTokenId InvalidToken SignatureDoesNotMatch",
    errors.ExpiredTokenError: "ExpiredToken TokenRefreshRequired",
    errors.ClockSkewError: "RequestTimeTooSkewed RequestExpired",
    errors.BucketMissingError: "NoSuchBucket",
    errors.WrongRegionError: """
        PermanentRedirect AuthorizationHeaderMalformed IllegalLocationConstraintException""",
    errors.ThrottledError: """
        SlowDown Throttling ThrottlingException ThrottledException TooManyRequests TooManyRequestsException
        RequestThrottled RequestThrottledException RequestLimitExceeded LimitExceededException
        BandwidthLimitExceeded ProvisionedThroughputExceededException TransactionInProgressException
        PriorRequestNotComplete EC2ThrottledException ServiceUnavailable OperationAborted""",
    errors.ConnectionLostError: "RequestTimeout RequestTimeoutException IncompleteBody",
    errors.ServerFaultError: "InternalError",
    errors.ChecksumMismatchError: """
        BadDigest XAmzContentChecksumMismatch XAmzContentSHA256Mismatch InvalidDigest""",
    errors.NotImplementedByServerError: "NotImplemented",
    errors.PreconditionFailedError: "PreconditionFailed ConditionalRequestConflict",
}
_BY_CODE = {code: kind for kind, codes in _CODES.items() for code in codes.split()}
_KEYS_HINT = "check the profile's keys, or log in again"
_CLOCK_HINT = "set this machine's clock (NTP); S3 refuses requests that are 15 minutes off"
_HINTS: dict[type[StorageError], str] = {
    errors.CredentialsError: _KEYS_HINT,
    errors.ExpiredTokenError: "log in again (aws sso login)",
    errors.ClockSkewError: _CLOCK_HINT,
    errors.BucketMissingError: "create it, or set create_bucket: true",
    errors.WrongRegionError: "correct aws_region",
}
_HINTS_BY_CODE = {
    "AllAccessDisabled": "access to this bucket has been disabled; ask AWS Support",
    "SignatureDoesNotMatch": "the secret key does not match the access key",
    "SlowDown": "run again later; the next run uploads what is missing",
    "OperationAborted": "another change to the same bucket is in progress",
    **dict.fromkeys(("302", "303", "308"), NOT_S3_HINT),
}
_BY_STATUS: dict[int, type[StorageError]] = {
    301: errors.WrongRegionError,
    302: errors.EndpointUnreachableError,
    303: errors.EndpointUnreachableError,
    307: errors.WrongRegionError,
    308: errors.EndpointUnreachableError,
    401: errors.CredentialsError,
    403: errors.AccessDeniedError,
    407: errors.EndpointUnreachableError,
    408: errors.ConnectionLostError,
    409: errors.PreconditionFailedError,
    412: errors.PreconditionFailedError,
    429: errors.ThrottledError,
    501: errors.NotImplementedByServerError,
    503: errors.ThrottledError,
}
_WRITING = "s3:PutObject below this prefix (and kms:GenerateDataKey, if a KMS key encrypts the objects)"
_WRITING_PARTS = (
    "s3:PutObject below this prefix (and kms:GenerateDataKey and kms:Decrypt, if a KMS key encrypts)"
)
_USUAL_ACTIONS = "s3:ListBucket, s3:PutObject and, with --delete, s3:DeleteObject"
_ACTIONS = {
    "HeadBucket": "s3:ListBucket on the bucket",
    "ListObjectsV2": "s3:ListBucket on the bucket, for this prefix",
    "HeadObject": "s3:GetObject below this prefix",
    "PutObject": _WRITING,
    **dict.fromkeys(("CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload"), _WRITING_PARTS),
    "AbortMultipartUpload": "s3:AbortMultipartUpload below this prefix",
    "DeleteObject": "s3:DeleteObject below this prefix; a retention period may also hold the object",
    "DeleteObjects": "s3:DeleteObject below this prefix",
    "CreateBucket": "s3:CreateBucket, unless the bucket is created by someone else",
    "ListMultipartUploads": "s3:ListBucketMultipartUploads on the bucket",
    "GetBucketVersioning": "s3:GetBucketVersioning on the bucket",
    "GetBucketEncryption": "s3:GetEncryptionConfiguration on the bucket",
}
_SEARCHED_BYTES = 16 * 1024
_MOST_MESSAGE_CHARACTERS = 500
_FIELDS = {
    "code": re.compile("<Code>([^<]{1,100})</Code>"),
    "message": re.compile(r"<Message>(.*?)(?:</Message>|\Z)", re.DOTALL),
    "region": re.compile("<Region>([^<]{1,100})</Region>"),
}
_SUCCESS = (200, 204, 206)
_ERROR_BODY = re.compile(rb"\s*(<\?xml[^>]{0,100}>\s*)?<Error[\s>]")
_REGION = re.compile(r"[a-z0-9]{1,20}(-[a-z0-9]{1,20}){0,6}")
_NAMED_ACTION = re.compile(r"not authorized to perform: ([a-z0-9-]+:[A-Za-z]+)")
_UNREACHABLE_HINT = "check that the server is running, and check endpoint_url and the network"
_BY_ENGINE_NAME: tuple[tuple[str, type[StorageError], str, str], ...] = (
    ("MAX_FDS_EXCEEDED", errors.ThrottledError, "too many files are open", "raise the limit (ulimit -n)"),
    ("TLS_ERROR_NEGOTIATION", errors.CertificateError, "the TLS handshake failed", "check ca_bundle"),
    ("CERTIFICATE", errors.CertificateError, "the server's certificate is not trusted", "check ca_bundle"),
    ("TLS_HOST_NAME_MISMATCH", errors.CertificateError, "the certificate is for another name", ""),
    ("TRUST_STORE", errors.CertificateError, "no trusted certificates are installed", "check ca_bundle"),
    ("TLS_NEGOTIATION_TIMEOUT", errors.ConnectionLostError, "the TLS handshake took too long", ""),
    ("TLS", errors.ConnectionLostError, "the TLS connection broke", ""),
    ("DNS", errors.NoConnectionError, "the host name is unknown", _UNREACHABLE_HINT),
    ("CONNECTION_REFUSED", errors.NoConnectionError, "connection refused", _UNREACHABLE_HINT),
    ("NO_ROUTE", errors.NoConnectionError, "no route to the server", _UNREACHABLE_HINT),
    ("NETWORK_DOWN", errors.NoConnectionError, "the network is down", _UNREACHABLE_HINT),
    ("CONNECT_ABORTED", errors.ConnectionLostError, "the connection was dropped", ""),
    ("SOCKET_TIMEOUT", errors.NoConnectionError, "the server does not answer", _UNREACHABLE_HINT),
    ("PROXY", errors.EndpointUnreachableError, "the proxy refused", "check HTTPS_PROXY and NO_PROXY"),
    ("CREDENTIALS", errors.CredentialsError, "the credentials cannot be used", _KEYS_HINT),
    ("SLOW_DOWN", errors.ThrottledError, "the server asks to slow down", ""),
    ("REQUEST_TIME_TOO_SKEWED", errors.ClockSkewError, "this machine's clock is wrong", _CLOCK_HINT),
    ("INTERNAL_ERROR", errors.ServerFaultError, "the server failed", ""),
    ("NON_RECOVERABLE_ASYNC", errors.InvalidRequestError, "the server refused to complete the upload", ""),
    ("THROUGHPUT", errors.ConnectionLostError, "the server stopped responding", ""),
    ("TIMEOUT", errors.ConnectionLostError, "the server stopped responding", ""),
    ("CANCEL", errors.ConnectionLostError, "cancelled", ""),
    ("INVALID_PATH", errors.InvalidRequestError, "the key makes no valid request path", ""),
    ("SOCKET", errors.ConnectionLostError, "the connection was lost", ""),
    ("CONNECTION", errors.ConnectionLostError, "the connection was lost", ""),
    ("HTTP", errors.ConnectionLostError, "the server's answer was cut short", ""),
    ("MAX_RETRIES", errors.ServerFaultError, "too many requests failed", ""),
    ("RETRY", errors.ServerFaultError, "too many requests failed", ""),
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What is known of a failed request: ``status`` 0 and "" in the other fields if the server sent none."""

    operation: str
    subject: str
    status: int = 0
    code: str = ""
    message: str = ""
    region: str = ""
    engine_name: str = ""
    engine_message: str = ""
    web_page: bool = False


def describe(
    operation: str, subject: str, error: BaseException, facts: Mapping[str, Any] | None = None
) -> StorageError:
    """The error for what ``on_done`` (its keyword arguments are ``facts``) or ``make_request`` reported."""
    known = facts or {}
    headers = {name.lower(): value for name, value in known.get("error_headers") or ()}
    answer = Answer(
        operation=known.get("error_operation_name") or operation,
        subject=subject,
        status=int(known.get("status_code") or 0),
        engine_name=getattr(error, "name", type(error).__name__),
        engine_message=getattr(error, "message", str(error)),
    )
    return _refusal(answer, headers, bytes(known.get("error_body") or b""))


def answer_error(operation: str, subject: str, answer: HttpAnswer) -> StorageError | None:
    """The error that ``answer`` is, None if it means success.

    S3 sends some errors with status 200, and what answers every request with a web page is not S3.
    """
    if answer.status not in _SUCCESS:
        return _refusal(Answer(operation, subject, answer.status), answer.headers, answer.body)
    if _ERROR_BODY.match(answer.body):
        return _refusal(Answer(operation, subject, answer.status), answer.headers, answer.body)
    return web_page_error(operation, subject) if is_web_page(answer.body) else None


def web_page_error(operation: str, subject: str) -> StorageError:
    """The error for an answer that is a web page: whatever its status says, it is not S3's."""
    message = f"{operation} {subject}".strip() + ": the answer is a web page; it is no S3 server"
    return errors.EndpointUnreachableError(message, hint=NOT_S3_HINT, code="WEB_PAGE")


def too_long(operation: str, subject: str, bound: object) -> StorageError:
    """The error for an answer that exceeds a ``bound`` that none of S3's reaches."""
    message = f"{operation} {subject}".strip() + f": the answer is longer than any of S3's: {bound}"
    return errors.EndpointUnreachableError(message, hint=NOT_S3_HINT, code="ANSWER_TOO_LONG")


def unproven(operation: str, subject: str) -> StorageError:
    """The error for a success without ETag or checksum, of an object that is not there as it was sent."""
    return errors.UnprovenError(
        f"{operation} {subject}: the server answered 200, but nothing proves that it has the object",
        hint="check endpoint_url, and what is between this machine and the server",
        code="UNPROVEN",
    )


def _refusal(answer: Answer, headers: Mapping[str, str], body: bytes) -> StorageError:
    fields = error_fields(body)
    if "x-amz-bucket-region" in headers:
        fields["region"] = headers["x-amz-bucket-region"]
    code, message, region = (fields[name] for name in ("code", "message", "region"))
    error = map_error(replace(answer, code=code, message=message, region=region, web_page=is_web_page(body)))
    if "retry-after" in headers:
        error.retry_after_seconds = retry_after_seconds(headers["retry-after"])
    return error


def retry_after_seconds(text: str, now: datetime | None = None) -> float:
    """How long a ``Retry-After`` header asks to wait, in seconds or until a date; 0 for anything else."""
    if text.isascii() and text.isdigit():
        return float(text[:6])
    from email.utils import parsedate_to_datetime  # only for refusals

    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return 0
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max((aware - (now or datetime.now(UTC))).total_seconds(), 0)


def error_fields(body: bytes) -> dict[str, str]:
    """``code``, ``message`` and ``region`` of an error's body, "" where it has none.

    Such a body may be HTML of a proxy, cut short, or hold "<" in its message, so it is searched, not parsed.
    """
    unescape = patiently(_unescape)
    text = body[:_SEARCHED_BYTES].decode("utf-8", "replace")
    found = {field: pattern.search(text) for field, pattern in _FIELDS.items()}
    return {field: " ".join(unescape(match[1]).split()) if match else "" for field, match in found.items()}


def _unescape() -> Callable[[str], str]:
    from html import unescape  # only for refusals

    return unescape


def map_error(answer: Answer) -> StorageError:
    """The error for people: what was asked of what, what came back, and what to do."""
    start = f"{answer.operation} {answer.subject}".strip()
    if answer.status or answer.code:
        return _from_server(answer, start)
    for part, kind, text, hint in _BY_ENGINE_NAME:
        if part in answer.engine_name:
            return kind(f"{start}: {text}", hint=hint, code=answer.engine_name)
    text = answer.engine_message or answer.engine_name
    return errors.InvalidRequestError(f"{start}: {text}", code=answer.engine_name)


def _from_server(answer: Answer, start: str) -> StorageError:
    code, message = answer.code, answer.message
    fallback = errors.ServerFaultError if answer.status >= 500 else errors.InvalidRequestError
    kind = _BY_CODE.get(code.removeprefix("KMS.")) or _BY_STATUS.get(answer.status, fallback)
    message = without_learned(message)  # before it is cut, as the rest of a secret would not be recognised
    if len(message) > _MOST_MESSAGE_CHARACTERS:
        message = f"{message[:_MOST_MESSAGE_CHARACTERS]}..."
    reason = ": ".join(filter(None, (code, message))) or "no reason given"
    web_page = answer.web_page and not code and answer.status < 500  # 5xx: a proxy's, which passes
    if web_page:
        reason = "with a web page; it is no S3 server"
    status = f" {answer.status}" if answer.status else ""  # none for one key of a DeleteObjects
    text, code = f"{start}: the server answered{status} {reason}", code or str(answer.status)
    region = plain_region(answer.region)
    if kind is errors.WrongRegionError and region:
        text, hint = f"{start}: the bucket is in {region}", f"set aws_region: {region}"
        return errors.WrongRegionError(text, hint=hint, code=code, region=region)
    hint = _HINTS_BY_CODE.get(code) or _HINTS.get(kind, "")
    if web_page:
        return kind(text, hint=NOT_S3_HINT, code=code)
    if kind is errors.AccessDeniedError and not hint:
        hint = policy_hint(answer.operation, answer.message)
    elif not hint and code.startswith("KMS."):
        hint = "check the KMS key of --sse-kms-key-id or of the bucket's default encryption"
    return kind(text, hint=hint, code=code)


def policy_hint(operation: str, message: str) -> str:
    """Which permission is missing: the one that the server names, else the one that ``operation`` needs.

    Source: the S3 user guide, "Required permissions for Amazon S3 API operations".
    """
    if named := _NAMED_ACTION.search(message):
        return f"the policy must allow {named[1]}"
    return f"the policy must allow {_ACTIONS.get(operation, _USUAL_ACTIONS)}"


def plain_region(text: str) -> str:
    """``text`` if it is a region's name, else "": it becomes part of a host that gets signed requests."""
    return text if _REGION.fullmatch(text) else ""
