"""Tables that stay readable on narrow terminals: no frame, one rule below the headings, true widths."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rich import box
from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from mochok.report.text.screen import Screen

GAP_CELLS = 2
_UNICODE_RULE = box.Box("    \n    \n ── \n    \n    \n    \n    \n    \n")
_ASCII_RULE = box.Box("    \n    \n -- \n    \n    \n    \n    \n    \n", ascii=True)


class Cell(NamedTuple):
    """One cell: text that is already safe to print, and rich's style for it."""

    text: str
    style: str = ""


class Column(NamedTuple):
    """A heading and its cells. ``elastic``: may be folded; others are never narrower than their content."""

    heading: str
    cells: Sequence[Cell]
    right: bool = False
    elastic: bool = False

    @property
    def natural_cells(self) -> int:
        """Columns of the screen that the widest cell takes."""
        return max(cell_len(text) for text in (self.heading, *(cell.text for cell in self.cells)))


def needed_cells(columns: Sequence[Column], *, elastic_cells: int | None = None) -> int:
    """Screen columns of a table in which nothing is folded, or elastic columns to ``elastic_cells``."""
    widths = [column.natural_cells for column in columns]
    if elastic_cells is not None:
        widths = [
            min(width, elastic_cells) if column.elastic else width
            for width, column in zip(widths, columns, strict=True)
        ]
    return sum(widths) + GAP_CELLS * max(len(columns) - 1, 0)


def table(columns: Sequence[Column], screen: Screen) -> Table:
    """The table; elastic columns share what the others leave and are folded."""
    made = Table(
        box=_UNICODE_RULE if screen.live and screen.carries("─") else _ASCII_RULE,
        show_edge=False,
        pad_edge=False,
        padding=(0, GAP_CELLS - 1, 0, 0),
        header_style="bold",
        border_style="dim",
    )
    for column in columns:
        least = min(column.natural_cells, len(column.heading) if column.elastic else column.natural_cells)
        made.add_column(
            Text(column.heading),
            justify="right" if column.right else "left",
            min_width=least,
            no_wrap=not column.elastic,
            overflow="fold",
        )
    for cells in zip(*(column.cells for column in columns), strict=True):
        made.add_row(*(Text(cell.text, style=cell.style) for cell in cells))
    return made
