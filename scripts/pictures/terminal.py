"""Runs a command in a pseudo-terminal and records what a person would see. POSIX only."""

from __future__ import annotations

import fcntl
import itertools
import os
import pty
import select
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyte
from pyte.screens import Char
from rich.cells import cell_len

LINES = 70
TIMEOUT_SECONDS = 120.0
READ_BYTES = 65_536
DIM_COLOUR = "dim"
_DIM, _EXTENDED_COLOURS = 2, {38, 48}


@dataclass(frozen=True, slots=True)
class Style:
    """How characters look; ``colour`` is pyte's name, such as ``brown`` for ANSI yellow, or ``dim``."""

    colour: str = "default"
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Run:
    """Characters of one style, side by side from ``column`` on."""

    column: int
    text: str
    style: Style


Rows = tuple[tuple[Run, ...], ...]
"""The lines of a screen, top to bottom, without the empty ones at its end."""


@dataclass(frozen=True, slots=True)
class Recording:
    """The terminal at the end, and each wanted state before that."""

    exit_code: int
    final: Rows
    frames: tuple[Rows, ...]


class _Screen(pyte.Screen):
    """pyte's screen, with the dim characters that it does not know."""

    def select_graphic_rendition(self, *attrs: int, **options: Any) -> None:
        """Carry out ``ESC [ ... m``."""
        super().select_graphic_rendition(*attrs, **options)
        if _DIM in attrs and not _EXTENDED_COLOURS & set(attrs):
            self.cursor.attrs = self.cursor.attrs._replace(fg=DIM_COLOUR)


def never(text: str) -> bool:
    """Wants no state but the last."""
    return False


def record(
    command: Sequence[str],
    columns: int,
    folder: Path,
    environment: Mapping[str, str],
    wanted: Callable[[str], bool] = never,
) -> Recording:
    """Run ``command`` in ``folder`` on a terminal ``columns`` wide.

    ``wanted`` is asked about the text on the screen each time the command has painted. Raises TimeoutError
    if the command still runs after two minutes; it is ended then.
    """
    screen = _Screen(columns, LINES)
    stream = pyte.ByteStream(screen)
    frames: list[Rows] = []
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, columns, 0, 0))
    with _started(command, theirs, folder, environment) as process:
        try:
            for painted in _output(ours):
                stream.feed(painted)
                if wanted(text_of(rows_of(screen))):
                    frames.append(rows_of(screen))
        except TimeoutError:
            process.kill()
            raise
        finally:
            os.close(ours)
    return Recording(process.returncode, rows_of(screen), tuple(frames))


def rows_of(screen: pyte.Screen) -> Rows:
    """The screen's lines, each in runs of one style."""
    rows = [_runs(screen.buffer[number], screen.columns) for number in range(screen.lines)]
    while rows and not rows[-1]:
        rows.pop()
    return tuple(rows)


def text_of(rows: Rows) -> str:
    """The same without colours."""
    return "\n".join(_line_of(row) for row in rows)


def _line_of(row: Sequence[Run]) -> str:
    line = ""
    for run in row:
        line += " " * (run.column - cell_len(line)) + run.text
    return line


def _runs(line: Mapping[int, Char], columns: int) -> tuple[Run, ...]:
    """The second half of a wide character is a cell without text."""
    runs = []
    for style, cells in itertools.groupby(range(columns), lambda column: _style(line[column])):
        first, *others = cells
        text = "".join(line[column].data for column in (first, *others))
        if text.strip():
            blank = len(text) - len(text.lstrip())
            runs.append(Run(first + blank, text.strip(), style))
    return tuple(runs)


def _style(cell: Char) -> Style:
    return Style(cell.fg, cell.bold)


def _started(
    command: Sequence[str], terminal: int, folder: Path, environment: Mapping[str, str]
) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(  # noqa: S603 - our own command, no shell
            command, stdin=terminal, stdout=terminal, stderr=terminal, cwd=folder, env=dict(environment)
        )
    finally:
        os.close(terminal)


def _output(terminal: int) -> Iterator[bytes]:
    """What the command writes, piece by piece, until it closes the terminal."""
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while True:
        ready, _, _ = select.select([terminal], [], [], max(deadline - time.monotonic(), 0))
        if not ready:
            raise TimeoutError(f"the command still runs after {TIMEOUT_SECONDS:.0f} seconds")
        try:
            painted = os.read(terminal, READ_BYTES)
        except OSError:  # Linux: EIO once the last writer is gone
            return
        if not painted:
            return
        yield painted
