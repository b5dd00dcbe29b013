"""What a store needs to know: small typed settings, made by ``wire`` from the configuration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from mochok.source_files import ANYWHERE, SourceFolder

AddressingStyle = Literal["auto", "path", "virtual"]
Checksum = Literal["crc64nvme", "crc32", "crc32c", "sha256", "none"]
Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Access:
    """Credentials and connection settings; None leaves them to the AWS profile and environment."""

    profile: str | None = None
    region: str | None = None
    role_arn: str | None = None
    sign_requests: bool = True
    verify_tls: bool = True
    ca_bundle: str | None = None
    read_timeout_seconds: int = 60
    connect_timeout_seconds: int = 10


@dataclass(frozen=True, slots=True)
class Location:
    """Which prefix of which bucket on which server. ``endpoint_url`` None is AWS itself."""

    bucket: str
    prefix: str = ""
    endpoint_url: str | None = None
    addressing_style: AddressingStyle = "auto"
    expected_bucket_owner: str | None = None

    @property
    def key_prefix(self) -> str:
        """The prefix as S3 wants it: "" or ending with ``/``, so that ``a`` never means ``a-old``."""
        return f"{self.prefix}/" if self.prefix else ""

    @property
    def owner_headers(self) -> Headers:
        """Sent with every request, so that a bucket of another account is refused."""
        owner = self.expected_bucket_owner
        return (("x-amz-expected-bucket-owner", owner),) if owner else ()

    @property
    def url(self) -> str:
        """``s3://bucket/prefix`` for people."""
        return f"s3://{self.bucket}/{self.prefix}" if self.prefix else f"s3://{self.bucket}"


@dataclass(frozen=True, slots=True)
class ObjectSettings:
    """How objects are made. ``headers`` go with every object, ``key_headers`` with every request that
    touches one (SSE-C, request payer). ``content_type`` wins over guessing.
    """

    checksum: Checksum = "crc64nvme"
    headers: Headers = ()
    key_headers: Headers = ()
    content_type: str | None = None
    guess_mime_type: bool = True
    page_size: int = 1000


@dataclass(frozen=True, slots=True)
class OpenSettings:
    """All that is needed to open a store, as data: it can be sent to another process.

    ``read_only`` (a dry run) changes nothing on the server and takes a missing bucket as empty. ``lists``:
    the store is sure to be listed, so its first page is requested together with the bucket.
    ``bandwidth_limit_bytes_per_second`` is this configuration's own limit; None leaves the run's. ``source``:
    where the files that it sends or compares are; by default anywhere. ``retry_seconds``: how long requests
    are repeated while the server is unavailable.
    """

    access: Access
    location: Location
    objects: ObjectSettings
    create_bucket: bool = True
    read_only: bool = False
    lists: bool = False
    bandwidth_limit_bytes_per_second: float | None = None
    source: SourceFolder = ANYWHERE
    retry_seconds: float = 0

    @property
    def key_headers(self) -> Headers:
        """For requests for one object."""
        return (*self.objects.key_headers, *self.location.owner_headers)

    @property
    def bucket_headers(self) -> Headers:
        """For requests for many objects."""
        payer = (pair for pair in self.objects.key_headers if pair[0] == "x-amz-request-payer")
        return (*self.location.owner_headers, *payer)
