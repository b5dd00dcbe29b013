"""Time as a value that is passed in, and the words in which users give dates.

The target date is a calendar date in the configured zone, fixed once when a run starts. "Yesterday" is
today's date minus one calendar day, never now minus 24 hours: on the two days a year when clocks change,
the two differ.
"""

from __future__ import annotations

import re
import threading
import time
from datetime import date, datetime, timedelta, tzinfo
from typing import Protocol

from mochok.errors import UsageError

TEN_YEARS_DAYS = 3660
"""How far back anything looks that looks back."""
_WAIT_SLICE_SECONDS = 0.1
_DAYS_AGO = re.compile(r"-(\d{1,5})d")


class Clock(Protocol):
    """Where the time comes from."""

    def now(self) -> datetime:
        """The present moment, aware, in the configured zone."""

    def monotonic_seconds(self) -> float:
        """Seconds from an arbitrary point; never goes back."""


class SystemClock:
    """The machine's clock, read in ``zone`` (None: the machine's own zone)."""

    def __init__(self, zone: tzinfo | None = None) -> None:
        self.zone = zone

    def now(self) -> datetime:
        return datetime.now(self.zone) if self.zone else datetime.now().astimezone()

    def monotonic_seconds(self) -> float:
        return time.monotonic()


def parse_day(text: str, today: date) -> date:
    """The date that a user wrote: ``YYYY-MM-DD``, ``today``, ``yesterday`` or ``-3d``.

    Raises UsageError for anything else.
    """
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
    raise UsageError(
        f"{text!r} is not a date", hint="write YYYY-MM-DD, today, yesterday, or -3d for three days ago"
    )


def duration_text(seconds: float) -> str:
    """``HH:MM:SS``, hours beyond 24 counted on (as ``state.json`` documents)."""
    whole = int(seconds + 0.5)
    return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}"


class Stop:
    """The wish to end early (Ctrl-C, SIGTERM), shared by everything that waits.

    After :meth:`request` no new file starts; running ones may finish for ``grace_seconds``.
    """

    def __init__(self, grace_seconds: float = 10.0) -> None:
        self._requested = threading.Event()
        self._deadline = float("inf")
        self.grace_seconds = grace_seconds

    def request(self) -> None:
        """Ask to end; a second request ends the grace at once."""
        self._deadline = 0.0 if self.requested else time.monotonic() + self.grace_seconds
        self._requested.set()

    @property
    def requested(self) -> bool:
        """True once somebody asked."""
        return self._requested.is_set()

    def wait(self, seconds: float) -> bool:
        """Wait so long, or until somebody asks; True if somebody did.

        In slices, not for the event: a signal handler that sets it would wait for the lock that its own
        thread holds, and on Windows Ctrl-C is only seen between two waits.
        """
        end = time.monotonic() + seconds
        while not self.requested and (left := end - time.monotonic()) > 0:
            time.sleep(min(left, _WAIT_SLICE_SECONDS))
        return self.requested

    @property
    def overdue(self) -> bool:
        """True once the grace is over: cancel what still runs."""
        return self.requested and time.monotonic() >= self._deadline
