"""A few threads that carry out what may wait for a server.

Unlike the executors of the standard library they do not keep the process from ending: one of them may wait
for a name server that never answers.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable


class Workers:
    """Up to ``most`` threads, each started when there is more to do than threads. Thread-safe."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._threads = 0
        self._unfinished = 0
        self._lock = threading.Lock()
        self._work: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()

    def submit(self, work: Callable[[], None]) -> None:
        """Carry ``work`` out soon."""
        with self._lock:
            self._unfinished += 1
            starts = self._threads < min(self._unfinished, self._most)
            self._threads += starts
        self._work.put(work)
        if starts:
            self._start()

    def close(self) -> None:
        """End the threads once they have done what was submitted."""
        with self._lock:
            threads, self._threads = self._threads, 0
        for _ in range(threads):
            self._work.put(None)

    def _start(self) -> None:
        threading.Thread(target=self._run, name="s3-request", daemon=True).start()

    def _run(self) -> None:
        while (work := self._work.get()) is not None:
            try:
                work()
            except BaseException:
                self._start()  # in place of this one, which ends
                raise
            finally:
                with self._lock:
                    self._unfinished -= 1
