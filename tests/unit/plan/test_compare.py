"""Is this object up to date? The truth table of ``plan/compare.py``, row by row."""

from __future__ import annotations

import pytest

from mochok.model import LedgerEntry, Reason, RemoteObject, SourceFile
from mochok.plan.compare import Compare, reason_to_upload

SECOND_NS = 1_000_000_000
THEN = 1_700_000_000 * SECOND_NS

SIZE_ONLY, SIZE_AND_TIME, LEDGER = Compare.SIZE_ONLY, Compare.SIZE_AND_TIME, Compare.LEDGER


def file(size_bytes: int = 5, mtime_ns: int = THEN, ctime_ns: int = 0) -> SourceFile:
    return SourceFile("k", "/data/k", size_bytes, mtime_ns, ctime_ns)


def remote(size_bytes: int = 5, modified_ns: int = THEN, etag: str = "e") -> RemoteObject:
    return RemoteObject("k", size_bytes, modified_ns, etag)


def entry(size_bytes: int = 5, mtime_ns: int = THEN, etag: str = "e", ctime_ns: int = 0) -> LedgerEntry:
    return LedgerEntry("k", size_bytes, mtime_ns, etag, ctime_ns)


@pytest.mark.parametrize(
    ("rule", "local", "there", "known", "expected"),
    [
        # size-only: nothing but the size counts
        (SIZE_ONLY, file(6), remote(5), None, Reason.SIZE_DIFFERS),
        (SIZE_ONLY, file(mtime_ns=THEN + 99 * SECOND_NS), remote(), None, Reason.UP_TO_DATE),
        (SIZE_ONLY, file(mtime_ns=THEN + 1), remote(etag="x"), entry(mtime_ns=1), Reason.UP_TO_DATE),
        # size-and-time: aws's rule, zero tolerance
        (SIZE_AND_TIME, file(4), remote(5), None, Reason.SIZE_DIFFERS),
        (SIZE_AND_TIME, file(4, THEN + SECOND_NS), remote(5), None, Reason.SIZE_DIFFERS),
        (SIZE_AND_TIME, file(mtime_ns=THEN + 1), remote(), None, Reason.NEWER),
        (SIZE_AND_TIME, file(mtime_ns=THEN + 400_000_000), remote(), None, Reason.NEWER),
        (SIZE_AND_TIME, file(mtime_ns=THEN), remote(), None, Reason.UP_TO_DATE),
        (SIZE_AND_TIME, file(mtime_ns=THEN - SECOND_NS), remote(), None, Reason.UP_TO_DATE),
        (SIZE_AND_TIME, file(mtime_ns=-SECOND_NS), remote(), None, Reason.UP_TO_DATE),
        (SIZE_AND_TIME, file(), remote(etag="new"), entry(mtime_ns=1, etag="old"), Reason.UP_TO_DATE),
        # ledger without an entry: as size-and-time
        (LEDGER, file(4), remote(5), None, Reason.SIZE_DIFFERS),
        (LEDGER, file(mtime_ns=THEN + 1), remote(), None, Reason.NEWER),
        (LEDGER, file(mtime_ns=THEN - 1), remote(), None, Reason.UP_TO_DATE),
        # ledger: somebody else wrote the object
        (LEDGER, file(), remote(etag="other"), entry(), Reason.REMOTE_CHANGED),
        (LEDGER, file(), remote(6), entry(5), Reason.REMOTE_CHANGED),
        (LEDGER, file(6), remote(6, etag="other"), entry(5), Reason.REMOTE_CHANGED),
        # ledger: an upload began and did not end, whatever stands there now
        (LEDGER, file(), remote(), LedgerEntry.begun("k"), Reason.UNFINISHED),
        (LEDGER, file(), remote(etag=""), LedgerEntry.begun("k"), Reason.UNFINISHED),
        # ledger: the file is not what was sent, in either direction
        (LEDGER, file(6), remote(5), entry(5), Reason.CHANGED),
        (LEDGER, file(mtime_ns=THEN + 1), remote(), entry(), Reason.CHANGED),
        (LEDGER, file(mtime_ns=THEN - 1), remote(), entry(), Reason.CHANGED),
        # ledger: as it was sent, even with a date in the future
        (LEDGER, file(), remote(), entry(), Reason.UP_TO_DATE),
        (LEDGER, file(mtime_ns=2 * THEN), remote(), entry(mtime_ns=2 * THEN), Reason.UP_TO_DATE),
        # ledger: only the change time differs, in either direction; an unknown one says nothing
        (LEDGER, file(ctime_ns=8), remote(), entry(ctime_ns=7), Reason.CTIME_CHANGED),
        (LEDGER, file(ctime_ns=6), remote(), entry(ctime_ns=7), Reason.CTIME_CHANGED),
        (LEDGER, file(ctime_ns=7), remote(), entry(ctime_ns=7), Reason.UP_TO_DATE),
        (LEDGER, file(ctime_ns=0), remote(), entry(ctime_ns=7), Reason.UP_TO_DATE),
        (LEDGER, file(ctime_ns=7), remote(), entry(ctime_ns=0), Reason.UP_TO_DATE),
        (LEDGER, file(6, ctime_ns=8), remote(), entry(ctime_ns=7), Reason.CHANGED),
        (LEDGER, file(ctime_ns=8), remote(etag="x"), entry(ctime_ns=7), Reason.REMOTE_CHANGED),
        (SIZE_AND_TIME, file(ctime_ns=8), remote(), entry(ctime_ns=7), Reason.UP_TO_DATE),
    ],
)
def test_each_row_of_the_truth_table(
    rule: Compare, local: SourceFile, there: RemoteObject, known: LedgerEntry | None, expected: Reason
) -> None:
    assert reason_to_upload(rule, local, there, known) is expected


@pytest.mark.parametrize(
    ("rule", "known", "came_ns", "expected"),
    [
        (LEDGER, None, THEN, Reason.UNFINISHED),
        (LEDGER, None, THEN + SECOND_NS, Reason.UNFINISHED),
        (LEDGER, None, THEN - 1, Reason.UP_TO_DATE),
        (LEDGER, entry(mtime_ns=1), THEN, Reason.UP_TO_DATE),
        (SIZE_AND_TIME, None, THEN, Reason.UP_TO_DATE),
        (SIZE_ONLY, None, THEN, Reason.UP_TO_DATE),
    ],
)
def test_an_object_that_a_run_which_was_cut_off_may_have_sent_is_not_believed(
    rule: Compare, known: LedgerEntry | None, came_ns: int, expected: Reason
) -> None:
    older = file(mtime_ns=1)
    came = remote(modified_ns=came_ns)
    assert reason_to_upload(rule, older, came, known, doubtful_from_ns=THEN) is expected
