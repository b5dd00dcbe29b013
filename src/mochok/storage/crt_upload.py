"""Uploads through the engine, many at a time, each proven against what was read.

A small file is read once here and its checksum goes into a header, so the server refuses anything else
than those bytes. A large one goes up in parts whose checksums the engine computes. In both cases the
file is looked at again afterwards: if device, inode, size, mtime or ctime differ from before, what arrived
is not trusted and the file is sent once more.
"""

from __future__ import annotations

import contextlib
import heapq
import os
import queue
import time
from collections.abc import Iterable, Iterator
from typing import Any, TypeGuard

from awscrt.exceptions import AwsCrtError
from awscrt.s3 import S3Client, S3Request, S3RequestType

from mochok.errors import (
    ChecksumMismatchError,
    ConnectionLostError,
    EndpointUnreachableError,
    FileError,
    FileLeftOutError,
    Interrupted,
    MochokError,
    PrerequisiteError,
    StorageError,
)
from mochok.model import LedgerEntry, Upload
from mochok.storage.content import guess_content_type
from mochok.storage.contract import SINGLE_PART_BYTES, Sent, Unsent
from mochok.storage.crt_checksum import ChecksumChoice
from mochok.storage.crt_client import ATTEMPTS, CrtClient, backoff_seconds, silence
from mochok.storage.crt_errors import describe
from mochok.storage.crt_transfer import Transfer, look, unreadable
from mochok.storage.rate_limiter import RateLimitedFile, RateLimiter
from mochok.storage.settings import ObjectSettings

IN_FLIGHT = 192
_CHANGES_ALLOWED = 1
_HEAD_START_SECONDS = 0.010
"""For the first upload. SeaweedFS makes room in a new bucket with it, and lets those that come at the same
moment wait a second (1,000 files at 40 ms round trip: 0.9 s with a head start, 1.4 s without).
"""
_WAIT_SLICE_SECONDS = 0.25
_LOST_IN_A_ROW = 40
_PROBE_SECONDS = 10
_SLOWEST_BYTES_PER_SECOND = 10_000


class Uploader:
    """Keeps up to ``in_flight`` transfers going; one instance serves one call of ``ObjectStore.upload``."""

    def __init__(
        self,
        client: CrtClient,
        key_prefix: str,
        settings: ObjectSettings,
        checksum: ChecksumChoice,
        *,
        rate_limiter: RateLimiter | None = None,
        in_flight: int = IN_FLIGHT,
    ) -> None:
        self._client = client
        self._stop = client.stop
        self._key_prefix = key_prefix
        self._settings = settings
        self._checksum = checksum
        self._rate_limiter = rate_limiter
        self._headers = (*settings.headers, *settings.key_headers)
        self._in_flight = in_flight
        self._finished: queue.SimpleQueue[Transfer | None] = queue.SimpleQueue()
        self._running: set[Transfer] = set()
        self._waiting: list[tuple[float, Transfer]] = []
        self._under_way = False
        self._lost_in_a_row = 0
        self._last_sign = self._last_answer = time.monotonic()

    def run(self, uploads: Iterable[Upload | None]) -> Iterator[Sent | Unsent]:
        """See ``ObjectStore.upload``."""
        try:
            for upload in uploads:
                if upload is not None:
                    yield from self._admit(Transfer(upload, self._finished))
                    self._give_head_start()
                yield from self._collect(block=False)
                while self._busy >= self._in_flight:
                    yield from self._collect(block=True)
            while self._busy:
                yield from self._collect(block=True)
        finally:
            self._cancel()

    def _give_head_start(self) -> None:
        """Once: wait a moment for an answer, which stays where it is."""
        if not self._under_way:
            self._under_way = True
            with contextlib.suppress(queue.Empty):
                self._finished.put(self._finished.get(timeout=_HEAD_START_SECONDS))

    @property
    def _busy(self) -> int:
        return len(self._running) + len(self._waiting)

    def _admit(self, transfer: Transfer) -> Iterator[Sent | Unsent]:
        """Begin now, or when the bandwidth limit allows; a large file paces itself while it is read."""
        size = transfer.upload.file.size_bytes
        delay = self._rate_limiter.reserve(size) if self._rate_limiter and size <= SINGLE_PART_BYTES else 0.0
        if delay > 0:
            heapq.heappush(self._waiting, (time.monotonic() + delay, transfer))
        else:
            yield from self._begin(transfer)

    def _begin(self, transfer: Transfer) -> Iterator[Sent | Unsent]:
        transfer.reset()
        transfer.attempts += 1
        if transfer.attempts == 1 and not self._running:
            self._last_answer = time.monotonic()
        try:
            transfer.request = self._send(transfer)
        except MochokError as error:
            if isinstance(error, PrerequisiteError) or _ends_everything(error):
                raise
            yield Unsent(transfer.upload, error)
            return
        self._running.add(transfer)

    def _send(self, transfer: Transfer) -> S3Request:
        """Start one attempt; raises FileLeftOutError or StorageError if it cannot even start."""
        file = transfer.upload.file
        self._client.session.refresh()
        before, checksum = look(file.path, self._checksum.compute, SINGLE_PART_BYTES)
        transfer.before, transfer.checksum = before, self._checksum.current
        size = before.st_size
        single = size <= SINGLE_PART_BYTES
        headers = [("Content-Length", str(size)), *self._content_type(file.key), *self._headers]
        if checksum is not None:
            headers.append((f"x-amz-checksum-{transfer.checksum}", checksum))
        client = self._client.single if single else self._client.multipart
        path = self._client.endpoint.object_path(self._key_prefix + file.key)
        try:
            return self._make(client, transfer, path, headers, single=single)
        except (AwsCrtError, RuntimeError, ValueError, OSError) as error:
            transfer.let_go()
            raise self._explain(transfer, error, {}) from error

    def _make(
        self,
        client: S3Client,
        transfer: Transfer,
        path: str,
        headers: list[tuple[str, str]],
        *,
        single: bool,
    ) -> S3Request:
        if self._rate_limiter is not None and not single:
            transfer.body = RateLimitedFile(transfer.upload.file.path, self._rate_limiter)
        return client.make_request(
            type=S3RequestType.PUT_OBJECT,
            request=self._client.request("PUT", path, headers, transfer.body),
            signing_config=self._client.signing.now if single else None,
            send_filepath=None if transfer.body else transfer.upload.file.path,
            checksum_config=None if single else self._checksum.of_parts,
            multipart_upload_threshold=SINGLE_PART_BYTES,
            on_headers=transfer.on_headers,
            on_done=transfer.on_done,
            on_progress=None if single else transfer.on_progress,
        )

    def _content_type(self, key: str) -> list[tuple[str, str]]:
        settings = self._settings
        found = settings.content_type or (guess_content_type(key) if settings.guess_mime_type else None)
        return [("Content-Type", found)] if found else []

    def _collect(self, *, block: bool) -> Iterator[Sent | Unsent]:
        """Hand over what has finished; with ``block`` wait for at least a moment."""
        self._check_stop()
        yield from self._start_waiting()
        timeout = self._patience() if block else None
        while True:
            try:
                transfer = self._finished.get(block, timeout) if block else self._finished.get_nowait()
            except queue.Empty:
                self._watch()
                return
            block, timeout = False, None
            self._last_sign = time.monotonic()
            if transfer is None:
                self._last_answer = self._last_sign
            else:
                self._running.discard(transfer)
                transfer.let_go()
                yield from self._judge(transfer)

    def _patience(self) -> float:
        """How long to wait for a finished transfer before looking around: until the next one is due."""
        due = self._waiting[0][0] - time.monotonic() if self._waiting else _WAIT_SLICE_SECONDS
        return min(max(due, 0.001), _WAIT_SLICE_SECONDS)

    def _watch(self) -> None:
        """Give up on a server that has fallen silent; a slow line is no silence, so ask before.

        Eight megabytes can take minutes on a thin line without any sign on this side.
        """
        patience = self._client.session.access.read_timeout_seconds
        if not self._running:
            self._last_sign = time.monotonic()
        elif 0 < patience < time.monotonic() - self._last_sign:
            self._client.probe(min(patience, _PROBE_SECONDS))
            self._last_sign = time.monotonic()
            self._give_up_unanswered(patience)

    def _give_up_unanswered(self, patience: int) -> None:
        """The server answers, but no upload: the engine would try each for minutes. However thin the line,
        what is under way has had its time.
        """
        if not self._finished.empty():  # answered while nobody looked
            return
        under_way_bytes = sum(transfer.upload.file.size_bytes for transfer in self._running)
        waited_seconds = time.monotonic() - self._last_answer
        if waited_seconds > patience + under_way_bytes / _SLOWEST_BYTES_PER_SECOND:
            raise silence(round(waited_seconds))

    def _check_stop(self) -> None:
        if self._stop.overdue:
            raise Interrupted("interrupted")

    def _start_waiting(self) -> Iterator[Sent | Unsent]:
        if self._stop.requested:  # no new file starts
            self._waiting = [one for one in self._waiting if one[1].attempts > 0]
            heapq.heapify(self._waiting)
        now = time.monotonic()
        while self._waiting and self._waiting[0][0] <= now:
            yield from self._begin(heapq.heappop(self._waiting)[1])

    def _judge(self, transfer: Transfer) -> Iterator[Sent | Unsent]:
        if transfer.failure is None:
            self._lost_in_a_row = 0
            self._last_answer = time.monotonic()
            yield from self._verify(transfer)
            return
        error = self._explain(transfer, transfer.failure, transfer.facts)
        self._count_lost(error)
        if _ends_everything(error):
            if not self._client.worth_retrying(error) or transfer.attempts >= ATTEMPTS:
                raise error
            self._retry(transfer, error)
        elif isinstance(error, ChecksumMismatchError) and transfer.changed:
            yield from self._again_after_change(transfer)
        elif isinstance(error, StorageError) and self._worth_another_attempt(transfer, error):
            self._retry(transfer, error)
        elif not self._stop.requested and self._checksum.give_way(transfer.checksum, error):
            yield from self._begin(transfer)
        else:
            yield Unsent(transfer.upload, self._checksum.explain(transfer.checksum, error))

    def _worth_another_attempt(self, transfer: Transfer, error: StorageError) -> bool:
        if self._stop.requested:
            return False
        return transfer.attempts < ATTEMPTS and self._client.worth_retrying(error)

    def _count_lost(self, error: MochokError) -> None:
        """A server that drops every connection would otherwise cost minutes for each file."""
        if not isinstance(error, ConnectionLostError):
            self._last_answer = time.monotonic()
            return
        self._lost_in_a_row += 1
        if self._lost_in_a_row >= max(_LOST_IN_A_ROW, 2 * self._in_flight):
            raise EndpointUnreachableError(
                f"{self._lost_in_a_row} connections in a row were lost; last: {error.message}",
                hint="check the network; the next run sends what is missing",
                code=error.code,
            )

    def _retry(self, transfer: Transfer, error: StorageError) -> None:
        wait_seconds = backoff_seconds(transfer.attempts)
        self._client.retries.tell(error, transfer.attempts, ATTEMPTS, wait_seconds)
        heapq.heappush(self._waiting, (time.monotonic() + wait_seconds, transfer))

    def _verify(self, transfer: Transfer) -> Iterator[Sent | Unsent]:
        if transfer.changed:
            yield from self._again_after_change(transfer)
            return
        before = transfer.before
        assert before is not None  # set by every attempt that was started
        entry = LedgerEntry(transfer.upload.file.key, before.st_size, before.st_mtime_ns, transfer.etag)
        yield Sent(transfer.upload, entry, transfer.attempts)

    def _again_after_change(self, transfer: Transfer) -> Iterator[Sent | Unsent]:
        transfer.changes += 1
        if transfer.changes > _CHANGES_ALLOWED or self._stop.requested:
            problem = FileError("the file keeps changing while it is sent", hint="it goes up in the next run")
            yield Unsent(transfer.upload, problem)
        else:
            self._client.retries.changed(transfer.upload.file.key)
            yield from self._begin(transfer)

    def _explain(
        self, transfer: Transfer, failure: BaseException, facts: dict[str, Any]
    ) -> StorageError | FileError:
        if isinstance(failure, OSError):
            return unreadable(failure)
        file = transfer.upload.file
        if not os.path.exists(file.path):
            return FileLeftOutError("the file vanished while it was sent")
        if "INCORRECT_CONTENT_LENGTH" in getattr(failure, "name", ""):
            return ChecksumMismatchError("the file became shorter while it was sent")
        return describe("PutObject", self._key_prefix + file.key, failure, facts)

    def _cancel(self) -> None:
        """Cancel what still runs and wait for it, so that no multipart upload is left behind."""
        for running in self._running:
            if running.request is not None:
                running.request.cancel()
        deadline = time.monotonic() + 10
        while self._running and (left := deadline - time.monotonic()) > 0:
            try:
                transfer = self._finished.get(timeout=left)
            except queue.Empty:
                return
            if transfer is not None:
                self._running.discard(transfer)
                transfer.let_go()


def _ends_everything(error: MochokError) -> TypeGuard[StorageError]:
    """True if every further request of the configuration would fail alike."""
    return isinstance(error, StorageError) and error.scope == "configuration"
