"""The value of ``expected_days``: a word, a list, or a section with exceptions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any, NoReturn

from pydantic_core import PydanticCustomError

from mochok.config.values import WEEKDAYS, WrongPart, invalid_parts, not_a_weekday
from mochok.errors import OptionError
from mochok.records.expected_days import EVERY_DAY, ExpectedDays, holidays_of
from mochok.strategies.option_types import invalid
from mochok.suggestions import did_you_mean

KEYS = ("days", "except", "holidays", "monthly")
WORDS = {"daily": EVERY_DAY, "weekdays": frozenset(range(5)), "none": frozenset[int]()}
_SAMPLE_YEAR = 2024
_DATE = {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"}
_DAY_LIST = {"type": "array", "items": {"anyOf": [{"enum": list(WEEKDAYS)}, _DATE]}, "minItems": 1}
_DAYS = [{"enum": ["daily", "weekdays"]}, _DAY_LIST]
_TEXTS = {"type": ["string", "array"], "items": {"type": "string"}}
SCHEMA: dict[str, Any] = {
    "oneOf": [
        *_DAYS,
        {
            "type": "object",
            "properties": {
                "days": {"oneOf": _DAYS},
                "except": {"type": ["string", "array"], "items": _DATE},
                "holidays": _TEXTS,
                "monthly": {
                    "type": ["integer", "array"],
                    "items": {"type": "integer"},
                    "minimum": 1,
                    "maximum": 31,
                },
            },
            "additionalProperties": False,
        },
    ]
}


def expected_days(value: object) -> ExpectedDays:
    """The days that ``value`` describes."""
    if isinstance(value, ExpectedDays):
        return value
    if not isinstance(value, Mapping):
        weekdays, dates = _days(value)
        return ExpectedDays(weekdays, dates=dates)
    if not value:
        raise invalid("is empty", f"write {', '.join(KEYS)}, or daily")
    wrong: list[WrongPart] = [(str(key), "extra_forbidden", None) for key in value if key not in KEYS]
    read: dict[str, Any] = {}
    for key, reader in _READERS.items():
        try:
            read[key] = reader(value[key]) if value.get(key) is not None else None
        except PydanticCustomError as error:
            wrong.append((key, error, value[key]))
    if wrong:
        raise invalid_parts(wrong)
    usual = frozenset[int]() if read["monthly"] else EVERY_DAY
    weekdays, dates = read["days"] or (usual, frozenset())
    return ExpectedDays(
        weekdays, read["monthly"] or frozenset(), dates, read["except"] or frozenset(), read["holidays"] or ()
    )


def as_written(expected: ExpectedDays) -> Any:
    """The value of ``expected_days`` that gives ``expected``."""
    names = [WEEKDAYS[day] for day in sorted(expected.weekdays)]
    days: Any = [*names, *(day.isoformat() for day in sorted(expected.dates))]
    if expected.weekdays == EVERY_DAY and not expected.dates:
        days = "daily"
    others = {
        "except": [day.isoformat() for day in sorted(expected.excluded)],
        "holidays": list(expected.calendars),
        "monthly": sorted(expected.monthly),
    }
    given = {key: value for key, value in others.items() if value}
    return ({"days": days} if days else {}) | given if given else days


def _days(value: object) -> tuple[frozenset[int], frozenset[date]]:
    """Weekdays and single dates."""
    if isinstance(value, str) and value in ("daily", "weekdays"):
        return WORDS[value], frozenset()
    if isinstance(value, str):  # as variables give several
        words = [word.strip() for word in value.split(",")]
        value = words if words[0].lower() in WEEKDAYS or _looks_like_date(words[0]) else value
    if not isinstance(value, list | tuple) or not value:
        hint = did_you_mean(str(value), ("daily", "weekdays")) or "write a list such as [mon, thu]"
        raise invalid(f"{value!r} is not daily, weekdays or a list of days", hint)
    wrong: list[WrongPart] = []
    weekdays, dates = set(), set()
    for index, word in enumerate(value):
        if _looks_like_date(word):
            dates.add(_date(word))
        elif str(word).lower() in WEEKDAYS:
            weekdays.add(WEEKDAYS.index(str(word).lower()))
        else:
            wrong.append((index, not_a_weekday(word), word))
    if wrong:
        raise invalid_parts(wrong)
    return frozenset(weekdays), frozenset(dates)


def _section_days(value: object) -> tuple[frozenset[int], frozenset[date]]:
    """As :func:`_days`, with one error for the whole: its parts are two levels deep."""
    words = value if isinstance(value, list | tuple) else []
    for word in words:
        if not _looks_like_date(word) and str(word).lower() not in WEEKDAYS:
            raise not_a_weekday(word)
    return _days(value)


def _looks_like_date(word: object) -> bool:
    return isinstance(word, date) or bool(re.fullmatch(r"\d{4}-\d{1,2}-\d{1,2}", str(word)))


def _date(word: object) -> date:
    try:
        return word if isinstance(word, date) else date.fromisoformat(str(word))
    except ValueError as error:
        raise invalid(f"{str(word)!r} is not a date", "write it as 2026-12-25") from error


def _listed(value: object) -> Iterable[object]:
    return value if isinstance(value, list | tuple) else [value]


def _excluded(value: object) -> frozenset[date]:
    return frozenset(_date(word) for word in _listed(value))


def _calendars(value: object) -> tuple[str, ...]:
    names = tuple(str(word).strip().upper().replace("_", "-") for word in _listed(value))
    try:
        for name in names:
            holidays_of(name, _SAMPLE_YEAR)
    except OptionError as error:
        raise invalid(error.message, error.hint) from error
    return names


def _monthly(value: object) -> frozenset[int]:
    numbers = [word for word in _listed(value) if isinstance(word, int) and not isinstance(word, bool)]
    if len(numbers) != len(list(_listed(value))) or not all(1 <= number <= 31 for number in numbers):
        _no_day_of_month(value)
    return frozenset(numbers)


def _no_day_of_month(value: object) -> NoReturn:
    raise invalid(
        f"{value!r} is not a day of the month", "write a number from 1 to 31, or a list such as [1, 15]"
    )


_READERS: Mapping[str, Callable[[object], Any]] = {
    "days": _section_days,
    "except": _excluded,
    "holidays": _calendars,
    "monthly": _monthly,
}
