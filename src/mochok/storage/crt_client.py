"""awscrt's S3Client behind two verbs: start a request, wait for a request.

One client serves one (scheme, host, port, region, identity): the engine keeps its connections by host
name alone. Callbacks run in the engine's threads and only hand over; an exception there would be
swallowed. Retries of single requests are made by Mochok, which sees status and body of every attempt;
the parts of a multipart upload are retried by the engine.
"""

from __future__ import annotations

import contextlib
import random
import threading
import time
import weakref
from collections.abc import Callable, Iterable
from typing import Any

from awscrt.exceptions import AwsCrtError
from awscrt.http import HttpHeaders, HttpRequest
from awscrt.io import ClientTlsContext, TlsContextOptions
from awscrt.s3 import (
    S3Client,
    S3Request,
    S3RequestTlsMode,
    S3RequestType,
    S3RetryConfig,
    S3RetryMode,
)

from mochok.clock import Stop
from mochok.errors import (
    AccessDeniedError,
    CertificateError,
    ConnectionLostError,
    EndpointUnreachableError,
    ExpiredTokenError,
    Interrupted,
    InvalidRequestError,
    PrerequisiteError,
    StorageError,
)
from mochok.storage.answers import MOST_BODY_BYTES
from mochok.storage.crt_errors import describe
from mochok.storage.crt_signing import Signing
from mochok.storage.endpoint import Endpoint
from mochok.storage.retries import RetryLog
from mochok.storage.session import Session

Headers = Iterable[tuple[str, str]]
ATTEMPTS = 5
_MEMORY_LIMIT_BYTES = 256 * 1024 * 1024
_THROUGHPUT_TARGET_GBPS = 50.0
_WAIT_SLICE_SECONDS = 0.25


class Call:
    """One request and, once ``done``, its answer. ``error`` None means success."""

    __slots__ = (
        "__weakref__",
        "_chunks",
        "_event",
        "_size_bytes",
        "error",
        "headers",
        "operation",
        "request",
        "status",
        "subject",
    )

    def __init__(self, operation: str, subject: str) -> None:
        self.operation = operation
        self.subject = subject
        self.status = 0
        self.headers: dict[str, str] = {}
        self.error: StorageError | None = None
        self.request: S3Request | None = None
        self._chunks: list[bytes] = []
        self._size_bytes = 0
        self._event = threading.Event()

    @property
    def body(self) -> bytes:
        """The answer's body."""
        return b"".join(self._chunks)

    @property
    def done(self) -> bool:
        """True once the answer is complete or the request failed."""
        return self._event.is_set()

    def wait(self, stop: Stop, timeout_seconds: float) -> None:
        """Block until done. Raises Interrupted when the user wants to end, EndpointUnreachableError when no
        answer came for ``timeout_seconds`` (0: however long it takes).
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
        """Cancel if it still runs, and break the circle between this call and its request."""
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
            self.error = _too_long(self.operation, self.subject)
        elif error is not None:
            self.error = describe(self.operation, self.subject, error, facts)
        self._event.set()


def _too_long(operation: str, subject: str) -> StorageError:
    return InvalidRequestError(
        f"{operation} {subject}: the server's answer does not end; it was given up",
        hint="is endpoint_url an S3 server?",
    )


def no_response(seconds: float) -> EndpointUnreachableError:
    """The error for a server that accepts requests and does not answer."""
    return EndpointUnreachableError(
        f"the server sent no response for {seconds:g} s",
        hint="the next run sends what is missing; --cli-read-timeout sets how long to wait",
        code="SILENT",
    )


class CrtClient:
    """The engine for one endpoint and one identity."""

    def __init__(
        self, endpoint: Endpoint, region: str, session: Session, stop: Stop, retries: RetryLog | None = None
    ) -> None:
        self.endpoint = endpoint
        self.region = region
        self.session = session
        self.stop = stop
        self.retries = retries or RetryLog(lambda _level, _message: None)
        self.signing = Signing(region, session)
        self._tls = _tls_options(session) if endpoint.secure else None
        self._single: S3Client | None = self._new_client(S3RetryConfig(retry_mode=S3RetryMode.NONE))
        self._multipart: S3Client | None = None
        self._calls: weakref.WeakSet[Call] = weakref.WeakSet()

    def _new_client(self, retries: S3RetryConfig) -> S3Client:
        try:
            return S3Client(
                region=self.region,
                tls_mode=S3RequestTlsMode.ENABLED if self.endpoint.secure else S3RequestTlsMode.DISABLED,
                tls_connection_options=self._tls,
                signing_config=self.signing.renewing,
                throughput_target_gbps=_THROUGHPUT_TARGET_GBPS,
                memory_limit=_MEMORY_LIMIT_BYTES,
                retry_config=retries,
                connect_timeout_ms=self.session.access.connect_timeout_seconds * 1000,
            )
        except AwsCrtError as error:
            raise PrerequisiteError(f"the S3 engine cannot start: {error}") from error

    @property
    def multipart(self) -> S3Client:
        """The client for multipart uploads, which retries parts itself."""
        if self._multipart is None:
            self._multipart = self._new_client(S3RetryConfig(max_retries=ATTEMPTS))
        return self._multipart

    @property
    def single(self) -> S3Client:
        """The client for everything that is one request."""
        assert self._single is not None  # nothing is sent after close()
        return self._single

    def request(self, method: str, path: str, headers: Headers = (), body: Any = None) -> HttpRequest:
        """An unsigned request; ``path`` is already percent-encoded."""
        pairs = [("Host", self.endpoint.authority), *headers]
        return HttpRequest(method, path, HttpHeaders(pairs), body)

    def start(self, call: Call, request: HttpRequest) -> None:
        """Send ``request``; its answer, or the reason why it could not be sent, arrives in ``call``."""
        self._calls.add(call)
        try:
            call.request = self.single.make_request(
                type=S3RequestType.DEFAULT,
                operation_name=call.operation,
                request=request,
                signing_config=self.signing.now,
                on_headers=call.on_headers,
                on_body=call.on_body,
                on_done=call.on_done,
            )
        except (AwsCrtError, RuntimeError, ValueError) as error:
            call.on_done(error=error)

    def fetch(
        self,
        operation: str,
        subject: str,
        make: Callable[[], HttpRequest],
        first: Call | None = None,
        timeout_seconds: float | None = None,
    ) -> Call:
        """Send and wait, with retries. ``first`` is an attempt that is already under way;
        ``timeout_seconds`` stands in for the configured read time-out.

        Raises StorageError when it failed for good, Interrupted when the user wants to end.
        """
        patience = self.session.access.read_timeout_seconds if timeout_seconds is None else timeout_seconds
        began = time.monotonic()
        for attempt in range(1, ATTEMPTS + 1):
            call = first if first is not None else Call(operation, subject)
            if first is None:
                self.start(call, make())
            first = None
            call.wait(self.stop, patience)
            if call.error is None:
                return call
            if isinstance(call.error, ConnectionLostError) and 0 < patience < time.monotonic() - began:
                raise no_response(patience) from call.error
            if attempt == ATTEMPTS or not self.worth_retrying(call.error):
                raise call.error
            wait_seconds = backoff_seconds(attempt)
            self.retries.record(call.error, attempt, ATTEMPTS, wait_seconds)
            pause(wait_seconds, self.stop)
        raise AssertionError("unreachable")

    def probe(self, timeout_seconds: float) -> None:
        """Raise EndpointUnreachableError unless the server answers anything at all."""
        path = self.endpoint.bucket_path()
        with contextlib.suppress(AccessDeniedError, InvalidRequestError):  # a refusal is an answer
            self.fetch("HeadBucket", "", lambda: self.request("HEAD", path), timeout_seconds=timeout_seconds)

    def worth_retrying(self, error: StorageError) -> bool:
        """True for transient faults; renews the credentials first if they expired."""
        if isinstance(error, ExpiredTokenError):
            return self.session.renew()
        return error.retryable

    def close(self) -> None:
        """Wait until the engine has let go of every connection. Idempotent.

        A call that nobody waits for any more (a page listed ahead) would hold the engine's client for ever.
        """
        for call in list(self._calls):
            call.release()
        clients = [client for client in (self._single, self._multipart) if client is not None]
        events = [client.shutdown_event for client in clients]
        del clients
        self._single = self._multipart = None
        for event in events:
            event.wait(5)


def backoff_seconds(attempt: int) -> float:
    """Exponential with full jitter: up to 0.5 s, 1 s, 2 s, 4 s ..., at most 20 s."""
    return random.uniform(0.05, min(20.0, 0.25 * 2**attempt))  # noqa: S311 - jitter, no secret


def pause(seconds: float, stop: Stop) -> None:
    """Sleep, but wake for a wish to end (raises Interrupted)."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        if stop.requested:
            raise Interrupted("interrupted")
        time.sleep(min(left, _WAIT_SLICE_SECONDS))


def _tls_options(session: Session) -> Any:
    options = TlsContextOptions()
    options.verify_peer = session.access.verify_tls
    bundle = session.ca_bundle
    if bundle and session.access.verify_tls:
        try:
            options.override_default_trust_store_from_path(None, bundle)
        except OSError as error:
            raise CertificateError(f"the ca_bundle {bundle} cannot be read: {error.strerror}") from error
    try:
        return ClientTlsContext(options).new_connection_options()
    except (AwsCrtError, RuntimeError) as error:
        raise CertificateError(f"the ca_bundle {bundle} holds no certificates: {error}") from error
