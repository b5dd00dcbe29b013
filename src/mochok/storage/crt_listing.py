"""Listing one key range through the engine: the next page is on its way while this one is read."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence

from awscrt.http import HttpRequest

from mochok.errors import ListingOrderError, ServerFaultError
from mochok.model import KeyOrder, KeyRange, RemoteObject
from mochok.storage.crt_client import Call, CrtClient, Headers
from mochok.storage.listing import Page, parse_page, query


class Horizon:
    """What the listing of one range tells of later ones: where the prefix ends, and what comes next."""

    def __init__(self, order: KeyOrder) -> None:
        self.order = order
        self._end: str | None = None
        self._next: str | None = None

    def ends_at(self, key: str) -> None:
        """A complete listing showed nothing after ``key``."""
        here = self.order.sort_key(key)
        if self._end is None or here < self._end:
            self._end = here

    def is_empty_after(self, key: str) -> bool:
        """True if no object can follow ``key``."""
        return self._end is not None and self.order.sort_key(key) >= self._end

    def continues_with(self, key: str) -> None:
        """``key`` is the first object behind a range that has been listed."""
        self._next = key

    def check(self, keys: KeyRange, objects: Sequence[RemoteObject], *, at_end: bool = False) -> None:
        """Look for the object that must continue the listing among the next ``objects`` of ``keys``.

        Raises ListingOrderError if it is passed over: where a range begins is then something else for the
        server than for us.
        """
        sort_key, expected = self.order.sort_key, self._next
        if expected is None or not keys.after:
            return
        if any(each.key == expected for each in objects):
            self._next = None
            return
        within = keys.last is None or sort_key(expected) <= sort_key(keys.last)
        if (at_end and within) or (objects and sort_key(objects[-1].key) > sort_key(expected)):
            self._next = None
            raise ListingOrderError(f"the server passes over {expected!r}, which it listed before")


class Pages:
    """How the pages below ``prefix`` are asked for."""

    def __init__(self, client: CrtClient, prefix: str, *, page_size: int, headers: Headers = ()) -> None:
        self._client = client
        self._prefix = prefix
        self._page_size = page_size
        self._headers = tuple(headers)

    def ask(self, after: str = "", token: str | None = None) -> Call:
        """Begin to ask for the first page behind the key ``after``, or for the page of ``token``."""
        call = Call("ListObjectsV2", f"of prefix {self._prefix!r}")
        self._client.start(call, self._request(after, token))
        return call

    def fetch(self, call: Call, after: str = "", token: str | None = None) -> Page:
        """The page that ``call`` asked for; asks again where that may help. Raises StorageError."""
        answer = self._client.fetch(
            call.operation, call.subject, lambda: self._request(after, token), first=call
        )
        return parse_page(answer.body, self._prefix)

    def _request(self, after: str, token: str | None) -> HttpRequest:
        start_after = self._prefix + after if after else ""
        text = query(self._prefix, page_size=self._page_size, start_after=start_after, token=token)
        return self._client.request("GET", self._client.endpoint.bucket_path(text), self._headers)


class CrtListing:
    """See ``storage.contract.Listing``. The first request starts at construction, unless it has been made:
    ``first_page``.
    """

    def __init__(
        self, pages: Pages, keys: KeyRange, horizon: Horizon, first_page: Call | None = None
    ) -> None:
        self._pages = pages
        self._keys = keys
        self._horizon = horizon
        self._order = horizon.order
        self._token: str | None = None
        self._call = first_page
        if first_page is None and not (keys.after and horizon.is_empty_after(keys.after)):
            self._call = pages.ask(keys.after)

    def ready(self) -> bool:
        """True if the next page is here."""
        return self._call is None or self._call.done

    def __iter__(self) -> Iterator[RemoteObject]:
        while self._call is not None:
            objects = self._within(self._next_page(self._call))
            self._horizon.check(self._keys, objects)
            yield from objects
        self._horizon.check(self._keys, (), at_end=True)

    def _next_page(self, call: Call) -> Page:
        page = self._pages.fetch(call, self._keys.after, self._token)
        if self._order is KeyOrder.PATH:
            # SeaweedFS cuts its pages in order but sorts within each by the encoded key ("%23" before "+").
            page.objects.sort(key=self._place)
        if page.next_token is not None and page.next_token == self._token:
            raise ServerFaultError("the server's listing repeats itself; nothing was decided by it")
        self._token = page.next_token
        self._call = self._pages.ask(self._keys.after, page.next_token) if self._goes_on(page) else None
        return page

    def _place(self, remote: RemoteObject) -> str:
        return self._order.sort_key(remote.key)

    def _goes_on(self, page: Page) -> bool:
        if page.next_token is None:
            last = page.objects[-1].key if page.objects else self._keys.after
            self._horizon.ends_at(last)
            return False
        last_wanted = self._keys.last
        if last_wanted is None or not page.objects:
            return True
        return self._order.sort_key(page.objects[-1].key) < self._order.sort_key(last_wanted)

    def _within(self, page: Page) -> list[RemoteObject]:
        if self._keys.last is None:
            return page.objects
        last, places = self._order.sort_key(self._keys.last), [self._place(each) for each in page.objects]
        if places != sorted(places):
            return page.objects  # all of it: the reader shall see that the order is another one
        end = bisect_right(places, last)
        if end < len(places):
            self._horizon.continues_with(page.objects[end].key)
        return page.objects[:end]


class EmptyListing:
    """The listing of a bucket that does not exist yet (dry run)."""

    def ready(self) -> bool:
        """Always: there is nothing to wait for."""
        return True

    def __iter__(self) -> Iterator[RemoteObject]:
        return iter(())
