"""The upload of one file: what was opened, what the engine reported, whether it changed."""

from __future__ import annotations

import io
import os
import queue
from dataclasses import dataclass, field
from typing import Any

from awscrt.s3 import S3Request

from mochok.errors import ChecksumMismatchError
from mochok.model import Upload
from mochok.source_files import OpenedFile, SourceFolder
from mochok.storage.answers import plain_etag
from mochok.storage.contract import SINGLE_PART_BYTES
from mochok.storage.crt_threads import keep_thread_state
from mochok.storage.rate_limiter import RateLimitedFile, RateLimiter
from mochok.storage.settings import Checksum


@dataclass(slots=True, eq=False)
class Transfer:
    """One upload. The engine's threads call the methods ``on_...``, which only hand over.

    ``content``: what was read of a file up to SINGLE_PART_BYTES; a larger one is ``opened`` while it is sent.
    """

    upload: Upload
    finished: queue.SimpleQueue[Transfer | None]
    attempts: int = 0
    changes: int = 0
    request: S3Request | None = None
    before: os.stat_result | None = None
    content: bytes = b""
    opened: OpenedFile | None = None
    body: io.IOBase | None = None
    checksum: Checksum = "none"
    etag: str = ""
    failure: BaseException | None = None
    facts: dict[str, Any] = field(default_factory=dict)

    def begin_attempt(self) -> None:
        """Count another attempt, and forget the result of the last."""
        self.attempts += 1
        self.before, self.etag, self.failure, self.facts = None, "", None, {}

    def open(self, source: SourceFolder) -> os.stat_result:
        """Open the file, and read it if it is small; its state when it was opened.

        Raises FileLeftOutError, and ChecksumMismatchError if it became shorter meanwhile.
        """
        opened = source.open(self.upload.file.path)
        self.before = status = opened.status
        if status.st_size > SINGLE_PART_BYTES:
            self.opened = opened
            return status
        with opened:
            self.content = opened.read()
        if len(self.content) < status.st_size:
            raise ChecksumMismatchError("the file became shorter while it was read")
        return status

    def prepare(self, rate_limiter: RateLimiter | None) -> io.IOBase | None:
        """The ``body`` that the engine is to read; None if it may open ``opened.path`` itself."""
        if self.opened is None:
            self.body = io.BytesIO(self.content)
        elif rate_limiter is not None:
            self.body = RateLimitedFile(self.opened.descriptor, rate_limiter)
        elif self.opened.path is None:
            self.body = io.FileIO(self.opened.descriptor, closefd=False)
        return self.body

    def release(self) -> None:
        """The attempt has ended: close the file; break the reference cycle, which is not collected."""
        self.request, self.body, self.content = None, None, b""
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
        for name, value in headers:
            if name.lower() == "etag":
                self.etag = plain_etag(value)

    def on_done(self, error: BaseException | None = None, **facts: Any) -> None:
        keep_thread_state()
        self.failure = error
        self.facts = facts
        self.finished.put(self)

    def on_progress(self, progress: int, **_more: object) -> None:
        self.finished.put(None)  # a sign of life: another part arrived

    def __lt__(self, other: Transfer) -> bool:
        return self.upload.file.key < other.upload.file.key


def _state(status: os.stat_result) -> tuple[int, ...]:
    identity = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
    return identity if os.name == "nt" else (*identity, status.st_ctime_ns)
