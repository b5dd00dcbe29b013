"""Requests to one bucket, in two verbs: start a request, wait for a request.

Retries are made here, where status and body of every attempt are seen; the parts of a multipart upload are
retried by the engine.
"""

from __future__ import annotations

import contextlib
import time
import weakref
from collections.abc import Callable, Iterable, Iterator

from mochok import errors
from mochok.clock import Stop
from mochok.storage.crt_call import Call
from mochok.storage.crt_connections import Connections
from mochok.storage.endpoint import Endpoint
from mochok.storage.http_client import Request
from mochok.storage.retries import Retries

Headers = Iterable[tuple[str, str]]


class CrtClient:
    """What one store asks of one bucket, over ``connections`` that others use too.

    ``on_failure`` is called when a fault ended all that could be asked.
    """

    def __init__(
        self,
        connections: Connections,
        endpoint: Endpoint,
        stop: Stop,
        retries: Retries,
        on_failure: Callable[[], None] = lambda: None,
    ) -> None:
        self.connections = connections
        self.endpoint = endpoint
        self.stop = stop
        self.retries = retries
        self._on_failure = on_failure
        self._calls: weakref.WeakSet[Call] = weakref.WeakSet()

    def request(self, method: str, path: str, headers: Headers = (), body: bytes = b"") -> Request:
        """An unsigned request; ``path`` is already percent-encoded."""
        return Request(method, path, (("Host", self.endpoint.authority), *headers), body)

    def start(self, call: Call, request: Request) -> None:
        """Send ``request``; its answer, or the reason why it could not be sent, arrives in ``call``."""
        self._calls.add(call)
        self.connections.start(call, request)

    def fetch(
        self,
        operation: str,
        subject: str,
        make: Callable[[], Request],
        first: Call | None = None,
        timeout_seconds: float | None = None,
    ) -> Call:
        """Send and wait, with retries. ``first`` is an attempt that is already in flight;
        ``timeout_seconds`` replaces the configured read time-out.

        Raises StorageError when it failed for good, Interrupted when the user cancels the run.
        """
        patience_seconds = timeout_seconds or self.connections.session.access.read_timeout_seconds
        began, attempt = time.monotonic(), 1
        with self.noting_failures():
            while True:
                call, first = first, None
                if call is None:
                    call = Call(operation, subject)
                    self.start(call, make())
                call.wait(self.stop, patience_seconds)
                if call.status:
                    self.retries.heard()
                if call.error is None:
                    self.retries.succeeded(attempt)
                    return call
                if not self.worth_retrying(call.error):
                    raise call.error
                pause_seconds = self.retries.pause_seconds(call.error, attempt, began)
                if pause_seconds is None:
                    raise call.error
                if self.stop.wait(pause_seconds):
                    raise errors.Interrupted("interrupted")
                attempt += 1

    @contextlib.contextmanager
    def noting_failures(self) -> Iterator[None]:
        """Call ``on_failure`` for an error that ends the whole configuration."""
        try:
            yield
        except errors.StorageError as error:
            if error.scope == "configuration":
                self._on_failure()
            raise

    def probe(self, timeout_seconds: float) -> None:
        """Raise EndpointUnreachableError unless the server answers anything at all."""
        call = Call("HeadBucket", "")
        self.start(call, self.request("HEAD", self.endpoint.bucket_path()))
        with self.noting_failures():
            call.wait(self.stop, timeout_seconds)
            if call.error is not None and call.error.scope == "configuration" and not call.status:
                raise call.error

    def worth_retrying(self, error: errors.StorageError) -> bool:
        """True for transient faults; renews the credentials first if they expired."""
        if isinstance(error, errors.ExpiredTokenError):
            return self.connections.session.renew()
        return error.retryable

    def close(self) -> None:
        """Cancel what is not awaited any more (a page listed ahead), sum the retries up. Idempotent."""
        for call in list(self._calls):
            call.release()
        self.retries.sum_up()
