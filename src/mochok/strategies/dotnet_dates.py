"""Dates written and read in .NET custom date formats, the language of ``date_folder_format``.

Rules: .NET's "Custom date and time format strings" with the invariant culture: ``d dd ddd dddd M MM MMM MMMM
y yy yyyy``, literals in ``'..'`` or ``".."`` or after ``\\``, English names, and every character that is not
an ASCII letter for itself. Narrower than .NET on purpose: what .NET reads as a time, copies silently (``D``,
``Y``) or takes for a standard format is a mistake in a folder's name, so it is an error with a suggestion.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from operator import attrgetter
from typing import Literal

from mochok.errors import OptionError
from mochok.strategies import date_dialects, paths

MAXIMUM_LENGTH = 255
"""No folder name is longer on any common file system."""

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

Part = Literal["year", "short year", "month", "day", "weekday"]


@dataclass(frozen=True, slots=True)
class _Field:
    """One specifier: its part of a date, and patterns that try the longest or the shortest text first."""

    part: Part
    show: Callable[[date], str]
    longest: str
    shortest: str
    read: Callable[[str], int]


def _fixed(part: Part, show: Callable[[date], str], pattern: str) -> _Field:
    return _Field(part, show, pattern, pattern, int)


def _names(part: Part, names: tuple[str, ...], number: Callable[[date], int]) -> _Field:
    pattern = "|".join(names)
    return _Field(
        part, lambda day: names[number(day) - 1], pattern, pattern, lambda name: names.index(name) + 1
    )


_FIELDS = {
    "d": _Field("day", lambda day: str(day.day), "3[01]|[12][0-9]|[1-9]", "[1-9]|3[01]|[12][0-9]", int),
    "dd": _fixed("day", lambda day: f"{day.day:02d}", "[0-9]{2}"),
    "ddd": _names("weekday", tuple(name[:3] for name in WEEKDAYS), date.isoweekday),
    "dddd": _names("weekday", WEEKDAYS, date.isoweekday),
    "M": _Field("month", lambda day: str(day.month), "1[0-2]|[1-9]", "[1-9]|1[0-2]", int),
    "MM": _fixed("month", lambda day: f"{day.month:02d}", "[0-9]{2}"),
    "MMM": _names("month", tuple(name[:3] for name in MONTHS), attrgetter("month")),
    "MMMM": _names("month", MONTHS, attrgetter("month")),
    "y": _Field("short year", lambda day: str(day.year % 100), "[1-9][0-9]|[0-9]", "[0-9]|[1-9][0-9]", int),
    "yy": _fixed("short year", lambda day: f"{day.year % 100:02d}", "[0-9]{2}"),
    "yyyy": _fixed("year", lambda day: f"{day.year:04d}", "[0-9]{4}"),
}


@dataclass(frozen=True, slots=True)
class DateFormat:
    """A valid format; made by :func:`compile_format`."""

    text: str
    _pieces: tuple[str | _Field, ...]
    _longest: re.Pattern[str]
    _shortest: re.Pattern[str]

    @property
    def determines_date(self) -> bool:
        """Whether the format shows year, month and day, so that :meth:`parse` can give a date."""
        parts = {field.part for field in self._fields}
        return {"month", "day"} <= parts and bool(parts & {"year", "short year"})

    def format(self, day: date) -> str:
        """``day`` in this format."""
        return "".join(piece if isinstance(piece, str) else piece.show(day) for piece in self._pieces)

    def folder(self, day: date) -> str:
        """``day`` in this format as the path of a folder: nested ones with one ``/`` between them."""
        return "/".join(paths.split_segments(self.format(day)))

    def parse(self, text: str) -> date | None:
        """The one date that this format writes as ``text``; None if there is none, or more than one.

        A year of two digits is in 1950-2049, as in current .NET.
        """
        match = self._longest.fullmatch(text)
        if not match or not self.determines_date:
            return None
        other = self._shortest.fullmatch(text)
        if other and other.groups() != match.groups():
            return None  # such as "111" in "Md": 1 November and 11 January
        found = self._date(match.groups())
        return found if found and self.format(found) == text else None

    @property
    def _fields(self) -> tuple[_Field, ...]:
        return tuple(piece for piece in self._pieces if isinstance(piece, _Field))

    def _date(self, groups: tuple[str, ...]) -> date | None:
        read = {field.part: field.read(text) for field, text in zip(self._fields, groups, strict=True)}
        if "year" not in read:
            short = read["short year"]
            read["year"] = short + (1900 if short >= 50 else 2000)
        try:
            return date(read["year"], read["month"], read["day"])
        except ValueError:
            return None


@lru_cache(maxsize=256)
def compile_format(text: str) -> DateFormat:
    """The format ``text``. Raises OptionError, with a suggestion as hint, if it is not a .NET date format."""
    _check_text(text)
    pieces = tuple(_piece(token, text) for token in date_dialects.tokens(text))
    if not any(isinstance(piece, _Field) for piece in pieces):
        raise OptionError(f"the date format {text!r} contains no part of a date", hint="write yyyy-MM-dd")
    return DateFormat(text, pieces, _pattern(pieces, longest=True), _pattern(pieces, longest=False))


def _check_text(text: str) -> None:
    if not text:
        raise OptionError("the date format is empty", hint="write yyyy-MM-dd")
    if len(text) > MAXIMUM_LENGTH:
        message = f"the date format {text[:40]!r}... has {len(text):,} characters"
        raise OptionError(message, hint=f"write at most {MAXIMUM_LENGTH}")
    if paths.has_control_characters(text):
        raise OptionError(f"the date format {text!r} contains a control character", hint="remove it")
    if error := date_dialects.error_in_whole(text):
        raise error


def _piece(token: str, text: str) -> str | _Field:
    if field := _FIELDS.get(token):
        return field
    if token[0] in "'\"" and len(token) > 1:
        return re.sub(r"\\(.)", r"\1", token[1:-1])
    if token[0] == "\\" and len(token) == 2:
        return token[1]
    if date_dialects.is_literal(token):
        return token
    raise date_dialects.error_in_token(token, text)


def _pattern(pieces: tuple[str | _Field, ...], *, longest: bool) -> re.Pattern[str]:
    parts = (
        re.escape(piece) if isinstance(piece, str) else f"({piece.longest if longest else piece.shortest})"
        for piece in pieces
    )
    return re.compile("".join(parts))
