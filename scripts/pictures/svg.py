"""A terminal's lines as an SVG picture that needs nothing from outside: no font, style sheet or script."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.sax.saxutils import escape

from rich.cells import cell_len

from scripts.pictures.terminal import Rows, Run

COLUMN_WIDTH, LINE_HEIGHT, MARGIN, FONT_SIZE = 8.0, 19, 18, 13.3
BACKGROUND, FOREGROUND, PROMPT = "#1b1f24", "#d7dce2", "#7d8894"
COLOURS = {
    "default": FOREGROUND,
    "dim": "#88929d",
    "black": "#5c6773",
    "red": "#ff7b72",
    "green": "#6fcf83",
    "brown": "#e3b341",
    "blue": "#79b8ff",
    "magenta": "#d2a8ff",
    "cyan": "#66d0d9",
    "white": FOREGROUND,
}
FONTS = "ui-monospace, 'Cascadia Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace"


def drawing(command_line: str, rows: Rows, columns: int, description: str) -> str:
    """The picture of a terminal ``columns`` wide: a prompt with ``command_line``, below it ``rows``.

    ``description`` is for those who cannot see it. Raises KeyError for an unknown colour.
    """
    width = round(columns * COLUMN_WIDTH + 2 * MARGIN)
    height = (len(rows) + 1) * LINE_HEIGHT + 2 * MARGIN
    size = f'width="{width}" height="{height}"'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} viewBox="0 0 {width} {height}" role="img">',
        f"<title>{escape(command_line)}</title>",
        f"<desc>{escape(description)}</desc>",
        f'<rect {size} rx="8" fill="{BACKGROUND}"/>',
        f'<g font-family="{FONTS}" font-size="{FONT_SIZE}" fill="{FOREGROUND}">',
        _text(0, 0, "$", f' fill="{PROMPT}"'),
        _text(0, 2, command_line, ' font-weight="bold"'),
    ]
    for number, row in enumerate(rows, start=1):
        lines += (_run(number, run) for run in _words(row))
    return "\n".join([*lines, "</g>", "</svg>", ""])


def _words(row: tuple[Run, ...]) -> Iterator[Run]:
    """The row's runs, cut at wide gaps: viewers that fold blanks must not move a column."""
    for run in row:
        for words in re.finditer(r"\S+(?: \S+)*", run.text):
            column = run.column + cell_len(run.text[: words.start()])
            yield Run(column, words[0], run.style)


def _run(line: int, run: Run) -> str:
    attributes = "" if run.style.colour == "default" else f' fill="{COLOURS[run.style.colour]}"'
    if run.style.bold:
        attributes += ' font-weight="bold"'
    return _text(line, run.column, run.text, attributes)


def _text(line: int, column: int, text: str, attributes: str) -> str:
    """``textLength`` keeps the columns straight whatever font the reader has."""
    left, base = MARGIN + column * COLUMN_WIDTH, MARGIN + (line + 0.72) * LINE_HEIGHT
    place = f'x="{left:g}" y="{base:g}" textLength="{cell_len(text) * COLUMN_WIDTH:g}"'
    return f"<text {place}{attributes}>{escape(text)}</text>"
