"""The upload of one file: its state before, what the engine reported, whether it changed."""

from __future__ import annotations

import errno
import os
import queue
import stat
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from awscrt.s3 import S3Request

from mochok.errors import FileLeftOutError
from mochok.model import Upload
from mochok.storage.answers import plain_etag
from mochok.storage.contract import SINGLE_PART_BYTES
from mochok.storage.crt_threads import keep_thread_state
from mochok.storage.rate_limiter import RateLimitedFile
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
    body: RateLimitedFile | None = None
    before: os.stat_result | None = None
    checksum: Checksum = "none"
    checksum_value: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    answer_body: bytes = b""
    failure: BaseException | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    began: float = 0.0
    progressed: float = 0.0
    overdue: bool = False
    cut_before: int = 0

    def begin_attempt(self) -> None:
        """Count another attempt, and forget the result of the last.

        ``progressed`` is when the first attempt began, or a part arrived (as ``began``, monotonic).
        """
        self.attempts += 1
        self.before, self.headers, self.answer_body, self.failure, self.facts = None, {}, b"", None, {}
        self.began, self.overdue = time.monotonic(), False
        self.progressed = self.progressed or self.began

    @property
    def in_parts(self) -> bool:
        """True for a multipart upload."""
        return self.before is not None and self.before.st_size > SINGLE_PART_BYTES

    @property
    def answered_oddly(self) -> bool:
        """True for what S3 never answers: a body, or HTML (CompleteMultipartUpload's body is not seen)."""
        is_html = self.headers.get("content-type", "").lower().startswith("text/html")
        return bool(self.answer_body.strip()) or (self.in_parts and is_html)

    @property
    def etag(self) -> str:
        """The object's ETag in the answer, "" without one."""
        return plain_etag(self.headers.get("etag", ""))

    def release(self) -> None:
        """The attempt has ended: close the file; break the reference cycle, which is not collected."""
        self.request = None
        if self.body is not None:
            self.body.close()
            self.body = None

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
        self.finished.put(None)  # a sign of life: another part arrived

    def __lt__(self, other: Transfer) -> bool:
        return self.upload.file.key < other.upload.file.key


def stat_and_hash(
    path: str, compute: Callable[[bytes], str] | None, most_bytes: int
) -> tuple[os.stat_result, str | None]:
    """The file's state now, and its checksum by ``compute`` if it is at most ``most_bytes`` long.

    Raises FileLeftOutError if it cannot be read or is no regular file. Never waits on a FIFO.
    """
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        descriptor = os.open(path, flags)
        try:
            before = os.fstat(descriptor)
            if not stat.S_ISREG(before.st_mode):
                raise FileLeftOutError("it is not a regular file any more")
            if compute is None or before.st_size > most_bytes:
                return before, None
            return before, compute(_read(descriptor, before.st_size))
        finally:
            os.close(descriptor)
    except OSError as error:
        raise unreadable(error) from error


def _read(descriptor: int, size_bytes: int) -> bytes:
    data = os.read(descriptor, size_bytes)
    while len(data) < size_bytes and (more := os.read(descriptor, size_bytes - len(data))):
        data += more
    return data


def _state(status: os.stat_result) -> tuple[int, ...]:
    identity = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
    return identity if os.name == "nt" else (*identity, status.st_ctime_ns)


def unreadable(error: OSError) -> FileLeftOutError:
    known = {
        errno.ENOENT: "the file vanished before it was sent whole",
        errno.EACCES: "no permission to read it",
        errno.EPERM: "no permission to read it",
    }
    # The engine's own FileNotFoundError comes without a number and without words.
    number = error.errno or (errno.ENOENT if isinstance(error, FileNotFoundError) else 0)
    return FileLeftOutError(known.get(number, f"it cannot be read: {error.strerror or error}"))
