"""Pages of text as values: styled words, lines, labelled fields, and the function that prints them.

Pages are built purely; :func:`show` prints them through rich on a terminal and as plain lines, one for each
field, elsewhere. What comes from a user, a file or a server must go through ``formatting.shown`` first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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
    """A labelled value; too long for the terminal, it wraps below itself and not below its label."""

    label: str
    value: Line
    indent_columns: int = 2


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of a list; too long for the terminal, it goes on indented, so that the next one is seen."""

    value: Line
    indent_columns: int = 4


PageItem = Line | Field | Entry
LABEL_COLUMNS = 20


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
            _show_field(item, screen)
        elif isinstance(item, Entry):
            _show_entry(item, screen)
        else:
            screen.rich.print(_rich_text(item, screen))
    screen.stream.flush()


def _show_field(field: Field, screen: Screen) -> None:
    from rich.table import Table  # only on a terminal

    grid = Table.grid(padding=(0, 1))
    grid.add_column(width=field.indent_columns - 1)
    grid.add_column(width=LABEL_COLUMNS, no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_row("", field.label, _rich_text(field.value, screen))
    screen.rich.print(grid)


def _show_entry(entry: Entry, screen: Screen) -> None:
    from rich.padding import Padding  # only on a terminal

    text = _rich_text(entry.value, screen)
    first = text.wrap(screen.rich, screen.width)[0]
    rest = text[len(first) :]
    rest = rest[len(rest) - len(rest.plain.lstrip()) :]
    first.rstrip()
    screen.rich.print(first)
    if rest:
        screen.rich.print(Padding(rest, (0, 0, 0, entry.indent_columns)))


def _rich_text(spans: Sequence[Span], screen: Screen) -> Text:
    from rich.text import Text  # only on a terminal

    text = Text(overflow="fold")
    for span in spans:
        text.append(screen.fit(span.text), style=span.style)
    return text
