"""Opening the ledger, also where its file is damaged, locked, newer, or another program's."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from mochok.errors import StateError
from mochok.state.atomic import aside_name
from mochok.state.contract import OpenLedger
from mochok.state.database import DamagedLedgerError, is_corruption
from mochok.state.links import real_path
from mochok.state.memory import MemoryLedger
from mochok.state.migrations import (
    ForeignFileError,
    NewerSchemaError,
    mark_as_ledger,
    migrate,
    refuse_foreign,
    show_as_migrated,
)
from mochok.state.sqlite_ledger import Ledger

BUSY_SECONDS = 5.0
MAX_CHECKED_BYTES = 64 * 1024 * 1024


def open_ledger(
    path: str | os.PathLike[str], *, warn: Callable[[str], None], busy_seconds: float = BUSY_SECONDS
) -> OpenLedger:
    """The ledger at ``path``, created if missing (mode 0600); it waits ``busy_seconds`` for others' locks.

    Never raises. A damaged file, or one that a newer Mochok wrote, is set aside under a new name with
    its ``-wal`` and ``-shm`` and a fresh one created; one that is locked, cannot be written, or is another
    program's database gives a ledger in memory. Either is reported to ``warn``.
    """
    try:
        real = real_path(path)
    except StateError as error:
        return _in_memory(Path(path), f"cannot be used ({error.message})", warn)
    for _ in range(2):
        try:
            return _open(real, warn, busy_seconds)
        except NewerSchemaError:
            reason = "was written by a newer version of Mochok"
        except ForeignFileError:
            return _in_memory(real, "is another program's database", warn)
        except (sqlite3.Error, OSError, ValueError) as error:
            if not is_corruption(error):
                reason = getattr(error, "strerror", None) or str(error)
                return _in_memory(real, f"cannot be used ({reason})", warn)
            reason = "is damaged"
        if not _set_aside(real, reason, warn):
            break
    return _in_memory(real, "cannot be replaced", warn)


def read_ledger(path: str | os.PathLike[str], *, warn: Callable[[str], None]) -> OpenLedger:
    """The ledger at ``path``, read-only; empty if it does not exist. Never raises."""
    real = Path(os.path.realpath(path))
    try:
        os.close(os.open(real, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)))
    except FileNotFoundError:
        return MemoryLedger()
    except OSError as error:
        warn(f"the ledger {real} cannot be read ({error.strerror}); showing what is known without it")
        return MemoryLedger()
    try:
        return Ledger(_connect_to_read(real), real, warn=warn, read_only=True)
    except ForeignFileError:
        reason = "is another program's database"
    except (sqlite3.Error, ValueError) as error:
        reason = f"cannot be read ({error})"
    warn(f"the ledger {real} {reason}; showing what is known without it")
    return MemoryLedger(remembers=False)


def _open(path: Path, warn: Callable[[str], None], busy_seconds: float) -> Ledger:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NONBLOCK", 0), 0o600))
    connection = sqlite3.connect(path, timeout=busy_seconds, isolation_level=None, check_same_thread=False)
    try:
        refuse_foreign(connection)
        mark_as_ledger(connection)
        connection.execute("PRAGMA journal_mode = WAL")
        _refuse_damaged(connection, path)
        migrate(connection)
        connection.execute("BEGIN IMMEDIATE")  # fails now if it cannot be written
        connection.execute("ROLLBACK")
    except BaseException:
        connection.close()
        raise

    def set_aside_if(damaged: bool) -> None:
        if damaged:
            _set_aside(path, "is damaged", warn)

    return Ledger(connection, path, warn=warn, on_close=set_aside_if)


def _refuse_damaged(connection: sqlite3.Connection, path: Path) -> None:
    """10 ms for 100,000 files; larger ledgers are not checked until a query fails."""
    if path.stat().st_size <= MAX_CHECKED_BYTES:
        (answer,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        if answer != "ok":
            raise DamagedLedgerError(answer)


def _connect_to_read(path: Path) -> sqlite3.Connection:
    """Read-only. Where the folder cannot be written either, SQLite reads a WAL file only as immutable."""
    for options in ("mode=ro", "mode=ro&immutable=1"):
        connection = sqlite3.connect(
            f"{path.as_uri()}?{options}",
            uri=True,
            timeout=BUSY_SECONDS,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            refuse_foreign(connection)
            connection.execute("SELECT count(*) FROM runs, days WHERE false").fetchone()
            show_as_migrated(connection)
        except ForeignFileError:
            connection.close()
            raise
        except sqlite3.DatabaseError as error:
            connection.close()
            failure = error
        else:
            return connection
    raise failure


def _set_aside(path: Path, reason: str, warn: Callable[[str], None]) -> bool:
    """Rename the file with its companions, so that SQLite's tools can still open them together."""
    target = aside_name(path, "corrupt" if reason == "is damaged" else "newer")
    try:
        for suffix in ("-wal", "-shm", ""):
            with suppress(FileNotFoundError):
                os.replace(f"{path}{suffix}", f"{target}{suffix}")
    except OSError as error:
        warn(f"the ledger {path} {reason} and cannot be set aside: {error.strerror or error}")
        return False
    warn(f"the ledger {path} {reason}; set aside as {target.name}, history starts again")
    return True


def _in_memory(path: Path, reason: str, warn: Callable[[str], None]) -> MemoryLedger:
    warn(f"the ledger {path} {reason}; this run is not recorded in the history")
    return MemoryLedger(warn, remembers=False)
