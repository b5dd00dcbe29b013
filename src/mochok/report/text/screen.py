"""What one output stream can show, and writing to it without ever failing.

A stream that cannot encode a character gets an escape for it; one without a reader swallows everything,
because an upload must not end with ``| head``.
"""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from functools import cached_property
from typing import IO, TYPE_CHECKING, NamedTuple, TextIO, cast

if TYPE_CHECKING:
    from rich.console import Console

PLAIN_WIDTH_COLUMNS = 120
MINIMUM_WIDTH_COLUMNS = 40
UNLIMITED_COLUMNS = 1_000_000
_DUMB_TERMINALS = ("dumb", "unknown")


class Glyphs(NamedTuple):
    """The few characters beyond ASCII that we draw with."""

    ellipsis: str
    bar_done: str
    bar_open: str


UNICODE_GLYPHS = Glyphs("…", "━", "─")
ASCII_GLYPHS = Glyphs("...", "#", "-")


class SafeStream:
    """A text stream that never raises, and as much of a file as rich needs."""

    def __init__(self, stream: TextIO | None) -> None:
        self.lost = stream is None
        self._stream = stream if stream is not None else io.StringIO()
        self.encoding: str = getattr(stream, "encoding", None) or "utf-8"
        self.errors = "replace"

    def write(self, text: str) -> int:
        """Write ``text``, or nothing once the reader is gone."""
        if not self.lost:
            try:
                self._write(text)
            except (OSError, ValueError):  # ValueError: the stream was closed
                self.lose()
        return len(text)

    def flush(self) -> None:
        """Hand over what is buffered."""
        if not self.lost:
            try:
                self._stream.flush()
            except (OSError, ValueError):
                self.lose()

    def isatty(self) -> bool:
        """True for a terminal."""
        try:
            return self._stream.isatty()
        except (AttributeError, ValueError):
            return False

    def fileno(self) -> int:
        """The stream's descriptor; raises OSError if it has none."""
        return self._stream.fileno()

    def _write(self, text: str) -> None:
        try:
            self._stream.write(text)
        except UnicodeEncodeError:
            self._stream.write(text.encode(self.encoding, "replace").decode(self.encoding))

    def lose(self) -> None:
        """Point the descriptor at the null device, so that the flush at Python's end does not fail either."""
        self.lost = True
        try:
            null = os.open(os.devnull, os.O_WRONLY)
            os.dup2(null, self._stream.fileno())
            os.close(null)
        except (OSError, ValueError, AttributeError):
            return  # no descriptor behind it: nothing is left that could fail


class Screen:
    """A stream (None: nowhere) with its abilities. rich is loaded when :attr:`rich` is first used."""

    def __init__(self, stream: TextIO | None, environ: Mapping[str, str]) -> None:
        self.stream = SafeStream(stream)
        self._environ = environ
        term = environ.get("TERM", "").strip().lower()
        self.live = self.stream.isatty() and term not in _DUMB_TERMINALS
        """True if lines can be redrawn; otherwise no escape code is ever written."""
        self.colour = self.live and not environ.get("NO_COLOR")
        self.glyphs = UNICODE_GLYPHS if self.live and self.carries("…━─") else ASCII_GLYPHS

    def carries(self, text: str) -> bool:
        """True if the stream's encoding has all these characters."""
        try:
            text.encode(self.stream.encoding)
        except (UnicodeEncodeError, LookupError):
            return False
        return True

    def fit(self, text: str) -> str:
        """``text`` with characters that the stream cannot carry as escapes, so that widths stay true."""
        encoding = self.stream.encoding
        try:
            return text.encode(encoding, "backslashreplace").decode(encoding)
        except (LookupError, UnicodeDecodeError):
            return text

    @property
    def width(self) -> int:
        """Columns, now: a terminal may be resized while we run."""
        return max(self.rich.width if self.live else self._plain_width(), MINIMUM_WIDTH_COLUMNS)

    @property
    def row_width(self) -> int:
        """Columns that a row may take: the terminal's, unlimited where programs read."""
        return self.width if self.stream.isatty() else UNLIMITED_COLUMNS

    def print_plain(self, text: str) -> None:
        """Write one line as it is."""
        self.stream.write(self.fit(text) + "\n")

    @cached_property
    def rich(self) -> Console:
        """Prints on this stream, which is a terminal; silent once the reader is gone."""
        from rich.console import Console  # 50 ms that a quiet run does not need

        return Console(
            file=cast(IO[str], self.stream),  # as much of a file as rich uses
            force_terminal=True,
            force_interactive=True,
            no_color=not self.colour,
            highlight=False,
            markup=False,
            emoji=False,
            _environ=self._environ,
        )

    def _plain_width(self) -> int:
        columns = self._environ.get("COLUMNS", "")
        if columns.isdecimal() and int(columns):
            return int(columns)
        try:  # a terminal that cannot redraw
            return os.get_terminal_size(self.stream.fileno()).columns or PLAIN_WIDTH_COLUMNS
        except (OSError, ValueError):
            return PLAIN_WIDTH_COLUMNS
