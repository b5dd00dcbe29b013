"""Notes next to a list of days: that the ledger was lost, or the last run was interrupted. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from mochok.records.overview import DayNotes, LostHistory
from mochok.report.text.formatting import local_time, shown
from mochok.report.text.page import Line, Span, line


def lost_line(lost: LostHistory, now: datetime) -> Line:
    """Since when the ledger has runs, and the file of the previous one."""
    since = f"only has runs since {local_time(lost.since, now):%Y-%m-%d}" if lost.since else "has no runs"
    aside = f" (the previous ledger was set aside as {shown(lost.set_aside)})" if lost.set_aside else ""
    return line(Span("note: ", "yellow"), f"the ledger {since}; earlier days are unknown{aside}")


def note_lines(notes: DayNotes, now: datetime) -> Iterator[Line]:
    """One line for each note."""
    for name, sentence in notes.elsewhere:
        yield line(Span("note: ", "yellow"), shown(f"{name}: {sentence}"))
    if notes.lost is not None:
        yield lost_line(notes.lost, now)
    for earlier in notes.earlier:
        yield line(Span("note: ", "yellow"), shown(f"{earlier.name}: {earlier}"))
    if notes.interrupted is not None:
        run = shown(notes.interrupted.run_id)
        yield line(
            Span("note: ", "yellow"),
            f"the last run ({run}) was interrupted; days that it did not reach are shown as before it",
        )
