"""The ledger's rows as records and back: columns and fields have the same names."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime
from functools import cache
from itertools import groupby
from typing import Any, TypeVar, get_type_hints

from mochok.model import DayState, LedgerEntry, Status
from mochok.records.history import ResultRecord

R = TypeVar("R")
Row = tuple[Any, ...]
_INTEGERS = range(-(2**63), 2**63)


def moment_or_none(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


_READERS: Mapping[Any, Callable[[Any], Any]] = {
    date: date.fromisoformat,
    datetime: datetime.fromisoformat,
    datetime | None: moment_or_none,
    bool: bool,
    Status: Status,
    DayState: DayState,
    tuple[tuple[str, str], ...]: lambda text: tuple((key, problem) for key, problem in json.loads(text)),
    tuple[tuple[str, int], ...]: lambda text: tuple((name, number) for name, number in json.loads(text)),
    tuple[str, ...]: lambda text: tuple(json.loads(text)),
}


def select(kind: Callable[..., object], table: str) -> str:
    """``SELECT ... FROM table`` with the columns of ``kind``."""
    return " ".join(("SELECT", ", ".join(_readers(kind)), "FROM", table))


def insert(kind: Callable[..., object], table: str) -> str:
    """``INSERT ... INTO table`` for :func:`to_row`; a row with the same primary key is replaced."""
    names = _readers(kind)
    columns, marks = ", ".join(names), ", ".join(f":{name}" for name in names)
    return " ".join(("INSERT OR REPLACE INTO", table, f"({columns}) VALUES ({marks})"))


def to_row(record: object) -> dict[str, Any]:
    """The parameters for :func:`insert`."""
    kind: Callable[..., object] = type(record)
    return {name: _storable(getattr(record, name)) for name in _readers(kind)}


def _storable(value: Any) -> Any:
    """Half characters, as names that are not UTF-8 have them, become escapes; SQLite refuses them."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode("utf-8")
    if isinstance(value, date):
        return value.isoformat()
    return json.dumps(value) if isinstance(value, tuple) else value


def from_rows(kind: Callable[..., R], cursor: sqlite3.Cursor) -> Iterator[R]:
    """The rows of ``cursor`` as records."""
    readers = _readers(kind)
    chosen = [(column[0], readers[column[0]]) for column in cursor.description]
    for row in cursor:
        yield kind(**{name: read(value) for (name, read), value in zip(chosen, row, strict=True)})


@cache
def _readers(kind: Callable[..., object]) -> dict[str, Callable[[Any], Any]]:
    """What reads the column of each field."""
    return {name: _READERS.get(hint, lambda value: value) for name, hint in get_type_hints(kind).items()}


def file_row(destination_id: int, entry: LedgerEntry) -> Row:
    """A time that does not fit 64 bits (after the year 2262) is kept as text, to compare equal again."""
    key, size_bytes, mtime_ns, etag, ctime_ns = entry
    return (destination_id, key, size_bytes, _time(mtime_ns), etag, _time(ctime_ns) or None)


def _time(nanoseconds: int) -> int | str:
    return nanoseconds if nanoseconds in _INTEGERS else str(nanoseconds)


def ledger_entry(
    key: str, size_bytes: int, mtime_ns: int | str, etag: str, ctime_ns: int | str | None
) -> LedgerEntry:
    """The entry of a row of ``files``."""
    return LedgerEntry(key, size_bytes, int(mtime_ns), etag, int(ctime_ns or 0))


def insert_run(connection: sqlite3.Connection, run_id: str, started: datetime) -> None:
    """Record the start of a run, unless it is recorded."""
    connection.execute(
        "INSERT OR IGNORE INTO runs (run_id, started) VALUES (?, ?)", (run_id, started.isoformat())
    )


def back_to_success(newest_first: Iterable[ResultRecord]) -> list[ResultRecord]:
    """Results, oldest first, from the newest run on whose last day was a success."""
    kept: list[ResultRecord] = []
    for _run_id, results in groupby(newest_first, key=lambda result: result.run_id):
        run = list(results)
        kept += run
        if max(run, key=lambda result: result.target_date).status is Status.SUCCESS:
            break
    return kept[::-1]
