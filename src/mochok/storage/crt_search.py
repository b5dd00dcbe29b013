"""Finds a bucket: whether it exists, its region, its listing order; creates it if it is missing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from mochok import errors
from mochok.clock import Stop
from mochok.model import BucketId, KeyOrder
from mochok.storage.contract import Notify
from mochok.storage.crt import FoundBucket
from mochok.storage.crt_call import Call
from mochok.storage.crt_client import CrtClient
from mochok.storage.crt_connections import Connections
from mochok.storage.crt_errors import plain_region
from mochok.storage.crt_listing import Pages
from mochok.storage.endpoint import Endpoint, endpoint
from mochok.storage.retries import RetryLog
from mochok.storage.session import Session
from mochok.storage.settings import Location, OpenSettings


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
    retries: RetryLog
    missing: Callable[[str], None]
    head_refused: bool = False
    first_page: Call | None = None

    @property
    def bucket_id(self) -> BucketId:
        server = endpoint(self.location, self.session.region)
        return BucketId(f"{server.url} {self.location.bucket}", self.session.account)

    def find(self) -> FoundBucket:
        """Raises StorageError; BucketMissingError if the bucket is missing and may not be created."""
        server = endpoint(self.location, self.session.region)
        if server.secure:
            self.preflight(server)
        try:
            return self.find_in(self.session.region)
        except BaseException as error:
            self.drop_first_page()
            if isinstance(error, errors.EndpointUnreachableError | errors.ConnectionLostError):
                self.preflight(server)  # raises a more precise error, if it finds one
            raise

    def preflight(self, server: Endpoint) -> None:
        from mochok.storage.preflight import preflight  # loads ssl, which plain http does without

        preflight(server, self.session)

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
        # S3 lists by bytes; SeaweedFS, which keeps real folders, lists folder by folder.
        order = KeyOrder.PATH if headers.get("server", "").startswith("SeaweedFS") else KeyOrder.BYTES
        return FoundBucket(self.bucket_id, client.connections, server, order, self.head_refused)

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
        from mochok.storage.bucket import create_bucket  # loads botocore

        create_bucket(self.session, self.location, client.connections.region, self.notice)
        return self.ask(client)

    def ask(self, client: CrtClient) -> Mapping[str, str]:
        bucket, path = self.location.bucket, client.endpoint.bucket_path()
        make = partial(client.request, "HEAD", path, self.location.owner_headers)
        head = Call("HeadBucket", bucket)
        client.start(head, make())
        pages = Pages(client, self.opening)
        if self.opening.lists:
            self.first_page = pages.ask()
        try:
            return client.fetch(head.operation, bucket, make, first=head).headers
        except errors.InvalidRequestError as error:
            if error.code == "404":
                raise errors.BucketMissingError(
                    f"the bucket {bucket} does not exist",
                    hint="create it, or set create_bucket: true",
                    code="NoSuchBucket",
                ) from error
        except errors.AccessDeniedError:
            pass  # HEAD carries no reason, and a policy may allow no more than this prefix: list it
        self.head_refused = True
        pages = Pages(client, self.opening, head_refused=True)
        answer = pages.answer(self.first_page or pages.ask())
        if self.opening.lists:
            self.first_page = answer
        return answer.headers

    def drop_first_page(self) -> None:
        if self.first_page is not None:
            self.first_page.release()
            self.first_page = None
