"""The object store on the awscrt engine: find the bucket, then list, upload and delete below a prefix."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from awscrt.http import HttpRequest

from mochok.clock import Stop
from mochok.errors import (
    AccessDeniedError,
    BucketForbiddenError,
    BucketMissingError,
    ConnectionLostError,
    EndpointUnreachableError,
    InvalidRequestError,
    StorageError,
    WrongRegionError,
)
from mochok.model import Delete, KeyOrder, KeyRange, SourceFile, Upload
from mochok.storage.contract import Deleted, Listing, ListingCursor, Notify, Sent, Unsent
from mochok.storage.crt_checksum import ChecksumChoice
from mochok.storage.crt_client import Call, CrtClient, Headers
from mochok.storage.crt_compare import same_content
from mochok.storage.crt_delete import delete_objects
from mochok.storage.crt_errors import plain_region
from mochok.storage.crt_listing import CrtListing, EmptyListing, Pages
from mochok.storage.crt_upload import Uploader
from mochok.storage.endpoint import Endpoint, endpoint
from mochok.storage.listing import query
from mochok.storage.rate_limiter import RateLimiter
from mochok.storage.retries import RetryLog
from mochok.storage.session import DEFAULT_REGION, Session
from mochok.storage.settings import Location, ObjectSettings, OpenSettings


class CrtStore:
    """See ``storage.contract.ObjectStore``. ``client`` None is a bucket that does not exist yet;
    ``first_page`` is a request for the first page that is under way.
    """

    def __init__(
        self, client: CrtClient | None, opening: _Opening, order: KeyOrder, first_page: Call | None = None
    ) -> None:
        self.order = order
        self.location = opening.location
        self._client = client
        self._objects = opening.settings.objects
        self._rate_limiter = opening.rate_limiter
        self._first_page = first_page
        self._checksum = ChecksumChoice(self._objects.checksum, opening.notice)

    @property
    def region(self) -> str:
        """Where the bucket was found; "" if it does not exist yet."""
        return self._client.region if self._client is not None else ""

    def list(self, keys: KeyRange, cursor: ListingCursor | None = None) -> Listing:
        if self._client is None:
            return EmptyListing()
        first_page, self._first_page = self._first_page, None
        if first_page is not None and keys.after:  # it is another range's
            first_page.release()
            first_page = None
        pages = _pages(self._client, self.location, self._objects)
        return CrtListing(pages, keys, self.order, cursor, first_page)

    def upload(self, uploads: Iterable[Upload | None]) -> Iterator[Sent | Unsent]:
        assert self._client is not None  # a read-only store is wrapped by DryRunStore
        common = _owner_header(self.location)
        settings = replace(self._objects, key_headers=(*self._objects.key_headers, *common))
        uploader = Uploader(
            self._client, self.location.key_prefix, settings, self._checksum, rate_limiter=self._rate_limiter
        )
        return uploader.run(uploads)

    def same_content(self, files: Sequence[SourceFile]) -> set[str]:
        if self._client is None:
            return set()
        headers = [*self._objects.key_headers, *_owner_header(self.location)]
        return same_content(self._client, self.location.key_prefix, files, headers)

    def delete(self, deletes: Sequence[Delete]) -> Iterator[Deleted]:
        assert self._client is not None  # as above
        headers = _common_headers(self.location, self._objects)
        return delete_objects(self._client, self.location.key_prefix, deletes, headers)

    def close(self) -> None:
        if self._client is not None:
            self._client.retries.sum_up()
            self._client.close()
            self._client = None


def open_store(
    settings: OpenSettings, stop: Stop, notice: Notify, rate_limiter: RateLimiter | None = None
) -> CrtStore:
    """Find (or create) the bucket in its region and return its store.

    ``notice`` receives (level, message); ``rate_limiter`` limits the bandwidth. Raises StorageError with
    scope "configuration" when nothing can be done there.
    """
    session = Session(settings.access)
    location = settings.location
    if location.endpoint_url is None:
        location = replace(location, endpoint_url=session.endpoint_url())
    region = session.region or DEFAULT_REGION
    server = endpoint(location, region)
    if server.secure:
        _preflight(server, session)
    client = CrtClient(server, region, session, stop, RetryLog(notice))
    try:
        return _Opening(settings, location, session, stop, notice, rate_limiter).open(client)
    except (EndpointUnreachableError, ConnectionLostError):
        _preflight(server, session)  # raises an error that says more, if it finds one
        raise


def _preflight(server: Endpoint, session: Session) -> None:
    from mochok.storage.preflight import preflight  # loads ssl, which plain http does without

    preflight(server, session)


@dataclass(frozen=True, slots=True)
class _Opening:
    settings: OpenSettings
    location: Location
    session: Session
    stop: Stop
    notice: Notify
    rate_limiter: RateLimiter | None = None

    def open(self, client: CrtClient, *, moved: bool = False) -> CrtStore:
        """Ask for the bucket; follow it to its region once. Closes ``client`` if that fails."""
        try:
            return self.find(client, moved=moved)
        except BaseException:
            client.close()
            raise

    def find(self, client: CrtClient, *, moved: bool) -> CrtStore:
        head = Call("HeadBucket", self.location.bucket)
        client.start(head, self.head_request(client))
        first_page = (
            _pages(client, self.location, self.settings.objects).ask() if self.settings.lists else None
        )
        try:
            headers = self.head_bucket(client, head)
        except WrongRegionError as error:
            if moved or not error.region or error.region == client.region:
                raise
            return self.open(self.in_region(client, error.region), moved=True)
        except BucketMissingError:
            return self.missing(client)
        region = plain_region(headers.get("x-amz-bucket-region", ""))
        if region and region != client.region and not moved and self.location.endpoint_url is None:
            return self.open(self.in_region(client, region), moved=True)
        order = _listing_order(headers)
        return CrtStore(client, self, order, first_page)

    def head_request(self, client: CrtClient) -> HttpRequest:
        return client.request("HEAD", client.endpoint.bucket_path(), _owner_header(self.location))

    def head_bucket(self, client: CrtClient, first: Call | None = None) -> dict[str, str]:
        """``first`` is an attempt that is already under way."""
        try:
            answer = client.fetch(
                "HeadBucket", self.location.bucket, lambda: self.head_request(client), first=first
            )
        except InvalidRequestError as error:
            if error.code == "404":
                raise BucketMissingError(
                    f"the bucket {self.location.bucket} does not exist",
                    hint="create it, or set create_bucket: true",
                    code="NoSuchBucket",
                ) from error
            return self.look_closer(client, error)
        except AccessDeniedError as error:
            return self.look_closer(client, error)
        return answer.headers

    def look_closer(self, client: CrtClient, refusal: StorageError) -> dict[str, str]:
        """HEAD carries no reason, and a policy may allow no more than this prefix: ask by listing."""
        text = query(self.location.key_prefix, page_size=1)
        headers = _common_headers(self.location, self.settings.objects)
        path = client.endpoint.bucket_path(text)
        try:
            answer = client.fetch(
                "ListObjectsV2", self.location.url, lambda: client.request("GET", path, headers)
            )
        except AccessDeniedError as error:
            raise BucketForbiddenError(
                f"the bucket {self.location.bucket} exists, but is not yours, or you may not list it",
                hint="check bucket_name, aws_profile, and that the policy allows s3:ListBucket",
                code=error.code,
            ) from refusal
        return answer.headers

    def in_region(self, client: CrtClient, region: str) -> CrtClient:
        self.notice("INFO", f"the bucket {self.location.bucket} lives in {region}, not in {client.region}")
        client.close()
        server = endpoint(self.location, region)
        return CrtClient(server, region, self.session, self.stop, client.retries)

    def missing(self, client: CrtClient) -> CrtStore:
        bucket = self.location.bucket
        if not self.settings.create_bucket:
            raise BucketMissingError(
                f"the bucket {bucket} does not exist and create_bucket is false",
                hint="create it, or set create_bucket: true",
                code="NoSuchBucket",
            )
        if self.settings.read_only:
            self.notice("INFO", f"the bucket {bucket} does not exist; it would be created")
            client.close()
            return CrtStore(None, self, KeyOrder.BYTES)
        from mochok.storage.bucket import create_bucket  # loads botocore

        create_bucket(self.session, self.location, client.region, self.notice)
        headers = self.head_bucket(client)
        return CrtStore(client, self, _listing_order(headers))


def _owner_header(location: Location) -> Headers:
    owner = location.expected_bucket_owner
    return [("x-amz-expected-bucket-owner", owner)] if owner else []


def _pages(client: CrtClient, location: Location, objects: ObjectSettings) -> Pages:
    headers = _common_headers(location, objects)
    return Pages(client, location.key_prefix, page_size=objects.page_size, headers=headers)


def _common_headers(location: Location, objects: ObjectSettings) -> Headers:
    payer = [pair for pair in objects.key_headers if pair[0] == "x-amz-request-payer"]
    return [*_owner_header(location), *payer]


def _listing_order(headers: dict[str, str]) -> KeyOrder:
    """S3 lists by bytes; SeaweedFS, which keeps real folders, lists folder by folder."""
    return KeyOrder.PATH if headers.get("server", "").startswith("SeaweedFS") else KeyOrder.BYTES
