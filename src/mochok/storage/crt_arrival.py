"""How much has arrived of the files that are being sent.

The engine reports a part (8 MiB) when it has arrived, and sends a dozen at a time, so on a slow line that is
nothing for a minute. The kernel knows how much of them the server has acknowledged, though not of which file:
it is counted to the oldest. Linux only: elsewhere parts count when they have arrived.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterable
from typing import ClassVar

from mochok.storage.contract import OnTheWay
from mochok.storage.crt_transfer import Transfer
from mochok.storage.crt_watch import traffic

_PAUSE_SECONDS = 0.25


class Arrivals:
    """Reports to ``on_the_way``, a few times a second at most. Connections cannot be attributed while
    several configurations upload, so then only whole parts count.
    """

    _all: ClassVar[set[Arrivals]] = set()

    def __init__(self, on_the_way: OnTheWay, pause_seconds: float = _PAUSE_SECONDS) -> None:
        self._on_the_way = on_the_way
        self._pause_seconds = pause_seconds
        self._next_seconds = 0.0
        self._answered: dict[int, tuple[int, int]] = {}
        self._all.add(self)

    def report(self, running: Iterable[Transfer]) -> None:
        """``running`` are all transfers in flight."""
        now_seconds = time.monotonic()
        if now_seconds < self._next_seconds:
            return
        self._next_seconds = now_seconds + self._pause_seconds
        unanswered_bytes = self._unanswered_bytes() if len(self._all) == 1 else 0
        arrived_bytes = {}
        for transfer in sorted(running, key=lambda one: one.began):
            unanswered_bytes -= transfer.advance(unanswered_bytes)
            arrived_bytes[transfer.upload.file.key] = transfer.arrived_bytes
        self._on_the_way(arrived_bytes)

    def close(self) -> None:
        """The upload has ended."""
        self._all.discard(self)

    def _unanswered_bytes(self) -> int:
        """What the server acknowledged on every connection since its last answer there."""
        before, self._answered, total_bytes = self._answered, {}, 0
        with contextlib.suppress(OSError):  # not Linux, or too many open files
            for number, _connection, sent, received in traffic():
                answered_sent, answered_received = before.get(number, (0, received))
                if received != answered_received:
                    answered_sent = sent
                self._answered[number] = answered_sent, received
                total_bytes += sent - answered_sent
        return total_bytes
