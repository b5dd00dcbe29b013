"""What a person corrects in the history: a configuration's name, and days that were recorded by mistake."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import date

from mochok.records.history import DayRecord
from mochok.state.database import Database
from mochok.state.rows import from_rows, select

_TABLES = (
    "results", "days", "acceptances", "unfinished_days", "failed_files", "baselines", "refusals", "sources",
)  # fmt: skip
_NAMES = "SELECT name FROM days UNION SELECT name FROM results ORDER BY name"
_DAYS = " ".join((select(DayRecord, "days"), "WHERE name = ? AND day BETWEEN ? AND ? ORDER BY day"))


class Corrections:
    """See ``state.contract.Corrections``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def names(self) -> Sequence[str]:
        return self._database.query(lambda connection: [name for (name,) in connection.execute(_NAMES)], ())

    def days(self, name: str, first: date, last: date) -> Sequence[DayRecord]:
        def question(connection: sqlite3.Connection) -> list[DayRecord]:
            values = (name, first.isoformat(), last.isoformat())
            return list(from_rows(DayRecord, connection.execute(_DAYS, values)))

        return self._database.query(question, ())

    def rename(self, old: str, new: str) -> bool:
        statements = [
            " ".join(("UPDATE OR REPLACE", table, "SET name = ? WHERE name = ?")) for table in _TABLES
        ]
        return self._database.change_all([(statement, (new, old)) for statement in statements])

    def forget(self, name: str, first: date, last: date) -> bool:
        tables = ("days", "acceptances", "unfinished_days", "failed_files")
        statements = [
            " ".join(("DELETE FROM", table, "WHERE name = ? AND day BETWEEN ? AND ?")) for table in tables
        ]
        values = (name, first.isoformat(), last.isoformat())
        return self._database.change_all([(statement, values) for statement in statements])
