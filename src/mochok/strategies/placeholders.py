"""Patterns with placeholders: ``s3_path_structure`` and ``custom_local_pattern``.

Only listed placeholders are allowed: a pattern has no attributes, indexes, conversions or expressions, and a
value is never read as a pattern. ``{{`` and ``}}`` are literal braces; a known name in double braces
(``{{year}}``) is an error: it comes from another template language and would give a folder ``{year}``.

Values (the names of host and configuration) are not trusted: one with a separator or a control character is
an error, and the finished path is checked as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple

from mochok.errors import OptionError, PathError
from mochok.strategies import paths
from mochok.strategies.contract import Request
from mochok.strategies.dotnet_dates import compile_format
from mochok.suggestions import nearest

LONGEST_PATTERN = 4096

_PIECE = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
_PARTNER = {"{": "}", "}": "{"}
_DOUBLED = re.compile(r"(?<!\{)\{\{\s*([A-Za-z_]+)(:[^{}]*)?\s*\}\}(?!\})")
_FOREIGN_PERCENT = re.compile(r"%[A-Za-z]\w*%?")


class Values(NamedTuple):
    """The values of the placeholders; ``day_folder`` has ``/`` between nested folders."""

    target_date: date
    config_name: str
    hostname: str
    day_folder: str
    day: str

    @classmethod
    def of(cls, request: Request, *, day_folder: str = "", day: str = "") -> Values:
        """The values for ``request``; ``day_folder`` is yyyy-MM-dd and ``day`` two digits if not given."""
        return cls(
            target_date=request.target_date,
            config_name=request.config_name,
            hostname=request.hostname,
            day_folder=day_folder or request.target_date.isoformat(),
            day=day or f"{request.target_date.day:02d}",
        )


@dataclass(frozen=True, slots=True)
class Placeholder:
    """One placeholder as users write it, with its value for 2025-01-15."""

    name: str
    meaning: str
    example: str
    only_local: bool = False


PLACEHOLDERS = (
    Placeholder("{year}", "year, four digits", "2025"),
    Placeholder("{month}", "month, two digits", "01"),
    Placeholder("{day}", "day of the month, two digits", "15"),
    Placeholder("{quarter}", "quarter of the year, 1 to 4", "1"),
    Placeholder("{week}", "ISO 8601 week, two digits, 01 to 53", "03"),
    Placeholder("{date:FORMAT}", "the date in a .NET format; {date:yyyyMMdd} for example", "20250115"),
    Placeholder("{day_folder}", "the day's folder name, in date_folder_format", "2025-01-15"),
    Placeholder("{config_name}", "the configuration's name", "Daily Documents"),
    Placeholder("{hostname}", "this machine's name", "files01"),
    Placeholder("{base_path}", "local_base_path; at the start of custom_local_pattern", "C:\\Data", True),
)
"""All placeholders, also for messages, ``mochok strategies`` and the reference page."""

_WRITTEN = {placeholder.name[1:-1].partition(":")[0]: placeholder.name for placeholder in PLACEHOLDERS}
_SHOW: dict[str, Callable[[Values], str]] = {
    "year": lambda values: f"{values.target_date.year:04d}",
    "month": lambda values: f"{values.target_date.month:02d}",
    "day": lambda values: values.day,
    "quarter": lambda values: str((values.target_date.month + 2) // 3),
    "week": lambda values: f"{values.target_date.isocalendar().week:02d}",
    "day_folder": lambda values: values.day_folder,
    "config_name": lambda values: _trusted("config_name", values.config_name),
    "hostname": lambda values: _trusted("hostname", values.hostname),
}


class _Word(NamedTuple):
    """A placeholder in a pattern; only ``date`` has a ``format``."""

    name: str
    format: str = ""

    def show(self, values: Values) -> str:
        if self.name == "date":
            return compile_format(self.format).format(values.target_date)
        return _SHOW[self.name](values)


_BASE_PATH = _Word("base_path")


def check_pattern(text: str, *, local: bool) -> None:
    """Raise PathError for a pattern that works for no date. ``local``: custom_local_pattern's rules.

    The names of host and configuration are not known here; they are checked when a path is made.
    """
    sample = Values(date(2024, 12, 31), "name", "host", "2024-12-31", "31")
    if local:
        local_folder(text, sample, "/base")
    else:
        destination(text, sample)


def destination(pattern: str, values: Values) -> str:
    """The destination prefix, without leading or trailing ``/``; "" is the whole bucket. Raises PathError."""
    pieces = _pieces(pattern)
    if _BASE_PATH in pieces:
        hint = "remove it; it is allowed in custom_local_pattern only"
        raise PathError(f"{{base_path}} in {paths.shorten(pattern)} is a local folder", hint=hint)
    return paths.check_destination(_expand(pieces, values), pattern)


def local_folder(pattern: str, values: Values, base_path: str) -> str:
    """The source folder that a local pattern names. Raises PathError.

    ``{base_path}`` is allowed at the start only, and the folder is then the base path or below it; a pattern
    without it must be absolute. ``/`` and ``\\`` both separate, so that a pattern works on every platform.
    """
    pieces = _pieces(pattern)
    shown = paths.shorten(pattern)
    if _BASE_PATH in pieces[1:]:
        raise PathError(f"{{base_path}} is not at the start of {shown}", hint="it must come first")
    if pieces[:1] == (_BASE_PATH,):
        below = pieces[1:]
        if below and not (isinstance(below[0], str) and below[0][0] in "\\/"):
            hint = "write {base_path}/ first"
            raise PathError(f"{{base_path}} in {shown} is not followed by a separator", hint=hint)
        return paths.join_local(base_path, _expand(below, values))
    text = _expand(pieces, values)
    if not pieces or isinstance(pieces[0], _Word) or not paths.is_absolute(text):
        hint = "begin it with {base_path}/, or with /, C:\\ or \\\\server\\"
        raise PathError(f"the local pattern {shown} is neither below the base path nor absolute", hint=hint)
    return paths.join_local(*paths.split_root(text))


def _expand(pieces: tuple[str | _Word, ...], values: Values) -> str:
    return "".join(piece if isinstance(piece, str) else piece.show(values) for piece in pieces)


@lru_cache(maxsize=256)
def _pieces(pattern: str) -> tuple[str | _Word, ...]:
    """The pattern as literals (never empty, never two in a row) and placeholders."""
    _check_text(pattern)
    pieces: list[str | _Word] = []
    end = 0
    for match in _PIECE.finditer(pattern):
        pieces += [pattern[end : match.start()], _piece(match, pattern)]
        end = match.end()
    merged: list[str | _Word] = []
    for kind, group in groupby([*pieces, pattern[end:]], key=type):
        parts = list(group)
        merged += ["".join(map(str, parts))] if kind is str else parts
    return tuple(piece for piece in merged if piece)


def _piece(match: re.Match[str], pattern: str) -> str | _Word:
    token = match[0]
    if token in {"{{", "}}"}:
        return token[0]
    if token in _PARTNER:
        hint = f"add the missing {_PARTNER[token]}, or write {token}{token} for a literal {token}"
        raise PathError(f"{paths.shorten(pattern)} contains an unmatched {token}", hint=hint)
    name, colon, format_text = match[1].partition(":")
    if name == "date":
        return _date_word(format_text, pattern)
    if colon or name not in _WRITTEN:
        raise _unknown(match[1], pattern)
    return _Word(name)


def _date_word(format_text: str, pattern: str) -> _Word:
    shown = paths.shorten(pattern)
    if not format_text:
        raise PathError(f"{{date}} in {shown} has no format", hint="write {date:yyyy-MM-dd}, for example")
    try:
        compile_format(format_text)
    except OptionError as error:
        raise PathError(f"in {shown}: {error.message}", hint=error.hint) from error
    return _Word("date", format_text)


def _check_text(pattern: str) -> None:
    shown = paths.shorten(pattern)
    if len(pattern) > LONGEST_PATTERN:
        hint = f"write at most {LONGEST_PATTERN:,}"
        raise PathError(f"the pattern {shown} has {len(pattern):,} characters", hint=hint)
    if paths.has_control_characters(pattern):
        raise PathError(f"the pattern {shown} contains a control character", hint="remove it")
    if (match := _DOUBLED.search(pattern)) and match[1] in _WRITTEN:
        hint = f"write {{{match[1]}{match[2] or ''}}}"
        raise PathError(f"{match[0]} in {shown} has double braces", hint=hint)
    if match := _FOREIGN_PERCENT.search(_PIECE.sub("", pattern)):
        hint = "write {year}, {month}, {day} or {date:yyyy-MM-dd}; ${NAME} for an environment variable"
        raise PathError(f"{match[0]} in {shown} is not a placeholder", hint=hint)


def _unknown(text: str, pattern: str) -> PathError:
    known = ", ".join(
        f"{placeholder.name}{' (custom_local_pattern only)' if placeholder.only_local else ''}"
        for placeholder in PLACEHOLDERS
    )
    if re.fullmatch(r"[yMd][-_. yMd]*", text):
        guess = f"{{date:{text}}}"
    else:
        guess = _WRITTEN.get(nearest(text.partition(":")[0].strip(), _WRITTEN), "")
    return PathError(
        f"unknown placeholder {{{paths.shorten(text)[1:-1]}}} in {paths.shorten(pattern)}",
        hint=f"did you mean {guess}?" if guess else f"known placeholders: {known}",
    )


def _trusted(name: str, value: str) -> str:
    if not value:
        raise PathError(f"the value of {{{name}}} is empty", hint=f"remove {{{name}}} from the pattern")
    if "/" in value or "\\" in value or paths.has_control_characters(value):
        raise PathError(
            f"the value of {{{name}}}, {paths.shorten(value)}, is not a valid folder name",
            hint=f"remove /, \\ and control characters from it, or {{{name}}} from the pattern",
        )
    return value
