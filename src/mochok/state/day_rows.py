"""The rows of data days in the ledger's database: reading them, and recording a result."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple

from mochok.model import Identity, SyncResult
from mochok.records.history import DayRecord, DaysElsewhere, ResultRecord
from mochok.state.days import days_to_record, merge_day, settled
from mochok.state.rows import from_rows, insert, select, to_row
from mochok.state.safety import recorded_days, settle_day, with_doubts

_INSERT_DAY = insert(DayRecord, "days")
_SELECT_OPEN = (
    f"{select(DayRecord, 'days')} WHERE name = ? AND destination = ? AND state = 'open' AND day < ?"
)
_TAKE_OVER = "UPDATE OR IGNORE days SET destination = ? WHERE name = ? AND destination = '' AND day = ?"
_FIRST_FOUND = "SELECT day FROM days WHERE name = ? AND destination = ? AND found ORDER BY day LIMIT 1"
_SELECT_OLDER = """
    SELECT day, destination, s3_path, found FROM days WHERE name = ? AND destination = '' ORDER BY day"""
# Two ranges of the primary key: a long history at today's destination is not read.
_SELECT_ARRIVED = """
    SELECT day, destination, s3_path, found FROM days
    WHERE name = ?1 AND destination < ?2 AND files > 0 AND state IN ('complete', 'open', 'partial')
    UNION ALL
    SELECT day, destination, s3_path, found FROM days
    WHERE name = ?1 AND destination > ?2 AND files > 0 AND state IN ('complete', 'open', 'partial')"""


class _Row(NamedTuple):
    day: str
    destination: str
    s3_path: str
    found: int


def known_days(
    connection: sqlite3.Connection, identity: Identity, first: date, last: date
) -> dict[date, DayRecord]:
    """The days between two dates, both included, oldest first."""
    return with_doubts(connection, identity, recorded_days(connection, identity, first, last))


def record_days(
    connection: sqlite3.Connection, identity: Identity, result: SyncResult, record: ResultRecord
) -> None:
    """Bring the days of ``result`` up to date; all that an older version recorded get their destination."""
    older = [(identity.destination, identity.name, row.day) for row in _older(connection, identity)]
    connection.executemany(_TAKE_OVER, older)
    for day in days_to_record(result, first_day(connection, identity)):
        previous = known_days(connection, identity, day, day).get(day)
        merged = merge_day(previous, result, day, run_id=record.run_id, finished=record.finished)
        connection.execute(_INSERT_DAY, to_row(merged) | {"destination": identity.destination})
    for before in _open_days(connection, identity, result):
        if after := settled(before, result, run_id=record.run_id, finished=record.finished):
            connection.execute(_INSERT_DAY, to_row(after) | {"destination": identity.destination})
    for day in result.days:
        settle_day(connection, identity, day, [key for of, key in result.not_arrived if of == day])


def _open_days(connection: sqlite3.Connection, identity: Identity, result: SyncResult) -> Sequence[DayRecord]:
    """The open days before those of ``result``, if it may settle them."""
    if result.settles_before is None:
        return ()
    values = identity.name, identity.destination, min(result.days).isoformat()
    return list(from_rows(DayRecord, connection.execute(_SELECT_OPEN, values)))


def first_day(connection: sqlite3.Connection, identity: Identity) -> date | None:
    """The earliest day of which a look found the folder or a file."""
    own = connection.execute(_FIRST_FOUND, (identity.name, identity.destination)).fetchone()
    older = next((row for row in _older(connection, identity) if row.found), None)
    days = [row[0] for row in (own, older) if row]
    return date.fromisoformat(min(days)) if days else None


def days_elsewhere(connection: sqlite3.Connection, identity: Identity) -> DaysElsewhere | None:
    """The days that arrived at other destinations and that no run checked for this one."""
    rows = map(_Row._make, connection.execute(_SELECT_ARRIVED, (identity.name, identity.destination)))
    away = {row.day: row for row in rows if not identity.owns(row.destination, row.s3_path)}
    if not away:
        return None
    query = "SELECT day FROM days WHERE name = ? AND destination = ?"
    own = [day for (day,) in connection.execute(query, (identity.name, identity.destination))]
    for day in [*own, *(row.day for row in _older(connection, identity))]:
        away.pop(day, None)
    if not away:
        return None
    first, last = away[min(away)], away[max(away)]
    days = date.fromisoformat(first.day), date.fromisoformat(last.day)
    destinations = len({row.destination for row in away.values()})
    return DaysElsewhere(len(away), *days, last.s3_path, last.destination.partition(" ")[0], destinations)


def _older(connection: sqlite3.Connection, identity: Identity) -> Iterator[_Row]:
    """The days of ``identity`` that an older version recorded and no run has checked since."""
    if not identity.destination:
        return
    for row in map(_Row._make, connection.execute(_SELECT_OLDER, (identity.name,))):
        if identity.owns(row.destination, row.s3_path):
            yield row
