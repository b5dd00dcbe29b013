"""Creates a bucket: versioned, encrypted, public access blocked. Set-up calls go through botocore."""

from __future__ import annotations

import threading
import time
from contextlib import closing, suppress
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from mochok.errors import BucketForbiddenError, StorageError
from mochok.storage.contract import Notify
from mochok.storage.crt_errors import Answer, map_error
from mochok.storage.session import DEFAULT_REGION, Session
from mochok.storage.settings import Location

_CREATING = threading.Lock()
_PAUSES_SECONDS = (0.5, 1.0, 2.0, 4.0, None)
_SSE = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
_BLOCKS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
_SETTINGS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("versioning", "put_bucket_versioning", {"VersioningConfiguration": {"Status": "Enabled"}}),
    ("default encryption", "put_bucket_encryption", {"ServerSideEncryptionConfiguration": {"Rules": [_SSE]}}),
    (
        "the block on public access",
        "put_public_access_block",
        {"PublicAccessBlockConfiguration": dict.fromkeys(_BLOCKS, True)},
    ),
)
FAULTS = (ClientError, BotoCoreError)
"""What a botocore client raises when a request fails."""


def create_bucket(session: Session, location: Location, region: str, notice: Notify) -> None:
    """Create ``location.bucket`` in ``region`` and set it up; a setting that the server lacks is a warning.

    Of several configurations that find it missing at the same time, only the first creates it. Raises
    StorageError if the bucket itself cannot be created.
    """
    bucket, config = location.bucket, set_up_config(location)
    client = session.client("s3", region=region, endpoint_url=location.endpoint_url, config=config)
    with closing(client), _CREATING:
        with suppress(*FAULTS):
            client.head_bucket(Bucket=bucket)
            return  # created in the meantime
        _create(client, bucket, region, notice)
        notice("INFO", f"the bucket {bucket} did not exist and was created in {region}")
        for name, method, parameters in _SETTINGS:
            try:
                getattr(client, method)(Bucket=bucket, **parameters)
            except FAULTS as error:
                reason = error_code(error) or error
                notice("WARNING", f"{name} could not be set on the new bucket {bucket}: {reason}")


def set_up_config(location: Location) -> Any:
    """The ``botocore.config.Config`` of clients for ``location``."""
    from botocore.config import Config  # a tenth of a second that only set-up calls need

    style = location.addressing_style
    if style == "auto" and location.endpoint_url:
        style = "path"
    return Config(
        s3={"addressing_style": style}, retries={"mode": "standard"}, connect_timeout=10, read_timeout=60
    )


def _create(client: Any, bucket: str, region: str, notice: Notify) -> None:
    extra: dict[str, Any] = {}
    if region != DEFAULT_REGION:  # the API refuses us-east-1 as a constraint
        extra["CreateBucketConfiguration"] = {"LocationConstraint": region}
    for pause_seconds in _PAUSES_SECONDS:
        try:
            client.create_bucket(Bucket=bucket, **extra)
        except FAULTS as error:
            code = error_code(error)
            if code == "BucketAlreadyOwnedByYou":
                return  # created by an attempt whose answer was lost
            if code == "BucketAlreadyExists":
                raise BucketForbiddenError(
                    f"the bucket {bucket} belongs to another account",
                    hint="choose another name; bucket names are global",
                ) from error
            if code != "OperationAborted" or pause_seconds is None:
                raise mapped("CreateBucket", bucket, error) from error
            # A bucket of this name is being created or removed; that passes.
            notice("DEBUG", f"{error}; the next attempt follows in {pause_seconds:g} s")
            time.sleep(pause_seconds)
        else:
            return


def error_code(error: Exception) -> str:
    """S3's code of a botocore error, such as ``AccessDenied``; "" if the request got no answer."""
    response = getattr(error, "response", None) or {}
    return str(response.get("Error", {}).get("Code", ""))


def mapped(operation: str, bucket: str, error: Exception) -> StorageError:
    """A botocore error in Mochok's own tree."""
    response = getattr(error, "response", None) or {}
    known = response.get("ResponseMetadata", {})
    web_page = "html" in str(known.get("HTTPHeaders", {}).get("content-type", ""))
    return map_error(
        Answer(
            operation,
            bucket,
            status=int(known.get("HTTPStatusCode", 0)),
            code="" if web_page else error_code(error),
            message=str(response.get("Error", {}).get("Message", "")),
            region=str(response.get("Error", {}).get("Region", "")),
            engine_name=type(error).__name__,
            engine_message=str(error),
            web_page=web_page,
        )
    )
