"""Creates a bucket: versioned, encrypted, public access blocked, unfinished uploads cleared away."""

from __future__ import annotations

import base64
import hashlib
import threading
from typing import NamedTuple

from mochok.errors import BucketForbiddenError, InvalidRequestError, StorageError
from mochok.storage.contract import Notify
from mochok.storage.crt_call import Call
from mochok.storage.crt_client import CrtClient
from mochok.storage.session import DEFAULT_REGION

ABORT_AFTER_DAYS = 7
_CREATING = threading.Lock()
_SPACE = "http://s3.amazonaws.com/doc/2006-03-01/"
_LIFECYCLE = "lifecycle"
_BLOCKS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")


class _Setting(NamedTuple):
    """``name`` is for people, ``resource`` the part of the bucket that ``operation`` sets."""

    name: str
    operation: str
    resource: str
    root: str
    content: str

    @property
    def body(self) -> bytes:
        return _document(self.root, self.content)


_ENCRYPTION = "<ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm>"
_ABORT = f"<DaysAfterInitiation>{ABORT_AFTER_DAYS}</DaysAfterInitiation>"
_SETTINGS = (
    _Setting(
        name="versioning",
        operation="PutBucketVersioning",
        resource="versioning",
        root="VersioningConfiguration",
        content="<Status>Enabled</Status>",
    ),
    _Setting(
        name="default encryption",
        operation="PutBucketEncryption",
        resource="encryption",
        root="ServerSideEncryptionConfiguration",
        content=f"<Rule>{_ENCRYPTION}</ApplyServerSideEncryptionByDefault></Rule>",
    ),
    _Setting(
        name="the block on public access",
        operation="PutPublicAccessBlock",
        resource="publicAccessBlock",
        root="PublicAccessBlockConfiguration",
        content="".join(f"<{block}>true</{block}>" for block in _BLOCKS),
    ),
    _Setting(
        name="a lifecycle rule that aborts unfinished uploads",
        operation="PutBucketLifecycleConfiguration",
        resource=_LIFECYCLE,
        root="LifecycleConfiguration",
        content="<Rule><ID>mochok-abort-unfinished-uploads</ID><Filter><Prefix></Prefix></Filter>"
        "<Status>Enabled</Status>"
        f"<AbortIncompleteMultipartUpload>{_ABORT}</AbortIncompleteMultipartUpload></Rule>",
    ),
)


def create_bucket(client: CrtClient, bucket: str, notice: Notify) -> None:
    """Create ``bucket`` in the client's region and set it up; a setting that the server lacks is a warning.

    Of several configurations that find it missing at the same time, only the first creates it. Raises
    StorageError if the bucket itself cannot be created.
    """
    with _CREATING:
        if _exists(client, bucket):
            return  # created in the meantime
        _create(client, bucket)
        region = client.connections.region
        notice("INFO", f"the bucket {bucket} did not exist and was created in {region}")
        for setting in _SETTINGS:
            try:
                if setting.resource != _LIFECYCLE or not _has_lifecycle(client, bucket):
                    _fetch(client, setting.operation, bucket, "PUT", f"{setting.resource}=", setting.body)
            except StorageError as error:
                reason = error.code or error.message
                notice("WARNING", f"{setting.name} could not be set on the new bucket {bucket}: {reason}")


def _exists(client: CrtClient, bucket: str) -> bool:
    try:
        _fetch(client, "HeadBucket", bucket, "HEAD")
    except InvalidRequestError as error:
        if error.code == "404":
            return False
        raise
    return True


def _create(client: CrtClient, bucket: str) -> None:
    region, body = client.connections.region, b""
    if region != DEFAULT_REGION:  # the API refuses us-east-1 as a constraint
        constraint = f"<LocationConstraint>{region}</LocationConstraint>"
        body = _document("CreateBucketConfiguration", constraint)
    try:
        _fetch(client, "CreateBucket", bucket, "PUT", body=body)
    except StorageError as error:
        if error.code == "BucketAlreadyExists":
            raise BucketForbiddenError(
                f"the bucket {bucket} belongs to another account",
                hint="choose another name; bucket names are global",
            ) from error
        if error.code != "BucketAlreadyOwnedByYou":  # created by an attempt whose answer was lost
            raise


def _has_lifecycle(client: CrtClient, bucket: str) -> bool:
    """True if the bucket has rules: some servers give new buckets their own, and setting replaces all."""
    try:
        _fetch(client, "GetBucketLifecycleConfiguration", bucket, "GET", "lifecycle=")
    except StorageError as error:
        if error.code == "NoSuchLifecycleConfiguration":
            return False
        raise
    return True


def _document(root: str, content: str) -> bytes:
    return f'<{root} xmlns="{_SPACE}">{content}</{root}>'.encode()


def _fetch(
    client: CrtClient, operation: str, bucket: str, method: str, query: str = "", body: bytes = b""
) -> Call:
    headers = []
    if body:
        digest = hashlib.md5(body, usedforsecurity=False).digest()  # S3 requires it for some settings
        headers = [("Content-MD5", base64.b64encode(digest).decode()), ("Content-Type", "application/xml")]
    path = client.endpoint.bucket_path(query)
    return client.fetch(operation, bucket, lambda: client.request(method, path, headers, body))
