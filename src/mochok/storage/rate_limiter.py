"""A bandwidth limit: every byte gets a time before which it may not be sent."""

from __future__ import annotations

import io
import threading
import time
from typing import Any

_PIECE_BYTES = 256 * 1024


class RateLimiter:
    """An average rate shared by all transfers (and configurations) that use it. Thread-safe."""

    def __init__(self, bytes_per_second: float) -> None:
        self.bytes_per_second = bytes_per_second
        self._lock = threading.Lock()
        self._free_at = 0.0

    def reserve(self, size_bytes: int) -> float:
        """Book ``size_bytes``; the seconds to wait before sending them. Idle time is not saved up."""
        with self._lock:
            now = time.monotonic()
            start = max(now, self._free_at)
            self._free_at = start + size_bytes / self.bytes_per_second
            return start - now


class RateLimitedFile(io.FileIO):
    """An open file that hands the engine its bytes no faster than ``rate_limiter``; closing is its owner's.

    The engine reads it in a thread of its own, so sleeping there delays nothing else. ``given_bytes``: how
    many it has got.
    """

    def __init__(self, descriptor: int, rate_limiter: RateLimiter) -> None:
        super().__init__(descriptor, "rb", closefd=False)
        self._rate_limiter = rate_limiter
        self.given_bytes = 0

    def readinto(self, buffer: Any) -> int:
        """Fill ``buffer`` (at most 256 KiB of it) when the rate allows it."""
        count = super().readinto(memoryview(buffer)[:_PIECE_BYTES]) or 0
        time.sleep(self._rate_limiter.reserve(count))
        self.given_bytes += count
        return count
