"""What a run that was cut off may still do to the bucket.

A request whose answer nobody hears (the process was killed, the line was lost, the server fell silent) may be
carried out all the same, and late: a busy server was seen to store files a second after the process that had
sent them was killed. Such a straggler overwrites what the next run has sent in the meantime, or it is stamped
later than a file that was rewritten after the kill, and then passes for newer.

So before the first request that changes anything, the ledger notes for the destination that requests are
under way, and the note goes when all have been answered. A run that finds it does three things:

- it lists the bucket, however recent the last listing is;
- it sends files that the ledger does not know, if their objects came since those requests began;
- it looks once more at its end, no earlier than ``LOOK_AGAIN_SECONDS`` after its begin, and sends again what
  was overwritten or deleted in the meantime.

An attempt that is lost within a run and made good by a retry counts as answered: it carries the same bytes,
unless the file was changed between the two, and then the next listing shows the other ETag.
"""

from __future__ import annotations

from mochok.clock import Clock
from mochok.errors import ConnectionLostError, MochokError, ServerFaultError
from mochok.model import LedgerEntry, Reason
from mochok.state.contract import FileLedger

LOOK_AGAIN_SECONDS = 12.0
"""SeaweedFS lets an upload wait for room for ten seconds, and carries it out although its sender is gone."""
LOOKS = 3
"""So often a run looks again while it still finds something."""
OVERWRITTEN = frozenset({Reason.REMOTE_CHANGED, Reason.GONE})
"""What becomes of a file that was sent, when something else happens to its object."""
CLOCKS_DIFFER_NS = 15 * 60 * 1_000_000_000
"""So far may this machine's clock be from the server's: S3 refuses more (RequestTimeTooSkewed)."""

_NOTE = ""
"""The note is a ledger entry of a key that no file has."""


class Unanswered:
    """The note of one destination.

    ``since_ns``: when requests began whose answers nobody heard; None if all that was ever asked of this
    destination has been answered, as far as the ledger knows. ``used`` False: the job does not compare with
    the ledger, so it has no use for a note. ``passive`` (a dry run) only reads.
    """

    def __init__(
        self, ledger: FileLedger, destination: str, clock: Clock, *, passive: bool = False, used: bool = True
    ) -> None:
        note = ledger.lookup(destination, [_NOTE]).get(_NOTE) if used else None
        self.since_ns = None if note is None else note.mtime_ns
        self._ledger = ledger
        self._destination = destination
        self._clock = clock
        self._writes = used and not passive
        self._noted = self._inherited = note is not None
        self._lost_own = False

    @property
    def doubtful_from_ns(self) -> int | None:
        """From when on an object's LastModified may be that of a straggler."""
        return None if self.since_ns is None else self.since_ns - CLOCKS_DIFFER_NS

    def begin(self) -> None:
        """Note that requests are under way; to be called before the first of them. Idempotent."""
        if self._writes and not self._noted:
            now_ns = int(self._clock.now().timestamp()) * 1_000_000_000
            self._ledger.record(self._destination, [LedgerEntry.begun(_NOTE, now_ns)])
            self._ledger.flush()
            self._noted = True

    def answered(self) -> None:
        """Nothing came any more of what an earlier run had under way."""
        self._inherited = False
        self.settle()

    def failed(self, error: MochokError) -> None:
        """A request of this run ended in ``error``; after some of them nobody knows what the server did."""
        self._lost_own = self._lost_own or isinstance(error, ConnectionLostError | ServerFaultError)

    def settle(self) -> None:
        """All requests have ended for now: take the note away, unless one has no answer."""
        if self._writes and self._noted and not (self._inherited or self._lost_own):
            self._ledger.forget(self._destination, [_NOTE])
            self._noted = False
