"""Is this object up to date? A pure decision; the table is the specification.

==========  ============================================  ===================================
rule        file and object both there, and ...           decision
==========  ============================================  ===================================
size-only   sizes differ                                  send: SIZE_DIFFERS
size-only   else                                          UP_TO_DATE
size-time   sizes differ                                  send: SIZE_DIFFERS
size-time   file's mtime later than LastModified          send: NEWER  (zero tolerance, as aws)
size-time   else                                          UP_TO_DATE
checksum    as size-time; what is NEWER is sent only if its content differs (decided by the pipeline)
ledger      no ledger entry, and the object came after
            the start of an interrupted run               send: UNFINISHED
ledger      no ledger entry else                          as size-time
ledger      entry of an upload that did not end           send: UNFINISHED
ledger      entry's ETag is not the object's              send: REMOTE_CHANGED
ledger      entry's size or mtime is not the file's       send: CHANGED
ledger      else                                          UP_TO_DATE
==========  ============================================  ===================================

A file without an object is always sent (NEW, or GONE if the ledger says that it was sent before).
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
    if entry.size_bytes != file.size_bytes or entry.mtime_ns != file.mtime_ns:
        return Reason.CHANGED
    return Reason.UP_TO_DATE
