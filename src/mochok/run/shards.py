"""One shard of a job, carried out here or in another process.

Input and output are data: the process that keeps the ledger makes each :class:`ShardTask`, and counts and
records each :class:`ShardOutcome`. Two processes that carry out the same shard do no harm: the same bytes go
to the same key, and an outcome counts once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mochok.model import LedgerEntry, LeftOut, Reason, Skip, Upload
from mochok.plan.planner import Rules, Shard, ShardPlan, parts, plan_shard
from mochok.scan import LinkGuard, Symlinks
from mochok.storage.contract import Listing, ObjectStore, Sent, Unsent
from mochok.storage.settings import OpenSettings


@dataclass(frozen=True, slots=True)
class ShardTask:
    """A shard with all that another process needs to carry it out. It holds no credentials.

    ``known``: what the ledger knows of its files. ``opening`` opens the store. ``send_not_listed``: the order
    of the listing is certain, so files that it does not show are not in S3.
    """

    shard: Shard
    known: tuple[LedgerEntry, ...]
    rules: Rules
    opening: OpenSettings
    source: str
    symlinks: Symlinks
    send_not_listed: bool = False


@dataclass(frozen=True, slots=True)
class ShardOutcome:
    """The result of a shard: its plan, without the uploads in ``outcomes``, and what was skipped."""

    plan: ShardPlan
    outcomes: tuple[Sent | Unsent, ...]
    left_out: tuple[LeftOut, ...]


def run_shard(task: ShardTask, store: ObjectStore) -> ShardOutcome:
    """List, plan and upload one shard. Raises StorageError for what ends the configuration."""
    known = {entry.key: entry for entry in task.known}
    plan = ShardPlan()
    for part in plans(task.shard, store.list(task.shard.keys), known, task.rules, store):
        plan.add(part)
    wanted, plan.uploads = plan.uploads, []
    if task.send_not_listed:
        wanted, plan.not_listed = wanted + plan.not_listed, []
    links, left_out, allowed = LinkGuard(task.source, task.symlinks), [], []
    for upload in wanted:
        if problem := links.problem(upload.file):
            left_out.append(LeftOut(upload.file.key, problem))
        else:
            allowed.append(upload)
    return ShardOutcome(plan, tuple(store.upload(allowed)), tuple(left_out))


def plans(
    shard: Shard, listing: Listing, known: Mapping[str, LedgerEntry], rules: Rules, store: ObjectStore
) -> Iterator[ShardPlan]:
    """The plans of a shard's parts, given the listing of its range. Raises StorageError."""
    for part, objects in parts(shard, listing, store.order):
        plan = plan_shard(part, objects, known, rules, store.order)
        compare_content(plan, rules, store)
        yield plan


def compare_content(plan: ShardPlan, rules: Rules, store: ObjectStore) -> None:
    """``compare: checksum``: of the files that are newer, upload those whose bytes differ."""
    files, plan.to_compare = plan.to_compare, []
    same, day_of = store.same_content(files) if files else set(), rules.compiled().day_of
    for file in files:
        if file.key in same:
            plan.skips.append(Skip(file.key, file.size_bytes, Reason.UP_TO_DATE))
            plan.up_to_date(file, day_of)
        else:
            plan.uploads.append(Upload(file, Reason.CONTENT_DIFFERS))
