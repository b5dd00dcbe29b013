"""One request of the engine, and its answer. Callbacks run in the engine's threads and only hand over."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import Any

from awscrt.s3 import S3Request

from mochok.clock import Stop
from mochok.errors import EndpointUnreachableError, Interrupted, InvalidRequestError, StorageError
from mochok.storage.answers import MOST_BODY_BYTES
from mochok.storage.crt_errors import describe

_WAIT_SLICE_SECONDS = 0.25


@dataclass(slots=True, eq=False, weakref_slot=True)
class Call:
    """One request and, once ``done``, its answer. ``error`` None means success."""

    operation: str
    subject: str
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    error: StorageError | None = None
    request: S3Request | None = None
    _chunks: list[bytes] = field(default_factory=list)
    _size_bytes: int = 0
    _event: threading.Event = field(default_factory=threading.Event)

    @property
    def body(self) -> bytes:
        """The answer's body."""
        return b"".join(self._chunks)

    @property
    def done(self) -> bool:
        """True once the answer is complete or the request failed."""
        return self._event.is_set()

    def wait(self, stop: Stop, timeout_seconds: float) -> None:
        """Block until done. Raises Interrupted when the user cancels the run, EndpointUnreachableError when
        no answer came for ``timeout_seconds`` (0: however long it takes).
        """
        began = time.monotonic()
        try:
            while not self._event.wait(_WAIT_SLICE_SECONDS):
                if stop.requested:
                    raise Interrupted("interrupted")
                if 0 < timeout_seconds < time.monotonic() - began:
                    raise no_response(timeout_seconds)
        finally:
            self.release()

    def release(self) -> None:
        """Cancel if it still runs; break the cycle with its request, which keeps the S3 client alive."""
        request, self.request = self.request, None
        if request is not None and not self.done:
            request.cancel()

    def on_headers(self, status_code: int, headers: list[tuple[str, str]], **_more: object) -> None:
        self.status = status_code
        self.headers = {name.lower(): value for name, value in headers}

    def on_body(self, chunk: bytes, offset: int, **_more: object) -> None:
        self._size_bytes += len(chunk)
        if self._size_bytes <= MOST_BODY_BYTES:
            self._chunks.append(bytes(chunk))
            return
        self._chunks.clear()
        if (request := self.request) is not None:
            request.cancel()

    def on_done(self, error: BaseException | None = None, **facts: Any) -> None:
        if self._size_bytes > MOST_BODY_BYTES:
            self.error = InvalidRequestError(
                f"{self.operation} {self.subject}: response exceeded {MOST_BODY_BYTES >> 20} MiB; aborted",
                hint="check that endpoint_url names an S3 server",
            )
        elif error is not None:
            self.error = describe(self.operation, self.subject, error, facts)
        self._event.set()


def no_response(seconds: float) -> EndpointUnreachableError:
    """The error for a server that accepts requests and does not answer."""
    return EndpointUnreachableError(
        f"the server sent no response for {seconds:g} s",
        hint="the next run sends what is missing; --cli-read-timeout sets how long to wait",
        code="SILENT",
    )
