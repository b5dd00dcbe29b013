"""Dates written and read in .NET custom date formats, the language of ``date_folder_format``.

Rules: .NET's "Custom date and time format strings" with the invariant culture: ``d dd ddd dddd M MM MMM MMMM
y yy yyyy``, literals in ``'..'`` or ``".."`` or after ``\\``, English names, and every character that is not
an ASCII letter for itself. Narrower than .NET on purpose: what .NET reads as a time, copies silently (``D``,
``Y``) or takes for a standard format is a mistake in a folder's name, so it is an error with a suggestion.

Three things go beyond .NET: ``*`` and ``?`` outside quotes are wildcards; a name may also be written with
placeholders, such as ``backup_{date:yyyyMMdd}_*``, and all other letters in it are then literal; and a name
that is only read may contain a time of day (``times``), which does not matter for the day.
"""

from __future__ import annotations

import glob
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from operator import attrgetter
from typing import Literal

from mochok.errors import OptionError
from mochok.strategies import date_dialects, paths
from mochok.strategies.cultures import INVARIANT, DateNames, date_names

_LIKELY_YEARS = range(1900, 2200)
"""Of dates that are searched in names, where digits may mean anything."""
MAXIMUM_LENGTH = 255
"""No folder name is longer on any common file system."""

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
    pattern = "|".join(map(re.escape, sorted(names, key=len, reverse=True)))
    return _Field(
        part, lambda day: names[number(day) - 1], pattern, pattern, lambda name: names.index(name) + 1
    )


_NUMBERS = {
    "d": _Field("day", lambda day: str(day.day), "3[01]|[12][0-9]|[1-9]", "[1-9]|3[01]|[12][0-9]", int),
    "dd": _fixed("day", lambda day: f"{day.day:02d}", "[0-9]{2}"),
    "M": _Field("month", lambda day: str(day.month), "1[0-2]|[1-9]", "[1-9]|1[0-2]", int),
    "MM": _fixed("month", lambda day: f"{day.month:02d}", "[0-9]{2}"),
    "y": _Field("short year", lambda day: str(day.year % 100), "[1-9][0-9]|[0-9]", "[0-9]|[1-9][0-9]", int),
    "yy": _fixed("short year", lambda day: f"{day.year % 100:02d}", "[0-9]{2}"),
    "yyyy": _fixed("year", lambda day: f"{day.year:04d}", "[0-9]{4}"),
}


def _named(names: DateNames) -> dict[str, _Field]:
    return {
        "ddd": _names("weekday", names.short_weekdays, date.isoweekday),
        "dddd": _names("weekday", names.weekdays, date.isoweekday),
        "MMM": _names("month", names.short_months, attrgetter("month")),
        "MMMM": _names("month", names.months, attrgetter("month")),
    }


@dataclass(frozen=True, slots=True)
class _Wildcard:
    """What a name may have there: shown as ``glob``, read by ``pattern``."""

    glob: str
    pattern: str


_WILDCARDS = {"*": _Wildcard("*", ".*?"), "?": _Wildcard("?", ".")}
_TIMES = {
    **{token: _Wildcard("*", "[0-9]{1,2}") for token in ("H", "h", "m", "s")},
    **{token: _Wildcard("*", "[0-9]{2}") for token in ("HH", "hh", "mm", "ss")},
    **{"f" * count: _Wildcard("*", f"[0-9]{{{count}}}") for count in range(1, 8)},
    "tt": _Wildcard("*", "[AaPp][Mm]"),
}
_Pieces = tuple[str | _Field | _Wildcard, ...]
_PLACEHOLDER = re.compile(r"(\{\{|\}\}|\{[^{}]*\}|[{}])")
_TEMPLATE = re.compile(r"\{(date:[^{}]*|year|month|day)\}")
_SHORTHANDS = {"{year}": "yyyy", "{month}": "MM", "{day}": "dd"}


@dataclass(frozen=True, slots=True)
class DateFormat:
    """A valid format; made by :func:`compile_format`."""

    text: str
    _pieces: _Pieces
    _longest: re.Pattern[str]
    _shortest: re.Pattern[str]
    _inside: tuple[re.Pattern[str], ...]

    @property
    def determines_date(self) -> bool:
        """Whether the format shows year, month and day, so that :meth:`parse` can give a date."""
        return {"month", "day"} <= self.parts and bool(self.parts & {"year", "short year"})

    @property
    def parts(self) -> frozenset[Part]:
        """The parts of a date that it shows."""
        return frozenset(field.part for field in self._fields)

    @property
    def has_wildcard(self) -> bool:
        """Whether names of several folders may fit one day."""
        return any(isinstance(piece, _Wildcard) for piece in self._pieces)

    def format(self, day: date) -> str:
        """``day`` in this format; wildcards as they are."""
        return "".join(map(self._shown(day), self._pieces))

    def folder(self, day: date) -> str:
        """``day`` in this format as the path of a folder: nested ones with one ``/`` between them."""
        return "/".join(paths.split_segments(self.format(day)))

    def glob(self, day: date) -> str:
        """:meth:`folder` as a pattern for Python's ``glob``: all but the wildcards is literal."""
        show = self._shown(day)
        text = "".join(
            piece.glob if isinstance(piece, _Wildcard) else glob.escape(show(piece)) for piece in self._pieces
        )
        return "/".join(paths.split_segments(text))

    def parse(self, text: str) -> date | None:
        """The one date that this format writes as ``text``; None if there is none, or more than one.

        A year of two digits is in 1950-2049, as in current .NET.
        """
        match = self._longest.fullmatch(text)
        return self._read(match) if match and self.determines_date else None

    def find(self, name: str) -> date | None:
        """The first date in ``name`` that is written in this format, None if there is none.

        A date that continues a longer number, as in ``db120261126``, counts only if there is no other.
        """
        if not self.determines_date:
            return None
        for pattern in self._inside:
            for match in _matches(pattern, name):
                found = self._read(match)
                if found is not None and found.year in _LIKELY_YEARS:
                    return found
        return None

    @property
    def _fields(self) -> tuple[_Field, ...]:
        return tuple(piece for piece in self._pieces if isinstance(piece, _Field))

    @staticmethod
    def _shown(day: date) -> Callable[[str | _Field | _Wildcard], str]:
        def show(piece: str | _Field | _Wildcard) -> str:
            if isinstance(piece, _Field):
                return piece.show(day)
            return piece.glob if isinstance(piece, _Wildcard) else piece

        return show

    def _read(self, match: re.Match[str]) -> date | None:
        other = self._shortest.fullmatch(match[0])
        if other and other.groups() != match.groups():
            return None  # such as "111" in "Md": 1 November and 11 January
        found = self._date(match.groups())
        shown = () if found is None else tuple(field.show(found) for field in self._fields)
        return found if shown == match.groups() else None

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
def compile_format(text: str, culture: str = INVARIANT, *, times: bool = False) -> DateFormat:
    """The format ``text`` with the names of ``culture``.

    Raises OptionError, with a suggestion as hint, if it is not a .NET date format or has a time without
    ``times``, and for an unknown culture.
    """
    _check_text(text)
    if _TEMPLATE.search(text):
        pieces = tuple(_template_pieces(text, culture, times=times))
    else:
        pieces = tuple(_format_pieces(text, culture, times=times))
    if not any(isinstance(piece, _Field) for piece in pieces):
        raise OptionError(f"the date format {text!r} contains no part of a date", hint="write yyyy-MM-dd")
    inside = _without_outer_wildcards(pieces)
    free = _pattern(inside, longest=True)
    starts = re.compile(rf"(?<![0-9]){free.pattern}", re.DOTALL)
    return DateFormat(
        text, pieces, _pattern(pieces, longest=True), _pattern(pieces, longest=False), (starts, free)
    )


def _check_text(text: str) -> None:
    if not text:
        raise OptionError("the date format is empty", hint="write yyyy-MM-dd")
    if len(text) > MAXIMUM_LENGTH:
        message = f"the date format {text[:40]!r}... has {len(text):,} characters"
        raise OptionError(message, hint=f"write at most {MAXIMUM_LENGTH}")
    if paths.has_control_characters(text):
        raise OptionError(f"the date format {text!r} contains a control character", hint="remove it")


def _template_pieces(text: str, culture: str, *, times: bool) -> Iterator[str | _Field | _Wildcard]:
    """A name with placeholders: everything else is literal, apart from wildcards."""
    for part in _PLACEHOLDER.split(text):
        if part in ("{{", "}}"):
            yield part[0]
        elif part.startswith("{date:"):
            yield from _format_pieces(part[len("{date:") : -1], culture, times=times)
        elif part in _SHORTHANDS:
            yield _NUMBERS[_SHORTHANDS[part]]
        elif part[:1] in ("{", "}"):
            hint = "write {date:FORMAT}, {year}, {month} or {day}; a literal brace is written twice"
            raise OptionError(f"{part!r} in {text!r} is not allowed in the name of a day", hint=hint)
        else:
            yield from (_WILDCARDS.get(piece, piece) for piece in re.split(r"([*?])", part) if piece)


def _format_pieces(text: str, culture: str, *, times: bool) -> Iterator[str | _Field | _Wildcard]:
    """A .NET date format."""
    if not text:
        raise OptionError("{date:} has no format", hint="write {date:yyyy-MM-dd}, for example")
    if error := date_dialects.error_in_whole(text):
        raise error
    tokens = date_dialects.tokens(text)
    named = _named(date_names(culture, with_day=bool({"d", "dd"} & set(tokens))))
    for token in tokens:
        yield named.get(token) or _piece(token, text, times=times)


def _piece(token: str, text: str, *, times: bool) -> str | _Field | _Wildcard:
    if field := _NUMBERS.get(token):
        return field
    if wildcard := _WILDCARDS.get(token) or (_TIMES.get(token) if times else None):
        return wildcard
    if token[0] in "'\"" and len(token) > 1:
        return re.sub(r"\\(.)", r"\1", token[1:-1])
    if token[0] == "\\" and len(token) == 2 and token[1] not in "dMy":
        return token[1]
    if date_dialects.is_literal(token):
        return token
    raise date_dialects.error_in_token(token, text, times=times)


def _without_outer_wildcards(pieces: _Pieces) -> _Pieces:
    """A date is searched anywhere in a name, so a ``*`` at either end changes nothing."""
    any_text = _WILDCARDS["*"]
    first, last = 0, len(pieces)
    while pieces[first] == any_text:
        first += 1
    while pieces[last - 1] == any_text:
        last -= 1
    return pieces[first:last]


def _matches(pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    """All matches, also those that overlap."""
    start = 0
    while match := pattern.search(text, start):
        yield match
        start = match.start() + 1


def _pattern(pieces: _Pieces, *, longest: bool) -> re.Pattern[str]:
    def part(piece: str | _Field | _Wildcard) -> str:
        if isinstance(piece, str):
            return re.escape(piece)
        if isinstance(piece, _Wildcard):
            return piece.pattern
        return f"({piece.longest if longest else piece.shortest})"

    return re.compile("".join(map(part, pieces)), re.DOTALL)
