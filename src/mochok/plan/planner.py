"""The merge join of what is here with what is there. Pure: values in, values out.

Both sides come in the same key order and are walked once, side by side, so memory does not grow with
their number. A listing that is not in that order is noticed at once (``ListingOrderError``) and joined
through a map instead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from mochok.errors import ListingOrderError
from mochok.model import (
    Action,
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
from mochok.plan.compare import Compare, judge

Pair = tuple[SourceFile | None, RemoteObject | None]
FIRST_SHARD_FILES = 125
SHARD_FILES = 1000  # one page of ListObjectsV2


@dataclass(frozen=True, slots=True)
class Rules:
    """What decides. ``takes_part`` answers None for a file that does, else the reason why it does not;
    ``selects_key`` is the same for an object whose file does not exist (filters only). ``doubtful_from_ns``:
    see :func:`mochok.plan.compare.judge`.
    """

    compare: Compare
    takes_part: Callable[[SourceFile], Reason | None]
    selects_key: Callable[[str], bool]
    delete: bool
    doubtful_from_ns: int | None = None


@dataclass(frozen=True, slots=True)
class Shard:
    """A run of consecutive local files and the key range that they span."""

    keys: KeyRange
    files: tuple[SourceFile, ...]


def shards(files: Iterable[SourceFile]) -> Iterator[Shard]:
    """Cut the walk into ranges of about one listing page each; together they cover the whole key space.

    The first ones are smaller, so that the first transfer starts early.
    """
    after, size = "", FIRST_SHARD_FILES
    batch: list[SourceFile] = []
    for file in files:
        if len(batch) == size:
            yield Shard(KeyRange(after, batch[-1].key), tuple(batch))
            after, size = batch[-1].key, min(size * 2, SHARD_FILES)
            batch = []
        batch.append(file)
    yield Shard(KeyRange(after, None), tuple(batch))


def join(
    files: Iterable[SourceFile],
    remotes: Iterable[RemoteObject],
    order: KeyOrder,
    keys: KeyRange = KeyRange(),  # noqa: B008 - immutable
) -> Iterator[Pair]:
    """Pair files and objects of the same key; both sides ascending in ``order`` and within ``keys``.

    Raises ListingOrderError when the objects are not. One outside ``keys`` has its file in another shard:
    here it would look like an object without one.
    """
    sort_key = order.sort_key
    objects = _ascending(remotes, order, keys)
    remote = next(objects, None)
    for file in files:
        here = sort_key(file.key)
        while remote is not None and sort_key(remote.key) < here:
            yield None, remote
            remote = next(objects, None)
        if remote is not None and remote.key == file.key:
            yield file, remote
            remote = next(objects, None)
        else:
            yield file, None
    while remote is not None:
        yield None, remote
        remote = next(objects, None)


def join_through_map(files: Iterable[SourceFile], remotes: Iterable[RemoteObject]) -> Iterator[Pair]:
    """The same pairs for objects in any order, at the cost of holding them all."""
    by_key = {remote.key: remote for remote in remotes}
    for file in files:
        yield file, by_key.pop(file.key, None)
    for remote in by_key.values():
        yield None, remote


def decide(pair: Pair, rules: Rules, ledger: Mapping[str, LedgerEntry]) -> Action:
    """What to do for one pair."""
    file, remote = pair
    if file is None:
        assert remote is not None  # a pair has at least one side
        return _without_file(remote, rules)
    left = rules.takes_part(file)
    if left is not None:
        return Skip(file.key, file.size_bytes, left)
    entry = ledger.get(file.key)
    if remote is None:
        was_sent = entry is not None and entry.size_bytes >= 0
        return Upload(file, Reason.GONE if was_sent else Reason.NEW)
    reason = judge(rules.compare, file, remote, entry, rules.doubtful_from_ns)
    if reason is not Reason.UP_TO_DATE:
        return Upload(file, reason)
    seen = None if entry is not None else LedgerEntry(file.key, file.size_bytes, file.mtime_ns, remote.etag)
    return Skip(file.key, file.size_bytes, reason, seen)


def decide_by_ledger(file: SourceFile, entry: LedgerEntry | None, rules: Rules) -> Upload | Skip:
    """What to do for a file when the ledger stands in for the listing."""
    left = rules.takes_part(file)
    if left is not None:
        return Skip(file.key, file.size_bytes, left)
    if entry is None:
        return Upload(file, Reason.NEW)
    if entry.size_bytes != file.size_bytes or entry.mtime_ns != file.mtime_ns:
        return Upload(file, Reason.CHANGED)
    return Skip(file.key, file.size_bytes, Reason.UP_TO_DATE)


def _without_file(remote: RemoteObject, rules: Rules) -> Action:
    if not rules.selects_key(remote.key):
        return Skip(remote.key, remote.size_bytes, Reason.EXCLUDED)
    if rules.delete:
        return Delete(remote.key, remote.size_bytes, remote.etag, Reason.NOT_LOCAL)
    return Skip(remote.key, remote.size_bytes, Reason.ONLY_REMOTE)


def _ascending(remotes: Iterable[RemoteObject], order: KeyOrder, keys: KeyRange) -> Iterator[RemoteObject]:
    before = order.sort_key(keys.after) if keys.after else None
    last = None if keys.last is None else order.sort_key(keys.last)
    for remote in remotes:
        here = order.sort_key(remote.key)
        if (before is not None and here <= before) or (last is not None and here > last):
            raise ListingOrderError(f"the server lists {remote.key!r} out of order")
        before = here
        yield remote
