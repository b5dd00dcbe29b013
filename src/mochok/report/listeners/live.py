"""The lines at the bottom of a terminal that are redrawn while a run goes on.

Wide terminals get one line for each running configuration, narrow ones two; the last is the whole run. They
are not columns of ``rich.progress``, which has neither the second line of narrow terminals nor names without
their middle, and does not stop at the height of the screen.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rich.cells import cell_len, set_cell_size
from rich.console import Group
from rich.live import Live
from rich.text import Text

from mochok.report.listeners.meter import Counts, ProgressTexts, RunMeter, Running
from mochok.report.text.formatting import duration_words, shown
from mochok.report.text.screen import Glyphs, Screen

ONE_LINE_COLUMNS = 100
BAR_COLUMNS = 130
_BAR_CELLS = 20
_LINES_KEPT_FREE = 4
_KEY_CELLS = 12
_GAP = "  "


class Row(NamedTuple):
    """One configuration, or the whole run; ``detail`` takes the space that is left."""

    label: str
    counts: Counts
    texts: ProgressTexts
    detail: str
    total: bool = False


class LiveView:
    """The live display, until :meth:`stop`. Use it in one thread at a time; a lost screen is no error."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._live = Live(
            console=screen.rich,
            auto_refresh=False,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=sys.stderr.isatty(),
        )
        self._live.start()  # hides the cursor

    def refresh(self, meter: RunMeter, now_seconds: float, note: str = "") -> None:
        """Draw the present state; ``note`` is a last line such as "stopping"."""
        lines = draw(meter, now_seconds, self._screen)
        if note:
            lines.append(Text(self._screen.fit(note), style="yellow", no_wrap=True, overflow="crop"))
        self._live.update(Group(*lines), refresh=True)

    def stop(self) -> None:
        """Take the display away and bring the cursor back. Idempotent."""
        self._live.update("")
        self._live.stop()


def draw(meter: RunMeter, now_seconds: float, screen: Screen) -> list[Text]:
    """The display's lines, within the width and the height of the screen."""
    width = screen.width - 1  # a full last column makes some terminals wrap
    most = max((screen.rich.height - _LINES_KEPT_FREE) // (1 if width >= ONE_LINE_COLUMNS else 2) - 1, 1)
    running = list(meter.running.values())
    lines = list(_lines(list(_rows(meter, running[:most], now_seconds, screen)), width, screen.glyphs))
    if len(running) > most:
        lines.append(Text(f"and {len(running) - most} more", style="dim"))
    return lines


def shorten_middle(text: str, cells: int, ellipsis: str) -> str:
    """``text`` in at most ``cells`` columns, shortened in its middle."""
    if cell_len(text) <= cells:
        return text
    keep = cells - cell_len(ellipsis)
    if keep < 2:
        return set_cell_size(text, max(cells, 0)).rstrip()
    head = set_cell_size(text, keep // 2).rstrip()
    tail, left = "", keep - cell_len(head)
    for character in reversed(text):
        if cell_len(character + tail) > left:
            break
        tail = character + tail
    return head + ellipsis + tail


def _rows(meter: RunMeter, running: Sequence[Running], now_seconds: float, screen: Screen) -> Iterator[Row]:
    for configuration in running:
        date = f" {configuration.target_date}" if meter.dates > 1 else ""
        label, key = (
            screen.fit(shown(text)) for text in (configuration.name + date, configuration.current_key)
        )
        yield Row(label, configuration.counts, configuration.counts.texts, key)
    total = meter.total()
    elapsed = f"{duration_words(round(now_seconds - meter.started_seconds))} elapsed"
    yield Row(f"Total, {meter.finished_text()}", total, total.texts, elapsed, total=True)


def _lines(rows: Sequence[Row], width: int, glyphs: Glyphs) -> Iterator[Text]:
    """Everything in one line where that fits, else files and bytes in one and the rest in a second."""
    wide = width >= ONE_LINE_COLUMNS
    cells = [max(map(len, column)) for column in zip(*(row.texts for row in rows), strict=True)]
    label_cells = width // 3 if wide else max(width - sum(cells[:2]) - 2 * len(_GAP), 8)
    label_cells = min(label_cells, max(cell_len(row.label) for row in rows))
    for row in rows:
        numbers = [text.rjust(cell) for text, cell in zip(row.texts, cells, strict=True) if cell]
        if not wide:
            numbers = [text for text in row.texts[:2] if text]
        line = _label(row, label_cells, glyphs)
        if width >= BAR_COLUMNS:
            done = round(row.counts.share * _BAR_CELLS)
            line.append(_GAP).append(glyphs.bar_done * done, style="green")
            line.append(glyphs.bar_open * (_BAR_CELLS - done), style="dim")
        line.append("".join(_GAP + number for number in numbers))
        if not wide:
            yield line
            line = Text("".join(_GAP + text for text in row.texts[2:] if text), no_wrap=True)
        _append_detail(line, row, width, glyphs)
        if line:
            yield line


def _label(row: Row, cells: int, glyphs: Glyphs) -> Text:
    label = set_cell_size(shorten_middle(row.label, cells, glyphs.ellipsis), cells)
    return Text(label, style="bold" if row.total else "cyan", no_wrap=True, overflow="crop")


def _append_detail(line: Text, row: Row, width: int, glyphs: Glyphs) -> None:
    left = width - line.cell_len - len(_GAP)
    least = cell_len(row.detail) if row.total else _KEY_CELLS
    if left >= least and row.detail:
        line.append(_GAP + shorten_middle(row.detail, left, glyphs.ellipsis), style="dim")
