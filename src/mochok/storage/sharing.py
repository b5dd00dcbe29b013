"""What the stores of one run share: values made once, and failures that are not repeated."""

from __future__ import annotations

import copy
import threading
import time
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from mochok.errors import ConnectionLostError, CredentialsError, EndpointUnreachableError, StorageError

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")
FAILURES_IN_A_ROW = 3
REMEMBERED_SECONDS = 30.0


class Shared(Generic[Key, Value]):
    """One value for each key, made at the first request; other threads wait meanwhile. Thread-safe."""

    def __init__(self) -> None:
        self._values: dict[Key, Value] = {}
        self._locks: dict[Key, threading.Lock] = {}

    def get(self, key: Key, make: Callable[[], Value]) -> Value:
        """The value of ``key``. If ``make`` raises, nothing is kept, and the next request makes it."""
        with self._locks.setdefault(key, threading.Lock()):
            value = self._values.get(key)
            if value is None:
                value = self._values[key] = make()
            return value

    def forget(self, key: Key) -> None:
        """The next request for ``key`` makes it anew."""
        self._values.pop(key, None)

    def peek(self, key: Key) -> Value | None:
        """The value of ``key``, if it has been made."""
        return self._values.get(key)

    def drain(self) -> list[Value]:
        """All values, which are forgotten."""
        values = list(self._values.values())
        self._values.clear()
        return values


class Outages:
    """Remembers what could not be reached, so that a thousand configurations do not wait for it in turn.

    After three failures in a row of one server (or source of credentials), further attempts within thirty
    seconds fail at once with the last error. Thread-safe.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures: dict[Hashable, tuple[int, float, StorageError]] = {}

    def call(self, key: Hashable, function: Callable[[], Value]) -> Value:
        """What ``function`` returns. If ``key`` is known to fail, its last error is raised instead."""
        count, last, failure = self._failures.get(key, (0, 0.0, None))
        if failure is not None and count >= FAILURES_IN_A_ROW and self._clock() < last + REMEMBERED_SECONDS:
            again = copy.copy(failure)
            again.message = f"{failure.message}; not tried again after {count} failures in a row"
            raise again
        try:
            value = function()
        except (EndpointUnreachableError, ConnectionLostError, CredentialsError) as error:
            self._failures[key] = count + 1, self._clock(), error
            raise
        self._failures.pop(key, None)
        return value
