"""Uploads in flight when a run was interrupted.

A request without an answer (the process was killed, the connection lost, the server silent) may be carried
out all the same, and late: a busy server stored files a second after the process that had sent them was
killed. Such a late upload overwrites what the next run has uploaded in the meantime, or its LastModified is
later than a file that was rewritten after the kill, and then it passes for newer.

So before the first request that changes anything, the ledger records for the destination that requests are
in flight, and the mark goes when all have been answered. A run that finds the mark does three things:

- it lists the bucket, however recent the last listing is;
- it uploads files that the ledger does not know, if their objects came since those requests began;
- it re-checks the bucket at its end, no earlier than ``RECHECK_SECONDS`` after its begin, and uploads again
  what was overwritten or deleted in the meantime.

A lost attempt that a retry repeats counts as answered: if the bytes differ, the next listing shows the ETag.
"""

from __future__ import annotations

from mochok.clock import Clock
from mochok.errors import ConnectionLostError, MochokError, ServerFaultError
from mochok.model import LedgerEntry, Reason
from mochok.state.contract import FileLedger

RECHECK_SECONDS = 12.0
"""SeaweedFS lets an upload wait for space for ten seconds, and carries it out although its sender is gone."""
RECHECKS = 3
"""How often a run re-checks while it still finds something."""
OVERWRITTEN = frozenset({Reason.REMOTE_CHANGED, Reason.GONE})
"""Why a file that was uploaded goes up again, when something else happened to its object."""
CLOCKS_DIFFER_NS = 15 * 60 * 1_000_000_000
"""How far this machine's clock may be from the server's: S3 refuses more (RequestTimeTooSkewed)."""

_MARK = ""
"""The mark is a ledger entry of a key that no file has."""


class InFlightMark:
    """The mark of one destination.

    ``since_ns``: when requests without an answer began; None if the ledger knows of none. ``used`` False: the
    job does not compare with the ledger, so it needs no mark.
    """

    def __init__(self, ledger: FileLedger, destination: str, clock: Clock, *, used: bool = True) -> None:
        mark = ledger.lookup(destination, [_MARK]).get(_MARK) if used else None
        self.since_ns = None if mark is None else mark.mtime_ns
        if mark is not None and mark.mtime_ns > clock.now().timestamp() * 1e9:
            self.since_ns = 0  # that run, or this one, has a wrong clock
        self._ledger = ledger
        self._destination = destination
        self._clock = clock
        self._used = used
        self._marked = self._inherited = mark is not None
        self._lost_own = False

    @property
    def doubtful_from_ns(self) -> int | None:
        """From when on an object's LastModified may be that of a late upload."""
        return None if self.since_ns is None else self.since_ns - CLOCKS_DIFFER_NS

    def begin(self) -> None:
        """Record that requests are in flight; call it before the first of them. Idempotent."""
        if self._used and not self._marked:
            now_ns = int(self._clock.now().timestamp()) * 1_000_000_000
            self._ledger.record(self._destination, [LedgerEntry.begun(_MARK, now_ns)])
            self._ledger.flush()
            self._marked = True

    def answered(self) -> None:
        """Nothing more came of what an earlier run had in flight."""
        self._inherited = False
        self.settle()

    def failed(self, error: MochokError) -> None:
        """A request of this run ended in ``error``; after some it is unknown what the server did."""
        self._lost_own = self._lost_own or isinstance(error, ConnectionLostError | ServerFaultError)

    def settle(self) -> None:
        """All requests have ended for now: remove the mark, unless one has no answer."""
        if self._marked and not (self._inherited or self._lost_own):
            self._ledger.forget(self._destination, [_MARK])
            self._marked = False
