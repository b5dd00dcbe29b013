"""Shards and plans are values: they survive pickle, parts cover the whole, and their plans add up to it."""

from __future__ import annotations

import copy
import pickle
import random
from collections.abc import Iterable, Sequence
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mochok.errors import ListingOrderError
from mochok.model import DateWindow, KeyOrder, KeyRange, LedgerEntry, RemoteObject, SourceFile
from mochok.plan.compare import Compare
from mochok.plan.dating import ByFolder, ByModification, DayRule
from mochok.plan.filters import FilterRule
from mochok.plan.planner import Rules, Shard, ShardPlan, parts, plan_by_ledger, plan_shard

DAY_NS = 86_400 * 1_000_000_000
DAYS = (date(1970, 1, 1), date(1970, 1, 2), date(1970, 1, 3))
KEYS = ["a", "a-b", "a.txt", "a/x", "a/y/z", "a0", "b/1970-01-02/c", "b/1970-01-03/c", "é", "\uffee", "😀"]

few = settings(deadline=None, max_examples=50)
sizes = st.integers(1, 6)
orders = st.sampled_from(KeyOrder)
key_sets = st.sets(st.sampled_from(KEYS) | st.text("ab/.-0é😀", min_size=1, max_size=4))
day_rules: st.SearchStrategy[DayRule | None] = st.sampled_from(
    [
        None,
        ByModification(DAYS, tuple(number * DAY_NS for number in range(4))),
        ByFolder(DateWindow(DAYS[0], DAYS[1]), "yyyy-MM-dd"),
    ]
)
filters = st.lists(st.builds(FilterRule, st.booleans(), st.sampled_from(["*", "a*", "*/*", "*.txt", "b/*"])))
rules = st.builds(
    Rules,
    compare=st.sampled_from(Compare),
    filters=filters.map(tuple),
    ignore_case=st.booleans(),
    days=day_rules,
    delete=st.booleans(),
    doubtful_from_ns=st.none() | st.integers(0, 4 * DAY_NS),
)
moments_ns = st.sampled_from([DAY_NS, DAY_NS, DAY_NS, 0, 2 * DAY_NS, 5 * DAY_NS])
few_bytes = st.sampled_from([1, 1, 1, 0, 2])


class Situation:
    """What is here, in S3 and in the ledger of one shard, all in ``order``."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.order, self.rules = draw(orders), draw(rules)
        here, there, sent = draw(key_sets), draw(key_sets), draw(key_sets)
        self.files = tuple(
            SourceFile(key, f"/data/{key}", draw(few_bytes), draw(moments_ns)) for key in self.sorted(here)
        )
        self.objects = [
            RemoteObject(key, draw(few_bytes), draw(moments_ns), "e")  # most files are up to date
            for key in self.sorted(there | here if draw(st.booleans()) else there)
        ]
        self.known = {
            key: LedgerEntry(key, draw(st.integers(-1, 2)), draw(moments_ns), draw(st.sampled_from("ef")))
            for key in sent
        }
        self.shard = Shard(KeyRange(), self.files)

    def sorted(self, keys: set[str]) -> list[str]:
        return sorted(keys, key=self.order.sort_key)

    def plan(self, shard: Shard, objects: Sequence[RemoteObject]) -> ShardPlan:
        return plan_shard(shard, objects, self.known, self.rules, self.order)

    def piece(self, after: str, last: str | None) -> tuple[Shard, list[RemoteObject]]:
        """The keys ``after < key <= last`` as a shard of their own, with their objects."""
        place = self.order.sort_key

        def inside(key: str) -> bool:
            return (not after or place(after) < place(key)) and (last is None or place(key) <= place(last))

        files = tuple(file for file in self.files if inside(file.key))
        return Shard(KeyRange(after, last), files), [each for each in self.objects if inside(each.key)]


situations = st.composite(Situation)()


def added(plans: Iterable[ShardPlan]) -> ShardPlan:
    whole = ShardPlan()
    for plan in plans:
        whole.add(plan)
    return whole


# Parts


@few
@given(situations, sizes, st.sampled_from(["", "a", "a/x"]), st.sampled_from([None, "b", "z"]))
def test_parts_cover_a_range_once_whatever_their_size(
    found: Situation, size: int, after: str, last: str | None
) -> None:
    shard, objects = found.piece(after, last)

    cut = list(parts(shard, objects, found.order, size))

    assert [file for part, _objects in cut for file in part.files] == list(shard.files)
    assert [remote for _part, batch in cut for remote in batch] == objects
    assert [len(batch) for _part, batch in cut[:-1]] == [size] * (len(objects) // size)
    assert (cut[0][0].keys.after, cut[-1][0].keys.last) == shard.keys
    assert [part.keys.after for part, _batch in cut[1:]] == [part.keys.last for part, _batch in cut[:-1]]
    place = found.order.sort_key
    for part, batch in cut:
        keys = [place(file.key) for file in part.files] + [place(remote.key) for remote in batch]
        assert all(not part.keys.after or place(part.keys.after) < key for key in keys)
        assert all(part.keys.last is None or key <= place(part.keys.last) for key in keys)


@few
@given(situations, sizes)
def test_the_plans_of_the_parts_of_a_shard_add_up_to_its_plan(found: Situation, size: int) -> None:
    cut = parts(found.shard, found.objects, found.order, size)

    assert added(found.plan(*part) for part in cut) == found.plan(found.shard, found.objects)


@few
@given(situations, st.sets(st.sampled_from(KEYS), max_size=4))
def test_the_plans_of_shards_add_up_to_the_plan_of_all_keys(found: Situation, lasts: set[str]) -> None:
    bounds = found.sorted(lasts)
    pieces = [found.piece(after, last) for after, last in zip(["", *bounds], [*bounds, None], strict=True)]

    assert added(found.plan(*piece) for piece in pieces) == found.plan(found.shard, found.objects)


@few
@given(situations, st.integers(0, 20))
def test_plans_by_the_ledger_alone_add_up_too(found: Situation, count: int) -> None:
    whole = plan_by_ledger(found.files, found.known, found.rules)
    halves = (found.files[:count], found.files[count:])

    assert added(plan_by_ledger(files, found.known, found.rules) for files in halves) == whole


@few
@given(situations, sizes, st.randoms(use_true_random=False))
def test_a_listing_out_of_order_is_noticed_whatever_the_size_of_the_parts(
    found: Situation, size: int, chance: random.Random
) -> None:
    shuffled = list(found.objects)
    chance.shuffle(shuffled)
    if shuffled == found.objects:
        return

    with pytest.raises(ListingOrderError):
        added(found.plan(*part) for part in parts(found.shard, shuffled, found.order, size))


def test_adding_a_plan_leaves_the_added_one_as_it_was() -> None:
    """Its counts of a day are not shared with the sum, which goes on growing."""
    file = SourceFile("a", "/data/a", 1, 0)
    days = Rules(Compare.SIZE_ONLY, days=ByModification(DAYS, (0, DAY_NS, 2 * DAY_NS, 3 * DAY_NS)))
    one = plan_shard(Shard(KeyRange(), (file,)), [RemoteObject("a", 1, 0, "e")], {}, days, KeyOrder.BYTES)
    before = copy.deepcopy(one)
    whole = ShardPlan()
    for _ in range(2):
        whole.add(one)

    assert one == before
    assert whole.days[DAYS[0]].files == 2


# Pickle


@few
@given(situations)
def test_shards_rules_and_plans_survive_pickle(found: Situation) -> None:
    shard, rules, plan = found.shard, found.rules, found.plan(found.shard, found.objects)

    assert pickle.loads(pickle.dumps((shard, rules, plan))) == (shard, rules, plan)
    assert (
        plan_shard(shard, found.objects, found.known, pickle.loads(pickle.dumps(rules)), found.order) == plan
    )
