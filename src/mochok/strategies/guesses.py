"""Which date format existing names have, for a configuration whose own format fits none of them. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import product

from mochok.strategies.dotnet_dates import compile_format

_ORDERS = (("yyyy", "MM", "dd"), ("dd", "MM", "yyyy"), ("MM", "dd", "yyyy"))
_SHORT_YEAR = (("yy", "MM", "dd"), ("dd", "MM", "yy"), ("MM", "dd", "yy"))
_NAMED_MONTHS = (("dd", "MMM", "yyyy"), ("dd", "MMMM", "yyyy"), ("yyyy", "MMM", "dd"), ("yyyy", "MMMM", "dd"))
_SEPARATORS = ("-", "", "_", ".", " ")
_LIKELY_YEARS = range(1990, 2100)


@dataclass(frozen=True, slots=True)
class Guess:
    """``text`` is the format as it can be written in a configuration; ``count`` names have it."""

    text: str
    count: int


def guess_format(names: Collection[str], *, inside: bool = False) -> Guess | None:
    """The date format of most of ``names``, paths with ``/``; None if none has a date.

    ``inside``: the date is searched within each name; otherwise what is around it becomes part of the format.
    Of formats that fit equally many, one with a whole year wins, and then, as day and month may be swapped,
    the one whose dates are closest.
    """
    best: tuple[int, bool, int] | None = None
    found = None
    for text in _candidates():
        dates = _dates(text, names, inside=inside)
        if not dates:
            continue
        score = (len(dates), "yyyy" in text, -(max(dates.values()) - min(dates.values())).days)
        if best is None or score > best:
            best, found = score, Guess(text if inside else _surrounded(text, dates), len(dates))
    return found


def _candidates() -> Iterator[str]:
    flat = [
        separator.join(order)
        for order, separator in product(_ORDERS + _NAMED_MONTHS + _SHORT_YEAR, _SEPARATORS)
    ]
    loose = [text.replace("dd", "d").replace("MM", "M") for text in flat if "MMM" not in text]
    yield from flat
    yield from (text for text in loose if set(text) & set("-_. "))
    yield from ("yyyy/MM/dd", "yyyy/M/d", "yyyy/MMMM/dd", "yyyy/MMM/dd", "dd/MM/yyyy")
    yield from (f"{above}/{text}" for above in ("yyyy", "yyyy/MM", "yyyy-MM") for text in flat)
    yield from ("yyyy-MM/dd", "yyyyMM/dd", "yyyy/MM-dd", "yyyy/MMdd")


def _dates(text: str, names: Collection[str], *, inside: bool) -> dict[str, date]:
    """The names with a date in this format, and it; a name as a whole counts before a part of one."""
    compiled = compile_format(text)
    read = compiled.find if inside else compiled.parse
    found = {name: read(name) for name in names}
    if not inside and not any(found.values()) and "/" not in text:
        found = {name: compiled.find(name) for name in names if "/" not in name}
    return {name: day for name, day in found.items() if day is not None and day.year in _LIKELY_YEARS}


def _surrounded(text: str, dates: dict[str, date]) -> str:
    """The format with what is before and after the dates; ``*`` where that differs."""
    compiled = compile_format(text)
    around = {tuple(name.partition(compiled.format(day))[::2]) for name, day in dates.items()}
    before, after = ({pair[side] for pair in around} for side in (0, 1))
    start = before.pop() if len(before) == 1 else "*"
    end = after.pop() if len(after) == 1 else "*"
    return f"{start}{{date:{text}}}{end}" if start or end else text
