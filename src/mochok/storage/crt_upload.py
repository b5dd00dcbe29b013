"""Uploads through the engine, many at a time, each verified against what was read.

A small file is read once here and its checksum goes into a header, so the server refuses any other bytes. A
large one goes up in parts whose checksums the engine computes. In both cases the file's state is compared
afterwards: if device, inode, size, mtime or ctime differ from before, the file is sent again.
"""

from __future__ import annotations

import contextlib
import heapq
import os
import queue
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeGuard

from awscrt.exceptions import AwsCrtError
from awscrt.http import HttpHeaders, HttpRequest
from awscrt.s3 import S3RequestType

from mochok import errors
from mochok.model import Upload
from mochok.open_files import TooManyOpenFilesError, too_many
from mochok.source_files import unreadable
from mochok.storage.answers import is_web_page
from mochok.storage.content import guess_content_type
from mochok.storage.contract import SINGLE_PART_BYTES, OnTheWay, Sent, Unsent, ignore
from mochok.storage.crt_arrival import Arrivals
from mochok.storage.crt_call import no_response
from mochok.storage.crt_checksum import HASHES, ChecksumChoice, parts_checksum
from mochok.storage.crt_client import CrtClient
from mochok.storage.crt_compare import Claim, proven_etag
from mochok.storage.crt_errors import describe, too_long, unproven, web_page_error
from mochok.storage.crt_transfer import Transfer
from mochok.storage.crt_watch import MOST_ANSWER_BYTES
from mochok.storage.rate_limiter import RateLimiter
from mochok.storage.settings import OpenSettings

IN_FLIGHT = 192
_FILES_EACH = 4
"""A large file that is sent, once here and once by the engine, and connections for it."""
_MEMORY_BYTES = 256 * 1024 * 1024
"""Of small files that are sent at the same time; the engine holds each in memory."""
_FILES_ENOUGH = 4096
"""With fewer open files, small ones do not stay open while they are sent: they are copied."""
_CHANGES_ALLOWED = 1
HEAD_START_SECONDS = 0.010
"""For a bucket's first upload, with which SeaweedFS allocates space; uploads at the same moment wait a second
(1,000 files at 40 ms round trip: 0.9 s with a head start, 1.4 s without).
"""
_WAIT_SLICE_SECONDS = 0.25
_PATIENCE_SECONDS = 60
_PROBE_SECONDS = 10
_SLOWEST_BYTES_PER_SECOND = 10_000


class Uploader:
    """Keeps up to 192 transfers going; one instance serves one call of ``ObjectStore.upload``.

    ``head_start_seconds``: how long the first upload goes on alone.
    """

    def __init__(
        self,
        client: CrtClient,
        opening: OpenSettings,
        checksum: ChecksumChoice,
        *,
        on_the_way: OnTheWay = ignore,
        rate_limiter: RateLimiter | None = None,
        head_start_seconds: float = HEAD_START_SECONDS,
    ) -> None:
        self._client = client
        self._stop = client.stop
        self._opening = opening
        self._key_prefix = opening.location.key_prefix
        self._checksum = checksum
        self._on_the_way = on_the_way
        self._rate_limiter = rate_limiter
        self._finished: queue.SimpleQueue[Transfer | None] = queue.SimpleQueue()
        self._running: set[Transfer] = set()
        self._waiting: list[tuple[float, Transfer]] = []
        self._memory_bytes = 0
        self._files = client.connections.files
        self._head_start_seconds = head_start_seconds
        self._last_sign = self._last_answer = self._next_overdue = time.monotonic()

    def run(self, uploads: Iterable[Upload | None]) -> Iterator[Sent | Unsent]:
        """See ``ObjectStore.upload``."""
        most = min(IN_FLIGHT, max(1, self._files // _FILES_EACH))
        self._arrivals = Arrivals(self._on_the_way)
        with self._client.noting_failures(), contextlib.closing(self):
            for upload in uploads:
                if upload is not None and not self._delayed(transfer := Transfer(upload, self._finished)):
                    if unsent := self._begin(transfer):
                        yield unsent
                    self._give_head_start()
                yield from self._collect(block=False)
                while self._busy >= most or self._memory_full:
                    yield from self._collect(block=True)
            while self._busy:
                yield from self._collect(block=True)

    @property
    def _busy(self) -> int:
        return len(self._running) + len(self._waiting)

    @property
    def _memory_full(self) -> bool:
        return self._memory_bytes >= _MEMORY_BYTES

    def _delayed(self, transfer: Transfer) -> bool:
        """True if the bandwidth limit has it begin later; a large file is slowed down while it is read."""
        size = transfer.upload.file.size_bytes
        if self._rate_limiter is None or size > SINGLE_PART_BYTES:
            return False
        delay_seconds = self._rate_limiter.reserve(size)
        if delay_seconds > 0:
            heapq.heappush(self._waiting, (time.monotonic() + delay_seconds, transfer))
        return delay_seconds > 0

    def _begin(self, transfer: Transfer) -> Unsent | None:
        """Start one attempt; returns an outcome only if it cannot even start."""
        transfer.begin_attempt()
        if transfer.attempts == 1 and not self._running:
            self._last_answer = transfer.began
        connections = self._client.connections
        transfer.cut_before = connections.cut
        try:
            connections.session.refresh()
            request = self._request(transfer)
            single = not transfer.in_parts
            client = connections.single if single else connections.multipart
            transfer.request = client.make_request(
                type=S3RequestType.PUT_OBJECT,
                request=request,
                signing_config=connections.signing if single else None,
                send_filepath=transfer.opened.path if transfer.opened and transfer.body is None else None,
                checksum_config=None if single else parts_checksum(transfer.checksum),
                multipart_upload_threshold=SINGLE_PART_BYTES,
                on_headers=transfer.on_headers,
                on_body=transfer.on_body if single else None,
                on_done=transfer.on_done,
                on_progress=None if single else transfer.on_progress,
            )
        except (errors.MochokError, AwsCrtError, RuntimeError, ValueError, OSError) as error:
            return self._not_begun(transfer, error)
        self._running.add(transfer)
        self._memory_bytes += transfer.memory_bytes
        return None

    def _request(self, transfer: Transfer) -> HttpRequest:
        """The request for the file as it is now. Raises FileLeftOutError if it cannot be read."""
        file, opening, settings = transfer.upload.file, self._opening, self._opening.objects
        transfer.checksum = self._checksum.choose()
        size_bytes = transfer.open(opening.source).st_size
        headers = [("Content-Length", str(size_bytes)), *settings.headers, *opening.key_headers]
        guessed = guess_content_type(file.key) if settings.guess_mime_type else None
        if content_type := settings.content_type or guessed:
            headers.append(("Content-Type", content_type))
        transfer.checksum_value = ""
        content = b"" if transfer.in_parts else transfer.read_whole()
        if not transfer.in_parts and (compute := HASHES.get(transfer.checksum)):
            transfer.checksum_value = compute(content)
            headers.append((f"x-amz-checksum-{transfer.checksum}", transfer.checksum_value))
        endpoint = self._client.endpoint
        fields = HttpHeaders([("Host", endpoint.authority), *headers])
        transfer.prepare(content, self._rate_limiter, keep_open=self._files >= _FILES_ENOUGH)
        return HttpRequest("PUT", endpoint.object_path(self._key_prefix + file.key), fields, transfer.body)

    def _not_begun(self, transfer: Transfer, failure: Exception) -> Unsent | None:
        transfer.release()
        error = self._explain(transfer, failure)
        if isinstance(error, TooManyOpenFilesError):
            self._postpone(transfer, error)
            return None
        if isinstance(error, errors.ChecksumMismatchError):
            return self._sent_again(transfer)
        if isinstance(error, errors.PrerequisiteError) or _ends_everything(error):
            raise error
        return Unsent(transfer.upload, error)

    def _postpone(self, transfer: Transfer, error: TooManyOpenFilesError) -> None:
        """Begin it when others have ended. Raises ``error`` if none has for a minute."""
        now = time.monotonic()
        if now - self._last_answer > _PATIENCE_SECONDS:
            raise error
        heapq.heappush(self._waiting, (now + _WAIT_SLICE_SECONDS, transfer))

    def _give_head_start(self) -> None:
        """Once: wait a moment for an answer, which stays where it is."""
        seconds, self._head_start_seconds = self._head_start_seconds, 0.0
        if seconds:
            with contextlib.suppress(queue.Empty):
                self._finished.put(self._finished.get(timeout=seconds))

    def _collect(self, *, block: bool) -> Iterator[Sent | Unsent]:
        """Hand over what has finished; with ``block`` wait for at least a moment."""
        if self._stop.overdue:
            raise errors.Interrupted("interrupted")
        yield from self._begin_due()
        timeout, moved = self._wait_seconds() if block else None, False
        while True:
            try:
                transfer = self._finished.get(block, timeout) if block else self._finished.get_nowait()
            except queue.Empty:
                self._check_response()
                if block or moved:
                    self._arrivals.report(self._running)
                return
            block, timeout, moved = False, None, moved or transfer is None
            self._last_sign = time.monotonic()
            if transfer is None:
                self._last_answer = self._last_sign
                continue
            self._running.discard(transfer)
            self._memory_bytes -= transfer.memory_bytes
            transfer.release()
            if outcome := self._outcome(transfer):
                yield outcome

    def _begin_due(self) -> Iterator[Unsent]:
        """Begin what waited for the bandwidth limit or for another attempt."""
        if self._stop.requested:  # nothing more starts
            waiting, self._waiting = self._waiting, []
            for _due, transfer in waiting:
                if transfer.failure is not None:
                    yield Unsent(transfer.upload, self._explain(transfer, transfer.failure, transfer.facts))
        now = time.monotonic()
        while self._waiting and self._waiting[0][0] <= now and not self._memory_full:
            if unsent := self._begin(heapq.heappop(self._waiting)[1]):
                yield unsent

    def _wait_seconds(self) -> float:
        """How long to wait for a finished transfer: until the next one is due."""
        waits = self._waiting and not self._memory_full
        due = self._waiting[0][0] - time.monotonic() if waits else _WAIT_SLICE_SECONDS
        return min(max(due, 0.001), _WAIT_SLICE_SECONDS)

    def _check_response(self) -> None:
        """Give up on a silent server; probe it first, as 8 MiB can take minutes on a slow line."""
        patience = self._client.connections.session.access.read_timeout_seconds
        if not self._running:
            self._last_sign = time.monotonic()
            return
        self._end_overdue(patience)
        if 0 < patience < time.monotonic() - self._last_sign:
            self._client.probe(min(patience, _PROBE_SECONDS))
            self._last_sign = time.monotonic()
            self._check_uploads_progress(patience)

    def _end_overdue(self, patience: float) -> None:
        """Cancel uploads whose answers do not come, or drip, while others are answered."""
        now = time.monotonic()
        if not patience or now < self._next_overdue:
            return
        self._next_overdue = now + 1
        for transfer in self._running:
            most = patience + transfer.upload.file.size_bytes / _SLOWEST_BYTES_PER_SECOND
            if not transfer.in_parts and transfer.began + most < now and transfer.began < self._last_answer:
                transfer.overdue = True
                if transfer.request is not None:
                    transfer.request.cancel()

    def _check_uploads_progress(self, patience: int) -> None:
        """Give up if the server answers probes but no upload; the engine would try each for minutes."""
        if not self._finished.empty():  # answered meanwhile
            return
        in_flight_bytes = sum(transfer.upload.file.size_bytes for transfer in self._running)
        waited_seconds = time.monotonic() - self._last_answer
        if waited_seconds > patience + in_flight_bytes / _SLOWEST_BYTES_PER_SECOND:
            raise no_response(round(waited_seconds))

    def _outcome(self, transfer: Transfer) -> Sent | Unsent | None:
        """What a finished attempt came to; None if another one follows."""
        if transfer.failure is None:
            self._last_answer = time.monotonic()
            if transfer.changed:
                return self._sent_again(transfer)
            transfer.failure = self._doubt(transfer)
        if transfer.failure is None:
            return self._sent(transfer)
        error = self._explain(transfer, transfer.failure, transfer.facts)
        if not isinstance(error, errors.ConnectionLostError | TooManyOpenFilesError):
            self._last_answer = time.monotonic()
        if isinstance(error, errors.ChecksumMismatchError) and transfer.changed:
            return self._sent_again(transfer)
        if self._repeats(transfer, error):
            return None
        error = self._client.retries.given_up(error)
        if _ends_everything(error):
            raise error
        if not self._stop.requested and self._checksum.give_way(transfer.checksum, error):
            return self._begin(transfer)
        return Unsent(transfer.upload, self._checksum.explain(transfer.checksum, error))

    def _repeats(self, transfer: Transfer, error: errors.MochokError) -> bool:
        """True if another attempt follows, after a pause."""
        if isinstance(error, TooManyOpenFilesError):
            self._postpone(transfer, error)
            return True
        if not isinstance(error, errors.StorageError) or (self._stop.requested and error.scope == "object"):
            return False
        if not self._client.worth_retrying(error):
            return False
        pause = self._client.retries.pause_seconds(error, transfer.attempts, transfer.progressed)
        if pause is None:
            return False
        heapq.heappush(self._waiting, (time.monotonic() + pause, transfer))
        return True

    def _doubt(self, transfer: Transfer) -> errors.StorageError | None:
        """Why the server's "yes" is not believed; None if it is proven, if need be by another request."""
        key, sent = self._key_prefix + transfer.upload.file.key, transfer.checksum_value
        confirmed = transfer.headers.get(f"x-amz-checksum-{transfer.checksum}", "") if sent else ""
        if confirmed not in ("", sent):
            return errors.ChecksumMismatchError(
                f"PutObject {key}: the server confirms another checksum than was sent"
            )
        if (transfer.etag or confirmed) and not transfer.answered_oddly:
            return None
        if self._is_stored(transfer, key):
            return None
        page = is_web_page(transfer.answer_body)
        return web_page_error("PutObject", key) if page else unproven("PutObject", key)

    def _is_stored(self, transfer: Transfer, key: str) -> bool:
        """True if another request proves that the object is there; then its ETag is that request's."""
        size = transfer.before.st_size if transfer.before is not None else -1
        claim = Claim(transfer.upload.file.path, size, transfer.checksum, transfer.checksum_value)
        found = proven_etag(self._client, self._opening, key, claim)
        transfer.headers["etag"] = found or ""
        return found is not None

    def _sent(self, transfer: Transfer) -> Sent:
        self._client.retries.succeeded(transfer.attempts)
        return Sent(transfer.upload, transfer.entry, transfer.attempts)

    def _sent_again(self, transfer: Transfer) -> Unsent | None:
        transfer.changes += 1
        if transfer.changes > _CHANGES_ALLOWED or self._stop.requested:
            message = "the file keeps changing while it is sent"
            return Unsent(transfer.upload, errors.FileError(message, hint="the next run uploads it"))
        self._client.retries.changed(transfer.upload.file.key)
        return self._begin(transfer)

    def _explain(
        self, transfer: Transfer, failure: BaseException, facts: Mapping[str, Any] | None = None
    ) -> errors.MochokError:
        if isinstance(failure, errors.MochokError):
            return failure
        if isinstance(failure, OSError):
            return unreadable(failure)
        if "MAX_FDS_EXCEEDED" in getattr(failure, "name", ""):
            return too_many(failure)
        if not os.path.exists(transfer.upload.file.path):
            return errors.FileLeftOutError("the file vanished while it was sent")
        if "INCORRECT_CONTENT_LENGTH" in getattr(failure, "name", ""):
            return errors.ChecksumMismatchError("the file became shorter while it was sent")
        return self._engine_error(transfer, failure, facts)

    def _engine_error(
        self, transfer: Transfer, failure: BaseException, facts: Mapping[str, Any] | None
    ) -> errors.StorageError:
        key = self._key_prefix + transfer.upload.file.key
        if transfer.overdue:
            seconds = time.monotonic() - transfer.began
            text = f"PutObject {key}: the answer was not complete after {seconds:.0f} s"
            return errors.ConnectionLostError(text, code="SILENT")
        error = describe("PutObject", key, failure, facts)
        cut = self._client.connections.cut > transfer.cut_before
        if cut and isinstance(error, errors.ConnectionLostError):
            return too_long("PutObject", key, f"it exceeds {MOST_ANSWER_BYTES >> 10} KiB")
        return error

    def close(self) -> None:
        """Cancel what still runs and wait for it, so that no multipart upload stays behind."""
        self._arrivals.close()
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
                transfer.release()


def _ends_everything(error: errors.MochokError) -> TypeGuard[errors.StorageError]:
    """True if every further request of the configuration would fail alike."""
    return isinstance(error, errors.StorageError) and error.scope == "configuration"
