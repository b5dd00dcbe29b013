"""Aligned columns of text that give up their least important ones where there is no room. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mochok.report.text.page import Line, Span

_GAP = "  "


@dataclass(frozen=True, slots=True)
class Column:
    """One column. The highest ``expendable`` goes first where the width is short; 0 never goes."""

    title: str
    cells: tuple[Span, ...]
    right: bool = False
    expendable: int = 0

    @property
    def width_columns(self) -> int:
        """The width of its longest cell."""
        return max(len(text) for text in (self.title, *(cell.text for cell in self.cells)))


def aligned(columns: Sequence[Column], width_columns: int) -> Iterator[Line]:
    """The titles and the rows of the columns that fit."""
    kept = list(columns)
    while _width(kept) > width_columns and any(column.expendable for column in kept):
        kept.remove(max(kept, key=lambda column: column.expendable))
    yield _row(kept, [Span(column.title, "bold") for column in kept])
    for cells in zip(*(column.cells for column in kept), strict=True):
        yield _row(kept, cells)


def _width(columns: Sequence[Column]) -> int:
    return sum(column.width_columns for column in columns) + len(_GAP) * (len(columns) - 1)


def _row(columns: Sequence[Column], cells: Sequence[Span]) -> Line:
    spans: list[Span] = []
    for column, cell in zip(columns, cells, strict=True):
        padding = " " * (column.width_columns - len(cell.text))
        text = padding + cell.text if column.right else cell.text + padding
        spans += [Span(text, cell.style), Span(_GAP)]
    return tuple(spans[:-1])
