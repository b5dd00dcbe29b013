"""How commands other than ``sync`` speak: plain lines, coloured on a terminal; JSON on stdout alone."""

from __future__ import annotations

import json
import os
import sys
from itertools import zip_longest
from typing import TYPE_CHECKING, TextIO

from mochok.errors import OutputError
from mochok.report.text.screen import SafeStream, Screen

if TYPE_CHECKING:
    from collections.abc import Iterable

READING_WIDTH_COLUMNS = 100


class Voice:
    """Writes a command's answer, to stdout by default. What comes from outside went through ``shown``."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self.screen = Screen(stream or sys.stdout, os.environ)

    def say(self, text: str = "", style: str = "", *, rest: str = "") -> None:
        """One line: ``text``, then ``rest``. ``style`` is one of rich's; it is for ``text`` on terminals."""
        if style and self.screen.colour:
            from rich.text import Text  # only where colours are seen

            line = Text.assemble((self.screen.fit(text), style), self.screen.fit(rest))
            self.screen.rich.print(line, soft_wrap=True)
        else:
            self.screen.print_plain(text + rest)

    def sentence(self, text: str, style: str = "", *, rest: str = "") -> None:
        """As :meth:`say`, but a terminal folds it at words."""
        if not self.screen.live:
            self.say(text, style, rest=rest)
            return
        from rich.text import Text  # only on a terminal

        self.screen.rich.print(Text.assemble((self.screen.fit(text), style), self.screen.fit(rest)))

    def paragraph(self, text: str, indent: str = "") -> None:
        """A text in lines of readable width."""
        from mochok.report.text.tables import folded

        for line in folded(text, self._columns() - len(indent), break_words=False):
            self.say(indent + line)

    def columns(self, rows: Iterable[tuple[str, str]], indent: str = "  ") -> None:
        """Pairs of a word and its explanation, the explanations below one another."""
        from rich.cells import cell_len, set_cell_size  # only commands that have such pairs

        from mochok.report.text.tables import folded

        pairs = list(rows)
        width = max((cell_len(word) for word, _text in pairs), default=0)
        for word, text in pairs:
            lines = folded(text, self._columns() - len(indent) - width - 2, break_words=False)
            for label, line in zip_longest([word], lines, fillvalue=""):
                self.say(f"{indent}{set_cell_size(label, width)}  {line}".rstrip())

    def _columns(self) -> int:
        return min(self.screen.width, READING_WIDTH_COLUMNS) if self.screen.live else READING_WIDTH_COLUMNS


def print_json(document: object) -> None:
    """``document`` on stdout; everything outside ASCII escaped, so that any encoding carries it."""
    write_out(json.dumps(document, indent=2) + "\n")


def write_out(text: str) -> None:
    """``text`` on stdout, whole: for programs half an answer is none. Raises OutputError; BrokenPipeError
    passes through.
    """
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        SafeStream(sys.stdout).lose()  # what is still buffered would fail again when Python ends
        raise OutputError(
            f"the answer cannot be written to stdout: {error.strerror or error}",
            hint="make room where it is redirected to",
        ) from error
