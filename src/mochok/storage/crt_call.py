"""One request to S3 and its answer: a worker makes it, the run's own thread waits for it."""

from __future__ import annotations

import contextlib
import errno
import http.client
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from mochok.clock import Stop
from mochok.errors import (
    CertificateError,
    ConnectionLostError,
    EndpointUnreachableError,
    Interrupted,
    NoConnectionError,
    StorageError,
)
from mochok.storage.crt_errors import answer_error, too_long
from mochok.storage.http_client import AnswerTooLongError, HttpAnswer, HttpClient, Request

_WAIT_SLICE_SECONDS = 0.25
_UNREACHABLE_HINT = "check that the server is running, and check endpoint_url and the network"
_UNREACHABLE = (errno.EHOSTUNREACH, errno.ENETUNREACH, errno.ENETDOWN)
_FAILURES: dict[str, tuple[type[StorageError], str, str]] = {
    # name of an exception's class, the most particular first: an SSLError is an OSError
    "gaierror": (NoConnectionError, "the host name is unknown", _UNREACHABLE_HINT),
    "UnicodeError": (EndpointUnreachableError, "the host name is not valid", "correct endpoint_url"),
    "ConnectionRefusedError": (NoConnectionError, "connection refused", _UNREACHABLE_HINT),
    "ConnectTimeoutError": (NoConnectionError, "the server does not answer", _UNREACHABLE_HINT),
    "ProxyRefusedError": (EndpointUnreachableError, "the proxy refused", "check HTTPS_PROXY and NO_PROXY"),
    "SSLCertVerificationError": (
        CertificateError,
        "the server's certificate is not trusted",
        "check ca_bundle",
    ),
    "HandshakeError": (EndpointUnreachableError, "the TLS handshake failed", _UNREACHABLE_HINT),
    "SSLError": (ConnectionLostError, "the TLS connection broke", ""),
    "HTTPException": (ConnectionLostError, "the server's answer was cut short", ""),
    "OSError": (ConnectionLostError, "the connection was lost", ""),
}


@dataclass(slots=True, eq=False, weakref_slot=True)
class Call:
    """One request and, once ``done``, its answer. ``error`` None means success."""

    operation: str
    subject: str
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    error: StorageError | None = None
    _event: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _socket: socket.socket | None = None
    _released: bool = False

    @property
    def done(self) -> bool:
        """True once the answer is complete or the request failed."""
        return self._event.is_set()

    @property
    def name(self) -> str:
        """Operation and subject, for messages."""
        return f"{self.operation} {self.subject}".strip()

    def wait(self, stop: Stop, timeout_seconds: float) -> None:
        """Block until done. Raises Interrupted when the user cancels the run, EndpointUnreachableError when
        the answer was not complete after ``timeout_seconds`` (0: however long it takes).
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
        """Nobody waits any more: end it, if it still runs."""
        with self._lock:
            self._released = True
            if self._socket is not None:
                with contextlib.suppress(OSError):
                    # Not SSLSocket's own, which takes the TLS state from the thread that reads.
                    socket.socket.shutdown(self._socket, socket.SHUT_RDWR)

    # Called by the thread that makes the request

    def on_socket(self, connection: socket.socket) -> None:
        """The request is about to go over ``connection``. Raises ConnectionAbortedError once released."""
        with self._lock:
            if self._released:
                raise ConnectionAbortedError
            self._socket = connection

    def answer(self, answer: HttpAnswer) -> None:
        """The answer is here, which may be an error."""
        self.status, self.headers, self.body = answer.status, answer.headers, answer.body
        self.error = answer_error(self.operation, self.subject, answer)

    def fail(self, error: Exception) -> None:
        """There is no answer, because of ``error``."""
        self.error = error if isinstance(error, StorageError) else self._mapped(error)

    def end(self) -> None:
        """What there will ever be is here."""
        with self._lock:
            self._socket = None
        if self.status == 0 and self.error is None:
            self.error = ConnectionLostError(f"{self.name}: there is no answer")
        self._event.set()

    def _mapped(self, error: Exception) -> StorageError:
        if isinstance(error, AnswerTooLongError):
            return too_long(self.operation, self.subject, error)
        if isinstance(error, OSError) and error.errno in _UNREACHABLE:
            text = f"{self.name}: {error.strerror}"
            return NoConnectionError(text, hint=_UNREACHABLE_HINT, code=errno.errorcode[error.errno])
        names = [kind.__name__ for kind in type(error).__mro__]
        kind, text, hint = next(_FAILURES[name] for name in names if name in _FAILURES)
        return kind(f"{self.name}: {text}", hint=hint, code=names[0])


def carry_out(call: Call, client: HttpClient, make: Callable[[], Request]) -> None:
    """Make the request and send it; whatever comes of it arrives in ``call``."""
    try:
        call.answer(client.send(make(), call.on_socket))
    except (OSError, http.client.HTTPException, AnswerTooLongError, StorageError, UnicodeError) as error:
        call.fail(error)
    finally:
        call.end()


def no_response(seconds: float) -> EndpointUnreachableError:
    """The error for a server that accepts requests and does not answer."""
    return EndpointUnreachableError(
        f"the server sent no response for {seconds:g} s",
        hint="the next run sends what is missing; --cli-read-timeout sets how long to wait",
        code="SILENT",
    )
