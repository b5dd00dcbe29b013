"""The output of ``mochok sync``: a live display on a terminal, timestamped lines elsewhere.

One lock orders everything that is drawn; a thread redraws five times a second and writes the progress lines
of a plain run. rich is loaded when something of it is drawn, so a quiet run without a failure never does.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, TextIO

from mochok import events
from mochok.clock import Clock, SystemClock
from mochok.events import Event, Level
from mochok.model import Status
from mochok.report.listeners.dry_totals import DryTotals
from mochok.report.listeners.event_text import EventLines, Line
from mochok.report.listeners.meter import Counts, RunMeter
from mochok.report.text.formatting import shown
from mochok.report.text.page import STATUS_STYLES, Span, rich_text
from mochok.report.text.screen import Screen

if TYPE_CHECKING:
    from mochok.report.listeners.live import LiveView

REFRESH_SECONDS = 0.2
PLAIN_PROGRESS_SECONDS = 10.0
_LINES_WAITING = 500
_EACH_FILE = frozenset({events.FileSent, events.FileSkipped, events.ObjectDeleted})
_STYLES = {Level.DEBUG: "dim", Level.WARNING: "yellow", Level.ERROR: "bold red"}
_STOPPING = "Stopping: uploads in progress get a few seconds. Press Ctrl-C again to stop at once."


def open_console(
    *,
    quiet: bool,
    verbose: bool,
    stream: TextIO | None,
    environ: Mapping[str, str],
    clock: Clock | None = None,
    stopping: Callable[[], bool] = lambda: False,
) -> ConsoleReport:
    """The console for one run; use it as a listener inside ``with``.

    ``quiet``: only warnings and errors, and the table if something failed; it wins over ``verbose``, which
    adds each file with its reason. ``stream`` None (a process without stdout): no output. ``environ`` has
    TERM, NO_COLOR, COLUMNS. ``stopping``: whether the user cancelled the run.
    """
    screen = Screen(stream, environ)
    lines = EventLines(quiet=quiet, verbose=verbose and not quiet, live=screen.live)
    return ConsoleReport(screen, lines, quiet=quiet, clock=clock or SystemClock(), stopping=stopping)


class ConsoleReport(AbstractContextManager["ConsoleReport"]):
    """A listener; safe in several threads. Leaving its context always gives the terminal back."""

    def __init__(
        self, screen: Screen, lines: EventLines, *, quiet: bool, clock: Clock, stopping: Callable[[], bool]
    ) -> None:
        self.screen = screen
        self._lines = lines
        self._quiet = quiet
        self._clock = clock
        self._stopping = stopping
        self._lock = threading.RLock()
        self._waiting: list[Line] = []
        self._started: events.RunStarted | None = None
        self._dry_totals = DryTotals()
        self._meter: RunMeter | None = None
        self._view: LiveView | None = None
        self._thread: threading.Thread | None = None
        self._ended = threading.Event()
        self._next_progress_seconds = 0.0
        self._stop_shown = False

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def close(self) -> None:
        """End the live display, write what waits. Idempotent."""
        thread, self._thread = self._thread, None
        if thread is not None:
            self._ended.set()
            thread.join()  # without the lock, which it may be waiting for
        with self._lock:
            view, self._view, self._meter = self._view, None, None
            if view is not None:
                view.stop()
            self._write_waiting()

    def __call__(self, event: Event) -> None:
        if isinstance(event, events.RunFinished):
            self.close()
            self._show_ending(event)
            return
        with self._lock:
            self._take(event)

    def _take(self, event: Event) -> None:
        now_seconds = self._clock.monotonic_seconds()
        if isinstance(event, events.Progress):
            if self._meter is not None:
                self._meter.advance(event, now_seconds)
            return
        self._dry_totals(event)
        if line := self._lines.of(event):
            self._waiting.append(line)
        if isinstance(event, events.RunPlanned) and not self._quiet:
            from mochok.report.pages.summary import render_summary  # not in a quiet run

            render_summary(event.rows, self.screen)
        elif isinstance(event, events.RunStarted):
            self._run_started(event, now_seconds)
        elif isinstance(event, events.ConfigurationStarted) and self._meter is not None:
            self._meter.start(event, now_seconds)
        elif isinstance(event, events.ConfigurationFinished) and self._meter is not None:
            self._meter.finish(event.result)
        if type(event) not in _EACH_FILE or len(self._waiting) >= _LINES_WAITING:
            self._write_waiting()  # lines about single files wait for the next tick: they may be many

    def _run_started(self, event: events.RunStarted, now_seconds: float) -> None:
        self._started = event
        if self._quiet:
            return
        self._meter = RunMeter(now_seconds, len(event.target_dates), event.tasks)
        self._next_progress_seconds = now_seconds + PLAIN_PROGRESS_SECONDS
        if self.screen.live:
            from mochok.report.listeners.live import LiveView  # loads rich

            self._view = LiveView(self.screen)
        self._thread = threading.Thread(target=self._tick_until_ended, name="console", daemon=True)
        self._thread.start()

    def _show_ending(self, event: events.RunFinished) -> None:
        failed = event.interrupted or any(result.status is Status.FAILURE for result in event.results)
        if self._quiet and not failed:
            return
        from mochok.report.pages.results import Ending, show_ending  # not in a quiet run

        started = self._started
        order, disabled = (started.configurations, started.disabled) if started else ((), ())
        with self._lock:
            show_ending(Ending(event, order, self._dry_totals, disabled), self.screen)

    def _tick_until_ended(self) -> None:
        while not self._ended.wait(REFRESH_SECONDS):
            self.tick()

    def tick(self) -> None:
        """Bring the display up to date; called several times a second while a run goes on."""
        with self._lock:
            stopping = self._stopping()
            if stopping and self._view is None and not self._stop_shown:
                self._stop_shown = True
                self._waiting.append(Line(Level.WARNING, "", "", _STOPPING))
            now_seconds = self._clock.monotonic_seconds()
            if self._meter and not self._view and now_seconds >= self._next_progress_seconds:
                self._next_progress_seconds = now_seconds + PLAIN_PROGRESS_SECONDS
                self._waiting += _progress_lines(self._meter)
            self._write_waiting()
            if self._meter and self._view:
                self._view.refresh(self._meter, now_seconds, _STOPPING if stopping else "")

    def _write_waiting(self) -> None:
        lines, self._waiting = self._waiting, []
        if lines and self.screen.live:
            self._print_coloured(lines)
        elif lines:
            stamp = f"{self._clock.now():%Y-%m-%d %H:%M:%S}"
            for line in lines:
                self.screen.print_plain(f"[{stamp}] {line}")
            self.screen.stream.flush()

    def _print_coloured(self, lines: Sequence[Line]) -> None:
        texts = [
            rich_text(
                (
                    Span(shown(f"{line.name}: ") if line.name else ""),
                    Span(shown(line.label), STATUS_STYLES.get(line.label) or _STYLES.get(line.level, "")),
                    Span(shown(f" {line.text}" if line.label else line.text)),
                ),
                self.screen,
            )
            for line in lines
        ]
        self.screen.rich.print(rich_text([Span("\n")], self.screen).join(texts))


def _progress_lines(meter: RunMeter) -> Iterator[Line]:
    """One line for each running configuration, and one for the whole run unless it is that."""
    for running in meter.running.values():
        yield Line(Level.INFO, running.name, "", _progress_text(running.counts))
    if meter.running and max(meter.tasks, len(meter.running)) > 1:
        yield Line(Level.INFO, "", "Total:", f"{meter.finished_text()}, {_progress_text(meter.total())}")


def _progress_text(counts: Counts) -> str:
    return ", ".join(filter(None, counts.texts))
