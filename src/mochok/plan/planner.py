"""The plan: files and objects joined in key order, and what to do for each. Pure: values in, values out.

Both sides come in the same key order and are walked once, side by side, so memory does not grow with
their number. A listing that is not in that order is noticed at once (``ListingOrderError``) and joined
through a map instead.

The unit is the shard: consecutive files and the key range that they span. Shard, rules and plan are data that
can be sent to another process; the counts of plans can be added up.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

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
from mochok.plan.compare import (
    Compare,
    decided_by_content,
    entry_up_to_date,
    reason_by_entry,
    reason_to_upload,
)
from mochok.plan.dating import DayCount, DayOf, DayRule
from mochok.plan.filters import FilterRule, selector
from mochok.plan.protection import Protected, owner
from mochok.plan.settling import Youngest, join_youngest, note_youngest

Pair = tuple[SourceFile | None, RemoteObject | None]
FIRST_SHARD_FILES = 125
SHARD_FILES = 1000  # one page of ListObjectsV2
_NOT_LISTED = frozenset({Reason.NEW, Reason.GONE})
_NOT_MANAGED = frozenset({Reason.EXCLUDED, Reason.PROTECTED})
_NOT_SELECTED = frozenset({Reason.EXCLUDED, Reason.OUTSIDE_DATES})


class CompiledRules(NamedTuple):
    """Rules ready for use. ``takes_part`` returns None, or why a file is skipped; ``selects_key``: whether
    the filters select an object without a file. ``day_of`` None: files have no day of their own.
    ``owner_of``: the other configuration to which an object belongs, or ""; None if there is no such one.
    """

    compare: Compare
    takes_part: Callable[[SourceFile], Reason | None]
    selects_key: Callable[[str], bool]
    day_of: DayOf | None
    delete: bool
    doubtful_from_ns: int | None
    owner_of: Callable[[str], str] | None

    def manages(self, key: str, reason: Reason) -> bool:
        """Whether the object ``key``, of which ``reason`` was decided, could be deleted without a file."""
        if not self.delete or reason in _NOT_MANAGED:
            return False
        return self.owner_of is None or not self.owner_of(key)


@dataclass(frozen=True, slots=True)
class Rules:
    """What decides, as plain data. ``days`` as in :func:`mochok.plan.dating.day_rule`; ``delete``: objects
    without a file go, unless they are ``protected``; ``doubtful_from_ns``: see
    :func:`mochok.plan.compare.reason_to_upload`.
    """

    compare: Compare
    filters: tuple[FilterRule, ...] = ()
    ignore_case: bool = False
    days: DayRule | None = None
    delete: bool = False
    doubtful_from_ns: int | None = None
    protected: tuple[Protected, ...] = ()

    def compiled(self) -> CompiledRules:
        """These rules ready for use; equal rules share what is costly to compile."""
        return _compiled(self)


@lru_cache(maxsize=64)
def _compiled(rules: Rules) -> CompiledRules:
    selects = selector(rules.filters, ignore_case=rules.ignore_case)
    day_of = rules.days.compiled() if rules.days is not None else None

    def check(file: SourceFile) -> Reason | None:
        if not selects(file.key):
            return Reason.EXCLUDED
        return None if day_of is None or day_of(file) is not None else Reason.OUTSIDE_DATES

    everything = not rules.filters and day_of is None  # a million calls saved on a large tree
    takes_part = (lambda _file: None) if everything else check
    owner_of = owner(rules.protected, ignore_case=rules.ignore_case)
    doubtful = rules.doubtful_from_ns
    return CompiledRules(rules.compare, takes_part, selects, day_of, rules.delete, doubtful, owner_of)


@dataclass(frozen=True, slots=True)
class Shard:
    """A run of consecutive local files and the key range that they span."""

    keys: KeyRange
    files: tuple[SourceFile, ...]


@dataclass(slots=True)
class ShardPlan:
    """What to do for the keys of one shard, or of a part of it.

    ``not_listed``: uploads of files that the listing did not show, which a server with another key order may
    still show later. ``to_compare``: files whose content decides, each with what to do if it is equal.
    ``seen``: what the ledger should know of files that are up to date. ``object_skips`` are those of objects
    without a file. ``bytes_up_to_date`` and ``days`` count the files that are up to date, which are
    ``files_up_to_date``.
    ``managed`` counts those of the ``objects`` that could be deleted if they had no file, ``owners`` those
    that would be deleted if they did not belong to another configuration, by its name. ``folders`` counts the
    files in each top-level folder whose objects could be deleted.
    ``youngest`` has the youngest of the files that take part. ``last_key`` is that of its last file, ""
    without files.
    """

    uploads: list[Upload] = field(default_factory=list)
    not_listed: list[Upload] = field(default_factory=list)
    to_compare: list[tuple[SourceFile, Skip]] = field(default_factory=list)
    deletes: list[Delete] = field(default_factory=list)
    skips: list[Skip] = field(default_factory=list)
    object_skips: list[Skip] = field(default_factory=list)
    seen: list[LedgerEntry] = field(default_factory=list)
    days: dict[date, DayCount] = field(default_factory=dict)
    files_up_to_date: int = 0
    bytes_up_to_date: int = 0
    objects: int = 0
    managed: int = 0
    folders: Counter[str] = field(default_factory=Counter)
    owners: Counter[str] = field(default_factory=Counter)
    youngest: Youngest = field(default_factory=dict)
    last_key: str = ""

    def add(self, other: ShardPlan) -> None:
        """Take in the plan of the next part."""
        for name in ("uploads", "not_listed", "to_compare", "deletes", "skips", "object_skips", "seen"):
            getattr(self, name).extend(getattr(other, name))
        for day, count in other.days.items():
            self.days.setdefault(day, DayCount()).add(count)
        self.files_up_to_date += other.files_up_to_date
        self.bytes_up_to_date += other.bytes_up_to_date
        self.objects += other.objects
        self.managed += other.managed
        self.folders.update(other.folders)
        self.owners.update(other.owners)
        join_youngest(self.youngest, other.youngest)
        self.last_key = other.last_key or self.last_key

    def count_managed(self, pair: Pair, reason: Reason, rules: CompiledRules) -> None:
        """Count a pair for the delete guard, if ``--delete`` concerns it."""
        file, remote = pair
        key = file.key if file is not None else remote.key if remote is not None else ""
        if rules.manages(key, reason):
            self.managed += remote is not None
            folder, slash, _name = key.partition("/")
            if slash and file is not None:
                self.folders[folder] += 1

    def note(self, file: SourceFile, reason: Reason, day_of: DayOf | None) -> None:
        """Take in the age of a file of which ``reason`` was decided."""
        if reason not in _NOT_SELECTED:
            note_youngest(self.youngest, file, None if day_of is None else day_of(file))

    def skip(self, file: SourceFile, skip: Skip, day_of: DayOf | None) -> None:
        """Take in a file for which nothing is done, and count it if it is up to date."""
        self.skips.append(skip)
        if skip.entry is not None:
            self.seen.append(skip.entry)
        if skip.reason is not Reason.UP_TO_DATE:
            return
        self.files_up_to_date += 1
        self.bytes_up_to_date += file.size_bytes
        if day_of is not None and (day := day_of(file)) is not None:
            self.days.setdefault(day, DayCount()).add(DayCount(1, file.size_bytes))


def plan_shard(
    shard: Shard,
    objects: Iterable[RemoteObject],
    known: Mapping[str, LedgerEntry],
    rules: Rules,
    order: KeyOrder,
) -> ShardPlan:
    """The plan of ``shard``, given the ``objects`` of its key range and what the ledger knows of its files.

    Raises ListingOrderError when the objects do not ascend in ``order`` within the range.
    """
    plan = plan_pairs(join(shard.files, objects, order, shard.keys), known, rules)
    plan.last_key = shard.files[-1].key if shard.files else ""
    return plan


def plan_pairs(pairs: Iterable[Pair], known: Mapping[str, LedgerEntry], rules: Rules) -> ShardPlan:
    """The plan of pairs that have been joined."""
    plan, compiled = ShardPlan(), rules.compiled()
    for pair in pairs:
        file, remote = pair
        action = decide(pair, compiled, known)
        plan.objects += remote is not None
        if file is not None:
            plan.note(file, action.reason, compiled.day_of)
        if compiled.delete:
            plan.count_managed(pair, action.reason, compiled)
        if remote is not None and _stays_doubtful(remote, action, known, rules):
            plan.seen.append(LedgerEntry.begun(remote.key))
        if isinstance(action, Delete):
            plan.deletes.append(action)
        elif isinstance(action, Upload):
            _plan_upload(plan, action, known, rules)
        elif file is not None:
            plan.skip(file, action, compiled.day_of)
        else:
            plan.object_skips.append(action)
            if action.reason is Reason.PROTECTED and compiled.owner_of is not None:
                plan.owners[compiled.owner_of(action.key)] += 1
    return plan


def _stays_doubtful(
    remote: RemoteObject, action: Action, known: Mapping[str, LedgerEntry], rules: Rules
) -> bool:
    """Whether ``remote`` may be from an interrupted run, and this run does not send its file: a file that has
    its key later must not pass for it.
    """
    doubtful = rules.doubtful_from_ns is not None and remote.modified_ns >= rules.doubtful_from_ns
    return doubtful and not isinstance(action, Upload) and remote.key not in known


def plan_by_ledger(files: Iterable[SourceFile], known: Mapping[str, LedgerEntry], rules: Rules) -> ShardPlan:
    """The plan of files when the ledger is used instead of a listing."""
    plan, compiled = ShardPlan(), rules.compiled()
    for file in files:
        action = decide_by_ledger(file, known.get(file.key), compiled)
        plan.note(file, action.reason, compiled.day_of)
        if isinstance(action, Skip):
            plan.skip(file, action, compiled.day_of)
        elif decided_by_content(rules.compare, action.reason):
            _plan_comparison(plan, file, known)
        else:
            plan.uploads.append(action)
    return plan


def _plan_upload(plan: ShardPlan, upload: Upload, known: Mapping[str, LedgerEntry], rules: Rules) -> None:
    if decided_by_content(rules.compare, upload.reason):
        _plan_comparison(plan, upload.file, known)
    else:
        (plan.not_listed if upload.reason in _NOT_LISTED else plan.uploads).append(upload)


def _plan_comparison(plan: ShardPlan, file: SourceFile, known: Mapping[str, LedgerEntry]) -> None:
    entry = known.get(file.key)
    equal = entry_up_to_date(file, entry) if entry is not None else None
    plan.to_compare.append((file, Skip(file.key, file.size_bytes, Reason.UP_TO_DATE, equal)))


def parts(
    shard: Shard, objects: Iterable[RemoteObject], order: KeyOrder, size: int = SHARD_FILES
) -> Iterator[tuple[Shard, list[RemoteObject]]]:
    """Cut a shard after every ``size`` objects: behind the last local file there may be millions of them."""
    rest, files, after = iter(objects), shard.files, shard.keys.after
    while len(batch := list(islice(rest, size))) == size:
        last = batch[-1].key
        count = bisect_right(files, order.sort_key(last), key=lambda file: order.sort_key(file.key))
        yield Shard(KeyRange(after, last), files[:count]), batch
        files, after = files[count:], last
    yield Shard(KeyRange(after, shard.keys.last), files), batch


def shards(files: Iterable[SourceFile]) -> Iterator[Shard]:
    """Cut the whole key space into ranges of a listing page each; smaller first, to start uploading early."""
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

    Raises ListingOrderError when the objects are not: one outside ``keys`` has its file in another shard.
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


def decide(pair: Pair, rules: CompiledRules, ledger: Mapping[str, LedgerEntry]) -> Action:
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
    reason = reason_to_upload(rules.compare, file, remote, entry, rules.doubtful_from_ns)
    if reason is not Reason.UP_TO_DATE:
        return Upload(file, reason)
    if entry is None:
        seen = LedgerEntry(file.key, file.size_bytes, file.mtime_ns, remote.etag, file.ctime_ns)
        return Skip(file.key, file.size_bytes, reason, seen)
    return Skip(file.key, file.size_bytes, reason, entry_up_to_date(file, entry))


def decide_by_ledger(file: SourceFile, entry: LedgerEntry | None, rules: CompiledRules) -> Upload | Skip:
    """What to do for a file when the ledger is used instead of a listing."""
    left = rules.takes_part(file)
    if left is not None:
        return Skip(file.key, file.size_bytes, left)
    if entry is None:
        return Upload(file, Reason.NEW)
    reason = reason_by_entry(file, entry)
    if reason is not Reason.UP_TO_DATE:
        return Upload(file, reason)
    return Skip(file.key, file.size_bytes, reason, entry_up_to_date(file, entry))


def _without_file(remote: RemoteObject, rules: CompiledRules) -> Action:
    if not rules.selects_key(remote.key):
        return Skip(remote.key, remote.size_bytes, Reason.EXCLUDED)
    if rules.delete and rules.owner_of is not None and rules.owner_of(remote.key):
        return Skip(remote.key, remote.size_bytes, Reason.PROTECTED)
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
