"""The progress of a run: counts, rate and time left of each configuration and of all, from its events.

Not ``rich.progress``: plain runs print the same numbers and never load rich.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from mochok.events import ConfigurationStarted, Progress
from mochok.model import SyncResult, Tally
from mochok.plurals import counted
from mochok.report.text.formatting import duration_words, file_progress, rate_text, size_progress

WINDOW_SECONDS = 10.0
_SHORTEST_SECONDS = 0.5
_SAMPLE_SECONDS = 0.2


class RateMeter:
    """Bytes a second over the last 10 seconds."""

    def __init__(self, now_seconds: float) -> None:
        self._samples: deque[tuple[float, int]] = deque([(now_seconds, 0)])

    def add(self, now_seconds: float, total_bytes: int) -> None:
        """``total_bytes`` have arrived by now."""
        samples = self._samples
        if len(samples) > 1 and now_seconds - samples[-2][0] < _SAMPLE_SECONDS:
            samples.pop()
        samples.append((now_seconds, total_bytes))
        while len(samples) > 2 and samples[1][0] < now_seconds - WINDOW_SECONDS:
            samples.popleft()

    def bytes_per_second(self) -> float:
        """0 until there are enough samples."""
        (first, before), (last, after) = self._samples[0], self._samples[-1]
        arrived = max(after - before, 0)  # a file that is sent again takes back what had arrived
        return arrived / (last - first) if last - first >= _SHORTEST_SECONDS else 0.0


class ProgressTexts(NamedTuple):
    """Counts in words; "" for what is not known."""

    files: str
    size: str = ""
    rate: str = ""
    left: str = ""


@dataclass(slots=True)
class Counts:
    """Files and bytes that are done, of those known so far; ``waiting`` tasks have not begun."""

    files_done: int = 0
    files_total: int = 0
    bytes_done: int = 0
    bytes_total: int = 0
    files_seen: int = 0
    growing: bool = False
    bytes_per_second: float = 0.0
    waiting: int = 0

    @property
    def share(self) -> float:
        """0 to 1, by bytes where there are any."""
        by_bytes, by_files = (self.bytes_done, self.bytes_total), (self.files_done, self.files_total)
        done, total = by_bytes if self.bytes_total else by_files
        return min(done / total, 1.0) if total else 0.0

    @property
    def seconds_left(self) -> float | None:
        """At this rate; None if it is not known."""
        if self.waiting or not self.bytes_per_second or not self.bytes_total:
            return None
        return max(self.bytes_total - self.bytes_done, 0) / self.bytes_per_second

    @property
    def texts(self) -> ProgressTexts:
        """``1,204/3,400+ files``, ``1.2/3.4+ GB``, ``35.1 MB/s``, ``1 min 02 s+ left``."""
        if not self.files_total:
            seen = counted(self.files_seen, "file")
            scanning = f"scanning, {seen}" if self.files_seen else "scanning"
            return ProgressTexts(scanning if self.growing else f"{seen} checked")
        left = self.seconds_left
        return ProgressTexts(
            file_progress(self.files_done, self.files_total, growing=self.growing),
            size_progress(self.bytes_done, self.bytes_total, growing=self.growing),
            rate_text(self.bytes_per_second) if self.bytes_per_second else "",
            "" if left is None else f"{duration_words(round(left))}{'+' if self.growing else ''} left",
        )


@dataclass(slots=True)
class Running:
    """One configuration that runs now."""

    name: str
    target_date: date
    rate: RateMeter
    counts: Counts = field(default_factory=lambda: Counts(growing=True))
    current_key: str = ""


class RunMeter:
    """The whole run: so many ``dates`` and ``tasks`` (0 if unknown). Times are monotonic."""

    def __init__(self, now_seconds: float, dates: int = 1, tasks: int = 0) -> None:
        self.dates = dates
        self.tasks = tasks
        self.started_seconds = now_seconds
        self.running: dict[str, Running] = {}
        self.finished = 0
        self._rate = RateMeter(now_seconds)
        self._ended = Counts()

    def start(self, event: ConfigurationStarted, now_seconds: float) -> None:
        """A configuration begins."""
        self.running[event.name] = Running(event.name, event.target_date, RateMeter(now_seconds))

    def advance(self, event: Progress, now_seconds: float) -> None:
        """New counts of a running configuration; the tally is read now and not kept."""
        running = self.running.get(event.name)
        if running is None:
            return
        running.counts = _counts(event.tally, growing=event.scanning)
        running.counts.bytes_done += event.arrived_bytes
        running.rate.add(now_seconds, running.counts.bytes_done)
        running.counts.bytes_per_second = running.rate.bytes_per_second()
        running.current_key = event.current_key
        self._rate.add(now_seconds, self.total().bytes_done)

    def finish(self, result: SyncResult) -> None:
        """A configuration ended (it may never have started)."""
        self.running.pop(result.name, None)
        self.finished += 1
        _add(self._ended, _counts(result.tally, growing=False))

    def finished_text(self) -> str:
        """``1 of 14 finished``."""
        return f"{self.finished:,}{f' of {self.tasks:,}' if self.tasks else ''} finished"

    def total(self) -> Counts:
        """All configurations together: what ended and what runs; it grows while others wait."""
        waiting = max(self.tasks - self.finished - len(self.running), 0)
        total = Counts(growing=waiting > 0, bytes_per_second=self._rate.bytes_per_second(), waiting=waiting)
        for counts in (self._ended, *(running.counts for running in self.running.values())):
            _add(total, counts)
        return total


def _counts(tally: Tally, *, growing: bool) -> Counts:
    return Counts(
        files_done=min(tally.uploaded + tally.failed, tally.uploads_planned),
        files_total=tally.uploads_planned,
        bytes_done=tally.bytes_uploaded,
        bytes_total=max(tally.bytes_planned, tally.bytes_uploaded),
        files_seen=tally.files_seen,
        growing=growing,
    )


def _add(total: Counts, part: Counts) -> None:
    total.files_done += part.files_done
    total.files_total += part.files_total
    total.bytes_done += part.bytes_done
    total.bytes_total += part.bytes_total
    total.files_seen += part.files_seen
    total.growing = total.growing or part.growing
