"""Patterns with placeholders: ``s3_path_structure`` and ``custom_local_pattern``.

The tokenizer is Mochok's own, with an allow-list: no attribute, index, conversion or expression can be
written in a pattern, and a value is never read again as a pattern. ``{{`` and ``}}`` stand for the
characters themselves; a known name in doubled braces (``{{year}}``) is refused, because whoever writes it
thinks of another template language and would get a folder called ``{year}``.

Values (the host's name, the configuration's name) are not trusted: one that holds a separator or a control
character is refused, and the finished path is checked as a whole.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from mochok.errors import OptionError, PathError
from mochok.strategies import paths
from mochok.strategies.contract import Request
from mochok.strategies.dotnet_dates import compile_format

LONGEST_PATTERN = 4096

_DAY_FOLDER_FORMAT = "yyyy-MM-dd"
_PIECE = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
_DOUBLED = re.compile(r"(?<!\{)\{\{\s*([A-Za-z_]+)(:[^{}]*)?\s*\}\}(?!\})")
_FOREIGN_PERCENT = re.compile(r"%[A-Za-z]\w*%?")


class Values(NamedTuple):
    """What the placeholders stand for.

    ``day_folder`` is the day's folder name with ``/`` between nested folders; ``day`` is what ``{day}``
    shows.
    """

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
            day_folder=day_folder or compile_format(_DAY_FOLDER_FORMAT).format(request.target_date),
            day=day or f"{request.target_date.day:02d}",
        )


@dataclass(frozen=True, slots=True)
class Placeholder:
    """One word of the allow-list, as users write it, with what it becomes for 2025-01-15."""

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
"""Every placeholder there is, for messages, ``mochok strategies`` and the reference page."""

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
    """A placeholder in a pattern; ``format`` belongs to ``date`` alone."""

    name: str
    format: str = ""

    def show(self, values: Values) -> str:
        if self.name == "date":
            return compile_format(self.format).format(values.target_date)
        return _SHOW[self.name](values)


def check_pattern(text: str, *, local: bool) -> None:
    """Refuse a pattern that could not work for any date. ``local``: custom_local_pattern's rules.

    Raises PathError. Silence does not promise that every value fits: a host's or configuration's name is
    checked when the path is made.
    """
    sample = Values(date(2024, 12, 31), "name", "host", "2024-12-31", "31")
    if local:
        local_folder(text, sample, "/base")
    else:
        destination(text, sample)


def destination(pattern: str, values: Values) -> str:
    """The destination prefix, without leading or trailing ``/``; "" is the whole bucket.

    Raises PathError.
    """
    pieces = _pieces(pattern)
    if _Word("base_path") in pieces:
        raise PathError(
            f"{{base_path}} in {paths.shorten(pattern)} stands for a local folder",
            hint="it can be used in custom_local_pattern only",
        )
    return paths.check_destination(_expand(pieces, values))


def local_folder(pattern: str, values: Values, base_path: str) -> str:
    """The source folder that a local pattern names.

    ``{base_path}`` may only open the pattern, and the folder then lies at or below it; a pattern without
    it must be absolute. ``/`` and ``\\`` both separate, so that one pattern serves every platform. Raises
    PathError.
    """
    pieces = _pieces(pattern)
    if _Word("base_path") in pieces[1:]:
        raise PathError(
            f"{{base_path}} stands in the middle of {paths.shorten(pattern)}", hint="it must come first"
        )
    if pieces and pieces[0] == _Word("base_path"):
        return _below_base(pieces[1:], values, base_path, pattern)
    text = _expand(pieces, values)
    if not pieces or isinstance(pieces[0], _Word) or not paths.is_absolute(text):
        raise PathError(
            f"the local pattern {paths.shorten(pattern)} is neither below the base path nor absolute",
            hint="begin it with {base_path}/, or with /, C:\\ or \\\\server\\",
        )
    return paths.join_local(*paths.split_root(text))


def _below_base(pieces: tuple[str | _Word, ...], values: Values, base_path: str, pattern: str) -> str:
    if pieces and not (isinstance(pieces[0], str) and pieces[0][0] in "\\/"):
        raise PathError(
            f"{{base_path}} in {paths.shorten(pattern)} must be followed by a separator",
            hint="write {base_path}/ and go on from there",
        )
    return paths.join_local(base_path, _expand(pieces, values))


def _expand(pieces: tuple[str | _Word, ...], values: Values) -> str:
    return "".join(piece if isinstance(piece, str) else piece.show(values) for piece in pieces)


@lru_cache(maxsize=256)
def _pieces(pattern: str) -> tuple[str | _Word, ...]:
    """The pattern as literals (never empty, never two in a row) and placeholders."""
    _check_text(pattern)
    pieces: list[str | _Word] = []
    end = 0
    for match in _PIECE.finditer(pattern):
        pieces.append(pattern[end : match.start()])
        pieces.append(_piece(match, pattern))
        end = match.end()
    return _merged([*pieces, pattern[end:]])


def _merged(pieces: list[str | _Word]) -> tuple[str | _Word, ...]:
    merged: list[str | _Word] = []
    for piece in pieces:
        if isinstance(piece, str) and merged and isinstance(merged[-1], str):
            merged[-1] += piece
        elif piece:
            merged.append(piece)
    return tuple(merged)


def _piece(match: re.Match[str], pattern: str) -> str | _Word:
    token = match[0]
    if token in {"{{", "}}"}:
        return token[0]
    if token in {"{", "}"}:
        raise PathError(
            f"{paths.shorten(pattern)} holds a {token} without its partner",
            hint=f"close the placeholder, or write {token}{token} for the character itself",
        )
    name, colon, format_text = match[1].partition(":")
    if name == "date":
        return _date_word(format_text, pattern)
    if colon or name not in _WRITTEN:
        raise _unknown(match[1], pattern)
    return _Word(name)


def _date_word(format_text: str, pattern: str) -> _Word:
    if not format_text:
        raise PathError(
            f"{{date}} in {paths.shorten(pattern)} needs a format",
            hint="write {date:yyyy-MM-dd}, for example",
        )
    try:
        compile_format(format_text)
    except OptionError as error:
        raise PathError(f"in {paths.shorten(pattern)}: {error.message}", hint=error.hint) from error
    return _Word("date", format_text)


def _check_text(pattern: str) -> None:
    if len(pattern) > LONGEST_PATTERN:
        raise PathError(
            f"the pattern {paths.shorten(pattern)} has {len(pattern):,} characters; that is too long"
        )
    if paths.has_control_characters(pattern):
        raise PathError(f"the pattern {paths.shorten(pattern)} holds a control character", hint="remove it")
    if (match := _DOUBLED.search(pattern)) and match[1] in _WRITTEN:
        raise PathError(
            f"{match[0]} in {paths.shorten(pattern)} has one pair of braces too many",
            hint=f"write {{{match[1]}{match[2] or ''}}}",
        )
    outside = _PIECE.sub("", pattern)
    if match := _FOREIGN_PERCENT.search(outside):
        raise PathError(
            f"{match[0]} in {paths.shorten(pattern)} is no placeholder",
            hint="write {year}, {month}, {day} or {date:yyyy-MM-dd}; ${NAME} for an environment variable",
        )


def _unknown(text: str, pattern: str) -> PathError:
    known = ", ".join(placeholder.name for placeholder in PLACEHOLDERS)
    guess = _guess(text)
    return PathError(
        f"unknown placeholder {{{paths.shorten(text)[1:-1]}}} in {paths.shorten(pattern)}",
        hint=f"did you mean {guess}? known: {known}" if guess else f"known: {known}",
    )


def _guess(text: str) -> str:
    if re.fullmatch(r"[yMd][-_. yMd]*", text):
        return f"{{date:{text}}}"
    name = text.partition(":")[0].strip().lower()[:40]
    close = difflib.get_close_matches(name, _WRITTEN, n=1)
    return _WRITTEN[close[0]] if close else ""


def _trusted(name: str, value: str) -> str:
    if not value:
        raise PathError(f"the value of {{{name}}} is empty", hint=f"leave {{{name}}} out of the pattern")
    if "/" in value or "\\" in value or paths.has_control_characters(value):
        raise PathError(
            f"the value of {{{name}}}, {paths.shorten(value)}, cannot be part of a folder's name",
            hint=f"it must hold no /, \\ or control character; rename it, or leave {{{name}}} out",
        )
    return value
