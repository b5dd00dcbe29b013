"""How commands other than ``sync`` speak: plain lines, coloured on a terminal; JSON on stdout alone."""

from __future__ import annotations

import json
import os
import sys
import textwrap
from collections.abc import Callable, Iterable
from typing import TextIO

from mochok.errors import OutputError
from mochok.report.text.page import PageItem, show
from mochok.report.text.screen import SafeStream, Screen

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

        self.screen.print_text(Text.assemble((self.screen.fit(text), style), self.screen.fit(rest)))

    def paragraph(self, text: str, indent: str = "") -> None:
        """A text in lines of readable width."""
        for line in textwrap.wrap(
            text, self._columns(), initial_indent=indent, subsequent_indent=indent, break_long_words=False,
            break_on_hyphens=False,
        ):  # fmt: skip
            self.say(line)

    def columns(self, rows: Iterable[tuple[str, str]], indent: str = "  ") -> None:
        """Pairs of a word and its explanation, the explanations below one another."""
        pairs = list(rows)
        width = max((len(word) for word, _text in pairs), default=0)
        for word, text in pairs:
            first, rest = f"{indent}{word.ljust(width)}  ", f"{indent}{' ' * width}  "
            for line in textwrap.wrap(
                text, self._columns(), initial_indent=first, subsequent_indent=rest, break_long_words=False,
                break_on_hyphens=False,
            ) or [first.rstrip()]:  # fmt: skip
                self.say(line)

    def _columns(self) -> int:
        return min(self.screen.width, READING_WIDTH_COLUMNS) if self.screen.live else READING_WIDTH_COLUMNS


def print_page(page: Callable[[Screen], Iterable[PageItem]]) -> None:
    """Print a page on stdout as it fits there."""
    screen = Screen(sys.stdout, os.environ)
    show(page(screen), screen)


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
