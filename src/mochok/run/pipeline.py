"""Scan, list, look up, decide: overlapping, in bounded memory.

The walk is cut into shards of about one listing page. Several shards are listed ahead while the walk goes
on; as soon as the first one's listing is there, it is joined and its uploads start. A server that turns
out to list in another order is joined through a map, starting behind what was already decided.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from mochok.clock import Stop
from mochok.errors import Interrupted, ListingOrderError
from mochok.model import (
    Delete,
    KeyRange,
    LedgerEntry,
    LeftOut,
    Reason,
    RemoteObject,
    Skip,
    SourceFile,
    Tally,
    Upload,
)
from mochok.plan.compare import Compare
from mochok.plan.planner import Rules, Shard, decide, decide_by_ledger, join, join_through_map, shards
from mochok.run.dating import DayCounts
from mochok.run.job import Job
from mochok.scan import LinkGuard, ScanSettings, scan
from mochok.state.contract import FileLedger
from mochok.storage.contract import SINGLE_PART_BYTES, Listing, ListingCursor, ObjectStore

LISTINGS_AHEAD = 8
_NOT_LISTED = frozenset({Reason.NEW, Reason.GONE})


@dataclass(slots=True)
class Findings:
    """What the pipeline learns on its way; ``deletes`` stops growing one past the guard's limit."""

    tally: Tally = field(default_factory=Tally)
    deletes: list[Delete] = field(default_factory=list)
    left_out: int = 0
    scanned: int = 0
    objects: int = 0
    complete: bool = False
    current_key: str = ""


class Pipeline:
    """One pass over one job; :meth:`uploads` is what the store pulls from.

    ``trust_ledger``: what the ledger recorded stands in for the listing, and no listing is asked for.
    ``days`` counts the files of each data day, where they can be told apart. ``doubtful_from_ns`` as in
    ``Rules``. ``only``: the reasons for which a file is sent; None is all of them. ``told``: the keys of what
    was left out, each of which is told once.
    """

    def __init__(  # noqa: PLR0913 - the seams of one run
        self,
        job: Job,
        store: ObjectStore,
        ledger: FileLedger,
        stop: Stop,
        *,
        on_left_out: Callable[[LeftOut], None],
        on_skip: Callable[[Skip], None] | None = None,
        on_notice: Callable[[str, str], None],
        on_tick: Callable[[], None] = lambda: None,
        trust_ledger: bool = False,
        days: DayCounts | None = None,
        doubtful_from_ns: int | None = None,
        only: frozenset[Reason] | None = None,
    ) -> None:
        self.findings = Findings()
        self._days = days
        self._job = job
        self._store = store
        self._ledger = ledger
        self._stop = stop
        self._tell_left_out = on_left_out
        self._tell_skip = on_skip
        self._notice = on_notice
        self._tick = on_tick
        self._trust_ledger = trust_ledger
        self._only = only
        self._rules: Rules = job.rules(doubtful_from_ns)
        self._links = LinkGuard(job.paths.source, job.symlinks)
        self._behind = ""
        self._seen: list[LedgerEntry] = []
        self._doubtful: list[SourceFile] = []
        self._missing: list[Upload] = []
        self._missing_before = 0
        self._without_file: Counter[Reason] = Counter()
        self.told: set[str] = set()

    def uploads(self) -> Iterator[Upload | None]:
        """Every upload of the plan; None now and then, so that the caller can look after finished ones."""
        try:
            yield from self._sharded()
        except ListingOrderError as error:
            self._notice("INFO", f"{error.message}; the listing is read whole and compared through a map")
            yield None
            yield from self._through_map()
        except Interrupted:  # while a listing was awaited; what is being sent has its time
            if not self._stop.requested:
                raise
            return
        self.flush()
        self.findings.complete = not self._stop.requested

    def flush(self) -> None:
        """Hand what was found equal to the ledger."""
        if self._seen and self._uses_ledger:
            self._ledger.record(self._job.destination, self._seen)
        self._seen.clear()

    @property
    def _uses_ledger(self) -> bool:
        return self._job.compare is Compare.LEDGER and not self._job.dry_run

    def _walk(self) -> Iterator[SourceFile]:
        settings = ScanSettings(self._store.order, self._job.symlinks, self._job.prefix_bytes)
        return scan(self._job.paths.source, settings, self._leave_out)

    def _leave_out(self, left_out: LeftOut) -> None:
        if not left_out.passed_over:
            self.findings.left_out += 1
            self.findings.tally.left_out += 1
        if left_out.key not in self.told:  # a walk may be made twice, see _through_map
            self.told.add(left_out.key)
            self._tell_left_out(left_out)

    def _sharded(self) -> Iterator[Upload | None]:
        window: deque[tuple[Shard, Listing]] = deque()
        cursor = ListingCursor()
        for shard in shards(self._walk()):
            if self._stop.requested:
                return
            self.findings.scanned += len(shard.files)
            if self._trust_ledger:
                yield None
                yield from self._shard_by_ledger(shard)
                continue
            window.append((shard, self._store.list(shard.keys, cursor)))
            while window and (len(window) >= LISTINGS_AHEAD or window[0][1].ready()):
                yield None
                yield from self._shard(*window.popleft())
        while window and not self._stop.requested:
            yield None
            yield from self._shard(*window.popleft())

    def _shard(self, shard: Shard, listing: Listing) -> Iterator[Upload]:
        self._tick()
        known, rules = self._known(shard.files), self._rules
        for pair in join(shard.files, self._counted(listing), self._store.order, shard.keys):
            action = decide(pair, rules, known)
            if isinstance(action, Skip):
                self._skip(action, pair[0])
                if pair[0] is None:
                    self._without_file[action.reason] += 1
            elif isinstance(action, Upload) and self._is_doubtful(action):
                self._doubtful.append(action.file)
            elif isinstance(action, Upload) and action.reason in _NOT_LISTED:
                self._missing.append(action)
            else:
                yield from self._act(action)
            if pair[0] is not None:
                self._behind = pair[0].key
        yield from self._send_missing(last=shard.keys.last is None)
        yield from self._by_content()
        self.flush()

    def _send_missing(self, *, last: bool) -> Iterator[Upload]:
        """Send the files that the listing did not show, but those of this shard not before the next one has
        been listed in order too: a server with another order may show them there.
        """
        count = len(self._missing) if last or not self.findings.objects else self._missing_before
        missing, self._missing = self._missing[:count], self._missing[count:]
        self._missing_before = len(self._missing)
        for upload in missing:
            yield from self._act(upload)

    def _is_doubtful(self, upload: Upload) -> bool:
        return self._job.compare is Compare.CHECKSUM and upload.reason is Reason.NEWER

    def _by_content(self) -> Iterator[Upload]:
        """``compare: checksum``: of the files whose time says "newer", send those whose bytes differ."""
        doubtful, self._doubtful = self._doubtful, []
        if not doubtful:
            return
        same = self._store.same_content(doubtful)
        for file in doubtful:
            if file.key in same:
                self._skip(Skip(file.key, file.size_bytes, Reason.UP_TO_DATE), file)
            else:
                yield from self._act(Upload(file, Reason.CONTENT_DIFFERS))

    def _shard_by_ledger(self, shard: Shard) -> Iterator[Upload]:
        self._tick()
        known, rules = self._known(shard.files), self._rules
        for file in shard.files:
            action = decide_by_ledger(file, known.get(file.key), rules)
            if isinstance(action, Skip):
                self._skip(action, file)
            else:
                yield from self._act(action)

    def _known(self, files: Iterable[SourceFile]) -> Mapping[str, LedgerEntry]:
        return self._ledger.lookup(self._job.destination, [file.key for file in files])

    def _counted(self, listing: Iterable[RemoteObject]) -> Iterator[RemoteObject]:
        for remote in listing:
            self.findings.objects += 1
            yield remote

    def _act(self, action: Upload | Delete) -> Iterator[Upload]:
        """Count what is planned; hand uploads on, keep deletes for the last phase."""
        tally = self.findings.tally
        if self._stop.requested:
            return
        if isinstance(action, Delete):
            tally.deletes_planned += 1
            if len(self.findings.deletes) <= self._job.guard.max_objects:
                self.findings.deletes.append(action)
            return
        if self._only is not None and action.reason not in self._only:
            return
        file = action.file
        if problem := self._links.problem(file):
            self._leave_out(LeftOut(file.key, problem))
            return
        self.findings.current_key = file.key
        tally.files_seen += 1
        tally.bytes_seen += file.size_bytes
        tally.uploads_planned += 1
        tally.bytes_planned += file.size_bytes
        tally.planned[action.reason] = tally.planned.get(action.reason, 0) + 1
        if self._days is not None:
            self._days.seen(file, planned=True)
        if file.size_bytes > SINGLE_PART_BYTES and self._uses_ledger:
            self._ledger.record(self._job.destination, [LedgerEntry.begun(file.key)])
        yield action

    def _skip(self, skip: Skip, file: SourceFile | None) -> None:
        tally = self.findings.tally
        tally.skipped[skip.reason] = tally.skipped.get(skip.reason, 0) + 1
        if skip.reason is Reason.UP_TO_DATE:
            tally.files_seen += 1
            tally.bytes_seen += skip.size_bytes
            if self._days is not None and file is not None:
                self._days.seen(file, planned=False)
        if skip.entry is not None:
            self._seen.append(skip.entry)
        if self._tell_skip is not None:
            self._tell_skip(skip)

    def _count_again(self) -> None:
        """Take back what the second pass will find again; files already decided stay counted."""
        findings, tally = self.findings, self.findings.tally
        findings.deletes.clear()
        tally.deletes_planned = findings.objects = findings.scanned = 0
        tally.left_out -= findings.left_out
        findings.left_out = 0
        for reason, count in self._without_file.items():
            tally.skipped[reason] -= count
        self._without_file.clear()

    def _through_map(self) -> Iterator[Upload | None]:
        """The whole job again, without trust in the order; files already decided are only matched."""
        findings, sort_key = self.findings, self._store.order.sort_key
        self._count_again()
        yield from self._by_content()
        decided = sort_key(self._behind) if self._behind else None
        undecided = {upload.file.key for upload in self._missing}
        remotes = self._counted(self._store.list(KeyRange()))
        for file, remote in join_through_map(self._walk(), remotes):
            if file is not None:
                findings.scanned += 1
                if decided is not None and sort_key(file.key) <= decided and file.key not in undecided:
                    continue
            known = self._known([file]) if file is not None else {}
            action = decide((file, remote), self._rules, known)
            if isinstance(action, Skip):
                self._skip(action, file)
            elif isinstance(action, Upload) and self._is_doubtful(action):
                self._doubtful.append(action.file)
                yield from self._by_content()
            else:
                yield from self._act(action)
