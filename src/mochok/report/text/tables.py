"""Tables as lines, aligned by the width of each character on a screen, narrower on narrow screens. Pure.

Not ``rich.table``, which takes 11 s instead of 1 s for 30,000 results (a month of a thousand configurations),
and 20 ms to load before ``mochok history | head``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from rich.cells import cell_len, chop_cells

from mochok.report.text.page import Line, Span

GAP_CELLS = 2
ELASTIC_CELLS = 20
"""What an elastic column is not narrower than, unless its cells are."""


@dataclass(frozen=True, slots=True)
class Column:
    """A heading and its cells, safe to print. ``elastic``: may be folded; others are as wide as their widest
    cell. The highest ``expendable`` goes first where the width is short; 0 never goes.
    """

    heading: str
    cells: Sequence[Span | str]
    right: bool = False
    elastic: bool = False
    expendable: int = 0

    @property
    def spans(self) -> Iterator[Span]:
        """The cells with their styles."""
        return (cell if isinstance(cell, Span) else Span(cell) for cell in self.cells)

    @property
    def natural_cells(self) -> int:
        """The width of its widest cell."""
        return max(map(cell_len, (self.heading, *(span.text for span in self.spans))))

    @property
    def least_cells(self) -> int:
        """The width below which it does not go."""
        return min(self.natural_cells, ELASTIC_CELLS) if self.elastic else self.natural_cells


def fitting(columns: Sequence[Column], width_cells: int) -> list[Column]:
    """The columns without the expendable ones that do not fit."""
    kept = list(columns)
    while needed_cells(kept) > width_cells and any(column.expendable for column in kept):
        kept.remove(max(kept, key=lambda column: column.expendable))
    return kept


def needed_cells(columns: Sequence[Column]) -> int:
    """The width of the narrowest table of all these columns."""
    return sum(column.least_cells + GAP_CELLS for column in columns) - GAP_CELLS


def table(columns: Sequence[Column], width_cells: int, rule: str = "") -> Iterator[Line]:
    """Headings, a rule of the character ``rule`` unless it is "", and the rows, of the columns that fit."""
    kept = fitting(columns, width_cells)
    widths = _widths(kept, width_cells)
    yield _row(kept, widths, [Span(column.heading, "bold") for column in kept])
    if rule:
        yield (Span(rule * (sum(widths) + GAP_CELLS * (len(widths) - 1)), "dim"),)
    for row in zip(*(column.spans for column in kept), strict=True):
        texts = [folded(cell.text, width) for cell, width in zip(row, widths, strict=True)]
        for parts in zip_longest(*texts, fillvalue=""):
            yield _row(kept, widths, [Span(text, cell.style) for text, cell in zip(parts, row, strict=True)])


def folded(text: str, width_cells: int, *, break_words: bool = True) -> list[str]:
    """``text`` in lines of at most ``width_cells``, broken at spaces or inside long words."""
    if cell_len(text) <= width_cells:
        return [text]
    lines = [""]
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}" if lines[-1] else word
        if cell_len(longer) <= width_cells:
            lines[-1] = longer
        else:
            lines += chop_cells(word, width_cells) if break_words else [word]
    return [line for line in lines if line]


def _widths(columns: Sequence[Column], width_cells: int) -> list[int]:
    """Elastic columns share what the others leave; the widest gives first."""
    widths = [column.natural_cells for column in columns]
    least = [column.least_cells for column in columns]
    excess = sum(widths) + GAP_CELLS * (len(widths) - 1) - width_cells
    while excess > 0 and widths != least:
        widest = max(range(len(widths)), key=lambda index: (widths[index] > least[index], widths[index]))
        widths[widest] -= 1
        excess -= 1
    return widths


def _row(columns: Sequence[Column], widths: Sequence[int], row: Sequence[Span]) -> Line:
    spans: list[Span] = []
    for column, width, cell in zip(columns, widths, row, strict=True):
        padding = " " * (width - cell_len(cell.text))
        text = padding + cell.text if column.right else cell.text + padding
        spans += [Span(text, cell.style), Span(" " * GAP_CELLS)]
    last = spans[-2]
    return (*spans[:-2], Span(last.text.rstrip(), last.style))
