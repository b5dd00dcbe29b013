"""Time as a value that is passed in, and the words in which users give dates.

The target date is a calendar date in the configured zone, fixed once when a run starts. "Yesterday" is
today's date minus one calendar day, never now minus 24 hours: on the two days a year when clocks change,
the two differ.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from datetime import date, datetime, timedelta, tzinfo
from typing import Protocol

from mochok.errors import UsageError

TEN_YEARS_DAYS = 3660
"""The limit of every option that counts days back."""
_FIRST_YEAR = 1970
_WAIT_SLICE_SECONDS = 0.1
_DAYS_AGO = re.compile(r"-(\d{1,5})d")


class Clock(Protocol):
    """The source of the time."""

    def now(self) -> datetime:
        """The current time, aware, in the configured zone."""

    def monotonic_seconds(self) -> float:
        """Seconds since an arbitrary moment; they never decrease."""


class SystemClock:
    """The system's clock in ``zone``, or in the system's time zone if that is None."""

    def __init__(self, zone: tzinfo | None = None) -> None:
        self.zone = zone

    def now(self) -> datetime:
        return datetime.now(self.zone) if self.zone else datetime.now().astimezone()

    def monotonic_seconds(self) -> float:
        return time.monotonic()


def parse_day(text: str, today: date) -> date:
    """The date of ``YYYY-MM-DD``, ``today``, ``yesterday`` or ``-3d``.

    Raises UsageError for other text, and for a date before 1970 or in ten years, which is a typing error.
    """
    day = _parsed(text, today)
    if day.year < _FIRST_YEAR or (day - today).days > TEN_YEARS_DAYS:
        where = f"before {_FIRST_YEAR}" if day < today else "in the future by more than ten years"
        raise UsageError(f"{day} is {where}", hint=f"today is {today}; correct the year")
    return day


def _parsed(text: str, today: date) -> date:
    word = text.strip().lower()
    if word == "today":
        return today
    if word == "yesterday":
        return today - timedelta(days=1)
    try:
        if match := _DAYS_AGO.fullmatch(word):
            return today - timedelta(days=int(match[1]))
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", word):
            return date.fromisoformat(word)
    except (ValueError, OverflowError):
        pass
    hint = "write YYYY-MM-DD, today, yesterday, or -3d for three days ago"
    raise UsageError(f"{text!r} is not a date", hint=hint)


def days_between(first: date, last: date) -> Iterator[date]:
    """Every day from ``first`` to ``last``, both included."""
    for offset in range((last - first).days + 1):
        yield first + timedelta(days=offset)


def duration_text(seconds: float) -> str:
    """``HH:MM:SS`` as in ``state.json``; there may be more than 24 hours."""
    whole = int(seconds + 0.5)
    return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}"


class Stop:
    """Cancellation (Ctrl-C, SIGTERM): no new upload starts, those in progress have ``grace_seconds``."""

    def __init__(self, grace_seconds: float = 10.0) -> None:
        self._requested = threading.Event()
        self._deadline = float("inf")
        self.grace_seconds = grace_seconds

    def request(self) -> None:
        """Cancel; a second request ends the grace period at once."""
        self._deadline = 0.0 if self.requested else time.monotonic() + self.grace_seconds
        self._requested.set()

    @property
    def requested(self) -> bool:
        """True once cancelled."""
        return self._requested.is_set()

    def wait(self, seconds: float) -> bool:
        """Wait so long, or until cancelled; True if cancelled.

        In slices, not for the event: a signal handler that sets it would wait for the lock that its own
        thread holds, and on Windows Ctrl-C is handled only between two waits.
        """
        end = time.monotonic() + seconds
        while not self.requested and (left := end - time.monotonic()) > 0:
            time.sleep(min(left, _WAIT_SLICE_SECONDS))
        return self.requested

    @property
    def overdue(self) -> bool:
        """True once the grace period is over: abort what still runs."""
        return self.requested and time.monotonic() >= self._deadline
