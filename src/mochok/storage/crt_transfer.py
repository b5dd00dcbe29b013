"""The upload of one file: what was opened, what the engine reported, whether it changed."""

from __future__ import annotations

import io
import os
import queue
import time
from dataclasses import dataclass, field
from typing import Any

from awscrt.s3 import S3Request

from mochok.errors import ChecksumMismatchError
from mochok.model import LedgerEntry, Upload
from mochok.source_files import OpenedFile, SourceFolder, change_time_ns
from mochok.storage.answers import plain_etag
from mochok.storage.contract import SINGLE_PART_BYTES
from mochok.storage.crt_threads import keep_thread_state
from mochok.storage.rate_limiter import RateLimitedFile, RateLimiter
from mochok.storage.settings import Checksum

_MOST_BODY_BYTES = 16 * 1024
"""What is kept of the answer to an upload; S3's has no body at all."""


@dataclass(slots=True, eq=False)
class Transfer:
    """One upload. The engine's threads call the methods ``on_...``, which only hand over."""

    upload: Upload
    finished: queue.SimpleQueue[Transfer | None]
    attempts: int = 0
    changes: int = 0
    request: S3Request | None = None
    before: os.stat_result | None = None
    opened: OpenedFile | None = None
    body: io.IOBase | None = None
    checksum: Checksum = "none"
    checksum_value: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    answer_body: bytes = b""
    failure: BaseException | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    began: float = 0.0
    progressed: float = 0.0
    parts_bytes: int = 0
    arrived_bytes: int = 0
    overdue: bool = False
    cut_before: int = 0

    def begin_attempt(self) -> None:
        """Count another attempt, and forget the result of the last.

        ``progressed`` is when the first attempt began, or a part arrived (as ``began``, monotonic);
        ``parts_bytes`` are those of this attempt's parts that arrived.
        """
        self.attempts += 1
        self.before, self.headers, self.answer_body, self.failure, self.facts = None, {}, b"", None, {}
        self.began, self.overdue = time.monotonic(), False
        self.parts_bytes = self.arrived_bytes = 0
        self.progressed = self.progressed or self.began

    @property
    def in_parts(self) -> bool:
        """True for a multipart upload."""
        return self.before is not None and self.before.st_size > SINGLE_PART_BYTES

    @property
    def memory_bytes(self) -> int:
        """What the engine holds of it: a small file is read whole."""
        return 0 if self.before is None or self.in_parts else self.before.st_size

    @property
    def answered_oddly(self) -> bool:
        """True for what S3 never answers: a body, or HTML (CompleteMultipartUpload's body is not seen)."""
        is_html = self.headers.get("content-type", "").lower().startswith("text/html")
        return bool(self.answer_body.strip()) or (self.in_parts and is_html)

    @property
    def etag(self) -> str:
        """The object's ETag in the answer, "" without one."""
        return plain_etag(self.headers.get("etag", ""))

    @property
    def entry(self) -> LedgerEntry:
        """What the ledger may record of it: the file's state when the attempt began."""
        before = self.before
        assert before is not None  # set by every attempt that was started
        key, times = self.upload.file.key, (before.st_mtime_ns, self.etag, change_time_ns(before))
        return LedgerEntry(key, before.st_size, *times)

    def open(self, source: SourceFolder) -> os.stat_result:
        """Open the file until :meth:`release`; its state then. Raises FileLeftOutError."""
        self.opened = source.open(self.upload.file.path)
        self.before = self.opened.status
        return self.before

    def read_whole(self) -> bytes:
        """The content of a small file, once. Raises FileLeftOutError or ChecksumMismatchError."""
        content = self.opened.read() if self.opened else b""
        if len(content) < self.memory_bytes:
            raise ChecksumMismatchError("the file became shorter while it was read")
        return content

    def prepare(self, content: bytes, rate_limiter: RateLimiter | None, *, keep_open: bool) -> None:
        """Set the ``body`` that the engine is to read, of a small file its ``content``.

        None lets the engine open the path of ``opened``, which costs 8 % less CPU time than a copy.
        """
        assert self.opened is not None  # by open
        if not self.in_parts and not (keep_open and self.opened.path):
            self._close()
            self.body = io.BytesIO(content)
        elif self.in_parts and rate_limiter is not None:
            self.body = RateLimitedFile(self.opened.descriptor, rate_limiter)
        elif self.opened.path is None:
            self.body = io.FileIO(self.opened.descriptor, closefd=False)

    def advance(self, unanswered_bytes: int) -> int:
        """Bring ``arrived_bytes`` up to date; how many of ``unanswered_bytes``, which arrived besides whole
        parts, can be its own. It never falls within an attempt.
        """
        size_bytes = self.before.st_size if self.before else 0
        if isinstance(self.body, RateLimitedFile):  # the engine reports its parts late
            arrived_bytes, taken_bytes = self.body.given_bytes, 0
        else:
            taken_bytes = min(unanswered_bytes, size_bytes - self.parts_bytes)
            arrived_bytes = self.parts_bytes + taken_bytes
        self.arrived_bytes = min(max(self.arrived_bytes, arrived_bytes), size_bytes)
        return taken_bytes

    def release(self) -> None:
        """The attempt has ended: close the file; break the reference cycle, which is not collected."""
        self.request, self.body = None, None
        self._close()

    def _close(self) -> None:
        if self.opened is not None:
            self.opened.close()
            self.opened = None

    @property
    def changed(self) -> bool:
        """True if the file differs from when the attempt began. One that is gone was sent whole."""
        try:
            now = os.stat(self.upload.file.path)
        except OSError:
            return False
        return self.before is not None and _state(self.before) != _state(now)

    def on_headers(self, status_code: int, headers: list[tuple[str, str]], **_more: object) -> None:
        keep_thread_state()
        self.headers = {name.lower(): value for name, value in headers}

    def on_body(self, chunk: bytes, **_more: object) -> None:
        keep_thread_state()
        self.answer_body += bytes(chunk[: _MOST_BODY_BYTES - len(self.answer_body)])

    def on_done(self, error: BaseException | None = None, **facts: Any) -> None:
        keep_thread_state()
        self.failure = error
        self.facts = facts
        self.finished.put(self)

    def on_progress(self, progress: int, **_more: object) -> None:
        self.progressed = time.monotonic()
        self.parts_bytes += progress
        self.finished.put(None)  # a sign of life: another part arrived

    def __lt__(self, other: Transfer) -> bool:
        return self.upload.file.key < other.upload.file.key


def _state(status: os.stat_result) -> tuple[int, ...]:
    identity = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
    return identity if os.name == "nt" else (*identity, status.st_ctime_ns)
