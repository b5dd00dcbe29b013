"""The configurations as they are about to run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from mochok.plurals import counted, days_span
from mochok.records.summary import SummaryRow
from mochok.report.text.formatting import DISABLED, shown
from mochok.report.text.page import Entry, PageItem, Span, line, show
from mochok.report.text.screen import Screen
from mochok.report.text.tables import Column, needed_cells, table


def render_summary(rows: Sequence[SummaryRow], screen: Screen) -> None:
    """Print the configurations: as a table where it fits, as blocks on narrower screens."""
    show(_page(rows, screen), screen)


def _page(rows: Sequence[SummaryRow], screen: Screen) -> Iterator[PageItem]:
    yield line(Span(_title(rows), "bold"))
    columns = _columns(rows, screen)
    if needed_cells(columns) <= screen.width:
        yield from table(columns, screen.width, screen.glyphs.bar_open)
    else:  # paths would have to be folded
        yield from _blocks(rows)
    yield line()


def _title(rows: Sequence[SummaryRow]) -> str:
    days, disabled = {row.days for row in rows}, sum(row.disabled for row in rows)
    title = counted(len(rows), "configuration" if disabled else "enabled configuration")
    if disabled:
        title += f" ({'' if disabled == len(rows) else f'{disabled:,} of them '}{DISABLED})"
    return title + (f" for {days.pop()}" if len(days) == 1 else "")


def _name(row: SummaryRow) -> str:
    return shown(f"{row.name} ({DISABLED})" if row.disabled else row.name)


def days_text(days: Sequence[date]) -> str:
    """``2025-01-03 to 2025-01-09, 5 days``, ``2025-01-14``, or ``no day``."""
    if not days:
        return "no day"
    span = days_span(days[0], days[-1])
    return span if len(days) == 1 else f"{span}, {counted(len(days), 'day')}"


@dataclass(frozen=True, slots=True)
class FileCount:
    """How many files take part; ``more``: not all were counted. ``missing`` of ``folders`` do not exist."""

    files: int
    more: bool = False
    folders: int = 1
    missing: int = 0


def files_text(count: FileCount) -> str:
    """``1,204 files``, ``10,000+ files``, ``missing`` or ``36 files, 3 of 7 folders missing``."""
    if count.missing == count.folders:
        return "missing"
    files = f"{count.files:,}+ files" if count.more else counted(count.files, "file")
    return f"{files}, {count.missing} of {count.folders} folders missing" if count.missing else files


def _columns(rows: Sequence[SummaryRow], screen: Screen) -> list[Column]:
    def column(heading: str, texts: list[str], style: str = "", *, elastic: bool = False) -> Column:
        return Column(heading, [Span(screen.fit(shown(text)), style) for text in texts], elastic=elastic)

    files = [Span(row.files, "yellow" if "missing" in row.files else "") for row in rows]
    differ = len({row.days for row in rows}) > 1
    return [
        column("Configuration", [_name(row) for row in rows], "cyan"),
        *([column("Days", [row.days for row in rows])] if differ else []),
        column("Source", [row.source for row in rows]),
        Column("Files", files, right=True),
        column("Destination", [row.destination for row in rows]),
        column("Profile, region", [_account(row) for row in rows]),
        column("Strategy", [row.strategy for row in rows]),
        column("Options", [row.options for row in rows], elastic=True),
    ]


def _blocks(rows: Sequence[SummaryRow]) -> Iterator[PageItem]:
    for row in rows:
        yield line(Span(_name(row), "bold cyan"), f" ({row.strategy}, {row.days}, {row.files})")
        destination = f"-> {row.destination}" if row.destination else ""
        for text in filter(None, (row.source, destination, _account(row), row.options)):
            yield Entry(line(f"  {shown(text)}"), 2)


def _account(row: SummaryRow) -> str:
    profile = f"profile {row.profile}" if row.profile else ""
    return ", ".join(filter(None, (profile, row.region)))
