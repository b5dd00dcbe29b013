"""The ledger in one SQLite file: the cache of what was sent, and the history of runs, results and days.

Durability. The file rows are a cache: their batches are committed with ``synchronous=NORMAL``, without
waiting for the disk; a power cut may lose the last of them and costs a fresh comparison. Results and days
are history, and ``flush`` is a promise: they are committed with ``synchronous=FULL``, so the write-ahead log
reaches the disk before the call returns (and takes all earlier batches with it). Either way WAL keeps the
file consistent through kill and power cut (https://www.sqlite.org/pragma.html#pragma_synchronous).

Speed, measured with 100,000 keys: asking for 900 keys at a time with ``IN`` takes 0.17 s in all, the same as
``json_each``; recording them takes 0.2 s.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import date, datetime
from pathlib import Path
from typing import TypeVar

from mochok.model import LedgerEntry, SyncResult
from mochok.records.history import DayRecord, Remembered, ResultRecord, RunRecord
from mochok.state.days import days_to_record, merge_day
from mochok.state.records import finished_at, result_record
from mochok.state.rows import (
    Row,
    day_record,
    day_row,
    ledger_entry,
    moment_or_none,
    result_from,
    result_row,
    run_record,
    storable,
)

T = TypeVar("T")

KEYS_A_QUERY = 900  # SQLite's oldest limit for parameters is 999
ROWS_A_BATCH = 2000
# Text that does not encode and numbers that do not fit are ValueError and OverflowError.
FAULTS = (sqlite3.Error, ValueError, OverflowError)
_CORRUPT_CODES = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})

_SELECT_FILES = "SELECT key, size_bytes, mtime_ns, etag FROM files WHERE destination_id = ? AND key IN "
_INSERT_RESULT = "INSERT INTO results VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_INSERT_DAY = "INSERT OR REPLACE INTO days VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_SELECT_RUNS = """
    SELECT runs.run_id, runs.started, runs.finished, runs.exit_code, count(results.id),
           coalesce(sum(results.status = 'Failure'), 0),
           coalesce(sum(results.files_sent), 0), coalesce(sum(results.bytes_sent), 0)
    FROM runs LEFT JOIN results ON results.run_id = runs.run_id
    WHERE ? IS NULL OR results.name = ?
    GROUP BY runs.id ORDER BY runs.id DESC LIMIT ?"""

_SELECT_LATEST = "SELECT * FROM results WHERE name = ? AND (? OR status = 'Success') ORDER BY id DESC LIMIT 1"
_SELECT_REMEMBERED = """
    SELECT (SELECT count(*) FROM runs), (SELECT started FROM runs ORDER BY id LIMIT 1),
           (SELECT min(last_seen) FROM days)"""


class DamagedLedgerError(sqlite3.DatabaseError):
    """``quick_check`` found damage."""


class Ledger:
    """FileLedger and History over one open connection, shared by all threads behind a lock.

    Made by :func:`mochok.state.ledger.open_ledger`. Methods do not raise: the first fault goes to ``warn``;
    the file ledger then knows nothing more, history goes on trying. With ``read_only`` what would be
    recorded of files is ignored. ``damaged`` tells whether SQLite found the file corrupt; ``on_close`` is
    called with it once the connection is closed.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        path: Path,
        *,
        warn: Callable[[str], None],
        read_only: bool = False,
        on_close: Callable[[bool], None] = lambda _damaged: None,
    ) -> None:
        self.path = path
        self.damaged = False
        self._connection = connection
        self._warn = warn
        self._read_only = read_only
        self._on_close = on_close
        self._lock = threading.RLock()
        self._destination_ids: dict[str, int] = {}
        self._pending: list[Row] = []
        self._synchronous = ""
        self._silent = False
        self._told = False
        self._closed = False

    # The file ledger

    def lookup(self, destination: str, keys: Sequence[str]) -> Mapping[str, LedgerEntry]:
        return self._for_files(lambda: self._lookup(destination, keys), {})

    def record(self, destination: str, entries: Iterable[LedgerEntry]) -> None:
        rows = list(entries)
        self._change_files(lambda: self._record(destination, rows))

    def forget(self, destination: str, keys: Iterable[str]) -> None:
        rows = list(keys)
        self._change_files(lambda: self._forget(destination, rows))

    def listed(self, destination: str) -> datetime | None:
        return self._for_files(lambda: self._listed(destination), None)

    def set_listed(self, destination: str, when: datetime | None) -> None:
        self._change_files(lambda: self._set_listed(destination, when))

    def flush(self) -> None:
        self._change_files(lambda: self._write_pending(durable=True))

    def _lookup(self, destination: str, keys: Sequence[str]) -> dict[str, LedgerEntry]:
        self._write_pending()
        destination_id = self._known_destination_id(destination)
        found: dict[str, LedgerEntry] = {}
        for start in range(0, len(keys) if destination_id is not None else 0, KEYS_A_QUERY):
            chunk = keys[start : start + KEYS_A_QUERY]
            marks = ",".join("?" * len(chunk))
            rows = self._connection.execute(f"{_SELECT_FILES} ({marks})", (destination_id, *chunk))
            found.update((row[0], ledger_entry(row)) for row in rows)
        return found

    def _record(self, destination: str, entries: Sequence[LedgerEntry]) -> None:
        destination_id = self._destination_id(destination)
        self._pending.extend(
            (destination_id, key, size_bytes, storable(mtime_ns), etag)
            for key, size_bytes, mtime_ns, etag in entries
        )
        if len(self._pending) >= ROWS_A_BATCH:
            self._write_pending()

    def _forget(self, destination: str, keys: Sequence[str]) -> None:
        self._write_pending()
        destination_id = self._destination_id(destination)
        with self._transaction(durable=False) as connection:
            connection.executemany(
                "DELETE FROM files WHERE destination_id = ? AND key = ?",
                [(destination_id, key) for key in keys],
            )

    def _listed(self, destination: str) -> datetime | None:
        row = self._connection.execute(
            "SELECT listed FROM destinations WHERE name = ?", (destination,)
        ).fetchone()
        return moment_or_none(row[0]) if row else None

    def _set_listed(self, destination: str, when: datetime | None) -> None:
        """In the same order as the rows: a listing must not survive rows that are lost."""
        self._write_pending()
        destination_id = self._destination_id(destination)
        with self._transaction(durable=True) as connection:
            connection.execute(
                "UPDATE destinations SET listed = ? WHERE id = ?",
                (when.isoformat() if when else None, destination_id),
            )

    def _write_pending(self, *, durable: bool = False) -> None:
        rows, self._pending = self._pending, []
        if rows or durable:
            with self._transaction(durable=durable) as connection:
                connection.executemany("INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?)", rows)

    def _known_destination_id(self, name: str) -> int | None:
        known = self._destination_ids.get(name)
        if known is None:
            query = "SELECT id FROM destinations WHERE name = ?"
            row = self._connection.execute(query, (name,)).fetchone()
            if row is not None:
                known = self._destination_ids[name] = int(row[0])
        return known

    def _destination_id(self, name: str) -> int:
        if (known := self._known_destination_id(name)) is not None:
            return known
        self._connection.execute("INSERT OR IGNORE INTO destinations (name) VALUES (?)", (name,))
        return self._destination_id(name)

    # History

    def start_run(self, run_id: str, started: datetime) -> None:
        self._for_history(lambda: self._start_run(run_id, started), None)

    def record_result(self, run_id: str, started: datetime, result: SyncResult) -> None:
        if not result.dry_run:
            self._for_history(lambda: self._record_result(run_id, started, result), None)

    def finish_run(self, run_id: str, finished: datetime, exit_code: int) -> None:
        self._for_history(lambda: self._finish_run(run_id, finished, exit_code), None)

    def days(self, name: str, first: date, last: date) -> Mapping[date, DayRecord]:
        return self._for_history(lambda: self._days(name, first, last), {})

    def runs(self, *, name: str | None = None, limit: int = 20) -> Sequence[RunRecord]:
        return self._for_history(lambda: self._runs(name, max(0, limit)), [])

    def results(self, run_id: str) -> Sequence[ResultRecord]:
        return self._for_history(lambda: self._results(run_id), [])

    def latest_result(self, name: str, *, successful: bool = False) -> ResultRecord | None:
        return self._for_history(lambda: self._latest_result(name, successful=successful), None)

    def remembered(self) -> Remembered:
        return self._for_history(self._remembered, Remembered(0, None, None))

    def prune(self, before: datetime) -> int:
        return self._for_history(lambda: self._prune(before), 0)

    def _start_run(self, run_id: str, started: datetime) -> None:
        with self._transaction(durable=True) as connection:
            _insert_run(connection, run_id, started)

    def _record_result(self, run_id: str, started: datetime, result: SyncResult) -> None:
        record = result_record(run_id, started, result)
        finished = finished_at(started, result)
        with self._transaction(durable=True) as connection:
            _insert_run(connection, run_id, started)
            connection.execute(_INSERT_RESULT, result_row(record))
            for day in days_to_record(result, self._first_day(result.name)):
                previous = self._days(result.name, day, day).get(day)
                merged = merge_day(previous, result, day, run_id=run_id, finished=finished)
                connection.execute(_INSERT_DAY, day_row(merged))

    def _finish_run(self, run_id: str, finished: datetime, exit_code: int) -> None:
        with self._transaction(durable=True) as connection:
            connection.execute(
                "UPDATE runs SET finished = ?, exit_code = ? WHERE run_id = ?",
                (finished.isoformat(), exit_code, run_id),
            )

    def _days(self, name: str, first: date, last: date) -> dict[date, DayRecord]:
        rows = self._connection.execute(
            "SELECT * FROM days WHERE name = ? AND day BETWEEN ? AND ? ORDER BY day",
            (name, first.isoformat(), last.isoformat()),
        )
        return {record.day: record for record in map(day_record, rows)}

    def _first_day(self, name: str) -> date | None:
        (day,) = self._connection.execute("SELECT min(day) FROM days WHERE name = ?", (name,)).fetchone()
        return date.fromisoformat(day) if day else None

    def _runs(self, name: str | None, limit: int) -> list[RunRecord]:
        return [run_record(row) for row in self._connection.execute(_SELECT_RUNS, (name, name, limit))]

    def _results(self, run_id: str) -> list[ResultRecord]:
        rows = self._connection.execute("SELECT * FROM results WHERE run_id = ? ORDER BY id", (run_id,))
        return [result_from(row[1:]) for row in rows]

    def _latest_result(self, name: str, *, successful: bool) -> ResultRecord | None:
        row = self._connection.execute(_SELECT_LATEST, (name, not successful)).fetchone()
        return result_from(row[1:]) if row else None

    def _remembered(self) -> Remembered:
        runs, first_run, first_seen = self._connection.execute(_SELECT_REMEMBERED).fetchone()
        return Remembered(runs, moment_or_none(first_run), moment_or_none(first_seen))

    def _prune(self, before: datetime) -> int:
        """Moments are compared here, not as text: their offsets differ between summer and winter."""
        rows = self._connection.execute("SELECT run_id, started FROM runs").fetchall()
        old = [(run_id,) for run_id, started in rows if datetime.fromisoformat(started) < before]
        with self._transaction(durable=True) as connection:
            connection.executemany("DELETE FROM results WHERE run_id = ?", old)
            connection.executemany("DELETE FROM runs WHERE run_id = ?", old)
        return len(old)

    # Both

    def close(self) -> None:
        """Commit and close; a file that SQLite found damaged is reported to ``on_close``."""
        with self._lock:
            if self._closed:
                return
            self.flush()
            self._closed = True
            with suppress(sqlite3.Error):
                self._connection.close()
            self._on_close(self.damaged)

    def _change_files(self, operation: Callable[[], None]) -> None:
        """A ledger that is only looked at ignores what a dry run would record."""
        if not self._read_only:
            self._for_files(operation, None)

    def _for_files(self, operation: Callable[[], T], otherwise: T) -> T:
        """The cache goes quiet after its first fault: each further try might wait for a lock."""
        with self._lock:
            if self._silent:
                return otherwise
            try:
                return operation()
            except FAULTS as error:
                self._silent = True
                self._pending = []
                self._tell(error)
                return otherwise

    def _for_history(self, operation: Callable[[], T], otherwise: T) -> T:
        with self._lock:
            try:
                return operation()
            except FAULTS as error:
                self._tell(error)
                return otherwise

    def _tell(self, error: Exception) -> None:
        self.damaged = self.damaged or is_corruption(error)
        if not self._told:
            self._told = True
            after = "showing what is known without it" if self._read_only else "the run goes on without it"
            self._warn(f"the ledger {self.path} failed ({error}); {after}")

    @contextmanager
    def _transaction(self, *, durable: bool) -> Iterator[sqlite3.Connection]:
        level = "FULL" if durable else "NORMAL"
        if level != self._synchronous:
            self._connection.execute(f"PRAGMA synchronous = {level}")
            self._synchronous = level
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield self._connection
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise


def is_corruption(error: Exception) -> bool:
    """Whether SQLite says that the file itself is damaged (as against locked, full or read-only)."""
    return (
        isinstance(error, DamagedLedgerError)
        or getattr(error, "sqlite_errorcode", 0) & 0xFF in _CORRUPT_CODES
    )


def _insert_run(connection: sqlite3.Connection, run_id: str, started: datetime) -> None:
    connection.execute(
        "INSERT OR IGNORE INTO runs (run_id, started) VALUES (?, ?)", (run_id, started.isoformat())
    )
