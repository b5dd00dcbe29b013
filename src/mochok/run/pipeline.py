"""Scan, list, query the ledger, decide: overlapping, in bounded memory.

The scan is cut into shards of about one listing page. Several shards are listed ahead while the scan goes on;
as soon as the first listing has arrived, its shard is planned and uploads start. A server that turns out to
list in another order is joined through a map, starting behind what was already decided.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from mochok.errors import Interrupted, ListingOrderError
from mochok.model import KeyRange, LedgerEntry, LeftOut, Reason, SourceFile, Upload
from mochok.plan.compare import Compare
from mochok.plan.planner import (
    SHARD_FILES,
    Pair,
    Shard,
    ShardPlan,
    join_through_map,
    plan_by_ledger,
    plan_pairs,
    shards,
)
from mochok.records.deletes import KEYS_KEPT
from mochok.run.context import JobContext
from mochok.run.in_flight import OVERWRITTEN
from mochok.run.job import Job
from mochok.run.pass_counts import HeldBack, PassCounts
from mochok.run.recorder import Recorder
from mochok.run.shards import compare_content, plans
from mochok.scan import ScanSettings, scan
from mochok.similar import Kind
from mochok.storage.contract import SINGLE_PART_BYTES, Listing, ListingCursor, ObjectStore

LISTINGS_AHEAD = 8


@dataclass(frozen=True, slots=True)
class Pass:
    """Which pass: by the ledger instead of a listing, or a ``recheck`` of what was overwritten since.

    ``accepted``: how many deletions a person accepted; ``folders``: those whose files are counted.
    """

    trust_ledger: bool = False
    recheck: bool = False
    accepted: int = 0
    folders: frozenset[str] = frozenset()


class Pipeline:
    """One pass over one job: its shards, their plans, and the uploads that the store pulls."""

    def __init__(
        self, job: Job, store: ObjectStore, context: JobContext, recorder: Recorder, this_pass: Pass
    ) -> None:
        most_deletes = max(job.guard.most + this_pass.accepted, KEYS_KEPT)
        self.counts = PassCounts(most_deletes, this_pass.folders)
        self.rules = job.rules(recorder.mark.doubtful_from_ns)
        self._job = job
        self._store = store
        self._ledger = context.ledger
        self._stop = context.stop
        self._recorder = recorder
        self._pass = this_pass
        self._held_back = HeldBack()
        self._behind = ""
        self._kinds: frozenset[Kind] | None = None

    def uploads(self) -> Iterator[Upload | None]:
        """Every upload of the plan; None now and then, so that the caller can handle finished ones."""
        try:
            yield from self._by_ledger() if self._pass.trust_ledger else self._by_listing()
        except ListingOrderError as error:
            self._recorder.notice(
                "INFO", f"{error.message}; reading the whole listing and comparing through a map"
            )
            yield None
            yield from self._through_map()
        except Interrupted:  # while waiting for a listing; uploads in progress may finish
            if not self._stop.requested:
                raise
            return
        self.counts.complete = not self._stop.requested

    def shards(self) -> Iterator[Shard]:
        """The scan, cut into shards; ends early when the run is cancelled."""
        for shard in shards(self._scan()):
            if self._stop.requested:
                return
            self.counts.scanned += len(shard.files)
            yield shard

    def begin(self) -> None:
        """Requests that change something are about to be sent."""
        self._recorder.begin_changes()

    def on_the_way(self, arrived_bytes: Mapping[str, int]) -> None:
        """Uploads go on; see ``storage.contract.OnTheWay``."""
        self._recorder.on_the_way = dict(arrived_bytes)
        self._recorder.progress(self.counts)

    def known(self, files: Iterable[SourceFile]) -> Mapping[str, LedgerEntry]:
        """What the ledger knows of ``files``."""
        found = self._ledger.lookup(self._job.destination, [file.key for file in files])
        self.counts.known += sum(entry.size_bytes >= 0 for entry in found.values())
        return found

    def take(self, plan: ShardPlan) -> Iterator[Upload]:
        """Count what is planned; the uploads that may start now."""
        self.count(plan)
        return self.admitted(plan.uploads)

    def count(self, plan: ShardPlan) -> None:
        """Count what is planned, report it, and record in the ledger what it did not know."""
        self.counts.add(plan)
        self._recorder.settling.add(plan.youngest)
        if not self._pass.recheck:
            self._recorder.planned(plan)
        if plan.seen and self._job.compare is Compare.LEDGER:
            self._ledger.record(self._job.destination, plan.seen)
        self._held_back.add(plan.not_listed)
        self._recorder.progress(self.counts)

    def admitted(self, uploads: Iterable[Upload]) -> Iterator[Upload]:
        """Those of ``uploads`` that may start, counted."""
        for upload in uploads:
            if self._stop.requested:
                return
            if self._pass.recheck and upload.reason not in OVERWRITTEN:
                continue
            file = upload.file
            self.counts.upload_planned(upload)
            self._recorder.upload_planned(upload, again=self._pass.recheck)
            if file.size_bytes > SINGLE_PART_BYTES and self._job.compare is Compare.LEDGER:
                self._ledger.record(self._job.destination, [LedgerEntry.begun(file.key)])
            yield upload

    def _scan(self) -> Iterator[SourceFile]:
        job = self._job
        settings = ScanSettings(
            self._store.order,
            job.opening.source.symlinks,
            job.prefix_bytes,
            max_link_expansion=job.max_link_expansion,
            kept_apart=self._kept_apart,
        )
        return scan(job.paths.source, settings, self.leave_out)

    def _kept_apart(self) -> frozenset[Kind]:
        """Which kinds of similar names the server keeps apart; found out once in a pass."""
        if self._kinds is None:
            self._kinds = self._store.kept_apart(self._ledger)
        return self._kinds

    def leave_out(self, left_out: LeftOut) -> None:
        """A name takes no part."""
        self.counts.leave_out(left_out)
        self._recorder.left_out(left_out)

    def _by_ledger(self) -> Iterator[Upload | None]:
        for shard in self.shards():
            yield None
            plan = plan_by_ledger(shard.files, self.known(shard.files), self.rules)
            compare_content(plan, self.rules, self._store)
            yield from self.take(plan)

    def _by_listing(self) -> Iterator[Upload | None]:
        window: deque[tuple[Shard, Listing]] = deque()
        cursor = ListingCursor()
        for shard in self.shards():
            window.append((shard, self._store.list(shard.keys, cursor)))
            while window and (len(window) >= LISTINGS_AHEAD or window[0][1].ready()):
                yield None
                yield from self._listed(*window.popleft())
        while window and not self._stop.requested:
            yield None
            yield from self._listed(*window.popleft())

    def _listed(self, shard: Shard, listing: Listing) -> Iterator[Upload]:
        for plan in plans(shard, listing, self.known(shard.files), self.rules, self._store):
            yield from self.take(plan)
            self._behind = plan.last_key or self._behind
        yield from self.released(shard)

    def released(self, shard: Shard) -> Iterator[Upload]:
        """The range of ``shard`` has been listed in order; the uploads that no longer wait for that."""
        certain = shard.keys.last is None or not self.counts.objects
        return self.admitted(self._held_back.release(everything=certain))

    def _through_map(self) -> Iterator[Upload | None]:
        """The whole job again, without trust in the order; files already decided are only matched."""
        self.counts.begin_again()
        pairs = self._undecided(join_through_map(self._scan(), self._store.list(KeyRange())))
        while (chunk := list(islice(pairs, SHARD_FILES))) and not self._stop.requested:
            known = self.known(file for file, _remote in chunk if file is not None)
            plan = plan_pairs(chunk, known, self.rules)
            compare_content(plan, self.rules, self._store)
            yield None
            yield from self.take(plan)
            yield from self.admitted(self._held_back.release(everything=True))

    def _undecided(self, pairs: Iterable[Pair]) -> Iterator[Pair]:
        sort_key = self._store.order.sort_key
        decided = sort_key(self._behind) if self._behind else None
        held_back = {upload.file.key for upload in self._held_back.release(everything=True)}
        for file, remote in pairs:
            self.counts.scanned += file is not None
            if file is None or decided is None or sort_key(file.key) > decided or file.key in held_back:
                yield file, remote
            else:
                self.counts.objects += remote is not None
                self.counts.managed += remote is not None and self._manages(file.key)

    def _manages(self, key: str) -> bool:
        rules = self.rules.compiled()
        return rules.manages(key, Reason.UP_TO_DATE if rules.selects_key(key) else Reason.EXCLUDED)
