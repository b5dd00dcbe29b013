"""Requests to one bucket, in two verbs: start a request, wait for a request.

Mochok retries single requests, as it sees status and body of each attempt; the engine retries parts.
"""

from __future__ import annotations

import contextlib
import random
import time
import weakref
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from awscrt.exceptions import AwsCrtError
from awscrt.http import HttpHeaders, HttpRequest
from awscrt.s3 import S3RequestType

from mochok import errors
from mochok.clock import Stop
from mochok.storage.crt_call import Call, no_response
from mochok.storage.crt_connections import Connections
from mochok.storage.endpoint import Endpoint
from mochok.storage.retries import RetryLog

Headers = Iterable[tuple[str, str]]
ATTEMPTS = 5


class CrtClient:
    """What one store asks of one bucket, over ``connections`` that others use too.

    ``on_failure`` is called when a fault ended all that could be asked.
    """

    def __init__(
        self,
        connections: Connections,
        endpoint: Endpoint,
        stop: Stop,
        retries: RetryLog,
        on_failure: Callable[[], None] = lambda: None,
    ) -> None:
        self.connections = connections
        self.endpoint = endpoint
        self.stop = stop
        self.retries = retries
        self._on_failure = on_failure
        self._calls: weakref.WeakSet[Call] = weakref.WeakSet()

    def request(self, method: str, path: str, headers: Headers = (), body: Any = None) -> HttpRequest:
        """An unsigned request; ``path`` is already percent-encoded."""
        pairs = [("Host", self.endpoint.authority), *headers]
        return HttpRequest(method, path, HttpHeaders(pairs), body)

    def start(self, call: Call, request: HttpRequest) -> None:
        """Send ``request``; its answer, or the reason why it could not be sent, arrives in ``call``."""
        self._calls.add(call)
        try:
            call.request = self.connections.single.make_request(
                type=S3RequestType.DEFAULT,
                operation_name=call.operation,
                request=request,
                signing_config=self.connections.signing,
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
        """Send and wait, with retries. ``first`` is an attempt that is already in flight;
        ``timeout_seconds`` replaces the configured read time-out.

        Raises StorageError when it failed for good, Interrupted when the user cancels the run.
        """
        patience = timeout_seconds or self.connections.session.access.read_timeout_seconds
        began = time.monotonic()
        with self.noting_failures():
            for attempt in range(1, ATTEMPTS + 1):
                call, first = first, None
                if call is None:
                    call = Call(operation, subject)
                    self.start(call, make())
                call.wait(self.stop, patience)
                if call.error is None:
                    return call
                lost = isinstance(call.error, errors.ConnectionLostError)
                if lost and 0 < patience < time.monotonic() - began:
                    raise no_response(patience) from call.error
                if attempt == ATTEMPTS or not self.worth_retrying(call.error):
                    raise call.error
                wait_seconds = backoff_seconds(attempt)
                self.retries.record(call.error, attempt, ATTEMPTS, wait_seconds)
                if self.stop.wait(wait_seconds):
                    raise errors.Interrupted("interrupted")
        raise AssertionError("unreachable")

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
        path = self.endpoint.bucket_path()
        refusals = (errors.AccessDeniedError, errors.InvalidRequestError)  # which are answers too
        with contextlib.suppress(*refusals):
            self.fetch("HeadBucket", "", lambda: self.request("HEAD", path), timeout_seconds=timeout_seconds)

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


def backoff_seconds(attempt: int) -> float:
    """Exponential with full jitter: up to 0.5 s, 1 s, 2 s, 4 s ..., at most 20 s."""
    return random.uniform(0.05, min(20.0, 0.25 * 2**attempt))  # noqa: S311 - jitter, no secret
