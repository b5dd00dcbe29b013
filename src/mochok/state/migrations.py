"""The ledger's schema: named steps, each in one transaction together with the record that it ran.

A step, once released, never changes; a new need is a new step at the end of the list.
"""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime

APPLICATION_ID = 0x4D6F636B  # "Mock": marks the file as Mochok's, see PRAGMA application_id

_HISTORY = (
    """CREATE TABLE runs (
        id INTEGER PRIMARY KEY,
        run_id TEXT NOT NULL UNIQUE,
        started TEXT NOT NULL,
        finished TEXT,
        exit_code INTEGER
    )""",
    """CREATE TABLE results (
        id INTEGER PRIMARY KEY,
        run_id TEXT NOT NULL,
        name TEXT NOT NULL,
        target_date TEXT NOT NULL,
        status TEXT NOT NULL,
        day_state TEXT NOT NULL,
        message TEXT NOT NULL,
        started TEXT NOT NULL,
        duration_seconds REAL NOT NULL,
        local_path TEXT NOT NULL,
        s3_path TEXT NOT NULL,
        files_seen INTEGER NOT NULL,
        files_sent INTEGER NOT NULL,
        bytes_sent INTEGER NOT NULL,
        deleted INTEGER NOT NULL,
        failed INTEGER NOT NULL,
        left_out INTEGER NOT NULL,
        failures TEXT NOT NULL
    )""",
    "CREATE INDEX results_by_run ON results (run_id)",
    "CREATE INDEX results_by_name ON results (name, run_id)",
    """CREATE TABLE days (
        name TEXT NOT NULL,
        day TEXT NOT NULL,
        state TEXT NOT NULL,
        files INTEGER NOT NULL,
        bytes INTEGER NOT NULL,
        late_files INTEGER NOT NULL,
        first_complete TEXT,
        last_run_id TEXT NOT NULL,
        last_seen TEXT NOT NULL,
        message TEXT NOT NULL,
        PRIMARY KEY (name, day)
    ) WITHOUT ROWID""",
)

# mtime_ns has no declared type: times after the year 2262 do not fit 64 bits and are kept as text.
_FILES = (
    "CREATE TABLE destinations (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, listed TEXT)",
    """CREATE TABLE files (
        destination_id INTEGER NOT NULL,
        key TEXT NOT NULL,
        size_bytes INTEGER NOT NULL,
        mtime_ns NOT NULL,
        etag TEXT NOT NULL,
        PRIMARY KEY (destination_id, key)
    ) WITHOUT ROWID""",
)

# An index ends with the row's id, so the latest results of a name are read from its end without sorting.
_WARNINGS = (
    "ALTER TABLE results ADD COLUMN warnings INTEGER NOT NULL DEFAULT 0",
    "DROP INDEX results_by_name",
    "CREATE INDEX results_by_name ON results (name)",
)

# What must not be deleted or taken for success by mistake; the columns are the fields in records/deletes.py.
_SAFETY = (
    """CREATE TABLE baselines (
        name TEXT NOT NULL,
        destination TEXT NOT NULL,
        objects INTEGER NOT NULL,
        folders TEXT NOT NULL,
        mount TEXT NOT NULL,
        mounts TEXT NOT NULL,
        PRIMARY KEY (destination, name)
    ) WITHOUT ROWID""",
    """CREATE TABLE refusals (
        name TEXT NOT NULL,
        destination TEXT NOT NULL PRIMARY KEY,
        target_date TEXT NOT NULL,
        s3_path TEXT NOT NULL,
        since TEXT NOT NULL,
        deletes INTEGER NOT NULL,
        objects INTEGER NOT NULL,
        reason TEXT NOT NULL,
        keys TEXT NOT NULL,
        folders TEXT NOT NULL,
        accepted TEXT
    )""",
    "CREATE INDEX refusals_by_name ON refusals (name)",
    """CREATE TABLE sources (
        name TEXT NOT NULL,
        path TEXT NOT NULL,
        files INTEGER NOT NULL,
        mount TEXT NOT NULL,
        PRIMARY KEY (name, path)
    ) WITHOUT ROWID""",
    """CREATE TABLE unfinished_days (
        name TEXT NOT NULL,
        day TEXT NOT NULL,
        run_id TEXT NOT NULL,
        PRIMARY KEY (name, day)
    ) WITHOUT ROWID""",
    """CREATE TABLE failed_files (
        name TEXT NOT NULL,
        day TEXT NOT NULL,
        key TEXT NOT NULL,
        PRIMARY KEY (name, day, key)
    ) WITHOUT ROWID""",
)
# ctime_ns NULL: recorded by a version that did not look at it.
_CHANGE_TIMES = ("ALTER TABLE files ADD COLUMN ctime_ns",)

# What the listing was taken of; NULL, as in older rows, is no bucket.
_LISTED_BUCKETS = (
    "ALTER TABLE destinations ADD COLUMN place TEXT",
    "ALTER TABLE destinations ADD COLUMN account TEXT",
)

_SERVERS = (
    """CREATE TABLE servers (
        name TEXT PRIMARY KEY,
        kept_apart TEXT NOT NULL,
        asked TEXT NOT NULL
    ) WITHOUT ROWID""",
)
_ACCEPTED = (
    "ALTER TABLE results ADD COLUMN expected INTEGER NOT NULL DEFAULT 1",
    """CREATE TABLE acceptances (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL,
        day TEXT NOT NULL,
        reason TEXT NOT NULL,
        who TEXT NOT NULL,
        accepted TEXT NOT NULL,
        undone TEXT,
        undone_by TEXT NOT NULL
    )""",
)

# Where the last result of a day uploaded it to: rows of versions before 0009 have no destination.
_RESULTS_OF_DAY = "FROM results WHERE run_id = days.last_run_id AND name = days.name AND s3_path <> ''"
_S3_PATH = (
    f"coalesce((SELECT s3_path {_RESULTS_OF_DAY} AND target_date >= days.day ORDER BY target_date LIMIT 1),"
    f" (SELECT s3_path {_RESULTS_OF_DAY} ORDER BY id DESC LIMIT 1), '')"
)
_FOUND = "(state <> 'missing' OR files > 0)"
_DESTINATIONS_OF_DAYS = (
    "ALTER TABLE days RENAME TO old_days",
    """CREATE TABLE days (
        name TEXT NOT NULL,
        destination TEXT NOT NULL,
        day TEXT NOT NULL,
        state TEXT NOT NULL,
        files INTEGER NOT NULL,
        bytes INTEGER NOT NULL,
        late_files INTEGER NOT NULL,
        first_complete TEXT,
        last_run_id TEXT NOT NULL,
        last_seen TEXT NOT NULL,
        message TEXT NOT NULL,
        s3_path TEXT NOT NULL,
        found INTEGER NOT NULL,
        verified TEXT,
        PRIMARY KEY (name, destination, day)
    ) WITHOUT ROWID""",
    " ".join(
        (
            "INSERT INTO days SELECT name, '', day, state, files, bytes, late_files, first_complete,",
            f"last_run_id, last_seen, message, {_S3_PATH}, {_FOUND}, NULL FROM old_days AS days",
        )
    ),
    "DROP TABLE old_days",
    "ALTER TABLE unfinished_days RENAME TO old_days",
    """CREATE TABLE unfinished_days (
        name TEXT NOT NULL,
        destination TEXT NOT NULL,
        day TEXT NOT NULL,
        run_id TEXT NOT NULL,
        PRIMARY KEY (name, destination, day)
    ) WITHOUT ROWID""",
    "INSERT INTO unfinished_days SELECT name, '', day, run_id FROM old_days",
    "DROP TABLE old_days",
    "ALTER TABLE failed_files RENAME TO old_days",
    """CREATE TABLE failed_files (
        name TEXT NOT NULL,
        destination TEXT NOT NULL,
        day TEXT NOT NULL,
        key TEXT NOT NULL,
        PRIMARY KEY (name, destination, day, key)
    ) WITHOUT ROWID""",
    "INSERT INTO failed_files SELECT name, '', day, key FROM old_days",
    "DROP TABLE old_days",
)

# Until then such a day was partial, and only the message had the reason.
_WAS_OPEN = (
    "state = 'partial'"
    " AND (message LIKE '%; the day is not over' OR message LIKE '%; more files may come until %')"
)
_OPEN_DAYS = (" ".join(("UPDATE days SET state = 'open' WHERE", _WAS_OPEN)),)
_OPEN_STATE = f"CASE WHEN {_WAS_OPEN} THEN 'open' ELSE state END AS state"

Migration = tuple[str, tuple[str, ...]]
"""A name that is never used again, and statements."""

MIGRATIONS: tuple[Migration, ...] = (
    ("0001 history of runs, results and days", _HISTORY),
    ("0002 files by destination", _FILES),
    ("0003 warnings of results", _WARNINGS),
    ("0004 safety of deletions, sources and days", _SAFETY),
    ("0005 change times of files", _CHANGE_TIMES),
    ("0006 buckets of listings", _LISTED_BUCKETS),
    ("0007 what servers keep apart", _SERVERS),
    ("0008 accepted gaps, and results on days that are not expected", _ACCEPTED),
    ("0009 days by destination", _DESTINATIONS_OF_DAYS),
    ("0010 open days", _OPEN_DAYS),
)

_ADDED_COLUMNS = {
    "results": ("0 AS warnings", "1 AS expected"),
    "files": ("NULL AS ctime_ns",),
    "destinations": ("NULL AS place", "NULL AS account"),
    "days": ("'' AS destination", f"{_S3_PATH} AS s3_path", f"{_FOUND} AS found", "NULL AS verified"),
    "unfinished_days": ("'' AS destination",),
    "failed_files": ("'' AS destination",),
}
"""What later steps added to the tables of older files, with what older rows have there."""


class ForeignFileError(Exception):
    """The file is another program's database."""


class NewerSchemaError(Exception):
    """A newer Mochok has migrated the file in a way that this one does not know."""


def migrate(connection: sqlite3.Connection, migrations: tuple[Migration, ...] = MIGRATIONS) -> None:
    """Bring the schema up to date. ``connection`` is in autocommit mode.

    Raises NewerSchemaError or sqlite3.Error; only whole steps have then been applied.
    """
    connection.execute("CREATE TABLE IF NOT EXISTS migrations (name TEXT PRIMARY KEY, applied TEXT NOT NULL)")
    applied = {name for (name,) in connection.execute("SELECT name FROM migrations")}
    if applied - {name for name, _ in migrations}:
        raise NewerSchemaError
    for name, statements in migrations:
        if name not in applied:
            _apply(connection, name, statements)


def show_as_migrated(connection: sqlite3.Connection) -> None:
    """Let a connection that only reads see an older file in its present form; nothing on disk changes."""
    connection.execute("PRAGMA temp_store = MEMORY")
    for table, added in _ADDED_COLUMNS.items():
        rows = connection.execute("SELECT name FROM pragma_table_info(?)", (table,))
        present = {name: f"{table}.{name}" for (name,) in rows}
        missing = {name: column for column in added if (name := column.split()[-1]) not in present}
        if "state" in present and not _knows_open_days(connection):
            missing["state"] = _OPEN_STATE
        if present and missing:
            columns = ", ".join((present | missing).values())
            connection.execute(
                " ".join(("CREATE TEMP VIEW", table, "AS SELECT", columns, f"FROM main.{table}"))
            )
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
    created = {
        statement.split()[2]: statement
        for _name, statements in MIGRATIONS
        for statement in statements
        if statement.startswith("CREATE TABLE")
    }
    for table in created.keys() - tables:
        connection.execute(created[table].replace("CREATE TABLE", "CREATE TEMP TABLE"))


def _knows_open_days(connection: sqlite3.Connection) -> bool:
    query = "SELECT 1 FROM migrations WHERE name = '0010 open days'"
    return connection.execute(query).fetchone() is not None


def refuse_foreign(connection: sqlite3.Connection) -> None:
    """Raise ForeignFileError unless the file is a ledger, or empty. Only reads."""
    application_id = _application_id(connection)
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if application_id != APPLICATION_ID and (application_id != 0 or tables != 0):
        raise ForeignFileError


def mark_as_ledger(connection: sqlite3.Connection) -> None:
    """Mark an empty file as a ledger."""
    if _application_id(connection) != APPLICATION_ID:
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")


def _application_id(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA application_id").fetchone()[0])


def _apply(connection: sqlite3.Connection, name: str, statements: tuple[str, ...]) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        for statement in statements:
            connection.execute(statement)
        applied = datetime.now(UTC).isoformat(timespec="seconds")
        connection.execute("INSERT INTO migrations (name, applied) VALUES (?, ?)", (name, applied))
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
