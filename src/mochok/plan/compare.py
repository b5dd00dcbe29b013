"""Is this object up to date? A pure decision; the table is the specification.

==========  ============================================  ===================================
rule        file and object both there, and ...           decision
==========  ============================================  ===================================
size-only   sizes differ                                  send: SIZE_DIFFERS
size-only   else                                          UP_TO_DATE
size-time   sizes differ                                  send: SIZE_DIFFERS
size-time   file's mtime later than LastModified          send: NEWER  (zero tolerance, as aws)
size-time   else                                          UP_TO_DATE
checksum    as size-time, but NEWER                       send if its content differs
ledger      no ledger entry, and the object came after
            the start of an interrupted run               send: UNFINISHED
ledger      no ledger entry else                          as size-time
ledger      entry of an upload that did not end           send: UNFINISHED
ledger      entry's ETag is not the object's              send: REMOTE_CHANGED
ledger      entry's size or mtime is not the file's       send: CHANGED
ledger      entry's ctime is not the file's               send if its content differs: CTIME_CHANGED
ledger      else                                          UP_TO_DATE
==========  ============================================  ===================================

A file without an object is always sent (NEW, or GONE if the ledger says that it was sent before).
An unknown ctime counts as equal. Content that was found equal is not compared again: its ctime is recorded.
Times are compared in nanoseconds. Interrupted runs: see ``run/in_flight.py``.
"""

from __future__ import annotations

import enum

from mochok.model import LedgerEntry, Reason, RemoteObject, SourceFile


class Compare(enum.StrEnum):
    """The configuration's ``compare``, and ``--size-only``, which overrides it."""

    LEDGER = "ledger"
    SIZE_AND_TIME = "size-and-time"
    CHECKSUM = "checksum"
    SIZE_ONLY = "size-only"


def reason_to_upload(
    rule: Compare,
    file: SourceFile,
    remote: RemoteObject,
    entry: LedgerEntry | None,
    doubtful_from_ns: int | None = None,
) -> Reason:
    """UP_TO_DATE, or the reason to send ``file`` although ``remote`` exists.

    ``doubtful_from_ns``: an object that came at this moment or later may be from an interrupted run, and then
    older than the file although its LastModified is later. None: there was no such run.
    """
    if rule is Compare.LEDGER and entry is not None:
        return _by_ledger(file, remote, entry)
    if rule is Compare.LEDGER and doubtful_from_ns is not None and remote.modified_ns >= doubtful_from_ns:
        return Reason.UNFINISHED
    if file.size_bytes != remote.size_bytes:
        return Reason.SIZE_DIFFERS
    if rule is not Compare.SIZE_ONLY and file.mtime_ns > remote.modified_ns:
        return Reason.NEWER
    return Reason.UP_TO_DATE


def _by_ledger(file: SourceFile, remote: RemoteObject, entry: LedgerEntry) -> Reason:
    if entry.etag != remote.etag or entry.size_bytes != remote.size_bytes:
        return Reason.UNFINISHED if entry.size_bytes < 0 else Reason.REMOTE_CHANGED
    return reason_by_entry(file, entry)


def reason_by_entry(file: SourceFile, entry: LedgerEntry) -> Reason:
    """The same when the ledger stands in for the listing, so that there is no object to look at."""
    if entry.size_bytes != file.size_bytes or entry.mtime_ns != file.mtime_ns:
        return Reason.CHANGED
    known = file.ctime_ns != 0 and entry.ctime_ns != 0
    return Reason.CTIME_CHANGED if known and file.ctime_ns != entry.ctime_ns else Reason.UP_TO_DATE


def decided_by_content(rule: Compare, reason: Reason) -> bool:
    """True if the file is sent for ``reason`` only if its content is not that of the object."""
    return reason is Reason.CTIME_CHANGED or (rule is Compare.CHECKSUM and reason is Reason.NEWER)


def entry_up_to_date(file: SourceFile, entry: LedgerEntry) -> LedgerEntry | None:
    """What the ledger should know of a file that is up to date; None to leave ``entry`` as it is."""
    return None if file.ctime_ns in (0, entry.ctime_ns) else entry._replace(ctime_ns=file.ctime_ns)
