"""How commands other than ``sync`` print: plain lines, coloured on a terminal; JSON on stdout alone."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable
from typing import TextIO

from mochok.errors import OutputError
from mochok.report.text.page import PageItem, show
from mochok.report.text.screen import SafeStream, Screen

READING_WIDTH_COLUMNS = 100


class Printer:
    """Prints a command's answer, on stdout by default. Text from outside must go through ``shown`` first."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self.screen = Screen(stream or sys.stdout, os.environ)

    def line(self, text: str = "", style: str = "", *, rest: str = "", folded: bool = False) -> None:
        """Print ``text`` in rich's ``style``, then ``rest``; ``folded``: a terminal breaks it at words."""
        if not (self.screen.live and folded) and not (self.screen.colour and style):
            self.screen.print_plain(text + rest)
            return
        from rich.text import Text  # only on a terminal

        styled = Text.assemble((self.screen.fit(text), style), self.screen.fit(rest))
        self.screen.rich.print(styled, soft_wrap=not folded)

    def paragraph(self, text: str, first: str = "", indent: str | None = None) -> None:
        """Print ``text`` in lines of readable width: ``first`` before the first, ``indent`` before others."""
        from rich.cells import cell_len  # not for commands that only print JSON

        from mochok.report.text.tables import folded

        width = min(self.screen.width, READING_WIDTH_COLUMNS) if self.screen.live else READING_WIDTH_COLUMNS
        following = first if indent is None else indent
        for number, line in enumerate(folded(text, width - cell_len(first), break_words=False)):
            self.line(f"{following if number else first}{line}".rstrip())

    def columns(self, rows: Iterable[tuple[str, str]], indent: str = "  ") -> None:
        """Print pairs of a word and its explanation, the explanations aligned."""
        from rich.cells import cell_len, set_cell_size  # not for commands that only print JSON

        pairs = list(rows)
        width = max((cell_len(word) for word, _text in pairs), default=0)
        for word, text in pairs:
            self.paragraph(text, f"{indent}{set_cell_size(word, width)}  ", f"{indent}{' ' * width}  ")


def print_answer(
    document: Callable[[], object], page: Callable[[Screen], Iterable[PageItem]], *, as_json: bool
) -> None:
    """Print the JSON document or the page, as it fits on stdout. Raises OutputError."""
    if as_json:
        print_json(document())
        return
    screen = Screen(sys.stdout, os.environ)
    show(page(screen), screen)


def print_json(document: object) -> None:
    """``document`` on stdout; everything outside ASCII escaped, so that any encoding carries it."""
    write_out(json.dumps(document, indent=2) + "\n")


def write_out(text: str) -> None:
    """``text`` on stdout, completely. Raises OutputError if that fails; BrokenPipeError passes through."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        SafeStream(sys.stdout).lose()  # the rest of the buffer would fail again when Python exits
        raise OutputError(
            f"the answer cannot be written to stdout: {error.strerror or error}",
            hint="free some space where stdout is redirected to",
        ) from error
