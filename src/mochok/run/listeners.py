"""Delivers events to listeners, each in a thread of its own, so that none can harm the run.

A listener that raises, hangs in a slow write or fills its disk costs a warning and itself: it gets no more
events, and everything else goes on. The run waits for a slow one only when that one is far behind, and no
longer than it makes progress.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Self

from mochok.events import Event, FileSent, FileSkipped, Level, Listener, Notice, ObjectDeleted

PATIENCE_SECONDS = 10.0
"""How long a listener may take for one event, when others wait for it."""
MOST_WAITING = 20_000
_BATCH = 500
_POLL_SECONDS = 0.1
_MANY = frozenset({FileSent, FileSkipped, ObjectDeleted})


class Listeners:
    """A listener that passes each event on to all others. Never raises; safe in several threads.

    ``patience_seconds``: how long a listener may hang before it is given up. Leaving the context delivers
    what waits. ``faults`` are the warnings that came too late for the first listener, the console.
    """

    def __init__(self, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self._patience_seconds = patience_seconds
        self._deliveries: list[_Delivery] = []
        self.faults: list[str] = []

    @property
    def hanging(self) -> bool:
        """Whether a listener hangs, so that its thread is left behind."""
        return any(delivery.hangs for delivery in self._deliveries)

    def add(self, name: str, listener: Listener, close: Callable[[], None] = lambda: None) -> None:
        """Deliver from now on to ``listener``; ``close`` is called, in its thread, after its last event.

        ``name`` is for the warning if it fails, such as "the log file".
        """
        self._deliveries.append(_Delivery(name, listener, close, self._patience_seconds))

    def __call__(self, event: Event) -> None:
        for delivery in self._deliveries:
            delivery.put(event)
        self._report_faults()

    def warn(self, message: str) -> None:
        """A warning about the run as a whole, to all listeners."""
        if not (self._deliveries and self._deliveries[0].listening):
            self.faults.append(message)
        self(Notice("", Level.WARNING, message))

    def close(self) -> None:
        """Deliver what waits, also the warnings about listeners; then end them in their order."""
        while any(delivery.drain() for delivery in self._deliveries):
            self._report_faults()
        for delivery in self._deliveries:
            delivery.close()
            self._report_faults()

    def _report_faults(self) -> None:
        for delivery in self._deliveries:
            if (fault := delivery.take_fault()) is not None:
                self.warn(f"{delivery.name} failed and gets no more events: {fault}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()


class _Delivery:
    """The queue and the thread of one listener."""

    def __init__(
        self, name: str, listener: Listener, close: Callable[[], None], patience_seconds: float
    ) -> None:
        self.name = name
        self.hangs = False
        self._listener = listener
        self._close = close
        self._patience_seconds = patience_seconds
        self._waiting: deque[Event] = deque()
        self._wake = threading.Event()
        self._ending = False
        self._given_up = False
        self._fault: str | None = None
        self._taking = False
        self._done = 0
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def put(self, event: Event) -> None:
        if not self.listening:
            return
        self._waiting.append(event)
        if type(event) not in _MANY or len(self._waiting) >= _BATCH:
            self._wake.set()
        if len(self._waiting) >= MOST_WAITING and threading.current_thread() is not self._thread:
            self._wait_while(lambda: len(self._waiting) >= MOST_WAITING // 2)

    def drain(self) -> bool:
        """Wait until nothing waits; False if nothing did and there is no fault to report."""
        if not self._busy:
            return self._fault is not None
        self._wake.set()
        self._wait_while(lambda: self._busy)
        return True

    @property
    def _busy(self) -> bool:
        return not self._given_up and bool(self._waiting or self._taking)

    def close(self) -> None:
        self._ending = True
        self._wake.set()
        self._wait_while(self._thread.is_alive)

    @property
    def listening(self) -> bool:
        """Whether an event would still be delivered."""
        return not (self._given_up or self._ending)

    def take_fault(self) -> str | None:
        """Why the listener is given up, once."""
        fault, self._fault = self._fault, None
        return fault

    def _wait_while(self, busy: Callable[[], bool]) -> None:
        """Wait for the listener as long as it makes progress; then give it up."""
        done, since = self._done, time.monotonic()
        while busy() and not self._given_up:
            if self._done != done:
                done, since = self._done, time.monotonic()
            elif time.monotonic() - since >= self._patience_seconds:
                self.hangs = True
                self._give_up(f"no progress for {self._patience_seconds:g} s")
            else:
                self._thread.join(0.01)

    def _give_up(self, fault: str) -> None:
        if not self._given_up:
            self._fault = fault
        self._given_up = True
        self._waiting.clear()

    def _run(self) -> None:
        self._guarded(self._deliver)
        self._guarded(self._close)

    def _guarded(self, step: Callable[[], None]) -> None:
        try:
            step()
        except Exception as error:  # whatever a listener does, the run goes on
            self._give_up(f"{type(error).__name__}: {error}")

    def _deliver(self) -> None:
        while not self._given_up and (self._waiting or not self._ending):
            self._wake.wait(_POLL_SECONDS)
            self._wake.clear()
            self._taking = True
            while self._waiting and not self._given_up:
                self._listener(self._waiting.popleft())
                self._done += 1
            self._taking = False
