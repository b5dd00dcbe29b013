"""Lists one key range: the next page is requested while this one is read."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import partial

from mochok.errors import AccessDeniedError, BucketForbiddenError, ListingOrderError, ServerFaultError
from mochok.model import KeyOrder, KeyRange, RemoteObject
from mochok.storage.answers import NOT_S3_HINT
from mochok.storage.contract import ListingCursor
from mochok.storage.crt_call import Call
from mochok.storage.crt_client import CrtClient
from mochok.storage.http_client import Request
from mochok.storage.listing import Page, parse_page, query
from mochok.storage.settings import OpenSettings


class Pages:
    """Requests the pages below a prefix. ``head_refused``: a refusal concerns the whole bucket."""

    def __init__(self, client: CrtClient, opening: OpenSettings, *, head_refused: bool = False) -> None:
        self._client = client
        self._bucket = opening.location.bucket
        self._prefix = opening.location.key_prefix
        self._page_size = opening.objects.page_size
        self._headers = opening.bucket_headers
        self._head_refused = head_refused

    def ask(self, after: str = "", token: str | None = None) -> Call:
        """Request the first page behind the key ``after``, or the page of ``token``."""
        call = Call("ListObjectsV2", f"of prefix {self._prefix!r}")
        self._client.start(call, self._request(after, token))
        return call

    def answer(self, call: Call, after: str = "", token: str | None = None) -> Call:
        """``call``, once it is answered; retried where that may help. Raises StorageError."""
        make = partial(self._request, after, token)
        try:
            return self._client.fetch(call.operation, call.subject, make, first=call)
        except AccessDeniedError as error:
            if not self._head_refused or error.hint == NOT_S3_HINT:
                raise
            raise BucketForbiddenError(
                f"the bucket {self._bucket} exists, but is not yours, or you may not list it",
                hint="check bucket_name, aws_profile, and that the policy allows s3:ListBucket",
                code=error.code,
            ) from error

    def fetch(self, call: Call, after: str = "", token: str | None = None) -> Page:
        """The page of :meth:`answer`."""
        return parse_page(self.answer(call, after, token).body, self._prefix)

    def _request(self, after: str, token: str | None) -> Request:
        start_after = self._prefix + after if after else ""
        text = query(self._prefix, page_size=self._page_size, start_after=start_after, token=token)
        return self._client.request("GET", self._client.endpoint.bucket_path(text), self._headers)


class CrtListing:
    """See ``storage.contract.Listing``. Construction makes the first request, unless given."""

    def __init__(
        self,
        pages: Pages,
        keys: KeyRange,
        order: KeyOrder,
        cursor: ListingCursor | None = None,
        first_page: Call | None = None,
    ) -> None:
        self._pages = pages
        self._keys = keys
        self._order = order
        self._sort_key = order.sort_key
        self._cursor = cursor or ListingCursor()
        self._token: str | None = None
        self._call = first_page
        if first_page is None and not self._is_behind_the_end():
            self._call = pages.ask(keys.after)

    def ready(self) -> bool:
        """True if the next page is here."""
        return self._call is None or self._call.done

    def __iter__(self) -> Iterator[RemoteObject]:
        while self._call is not None:
            page = self._next_page(self._call)
            end = self._end_of_range(page.objects)
            objects = page.objects[:end]
            self._check_continues(objects)
            if end < len(page.objects):
                self._cursor.next_key = page.objects[end].key
            yield from objects
        self._check_continues((), at_end=True)

    def _next_page(self, call: Call) -> Page:
        page = self._pages.fetch(call, self._keys.after, self._token)
        if self._order is KeyOrder.PATH:
            # SeaweedFS cuts its pages in order but sorts within each by the encoded key ("%23" before "+").
            page.objects.sort(key=lambda remote: self._sort_key(remote.key))
        if page.next_token is not None and page.next_token == self._token:
            raise ServerFaultError("the server's listing repeats itself; nothing was decided by it")
        self._token = page.next_token
        self._call = self._pages.ask(self._keys.after, page.next_token) if self._goes_on(page) else None
        return page

    def _goes_on(self, page: Page) -> bool:
        last_key = page.objects[-1].key if page.objects else self._keys.after
        if page.next_token is None:
            end = self._cursor.end
            if end is None or self._sort_key(last_key) < self._sort_key(end):
                self._cursor.end = last_key
            return False
        last_wanted = self._keys.last
        if last_wanted is None or not page.objects:
            return True
        return self._sort_key(last_key) < self._sort_key(last_wanted)

    def _end_of_range(self, objects: Sequence[RemoteObject]) -> int:
        """How many of ``objects`` are in the range; all if they are out of order, which is noticed later."""
        if self._keys.last is None:
            return len(objects)
        sort_keys, last = [self._sort_key(remote.key) for remote in objects], self._sort_key(self._keys.last)
        return bisect_right(sort_keys, last) if sort_keys == sorted(sort_keys) else len(objects)

    def _is_behind_the_end(self) -> bool:
        after, end = self._keys.after, self._cursor.end
        return after != "" and end is not None and self._sort_key(after) >= self._sort_key(end)

    def _check_continues(self, objects: Sequence[RemoteObject], *, at_end: bool = False) -> None:
        """Find the object that must continue the listing among the next ``objects``.

        Raises ListingOrderError if the server skips it, because its ranges then begin at other keys.
        """
        sort_key, expected, last = self._sort_key, self._cursor.next_key, self._keys.last
        if expected is None or not self._keys.after:
            return
        found = any(remote.key == expected for remote in objects)
        within = last is None or sort_key(expected) <= sort_key(last)
        skipped = (at_end and within) or (objects and sort_key(objects[-1].key) > sort_key(expected))
        if found or skipped:
            self._cursor.next_key = None
        if skipped and not found:
            raise ListingOrderError(f"the server skips {expected!r}, which it listed before")
