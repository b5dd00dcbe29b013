"""The tables for the safety of deletions and sources, in the ledger's database; see ``state.contract``."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from mochok.model import DayState, Identity
from mochok.records.deletes import Baseline, DeleteMemory, KnownSource, Refusal
from mochok.records.history import DayRecord
from mochok.state import contract
from mochok.state.database import Database
from mochok.state.rows import from_rows, insert, select, to_row

_SELECT_BASELINE = f"{select(Baseline, 'baselines')} WHERE destination = ? ORDER BY name = ? DESC LIMIT 1"
_SELECT_REFUSALS = f"{select(Refusal, 'refusals')} WHERE name = ? OR destination = ? ORDER BY since"
_ALL_REFUSALS = f"{select(Refusal, 'refusals')} ORDER BY since"
_SELECT_SOURCE = f"{select(KnownSource, 'sources')} WHERE name = ? AND path = ?"
_COUNT_KEYS = """
    SELECT count(*) FROM files JOIN destinations ON destinations.id = destination_id
    WHERE name = ? AND key >= ? AND key < ? AND size_bytes >= 0"""
_SAMPLE_KEYS = """
    SELECT key FROM (
        SELECT key, row_number() OVER (ORDER BY key) AS number
        FROM files JOIN destinations ON destinations.id = destination_id
        WHERE name = ? AND key >= ? AND key < ? AND size_bytes >= 0
    ) WHERE number % ? = 0 LIMIT ?"""
_DOUBT_DAY = "INSERT OR IGNORE INTO unfinished_days (name, destination, day, run_id) VALUES (?, ?, ?, ?)"
_SELECT_DOUBTS = "SELECT day FROM unfinished_days WHERE name = ? AND destination IN (?, '')"
_SETTLE_DAY = (
    "DELETE FROM unfinished_days WHERE name = ? AND destination IN (?, '') AND day = ?",
    "DELETE FROM failed_files WHERE name = ? AND destination IN (?, '') AND day = ?",
)
_SELECT_FAILED = """
    SELECT day, key FROM failed_files
    WHERE name = ? AND destination IN (?, '') AND day BETWEEN ? AND ? ORDER BY day, key"""
_INSERT_FAILED = "INSERT OR IGNORE INTO failed_files (name, destination, day, key) VALUES (?, ?, ?, ?)"
_SELECT_DAYS = " ".join(
    (
        select(DayRecord, "days"),
        "WHERE name = ? AND destination IN (?, '') AND day BETWEEN ? AND ? ORDER BY day, destination",
    )
)


class Safety:
    """See ``state.contract.Safety``. ``remembers`` False: in place of a ledger that cannot be used."""

    def __init__(self, database: Database, *, remembers: bool = True) -> None:
        self._database = database
        self._remembers = remembers

    def memory(self, name: str, destination: str) -> DeleteMemory | None:
        def question(connection: sqlite3.Connection) -> DeleteMemory:
            baselines = from_rows(Baseline, connection.execute(_SELECT_BASELINE, (destination, name)))
            refusals = list(from_rows(Refusal, connection.execute(_SELECT_REFUSALS, (name, destination))))
            own = next((found for found in refusals if found.destination == destination), None)
            others = tuple(found for found in refusals if found.destination != destination)
            return DeleteMemory(next(baselines, None), own, others)

        return self._database.query(question, None) if self._remembers else None

    def known_keys(self, destination: str, most: int, below: str = "") -> tuple[int, Sequence[str]]:
        def question(connection: sqlite3.Connection) -> tuple[int, Sequence[str]]:
            chosen = destination, below, f"{below}{chr(sys.maxunicode)}"
            (count,) = connection.execute(_COUNT_KEYS, chosen).fetchone()
            step = -(-count // most) or 1
            rows = connection.execute(_SAMPLE_KEYS, (*chosen, step, most))
            return count, [key for (key,) in rows]

        return self._database.query(question, (0, ()))

    def set_baseline(self, baseline: Baseline) -> None:
        self._database.change(insert(Baseline, "baselines"), to_row(baseline), durable=False)

    def remember(self, refusal: Refusal) -> None:
        self._database.change(insert(Refusal, "refusals"), to_row(refusal), durable=True)

    def settle(self, destination: str) -> None:
        self._database.change("DELETE FROM refusals WHERE destination = ?", (destination,), durable=True)

    def refusals(self) -> Sequence[Refusal]:
        return self._database.query(
            lambda connection: list(from_rows(Refusal, connection.execute(_ALL_REFUSALS))), ()
        )

    # Sources

    def source(self, name: str, path: str) -> KnownSource | None:
        def question(connection: sqlite3.Connection) -> KnownSource | None:
            return next(from_rows(KnownSource, connection.execute(_SELECT_SOURCE, (name, path))), None)

        return self._database.query(question, None)

    def set_source(self, source: KnownSource) -> None:
        self._database.change(insert(KnownSource, "sources"), to_row(source), durable=False)

    # Days

    def doubt_days(self, identity: Identity, days: Sequence[date], run_id: str) -> None:
        for day in self._complete(identity, days):
            values = (identity.name, identity.destination, day.isoformat(), run_id)
            self._database.change(_DOUBT_DAY, values, durable=True)

    def are_complete(self, identity: Identity, days: Sequence[date]) -> bool:
        return len(self._complete(identity, days)) == len(set(days))

    def _complete(self, identity: Identity, days: Sequence[date]) -> Sequence[date]:
        def question(connection: sqlite3.Connection) -> list[date]:
            found = recorded_days(connection, identity, min(days), max(days))
            return [day for day in days if day in found and found[day].state is DayState.COMPLETE]

        return self._database.query(question, ())

    def not_arrived(self, identity: Identity, days: Sequence[date]) -> Sequence[tuple[date, str]]:
        values = (identity.name, identity.destination, min(days).isoformat(), max(days).isoformat())

        def question(connection: sqlite3.Connection) -> list[tuple[date, str]]:
            rows = connection.execute(_SELECT_FAILED, values)
            return [(day, key) for text, key in rows if (day := date.fromisoformat(text)) in days]

        return self._database.query(question, ())


def recorded_days(
    connection: sqlite3.Connection, identity: Identity, first: date, last: date
) -> dict[date, DayRecord]:
    """The rows of days between two dates, oldest first; that of an older version only without another."""
    values = (identity.name, identity.destination, first.isoformat(), last.isoformat())
    found = from_rows(DayRecord, connection.execute(_SELECT_DAYS, values))
    return {record.day: record for record in found if identity.owns(record.destination, record.s3_path)}


def settle_day(connection: sqlite3.Connection, identity: Identity, day: date, keys: Sequence[str]) -> None:
    """A result of ``day`` is recorded: it is no longer in doubt, and ``keys`` are those that failed."""
    of_day = (identity.name, identity.destination, day.isoformat())
    for statement in _SETTLE_DAY:
        connection.execute(statement, of_day)
    connection.executemany(_INSERT_FAILED, [(*of_day, key) for key in keys])


def with_doubts(
    connection: sqlite3.Connection, identity: Identity, days: Mapping[date, DayRecord]
) -> dict[date, DayRecord]:
    """``days``, of which those that a run has begun to change are partial."""
    doubts = connection.execute(_SELECT_DOUBTS, (identity.name, identity.destination))
    doubtful = {date.fromisoformat(day) for (day,) in doubts}
    message = "a later run that changed it has not finished"
    return {
        day: replace(record, state=DayState.PARTIAL, message=message) if day in doubtful else record
        for day, record in days.items()
    }


class DryRunSafety:
    """Another ``SafetyLedger`` and ``SourceLedger``, which it reads and does not change."""

    def __init__(self, safety: contract.Safety) -> None:
        self.memory = safety.memory
        self.known_keys = safety.known_keys
        self.refusals = safety.refusals
        self.source = safety.source
        self.not_arrived = safety.not_arrived
        self.are_complete = safety.are_complete

    def doubt_days(self, identity: Identity, days: Sequence[date], run_id: str) -> None:
        """Ignored."""

    def set_baseline(self, baseline: Baseline) -> None:
        """Ignored."""

    def remember(self, refusal: Refusal) -> None:
        """Ignored."""

    def settle(self, destination: str) -> None:
        """Ignored."""

    def set_source(self, source: KnownSource) -> None:
        """Ignored."""
