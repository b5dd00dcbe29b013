"""Pages of text as values: styled words, lines, labelled fields, and the function that prints them.

What comes from a user, a file or a server must go through ``formatting.shown`` first.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from mochok.report.text.screen import Screen

if TYPE_CHECKING:
    from rich.text import Text


class Span(NamedTuple):
    """Some text in one style of rich's (``"bold red"``; "" for none)."""

    text: str
    style: str = ""


Line = tuple[Span, ...]
"""One line, left to right."""


@dataclass(frozen=True, slots=True)
class Field:
    """A labelled value; if too long for the terminal, it wraps below itself and not below its label."""

    label: str
    value: Line
    indent_columns: int = 2


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of a list; if too long for the terminal, it continues indented."""

    value: Line
    indent_columns: int = 4


PageItem = Line | Field | Entry
LABEL_COLUMNS = 20
STATUS_STYLES = {"Success": "green", "Failure": "bold red", "Skipped": "yellow"}


def line(*parts: str | Span) -> Line:
    """A line of its parts; bare strings have no style."""
    return tuple(part if isinstance(part, Span) else Span(part) for part in parts)


def plain_text(item: PageItem) -> str:
    """The item without colours, on one line."""
    if isinstance(item, Field):
        text = f"{' ' * item.indent_columns}{item.label:<{LABEL_COLUMNS}} {plain_text(item.value)}"
    elif isinstance(item, Entry):
        text = plain_text(item.value)
    else:
        text = "".join(span.text for span in item)
    return text.rstrip()


def show(page: Iterable[PageItem], screen: Screen) -> None:
    """Print the page, coloured and wrapped on a terminal, as plain lines elsewhere."""
    for item in page:
        if not screen.live:
            screen.print_plain(plain_text(item))
        elif isinstance(item, Field):
            label = f"{' ' * item.indent_columns}{item.label:<{LABEL_COLUMNS}} "
            screen.rich.print(_hanging(label, item.value, len(label), screen))
        elif isinstance(item, Entry):
            screen.rich.print(_hanging("", item.value, item.indent_columns, screen))
        else:
            screen.rich.print(rich_text(item, screen))
    screen.stream.flush()


def rich_text(spans: Iterable[Span], screen: Screen) -> Text:
    """The spans as rich prints them on ``screen``."""
    from rich.text import Text  # only on a terminal

    text = Text(overflow="fold")
    for span in spans:
        text.append(screen.fit(span.text), style=span.style)
    return text


def _hanging(first: str, value: Line, indent_columns: int, screen: Screen) -> Text:
    """``first`` and the value, wrapped so that its further lines are indented."""
    wrapped = rich_text(value, screen).wrap(screen.rich, screen.width - indent_columns)
    for part in wrapped:
        part.rstrip()
    between = rich_text([Span(f"\n{' ' * indent_columns}")], screen)
    return rich_text([Span(first)], screen).append_text(between.join(wrapped))
