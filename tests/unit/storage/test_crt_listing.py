"""Ranges of one pass, and ranges that stand alone; pages that are there at once are the server here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import pytest

from mochok.errors import ListingOrderError, ServerFaultError
from mochok.model import KeyOrder, KeyRange, RemoteObject
from mochok.storage.contract import ListingCursor
from mochok.storage.crt_call import Call
from mochok.storage.crt_listing import CrtListing, Pages
from mochok.storage.listing import Page


class Server:
    """Lists ``keys`` as they are, ``size`` a page; ``skips`` are not shown to who begins at ``until``."""

    def __init__(self, keys: str, size: int = 2, *, skips: str = "", until: str = "") -> None:
        self.keys = keys
        self.size = size
        self.skips = skips
        self.until = until
        self.asked: list[str] = []

    def ask(self, after: str = "", token: str | None = None) -> Call:
        self.asked.append(token or after)
        return Call("ListObjectsV2", "")

    def fetch(self, _call: Call, after: str = "", token: str | None = None) -> Page:
        begin = token or after
        found = [key for key in self.keys if key > begin and not (key in self.skips and begin >= self.until)]
        objects = [RemoteObject(key, 1, 0, "e") for key in found[: self.size]]
        return Page(objects, objects[-1].key if len(found) > self.size else None)


def listed(
    server: Server, ranges: Sequence[tuple[str, str | None]], cursor: ListingCursor | None = None
) -> list[str]:
    pages = cast("Pages", server)
    listings = [CrtListing(pages, KeyRange(*each), KeyOrder.BYTES, cursor) for each in ranges]
    return ["".join(remote.key for remote in listing) for listing in listings]


def test_a_pass_reads_each_object_once_and_asks_for_no_page_behind_the_last_wanted_key() -> None:
    server = Server("abcdefg")
    assert listed(server, [("", "b"), ("b", "c"), ("c", None)], ListingCursor()) == ["ab", "c", "defg"]
    assert server.asked == ["", "b", "c", "e"]


def test_within_a_pass_nothing_is_asked_behind_the_end() -> None:
    server, cursor = Server("ab", size=10), ListingCursor()
    assert listed(server, [("", "c")], cursor) == ["ab"]
    assert listed(server, [("c", "d"), ("d", None)], cursor) == ["", ""]
    assert server.asked == [""]
    assert listed(server, [("c", "d")]) == listed(server, [("c", "d")], ListingCursor()) == [""]
    assert server.asked == ["", "c", "c"], "another pass, or a range of its own, knows no end"


@pytest.mark.parametrize("last", ["e", None, "f"])
def test_an_object_that_the_next_range_of_a_pass_skips_is_noticed(last: str | None) -> None:
    """Also if that range's page shows what comes behind it."""
    server = Server("abcdefg", size=5, skips="c", until="b")
    with pytest.raises(ListingOrderError, match="skips 'c'"):
        listed(server, [("", "b"), ("b", last)], ListingCursor())


def test_an_object_that_a_range_of_its_own_does_not_show_is_no_gap() -> None:
    server = Server("abcdefg", size=5, skips="c", until="b")
    assert listed(server, [("", "b"), ("b", "e")]) == ["ab", "de"]


def test_an_object_behind_the_next_range_is_expected_in_the_one_after_it() -> None:
    server = Server("abg", size=5)
    assert listed(server, [("", "b"), ("b", "f"), ("f", None)], ListingCursor()) == ["ab", "", "g"]
    server = Server("abg", size=5, skips="g", until="f")
    with pytest.raises(ListingOrderError, match="skips 'g'"):
        listed(server, [("", "b"), ("b", "f"), ("f", None)], ListingCursor())


def test_a_page_in_another_order_is_handed_on_whole() -> None:
    server = Server("cab", size=5)
    assert listed(server, [("", "b")]) == ["cab"]


def test_a_listing_that_repeats_itself_ends() -> None:
    class Repeating(Server):
        def fetch(self, _call: Call, after: str = "", token: str | None = None) -> Page:
            return Page([RemoteObject("a", 1, 0, "e")], "again")

    with pytest.raises(ServerFaultError, match="repeats itself"):
        listed(Repeating(""), [("", None)])
