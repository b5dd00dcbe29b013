"""Files and objects side by side: shards, the merge join, the join through a map, the decision."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mochok.errors import ListingOrderError
from mochok.model import (
    Delete,
    KeyOrder,
    KeyRange,
    LedgerEntry,
    Reason,
    RemoteObject,
    Skip,
    SourceFile,
    Upload,
)
from mochok.plan.compare import Compare
from mochok.plan.dating import ByModification
from mochok.plan.filters import FilterRule
from mochok.plan.planner import (
    FIRST_SHARD_FILES,
    SHARD_FILES,
    Rules,
    decide,
    decide_by_ledger,
    join,
    join_through_map,
    plan_by_ledger,
    plan_pairs,
    shards,
)

BYTES, PATH = KeyOrder.BYTES, KeyOrder.PATH


def file(key: str, size_bytes: int = 1, mtime_ns: int = 0) -> SourceFile:
    return SourceFile(key, f"/data/{key}", size_bytes, mtime_ns)


def remote(key: str, size_bytes: int = 1, etag: str = "e") -> RemoteObject:
    return RemoteObject(key, size_bytes, 0, etag)


def files_in(order: KeyOrder, keys: set[str]) -> list[SourceFile]:
    return [file(key) for key in sorted(keys, key=order.sort_key)]


def remotes_in(order: KeyOrder, keys: set[str]) -> list[RemoteObject]:
    return [remote(key) for key in sorted(keys, key=order.sort_key)]


# Shards


@pytest.mark.parametrize("count", [0, 1, 124, 125, 126, 375, 1000, 4321])
def test_shards_cover_the_whole_key_space_without_gap_or_overlap(count: int) -> None:
    files = [file(f"{number:06d}") for number in range(count)]
    cut = list(shards(iter(files)))
    assert [each for shard in cut for each in shard.files] == files
    assert cut[0].keys.after == ""
    assert cut[-1].keys.last is None
    assert [shard.keys.after for shard in cut[1:]] == [shard.keys.last for shard in cut[:-1]]
    for shard in cut:
        after, last = shard.keys
        assert all(after < each.key and (last is None or each.key <= last) for each in shard.files)


def test_the_first_shards_are_small_so_that_the_first_transfer_starts_early() -> None:
    sizes = [len(shard.files) for shard in shards(file(f"{number:06d}") for number in range(4000))]
    assert sizes[:5] == [FIRST_SHARD_FILES, 250, 500, SHARD_FILES, SHARD_FILES]
    assert sum(sizes) == 4000


# Joins

NAMES = st.text(st.sampled_from("ab-./ 0é😀"), min_size=1, max_size=3).filter(lambda name: name != "/")
KEYS = st.lists(NAMES, min_size=1, max_size=3).map("/".join)
KEY_SETS = st.sets(KEYS, max_size=12)


def by_key(pairs: list[tuple[SourceFile | None, RemoteObject | None]]) -> dict[str, tuple[bool, bool]]:
    """Key -> (there is a file, there is an object); a key that comes twice is a fault."""
    found: dict[str, tuple[bool, bool]] = {}
    for here, there in pairs:
        assert here is None or there is None or here.key == there.key
        side = here if here is not None else there
        assert side is not None
        assert side.key not in found, f"{side.key!r} came twice"
        found[side.key] = (here is not None, there is not None)
    return found


@settings(deadline=None)
@given(KEY_SETS, KEY_SETS, st.sampled_from(KeyOrder))
def test_the_merge_join_and_the_map_join_find_the_same_pairs(
    local: set[str], there: set[str], order: KeyOrder
) -> None:
    files, remotes = files_in(order, local), remotes_in(order, there)
    expected = {key: (key in local, key in there) for key in local | there}
    assert by_key(list(join(files, remotes, order))) == expected
    assert by_key(list(join_through_map(files, reversed(remotes)))) == expected


@settings(deadline=None)
@given(KEY_SETS, st.lists(KEYS, max_size=12), st.sampled_from(KeyOrder))
def test_a_listing_in_another_order_never_leads_to_a_wrong_pair(
    local: set[str], there: list[str], order: KeyOrder
) -> None:
    """Either the listing ascends and the pairs are right, or the join ends with ListingOrderError."""
    places = [order.sort_key(key) for key in there]
    ascending = all(before < after for before, after in pairwise(places))
    joined = join(files_in(order, local), map(remote, there), order)
    if ascending:
        assert by_key(list(joined)) == {key: (key in local, key in there) for key in local | set(there)}
    else:
        with pytest.raises(ListingOrderError):
            list(joined)


@pytest.mark.parametrize(
    ("order", "listed"),
    [
        (BYTES, ["a/b", "a-b"]),
        (PATH, ["a-b", "a/b"]),
        (BYTES, ["a", "a"]),
        (BYTES, ["b", "c", "a"]),
    ],
)
def test_an_out_of_order_listing_is_told_by_the_key_that_shows_it(order: KeyOrder, listed: list[str]) -> None:
    with pytest.raises(ListingOrderError, match=f"{listed[-1]!r} out of order"):
        list(join([], map(remote, listed), order))


def test_each_server_order_is_followed_by_the_walk_of_that_order() -> None:
    keys = {"a-b", "a/x", "a.txt", "a0"}
    assert [each.key for each in files_in(BYTES, keys)] == ["a-b", "a.txt", "a/x", "a0"]
    assert [each.key for each in files_in(PATH, keys)] == ["a/x", "a-b", "a.txt", "a0"]
    for order in KeyOrder:
        assert all(both for both in by_key(list(join(files_in(order, keys), remotes_in(order, keys), order))))


@pytest.mark.parametrize("listed", ["a", "b", "n"], ids=["before", "its open end", "behind"])
def test_an_object_outside_the_range_that_was_asked_for_is_not_trusted(listed: str) -> None:
    """It belongs to another shard, where its file is: here it would look like one without a file."""
    with pytest.raises(ListingOrderError):
        list(join([file("c")], [remote(listed)], BYTES, KeyRange("b", "m")))


def test_objects_inside_the_range_are_joined() -> None:
    pairs = list(
        join([file("c"), file("m")], [remote("c"), remote("d"), remote("m")], BYTES, KeyRange("b", "m"))
    )
    assert by_key(pairs) == {"c": (True, True), "d": (False, True), "m": (True, True)}


# The decision

EVERYTHING = Rules(Compare.LEDGER).compiled()
DELETING = Rules(Compare.LEDGER, delete=True).compiled()
NOTHING = Rules(Compare.LEDGER, filters=(FilterRule(False, "*"),), delete=True).compiled()
OTHER_DAYS = Rules(Compare.LEDGER, days=ByModification((), ()), delete=True).compiled()
ENTRY = LedgerEntry("k", 1, 0, "e")


def test_a_file_without_an_object_is_sent() -> None:
    assert decide((file("k"), None), EVERYTHING, {"k": ENTRY}) == Upload(file("k"), Reason.GONE)


def test_a_file_whose_first_upload_did_not_end_is_new() -> None:
    begun = {"k": LedgerEntry.begun("k")}
    assert decide((file("k"), None), EVERYTHING, begun) == Upload(file("k"), Reason.NEW)


def test_an_object_without_a_file_stays_unless_deletes_were_asked_for() -> None:
    only_remote = (None, remote("k", 7))
    assert decide(only_remote, EVERYTHING, {}) == Skip("k", 7, Reason.ONLY_REMOTE)
    assert decide(only_remote, DELETING, {}) == Delete("k", 7, "e", Reason.NOT_LOCAL)


def test_an_excluded_object_is_never_deleted() -> None:
    assert decide((None, remote("k")), NOTHING, {}) == Skip("k", 1, Reason.EXCLUDED)


def test_a_file_that_takes_no_part_keeps_its_object() -> None:
    assert decide((file("k"), remote("k")), NOTHING, {}) == Skip("k", 1, Reason.EXCLUDED)
    assert decide((file("k"), None), NOTHING, {}) == Skip("k", 1, Reason.EXCLUDED)
    assert decide((file("k"), remote("k")), OTHER_DAYS, {}) == Skip("k", 1, Reason.OUTSIDE_DATES)


def test_what_is_found_equal_is_told_to_the_ledger_once() -> None:
    pair = (file("k", mtime_ns=-5), remote("k"))
    assert decide(pair, EVERYTHING, {}) == Skip("k", 1, Reason.UP_TO_DATE, LedgerEntry("k", 1, -5, "e"))
    known = {"k": LedgerEntry("k", 1, -5, "e")}
    assert decide(pair, EVERYTHING, known) == Skip("k", 1, Reason.UP_TO_DATE, None)


def test_a_change_time_that_the_ledger_does_not_know_is_recorded() -> None:
    known = LedgerEntry("k", 1, 0, "e")
    changed = file("k")._replace(ctime_ns=7)
    recorded = Skip("k", 1, Reason.UP_TO_DATE, known._replace(ctime_ns=7))
    assert decide((changed, remote("k")), EVERYTHING, {"k": known}) == recorded
    assert decide_by_ledger(changed, known, EVERYTHING) == recorded


@pytest.mark.parametrize("by_ledger", [False, True])
def test_content_decides_about_a_file_of_which_only_the_change_time_differs(*, by_ledger: bool) -> None:
    known, changed = {"k": LedgerEntry("k", 1, 0, "e", 7)}, file("k")._replace(ctime_ns=8)
    rules = Rules(Compare.LEDGER)
    if by_ledger:
        plan = plan_by_ledger([changed], known, rules)
    else:
        plan = plan_pairs([(changed, remote("k"))], known, rules)
    if_equal = Skip("k", 1, Reason.UP_TO_DATE, LedgerEntry("k", 1, 0, "e", 8))
    assert plan.to_compare == [(changed, if_equal)]
    assert (plan.uploads, plan.skips, plan.seen, plan.files_up_to_date) == ([], [], [], 0)


def test_the_ledger_decides_where_it_knows_the_file() -> None:
    assert decide((file("k"), remote("k")), EVERYTHING, {"k": ENTRY._replace(mtime_ns=9)}) == Upload(
        file("k"), Reason.CHANGED
    )
    assert decide((file("k"), remote("k", etag="x")), EVERYTHING, {"k": ENTRY}) == Upload(
        file("k"), Reason.REMOTE_CHANGED
    )


@pytest.mark.parametrize(
    ("here", "known", "expected"),
    [
        (file("k"), None, Upload(file("k"), Reason.NEW)),
        (file("k"), ENTRY, Skip("k", 1, Reason.UP_TO_DATE)),
        (file("k", 2), ENTRY, Upload(file("k", 2), Reason.CHANGED)),
        (file("k", mtime_ns=-1), ENTRY, Upload(file("k", mtime_ns=-1), Reason.CHANGED)),
    ],
)
def test_without_a_listing_the_ledger_alone_decides(
    here: SourceFile, known: LedgerEntry | None, expected: Upload | Skip
) -> None:
    assert decide_by_ledger(here, known, EVERYTHING) == expected
    assert decide_by_ledger(here, known, NOTHING) == Skip("k", here.size_bytes, Reason.EXCLUDED)
