"""The ledger's SQLite connection, shared by threads behind a lock: transactions, and a report of faults."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import wraps
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")
D = TypeVar("D")
S = TypeVar("S", bound="Database")

Values = Sequence[str | int | None] | Mapping[str, Any]
# Text that does not encode and numbers that do not fit are ValueError and OverflowError.
FAULTS = (sqlite3.Error, ValueError, OverflowError)
_CORRUPT_CODES = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


class DamagedLedgerError(sqlite3.DatabaseError):
    """``quick_check`` found damage."""


def guarded(
    otherwise: D, *, cache: bool = False, changes: bool = False
) -> Callable[[Callable[Concatenate[S, P], T]], Callable[Concatenate[S, P], T | D]]:
    """Run a method under the database's lock; a fault is reported once and gives ``otherwise``.

    A ``cache`` is not used after its first fault: each further call might wait for a lock. ``changes`` to it
    are ignored by a ledger that is only read, as a dry run does.
    """

    def decorate(method: Callable[Concatenate[S, P], T]) -> Callable[Concatenate[S, P], T | D]:
        @wraps(method)
        def run(self: S, /, *args: P.args, **kwargs: P.kwargs) -> T | D:
            with self.lock:
                if (cache and self.silent) or (changes and self.read_only):
                    return otherwise
                try:
                    return method(self, *args, **kwargs)
                except FAULTS as error:
                    self.report(error, silence=cache)
                    return otherwise

        return run

    return decorate


class Database:
    """One open connection. A fault is not raised: the first goes to ``warn``.

    With ``read_only`` changes are ignored. ``damaged``: whether SQLite found the file corrupt; ``on_close``
    is called with it once the connection is closed. ``silent``: the cache of files failed and is not used.
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
        self.read_only = read_only
        self.lock = threading.RLock()
        self.damaged = self.silent = False
        self.connection = connection
        self._warn = warn
        self._on_close = on_close
        self._synchronous = ""
        self.unsynced = self._reported = self._closed = False

    @property
    def complete(self) -> bool:
        """Whether there was no fault so far."""
        return not self._reported

    @guarded(None, changes=True)
    def change(self, statement: str, values: Values, *, durable: bool) -> None:
        """Execute one statement in a transaction; ignored by a ledger that is only read."""
        with self.transaction(durable=durable) as connection:
            connection.execute(statement, values)

    @guarded(False)
    def change_all(self, statements: Sequence[tuple[str, Values]]) -> bool:
        """Execute statements in one durable transaction; whether that succeeded."""
        with self.transaction(durable=True) as connection:
            for statement, values in statements:
                connection.execute(statement, values)
        return self.complete

    def query(self, question: Callable[[sqlite3.Connection], T], otherwise: D) -> T | D:
        """What ``question`` returns; after a fault, which is reported, ``otherwise``."""

        def answer(database: Database) -> T:
            database.prepare()
            return question(database.connection)

        return guarded(otherwise)(answer)(self)

    def prepare(self) -> None:
        """Write what a question must find."""

    @contextmanager
    def transaction(self, *, durable: bool) -> Iterator[sqlite3.Connection]:
        """One transaction; ``durable``: it is on the disk when it ends."""
        level = "FULL" if durable else "NORMAL"
        if level != self._synchronous:
            self.connection.execute(f"PRAGMA synchronous = {level}")
            self._synchronous = level
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            yield self.connection
            self.connection.execute("COMMIT")
        except BaseException:
            if self.connection.in_transaction:
                self.connection.execute("ROLLBACK")
            raise
        self.unsynced = not durable

    def report(self, error: Exception, *, silence: bool) -> None:
        """Warn of the first fault. With ``silence`` the cache answers nothing any more."""
        self.damaged = self.damaged or is_corruption(error)
        self.silent = self.silent or silence
        if not self._reported:
            self._reported = True
            after = "showing what is known without it" if self.read_only else "the run continues without it"
            self._warn(f"the ledger {self.path} failed ({error}); {after}")

    def flush(self) -> None:
        """Make everything durable that was recorded."""

    def close(self) -> None:
        """Commit and close; a file that SQLite found damaged is reported to ``on_close``."""
        with self.lock:
            if self._closed:
                return
            self.flush()
            self._closed = True
            with suppress(sqlite3.Error):
                self.connection.close()
            self._on_close(self.damaged)


def is_corruption(error: Exception) -> bool:
    """Whether the file itself is damaged (as against locked, full or read-only)."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return isinstance(error, DamagedLedgerError) or code in _CORRUPT_CODES
