"""Questions about a bucket that a run does not ask: for ``mochok install`` and ``mochok explain``.

They go through botocore and change nothing; only :meth:`Inspector.remove_probe` deletes, and only the object
that it is given. What a run itself needs, ``crt_search.Search`` asks through the engine.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple

import botocore
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from mochok.errors import AccessDeniedError, StorageError
from mochok.storage.crt_errors import Answer, map_error
from mochok.storage.session import Session
from mochok.storage.settings import Location

LEFTOVERS_ASKED_FOR = 1000
_MISSING = ("404", "NoSuchKey", "NotFound", "NoSuchBucket")
_FAULTS = (ClientError, BotoCoreError)


class Identity(NamedTuple):
    """The owner of the credentials."""

    account: str
    arn: str


class Leftovers(NamedTuple):
    """Multipart uploads that were begun and never ended. ``more``: there are others that were not listed."""

    found: int
    oldest: datetime | None
    more: bool


@dataclass(frozen=True, slots=True)
class ObjectFacts:
    """What HeadObject returns for one object."""

    size_bytes: int
    modified: datetime
    etag: str
    storage_class: str
    encryption: str
    content_type: str
    version_id: str


class Inspector:
    """Asks about one bucket. Every method raises StorageError."""

    def __init__(self, session: Session, location: Location, region: str) -> None:
        self._location = location
        config = _config(location)
        if session.credentials is None:
            config = config.merge(Config(signature_version=botocore.UNSIGNED))
        self._client: Any = session.client(
            "s3", region=region, endpoint_url=location.endpoint_url, config=config
        )
        self._bucket = {"Bucket": location.bucket}
        if location.expected_bucket_owner:
            self._bucket["ExpectedBucketOwner"] = location.expected_bucket_owner

    def server_time(self) -> datetime | None:
        """The server's clock (whole seconds), even if it refuses the request; None if it does not send it."""
        try:
            answer = self._client.head_bucket(**self._bucket)
        except _FAULTS as error:
            answer = getattr(error, "response", None)
            if answer is None:
                raise mapped("HeadBucket", self._location.bucket, error) from error
        text = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date", "")
        try:
            return parsedate_to_datetime(text)
        except ValueError:
            return None

    def exists(self) -> bool:
        """Whether the bucket exists; True if that may not be asked."""
        try:
            self._ask("head_bucket")
        except AccessDeniedError:
            return True
        except StorageError as error:
            if error.code in _MISSING:
                return False
            raise
        return True

    def versioning(self) -> str:
        """``Enabled``, ``Suspended`` or "" (never switched on)."""
        return str(self._ask("get_bucket_versioning").get("Status", ""))

    def encryption(self) -> str:
        """The algorithm that new objects get by default, "" for none."""
        try:
            answer = self._ask("get_bucket_encryption")
        except StorageError as error:
            if error.code == "ServerSideEncryptionConfigurationNotFoundError":
                return ""
            raise
        rules = answer.get("ServerSideEncryptionConfiguration", {}).get("Rules", [])
        defaults = [rule.get("ApplyServerSideEncryptionByDefault", {}) for rule in rules]
        return next((str(default["SSEAlgorithm"]) for default in defaults if "SSEAlgorithm" in default), "")

    def leftovers(self, prefix: str) -> Leftovers:
        """Unfinished multipart uploads below ``prefix`` ("" or ending with ``/``)."""
        answer = self._ask("list_multipart_uploads", Prefix=prefix, MaxUploads=LEFTOVERS_ASKED_FOR)
        # The prefix is checked again: some servers ignore it.
        uploads = [upload for upload in answer.get("Uploads", ()) if str(upload["Key"]).startswith(prefix)]
        started = [upload["Initiated"] for upload in uploads if "Initiated" in upload]
        return Leftovers(len(uploads), min(started, default=None), bool(answer.get("IsTruncated")))

    def head(self, key: str, key_headers: Mapping[str, str] | None = None) -> ObjectFacts | None:
        """The object under the full ``key``, None if there is none. ``key_headers``: SSE-C, request payer."""
        extra = _head_parameters(key_headers or {})
        try:
            answer = self._ask("head_object", Key=key, **extra)
        except StorageError as error:
            if error.code in _MISSING:
                return None
            raise
        return ObjectFacts(
            size_bytes=int(answer.get("ContentLength", 0)),
            modified=answer["LastModified"],
            etag=str(answer.get("ETag", "")).strip('"'),
            storage_class=str(answer.get("StorageClass", "") or "STANDARD"),
            encryption=str(answer.get("ServerSideEncryption", "")),
            content_type=str(answer.get("ContentType", "")),
            version_id=str(answer.get("VersionId", "")),
        )

    def remove_probe(self, key: str) -> None:
        """Delete the object at ``key``; in a versioned bucket the version itself, if that is permitted."""
        try:
            facts = self.head(key)
        except AccessDeniedError:
            facts = None  # a policy may allow to send and delete, but not to read
        version = facts.version_id if facts else ""
        try:
            extra = {"VersionId": version} if version and version != "null" else {}
            self._ask("delete_object", Key=key, **extra)
        except AccessDeniedError:
            if not version:
                raise
            # Deleting versions needs a permission of its own; a delete marker will do.
            self._ask("delete_object", Key=key)

    def close(self) -> None:
        """Free the connections."""
        self._client.close()

    def _ask(self, method: str, **parameters: object) -> Any:
        try:
            return getattr(self._client, method)(**self._bucket, **parameters)
        except _FAULTS as error:
            operation = self._client.meta.method_to_api_mapping[method]
            subject = "/".join(filter(None, (self._location.bucket, str(parameters.get("Key", "")))))
            raise mapped(operation, subject, error) from error


def _config(location: Location) -> Config:
    style = location.addressing_style
    if style == "auto" and location.endpoint_url:
        style = "path"
    return Config(
        s3={"addressing_style": style}, retries={"mode": "standard"}, connect_timeout=10, read_timeout=20
    )


def mapped(operation: str, subject: str, error: Exception) -> StorageError:
    """A botocore error in Mochok's own tree."""
    response = getattr(error, "response", None) or {}
    found = response.get("Error", {})
    return map_error(
        Answer(
            operation,
            subject,
            status=int(response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)),
            code=str(found.get("Code", "")),
            message=str(found.get("Message", "")),
            region=str(found.get("Region", "")),
            engine_name=type(error).__name__,
            engine_message=str(error),
        )
    )


def caller_identity(session: Session, region: str) -> Identity:
    """The owner of the session's credentials, as AWS STS reports it. Raises StorageError."""
    config = Config(connect_timeout=5, read_timeout=10, retries={"mode": "standard", "max_attempts": 2})
    client = session.client("sts", region=region, config=config)
    try:
        answer = client.get_caller_identity()
    except _FAULTS as error:
        raise mapped("GetCallerIdentity", "", error) from error
    finally:
        client.close()
    return Identity(str(answer.get("Account", "")), str(answer.get("Arn", "")))


_HEAD_PARAMETERS = {
    "x-amz-server-side-encryption-customer-algorithm": "SSECustomerAlgorithm",
    "x-amz-request-payer": "RequestPayer",
}


def _head_parameters(headers: Mapping[str, str]) -> dict[str, object]:
    found: dict[str, object] = {
        parameter: headers[name] for name, parameter in _HEAD_PARAMETERS.items() if name in headers
    }
    if key := headers.get("x-amz-server-side-encryption-customer-key"):
        found["SSECustomerKey"] = base64.b64decode(key)  # botocore encodes it again, with its MD5
    return found
