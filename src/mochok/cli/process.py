"""What a long-running command does with its process: signals and the garbage collector."""

from __future__ import annotations

import gc
import signal
from collections.abc import Iterator
from contextlib import contextmanager

from mochok.clock import Stop


@contextmanager
def stop_on_signals() -> Iterator[Stop]:
    """Inside, Ctrl-C and SIGTERM request the stop; the second one ends the grace period."""
    stop = Stop()
    names = [name for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name)]
    before = {name: signal.signal(getattr(signal, name), lambda *_: stop.request()) for name in names}
    try:
        yield stop
    finally:
        for name, handler in before.items():
            signal.signal(getattr(signal, name), handler)


def collect_garbage_seldom() -> None:
    """Exempt what is loaded from garbage collection, which would take a twentieth of the time."""
    gc.freeze()
    gc.set_threshold(20_000, 50, 100)
    gc.enable()
