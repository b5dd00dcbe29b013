"""The ledger in SQLite: the cache of what was sent, and the history of runs, results and days.

Durability. The file rows are a cache: their batches are committed with ``synchronous=NORMAL``, without
waiting for the disk; a power cut may lose the last of them and costs a fresh comparison. Results, days and
``flush`` commit with ``synchronous=FULL``, so the write-ahead log reaches the disk before the call returns.
The log is read in order up to the first incomplete frame, so every earlier commit is then durable too: a job
waits once for the disk, and a listing's moment can never outlive file rows that were written before it.
Either way WAL keeps the file consistent through kill and power cut
(https://www.sqlite.org/pragma.html#pragma_synchronous).

Speed, measured with 100,000 keys: asking for 900 keys at a time with ``IN`` takes 0.17 s in all, the same as
``json_each``; recording them takes 0.2 s. One result takes as long with 30,000 results as with none.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import date, datetime
from functools import wraps
from itertools import takewhile
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from mochok.model import BucketId, LedgerEntry, SyncResult
from mochok.records.history import Acceptance, DayRecord, HistoryExtent, ResultRecord, RunRecord
from mochok.similar import KINDS, Kind
from mochok.state.days import days_to_record, merge_day, settled
from mochok.state.rows import (
    Row,
    back_to_success,
    file_row,
    from_rows,
    insert,
    insert_run,
    ledger_entry,
    moment_or_none,
    select,
    to_row,
)
from mochok.state.safety import Safety, Values, settle_day, with_doubts

P = ParamSpec("P")
T = TypeVar("T")
D = TypeVar("D")

KEYS_A_QUERY = 900  # SQLite's oldest limit for parameters is 999
ROWS_A_BATCH = 2000
# Text that does not encode and numbers that do not fit are ValueError and OverflowError.
FAULTS = (sqlite3.Error, ValueError, OverflowError)
_CORRUPT_CODES = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})

_SELECT_FILES = """
    SELECT key, size_bytes, mtime_ns, etag, ctime_ns FROM files WHERE destination_id = ? AND key IN """
_INSERT_FILE = """
    INSERT OR REPLACE INTO files (destination_id, key, size_bytes, mtime_ns, etag, ctime_ns)
    VALUES (?, ?, ?, ?, ?, ?)"""
_SELECT_SERVER = """
    SELECT kept_apart FROM servers
    WHERE name = ? AND asked BETWEEN datetime('now', '-30 days') AND datetime('now')"""
_INSERT_SERVER = "INSERT OR REPLACE INTO servers (name, kept_apart, asked) VALUES (?, ?, datetime('now'))"
_SELECT_DAYS = f"{select(DayRecord, 'days')} WHERE name = ? AND day BETWEEN ? AND ? ORDER BY day"
_SELECT_OPEN_DAYS = f"{select(DayRecord, 'days')} WHERE name = ? AND state = 'open' AND day < ?"
_SELECT_RESULTS = select(ResultRecord, "results")
_INSERT_RESULT = insert(ResultRecord, "results")
_INSERT_DAY = insert(DayRecord, "days")
_INSERT_ACCEPTANCE = insert(Acceptance, "acceptances")
_SELECT_ACCEPTANCES = select(Acceptance, "acceptances")
_UNDO = "UPDATE acceptances SET undone = ?, undone_by = ? WHERE name = ? AND day = ? AND undone IS NULL"
_SELECT_RUNS = """
    SELECT runs.run_id, runs.started, runs.finished, runs.exit_code, count(results.id) AS results,
           coalesce(sum(results.status = 'Failure'), 0) AS failures,
           coalesce(sum(results.files_sent), 0) AS files_sent,
           coalesce(sum(results.bytes_sent), 0) AS bytes_sent
    FROM runs LEFT JOIN results ON results.run_id = runs.run_id
    WHERE substr(runs.run_id, 1, length(:prefix)) = :prefix AND (:name IS NULL OR results.name = :name)
    GROUP BY runs.id ORDER BY runs.id DESC LIMIT :limit"""
_SELECT_EXTENT = """
    SELECT (SELECT count(*) FROM runs) AS runs,
           (SELECT started FROM runs ORDER BY id LIMIT 1) AS first_run,
           (SELECT min(last_seen) FROM days) AS first_seen"""
_NO_ENTRIES: Mapping[str, LedgerEntry] = {}
_NO_DAYS: Mapping[date, DayRecord] = {}
# Changes a page whatever the value: a transaction that changes none does not reach the disk.
_TOUCH = "PRAGMA user_version = 0"


class DamagedLedgerError(sqlite3.DatabaseError):
    """``quick_check`` found damage."""


def _guarded(
    otherwise: D, *, cache: bool = False, changes: bool = False
) -> Callable[[Callable[Concatenate[Ledger, P], T]], Callable[Concatenate[Ledger, P], T | D]]:
    """Run a method under the ledger's lock; a fault is reported once and gives ``otherwise``.

    A ``cache`` is not used after its first fault: each further call might wait for a lock. ``changes`` to it
    are ignored by a ledger that is only read, as a dry run does.
    """

    def decorate(method: Callable[Concatenate[Ledger, P], T]) -> Callable[Concatenate[Ledger, P], T | D]:
        @wraps(method)
        def guarded(self: Ledger, /, *args: P.args, **kwargs: P.kwargs) -> T | D:
            with self._lock:
                if (cache and self._silent) or (changes and self._read_only):
                    return otherwise
                try:
                    return method(self, *args, **kwargs)
                except FAULTS as error:
                    self._report(error, silence=cache)
                    return otherwise

        return guarded

    return decorate


class Ledger:
    """FileLedger, Listings, History, DayLedger over one open connection, shared by all threads behind a lock.

    Made by :func:`mochok.state.ledger.open_ledger`. Methods do not raise: the first fault goes to ``warn``.
    With ``read_only`` what would be recorded of files is ignored. ``damaged``: whether SQLite found the file
    corrupt; ``on_close`` is called with it once the connection is closed.
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
        self._read_only = read_only
        self._lock = threading.RLock()
        self.damaged = self._silent = False
        self._connection = connection
        self._warn = warn
        self._on_close = on_close
        self._destination_ids: dict[str, int] = {}
        self._pending: list[Row] = []
        self._synchronous = ""
        self._unsynced = self._reported = self._closed = False
        self.safety = Safety(self)

    @property
    def complete(self) -> bool:
        return not self._reported

    # The file ledger

    @_guarded(_NO_ENTRIES, cache=True)
    def lookup(self, destination: str, keys: Sequence[str]) -> Mapping[str, LedgerEntry]:
        self._write_pending()
        destination_id = self._known_destination_id(destination)
        found: dict[str, LedgerEntry] = {}
        for start in range(0, len(keys) if destination_id is not None else 0, KEYS_A_QUERY):
            chunk = keys[start : start + KEYS_A_QUERY]
            marks = ",".join("?" * len(chunk))
            rows = self._connection.execute(f"{_SELECT_FILES} ({marks})", (destination_id, *chunk))
            found.update((row[0], ledger_entry(*row)) for row in rows)
        return found

    @_guarded(None, cache=True, changes=True)
    def record(self, destination: str, entries: Iterable[LedgerEntry]) -> None:
        destination_id = self._destination_id(destination)
        self._pending.extend(file_row(destination_id, entry) for entry in entries)
        if len(self._pending) >= ROWS_A_BATCH:
            self._write_pending()

    @_guarded(None, cache=True, changes=True)
    def forget(self, destination: str, keys: Iterable[str]) -> None:
        self._write_pending()
        destination_id = self._destination_id(destination)
        with self._transaction(durable=False) as connection:
            connection.executemany(
                "DELETE FROM files WHERE destination_id = ? AND key = ?",
                [(destination_id, key) for key in keys],
            )

    @_guarded(None, cache=True, changes=True)
    def flush(self) -> None:
        if self._pending or self._unsynced:
            self._write_pending(durable=True)

    # The listings

    @_guarded(None, cache=True)
    def listed(self, destination: str, bucket: BucketId) -> datetime | None:
        query = "SELECT listed FROM destinations WHERE name = ? AND place = ? AND account = ?"
        row = self._connection.execute(query, (destination, *bucket)).fetchone()
        return moment_or_none(row[0]) if row else None

    @_guarded(None, cache=True, changes=True)
    def set_listed(self, destination: str, bucket: BucketId, when: datetime) -> None:
        """After the rows, which it must not outlive."""
        self._write_pending()
        destination_id = self._destination_id(destination)
        with self._transaction(durable=False) as connection:
            connection.execute(
                "UPDATE destinations SET place = ?, account = ?, listed = ? WHERE id = ?",
                (*bucket, when.isoformat(), destination_id),
            )

    @_guarded(None, cache=True, changes=True)
    def forget_listings(self, destination: str) -> None:
        """Destinations that contain it or are in it: the name of one begins with the name of the other."""
        self._write_pending()
        with self._transaction(durable=True) as connection:
            connection.execute(
                "UPDATE destinations SET listed = NULL"
                " WHERE substr(name, 1, length(:name)) = :name OR substr(:name, 1, length(name)) = name",
                {"name": destination},
            )

    @_guarded(None, cache=True, changes=True)
    def forget_bucket(self, place: str) -> None:
        with self._transaction(durable=True) as connection:
            connection.execute("UPDATE destinations SET listed = NULL WHERE place = ?", (place,))

    def _write_pending(self, *, durable: bool = False) -> None:
        rows, self._pending = self._pending, []
        if rows or durable:
            with self._transaction(durable=durable) as connection:
                connection.executemany(_INSERT_FILE, rows)
                if not rows:
                    connection.execute(_TOUCH)

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
        with self._transaction(durable=False) as connection:
            connection.execute("INSERT OR IGNORE INTO destinations (name) VALUES (?)", (name,))
        return self._destination_id(name)

    # What servers keep apart

    @_guarded(None, cache=True)
    def kept_apart(self, server: str) -> frozenset[Kind] | None:
        row = self._connection.execute(_SELECT_SERVER, (server,)).fetchone()
        return frozenset(kind for kind in KINDS if kind in row[0].split()) if row else None

    @_guarded(None, cache=True, changes=True)
    def set_kept_apart(self, server: str, kinds: frozenset[Kind]) -> None:
        with self._transaction(durable=False) as connection:
            connection.execute(_INSERT_SERVER, (server, " ".join(sorted(kinds))))

    # History and days

    @_guarded(None)
    def start_run(self, run_id: str, started: datetime) -> None:
        with self._transaction(durable=True) as connection:
            insert_run(connection, run_id, started)

    @_guarded(False)
    def record_result(self, run_id: str, started: datetime, result: SyncResult) -> bool:
        if result.dry_run:
            return False
        self._commit_files()
        record = ResultRecord.of(run_id, started, result)
        with self._transaction(durable=True) as connection:
            insert_run(connection, run_id, started)
            connection.execute(_INSERT_RESULT, to_row(record))
            for day in days_to_record(result, self._first_day(result.name)):
                previous = self._days(result.name, day, day).get(day)
                merged = merge_day(previous, result, day, run_id=run_id, finished=record.finished)
                connection.execute(_INSERT_DAY, to_row(merged))
            for before in self._open_days(result):
                if after := settled(before, result, run_id=run_id, finished=record.finished):
                    connection.execute(_INSERT_DAY, to_row(after))
            for day in result.days:
                settle_day(connection, result.name, day, [key for of, key in result.not_arrived if of == day])
        return True

    @_guarded(None, cache=True, changes=True)
    def _commit_files(self) -> None:
        """On its own, because a fault of the cache must not lose a result."""
        self._write_pending()

    @_guarded(None)
    def finish_run(self, run_id: str, finished: datetime, exit_code: int) -> None:
        with self._transaction(durable=True) as connection:
            connection.execute(
                "UPDATE runs SET finished = ?, exit_code = ? WHERE run_id = ?",
                (finished.isoformat(), exit_code, run_id),
            )

    @_guarded(())
    def runs(
        self, *, name: str | None = None, run_id_prefix: str = "", limit: int | None = 20
    ) -> Sequence[RunRecord]:
        count = -1 if limit is None else max(0, limit)
        values = {"name": name, "prefix": run_id_prefix, "limit": count}
        return list(from_rows(RunRecord, self._connection.execute(_SELECT_RUNS, values)))

    @_guarded(())
    def results(self, run_id: str) -> Sequence[ResultRecord]:
        query = f"{_SELECT_RESULTS} WHERE run_id = ? ORDER BY id"
        return list(from_rows(ResultRecord, self._connection.execute(query, (run_id,))))

    @_guarded(())
    def latest_results(self, name: str) -> Sequence[ResultRecord]:
        query = f"{_SELECT_RESULTS} WHERE name = ? ORDER BY id DESC"
        return back_to_success(from_rows(ResultRecord, self._connection.execute(query, (name,))))

    @_guarded(_NO_DAYS)
    def days(self, name: str, first: date, last: date) -> Mapping[date, DayRecord]:
        return self._days(name, first, last)

    @_guarded(None)
    def first_day(self, name: str) -> date | None:
        return self._first_day(name)

    @_guarded(False)
    def has_files(self, name: str) -> bool:
        query = "SELECT 1 FROM days WHERE name = ? AND files > 0"
        return self._connection.execute(query, (name,)).fetchone() is not None

    @_guarded(HistoryExtent(0, None, None))
    def extent(self) -> HistoryExtent:
        return next(from_rows(HistoryExtent, self._connection.execute(_SELECT_EXTENT)))

    @_guarded(False)
    def accept(self, acceptance: Acceptance) -> bool:
        self.undo_acceptance(acceptance.name, acceptance.day, acceptance.accepted, acceptance.who)
        with self._transaction(durable=True) as connection:
            connection.execute(_INSERT_ACCEPTANCE, to_row(acceptance))
        return True

    @_guarded(False)
    def undo_acceptance(self, name: str, day: date, when: datetime, who: str) -> bool:
        with self._transaction(durable=True) as connection:
            found = connection.execute(_UNDO, (when.isoformat(), who, name, day.isoformat()))
        return found.rowcount > 0

    @_guarded(())
    def acceptances(self, name: str | None = None) -> Sequence[Acceptance]:
        query = f"{_SELECT_ACCEPTANCES} WHERE ?1 IS NULL OR name = ?1 ORDER BY id"
        return list(from_rows(Acceptance, self._connection.execute(query, (name,))))

    @_guarded(0)
    def prune(self, before: datetime, now: datetime) -> int:
        """Moments are compared here, not as text: their offsets differ between summer and winter."""
        rows = self._connection.execute("SELECT run_id, started FROM runs ORDER BY id").fetchall()
        runs = [(run_id, datetime.fromisoformat(started)) for run_id, started in rows]
        oldest = takewhile(lambda run: not before <= run[1] <= now, runs)
        old = [(run_id,) for run_id, started in oldest if started < before]
        if old:
            with self._transaction(durable=True) as connection:
                connection.executemany("DELETE FROM results WHERE run_id = ?", old)
                connection.executemany("DELETE FROM runs WHERE run_id = ?", old)
        return len(old)

    def _open_days(self, result: SyncResult) -> Sequence[DayRecord]:
        """The open days before those of ``result``, if it may settle them."""
        if result.settles_before is None:
            return ()
        cursor = self._connection.execute(_SELECT_OPEN_DAYS, (result.name, min(result.days).isoformat()))
        return list(from_rows(DayRecord, cursor))

    def _days(self, name: str, first: date, last: date) -> dict[date, DayRecord]:
        cursor = self._connection.execute(_SELECT_DAYS, (name, first.isoformat(), last.isoformat()))
        found = {record.day: record for record in from_rows(DayRecord, cursor)}
        return with_doubts(self._connection, name, found)

    # Other tables

    def query(self, question: Callable[[sqlite3.Connection], T], otherwise: D) -> T | D:
        """What ``question`` returns; after a fault, which is reported, ``otherwise``."""

        def answer(ledger: Ledger) -> T:
            ledger._write_pending()
            return question(ledger._connection)

        return _guarded(otherwise)(answer)(self)

    @_guarded(None, changes=True)
    def change(self, statement: str, values: Values, *, durable: bool) -> None:
        """Execute one statement in a transaction; ignored by a ledger that is only read."""
        with self._transaction(durable=durable) as connection:
            connection.execute(statement, values)

    def _first_day(self, name: str) -> date | None:
        query = "SELECT min(day) FROM days WHERE name = ?"
        (first_day,) = self._connection.execute(query, (name,)).fetchone()
        return date.fromisoformat(first_day) if first_day else None

    # All three

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

    def _report(self, error: Exception, *, silence: bool) -> None:
        """Warn of the first fault. With ``silence`` the cache answers nothing any more."""
        self.damaged = self.damaged or is_corruption(error)
        if silence:
            self._silent = True
            self._pending = []
        if not self._reported:
            self._reported = True
            after = "showing what is known without it" if self._read_only else "the run continues without it"
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
        self._unsynced = not durable


def is_corruption(error: Exception) -> bool:
    """Whether the file itself is damaged (as against locked, full or read-only)."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return isinstance(error, DamagedLedgerError) or code in _CORRUPT_CODES
