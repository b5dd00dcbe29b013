"""Finds a bucket: whether it exists, its region, its listing order; creates it if it is missing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from mochok import errors
from mochok.clock import Stop
from mochok.model import BucketId, KeyOrder
from mochok.storage.bucket import create_bucket
from mochok.storage.contract import Notify
from mochok.storage.crt import FoundBucket
from mochok.storage.crt_call import Call
from mochok.storage.crt_client import CrtClient
from mochok.storage.crt_connections import Connections
from mochok.storage.crt_errors import plain_region
from mochok.storage.crt_listing import Pages
from mochok.storage.endpoint import Endpoint, endpoint
from mochok.storage.listing import order_of, parse_page
from mochok.storage.retries import Retries
from mochok.storage.session import Session
from mochok.storage.settings import Location, OpenSettings

_UNREACHABLE = (errors.EndpointUnreachableError, errors.ConnectionLostError, errors.CertificateError)


@dataclass(slots=True)
class Search:
    """The search for one bucket. ``missing`` is called with its ``BucketId.place`` if it does not exist,
    before it is created; ``first_page`` is a request for its first page, made at the same time.
    """

    opening: OpenSettings
    location: Location
    session: Session
    connect: Callable[[Endpoint, str], Connections]
    stop: Stop
    notice: Notify
    retries: Retries
    missing: Callable[[str], None]
    head_refused: bool = False
    first_page: Call | None = None

    @property
    def bucket_id(self) -> BucketId:
        return self.session.bucket_id(self.location)

    def find(self) -> FoundBucket:
        """Raises StorageError; BucketMissingError if the bucket is missing and may not be created."""
        server = endpoint(self.location, self.session.region)
        try:
            return self.find_in(self.session.region)
        except BaseException as error:
            self.drop_first_page()
            if isinstance(error, _UNREACHABLE):
                from mochok.storage.preflight import preflight

                preflight(server, self.session)  # raises a more precise error, if it finds one
            raise

    def find_in(self, region: str, *, moved: bool = False) -> FoundBucket:
        """Request the bucket; follow it to its region once."""
        server = endpoint(self.location, region)
        client = CrtClient(self.connect(server, region), server, self.stop, self.retries)
        try:
            headers = self.ask_or_create(client)
            actual = headers.get("x-amz-bucket-region", "") if self.location.endpoint_url is None else ""
        except errors.WrongRegionError as error:
            headers, actual = {}, error.region
            if moved or actual in ("", region):
                raise
        if not moved and plain_region(actual) not in ("", region):
            self.drop_first_page()
            self.notice("INFO", f"the bucket {self.location.bucket} is in {actual}, not in {region}")
            return self.find_in(actual, moved=True)
        order = self.order(client, headers)
        return FoundBucket(self.bucket_id, client.connections, server, order, self.head_refused)

    def order(self, client: CrtClient, headers: Mapping[str, str]) -> KeyOrder:
        """The order in which the server lists: S3's, or folder by folder, as SeaweedFS does, which keeps real
        folders. The first page shows it, unless it has too few names; then the server's name is believed. A
        listing in another order is noticed, see ``run/pipeline.py``.
        """
        named = headers.get("server", "").startswith("SeaweedFS")
        expected = KeyOrder.PATH if named else KeyOrder.BYTES
        if named or client.endpoint.is_aws or self.first_page is None:
            return expected
        self.first_page.wait(self.stop, self.session.access.read_timeout_seconds)
        try:
            page = parse_page(self.first_page.body, self.location.key_prefix)
        except errors.ServerFaultError:
            return expected  # whoever reads the listing will report it
        return order_of(page.objects) or expected

    def ask_or_create(self, client: CrtClient) -> Mapping[str, str]:
        """The headers of an answer that shows that the bucket exists."""
        try:
            return self.ask(client)
        except errors.BucketMissingError as error:
            self.missing(self.bucket_id.place)
            if not self.opening.create_bucket:
                message = f"{error.message} and create_bucket is false"
                raise errors.BucketMissingError(message, hint=error.hint, code=error.code) from error
            if self.opening.read_only:
                raise
        self.drop_first_page()
        create_bucket(client, self.location.bucket, self.notice)
        return self.ask(client)

    def ask(self, client: CrtClient) -> Mapping[str, str]:
        bucket, path = self.location.bucket, client.endpoint.bucket_path()
        make = partial(client.request, "HEAD", path, self.location.owner_headers)
        head = Call("HeadBucket", bucket)
        client.start(head, make())
        if self.opening.lists:
            self.first_page = Pages(client, self.opening).ask()
        try:
            headers = client.fetch(head.operation, bucket, make, first=head).headers
            if not _may_be_a_web_page(headers):
                return headers
        except errors.InvalidRequestError as error:
            if error.code == "404":
                raise errors.BucketMissingError(
                    f"the bucket {bucket} does not exist",
                    hint="create it, or set create_bucket: true",
                    code="NoSuchBucket",
                ) from error
            self.head_refused = True
        except errors.AccessDeniedError:
            self.head_refused = (
                True  # HEAD carries no reason, and a policy may allow no more than this prefix
            )
        return self.listed(client)

    def listed(self, client: CrtClient) -> Mapping[str, str]:
        """The headers of the first page, which proves that there is a bucket."""
        pages = Pages(client, self.opening, head_refused=self.head_refused)
        answer = pages.answer(self.first_page or pages.ask())
        parse_page(answer.body, self.location.key_prefix)
        if self.opening.lists:
            self.first_page = answer
        return answer.headers

    def drop_first_page(self) -> None:
        if self.first_page is not None:
            self.first_page.release()
            self.first_page = None


def _may_be_a_web_page(headers: Mapping[str, str]) -> bool:
    """True for an answer to HEAD that a captive portal might give: HTML, and nothing of S3."""
    is_html = headers.get("content-type", "").lower().startswith("text/html")
    return is_html and not any(name.startswith("x-amz-") for name in headers)
