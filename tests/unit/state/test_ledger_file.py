"""The ledger's file: whatever has become of it, the run goes on and says what happened."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from mochok.model import BucketId, Identity, LedgerEntry
from mochok.state.ledger import open_ledger, read_ledger
from mochok.state.memory import MemoryLedger
from mochok.state.migrations import MIGRATIONS, NewerSchemaError, mark_as_ledger, migrate
from mochok.state.sqlite_ledger import Ledger
from tests.unit.state.builders import DAY, END, START, make_result

HERE = "aws bucket a/"
BUCKET = BucketId("https://s3 bucket", "account")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "mochok.db"


def entry(key: str) -> LedgerEntry:
    return LedgerEntry(key, 1, 2, '"e"')


def filled(path: Path, warnings: list[str], files: int = 3) -> None:
    ledger = open_ledger(path, warn=warnings.append)
    ledger.record(HERE, [entry(f"{number:05d}") for number in range(files)])
    ledger.start_run("run", START)
    ledger.record_result("run", START, make_result())
    ledger.finish_run("run", END, 0)
    ledger.close()


def test_everything_is_there_again_after_reopening(path: Path) -> None:
    warnings: list[str] = []
    filled(path, warnings)
    ledger = open_ledger(path, warn=warnings.append)
    ledger.set_listed(HERE, BUCKET, START)
    ledger.close()
    ledger = open_ledger(path, warn=warnings.append)
    assert list(ledger.lookup(HERE, ["00000", "00002", "x"])) == ["00000", "00002"]
    assert ledger.listed(HERE, BUCKET) == START
    assert [run.exit_code for run in ledger.runs()] == [0]
    assert DAY in ledger.days(Identity("Documents"), DAY, DAY)
    ledger.close()
    assert warnings == []
    assert os.listdir(path.parent) == ["mochok.db"]


@pytest.mark.skipif(os.name != "posix", reason="modes exist on POSIX only")
def test_the_file_is_private(path: Path) -> None:
    filled(path, [])
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("content", [b"no database at all " * 100, b"SQLite format 3\0" + b"\0" * 4080])
def test_a_file_that_is_no_database_is_set_aside_and_replaced(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    warnings: list[str] = []
    filled(path, warnings)
    (aside,) = path.parent.glob("mochok.db.corrupt-*")
    assert aside.read_bytes() == content
    (warning,) = warnings
    assert "damaged" in warning
    assert aside.name in warning
    with closing(read_ledger(path, warn=warnings.append)) as replaced:
        assert [run.run_id for run in replaced.runs()] == ["run"]


@pytest.mark.parametrize("page", range(1, 12))
def test_a_ledger_with_overwritten_pages_never_stops_a_run(path: Path, page: int) -> None:
    filled(path, [], files=2000)
    damaged = bytearray(path.read_bytes())
    damaged[page * 4096 : page * 4096 + 4096] = os.urandom(4096)
    path.write_bytes(damaged)
    warnings: list[str] = []
    filled(path, warnings)
    assert len(warnings) == 1
    assert "damaged" in warnings[0]
    assert len(list(path.parent.glob("mochok.db.corrupt-*"))) == 1


def test_damage_found_while_running_is_told_once_and_the_file_set_aside_at_the_end(path: Path) -> None:
    keys = [f"{number:0200d}" for number in range(20_000)]  # more than SQLite keeps in memory
    warnings: list[str] = []
    ledger = open_ledger(path, warn=warnings.append)
    ledger.record(HERE, map(entry, keys))
    ledger.close()
    ledger = open_ledger(path, warn=warnings.append)
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(os.urandom(path.stat().st_size - 4096))
    for _ in range(3):
        ledger.lookup(HERE, keys)
        ledger.record(HERE, map(entry, keys))
        ledger.record_result("run2", START, make_result())
        ledger.flush()
    ledger.close()
    assert len(warnings) == 2
    assert "the run continues without it" in warnings[0]
    assert "set aside" in warnings[1]
    assert not path.exists()


def test_a_ledger_of_a_newer_mochok_is_set_aside_whole(path: Path) -> None:
    filled(path, [])
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("INSERT INTO migrations VALUES ('9999 from the future', '2099-01-01')")
    warnings: list[str] = []
    filled(path, warnings)
    (aside,) = path.parent.glob("mochok.db.newer-*")
    assert "newer version" in warnings[0]
    with closing(sqlite3.connect(aside)) as connection:
        assert connection.execute("SELECT count(*) FROM files").fetchone() == (3,)


def test_another_program_s_database_is_left_alone(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE customers (name TEXT)")
    before = path.read_bytes()
    warnings: list[str] = []
    ledger = open_ledger(path, warn=warnings.append)
    assert isinstance(ledger, MemoryLedger)
    assert "another program" in warnings[0]
    assert read_ledger(path, warn=warnings.append).runs() == []
    assert "is another program's database" in warnings[1]
    assert path.read_bytes() == before


def test_a_locked_ledger_gives_one_in_memory(path: Path) -> None:
    filled(path, [])
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        warnings: list[str] = []
        ledger = open_ledger(path, warn=warnings.append, busy_seconds=0.01)
        assert isinstance(ledger, MemoryLedger)
        ledger.record(HERE, [entry("a")])
        assert list(ledger.lookup(HERE, ["a"])) == ["a"]
        other.execute("ROLLBACK")
    (warning,) = warnings
    assert "locked" in warning
    assert list(path.parent.glob("*corrupt*")) == []


def test_a_ledger_locked_while_running_costs_one_warning_and_never_an_upload(path: Path) -> None:
    warnings: list[str] = []
    ledger = open_ledger(path, warn=warnings.append, busy_seconds=0.01)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        ledger.record(HERE, [entry("a")])
        ledger.flush()
        ledger.flush()
        ledger.record_result("run", START, make_result())
        other.execute("ROLLBACK")
    assert dict(ledger.lookup(HERE, ["a"])) == {}
    ledger.record_result("run", START, make_result())
    assert len(ledger.results("run")) == 1
    ledger.close()
    assert len(warnings) == 1
    assert path.exists()


def test_a_folder_or_a_file_in_the_way_gives_a_ledger_in_memory(path: Path) -> None:
    path.mkdir()
    (path.parent / "file").touch()
    for place in (path, path.parent / "file" / "mochok.db"):
        warnings: list[str] = []
        assert isinstance(open_ledger(place, warn=warnings.append), MemoryLedger)
        assert len(warnings) == 1
        assert str(place) in warnings[0]


def test_the_ledger_s_folder_is_made(tmp_path: Path) -> None:
    warnings: list[str] = []
    filled(tmp_path / "a" / "b" / "mochok.db", warnings)
    assert warnings == []


def test_looking_at_the_ledger_changes_nothing(path: Path) -> None:
    warnings: list[str] = []
    assert read_ledger(path, warn=warnings.append).runs() == []
    assert os.listdir(path.parent) == []
    filled(path, warnings)
    before = path.read_bytes()
    ledger = read_ledger(path, warn=warnings.append)
    assert [run.run_id for run in ledger.runs()] == ["run"]
    assert list(ledger.lookup(HERE, ["00001"])) == ["00001"]
    assert dict(ledger.lookup("never seen", ["00001"])) == {}
    ledger.record(HERE, [entry("new")])
    ledger.forget(HERE, ["00001"])
    ledger.set_listed(HERE, BUCKET, START)
    ledger.flush()
    assert list(ledger.lookup(HERE, ["00001", "new"])) == ["00001"]
    ledger.close()
    assert path.read_bytes() == before
    assert warnings == []


def test_looking_at_a_damaged_ledger_says_so_and_leaves_it(path: Path) -> None:
    path.write_bytes(b"x" * 5000)
    warnings: list[str] = []
    assert read_ledger(path, warn=warnings.append).runs() == []
    assert len(warnings) == 1
    assert path.read_bytes() == b"x" * 5000


def test_a_ledger_can_be_read_while_a_run_writes_it(path: Path) -> None:
    warnings: list[str] = []
    writer = open_ledger(path, warn=warnings.append)
    writer.start_run("run", START)
    reader = read_ledger(path, warn=warnings.append)
    assert [run.finished for run in reader.runs()] == [None]
    writer.finish_run("run", END, 0)
    assert [run.finished for run in reader.runs()] == [END]
    reader.close()
    writer.close()
    assert warnings == []


def test_a_result_is_durable_only_once_it_is_in_the_file(path: Path) -> None:
    ledger = open_ledger(path, warn=lambda _message: None, busy_seconds=0.01)
    assert ledger.record_result("run", START, make_result())
    assert not ledger.record_result("run", START, make_result(dry_run=True))
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert not ledger.record_result("run", START, make_result())
        other.execute("ROLLBACK")
    ledger.close()
    assert not MemoryLedger().record_result("run", START, make_result())


def test_a_fault_of_the_files_does_not_take_a_result_along(path: Path) -> None:
    warnings: list[str] = []
    ledger = open_ledger(path, warn=warnings.append)
    ledger.record(HERE, [LedgerEntry("a", 2**64, 2, "e")])
    assert ledger.record_result("run", START, make_result())
    ledger.close()
    (warning,) = warnings
    assert "too large" in warning


def test_a_flush_waits_for_the_disk_only_if_something_is_not_there_yet(path: Path) -> None:
    """Each commit appends to the write-ahead log; what it then has is on the disk in its order."""
    warnings: list[str] = []
    ledger = open_ledger(path, warn=warnings.append, busy_seconds=0.01)
    log = Path(f"{path}-wal")
    ledger.record(HERE, [entry("a")])
    ledger.flush()
    ledger.forget(HERE, ["a"])
    sizes = [log.stat().st_size]
    ledger.flush()
    sizes.append(log.stat().st_size)
    assert sizes[1] > sizes[0], "what was forgotten waits for a commit that reaches the disk"
    ledger.set_listed(HERE, BUCKET, START)
    assert ledger.record_result("run", START, make_result())
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        ledger.flush()  # a transaction would now fail and be reported
        other.execute("ROLLBACK")
    ledger.close()
    assert warnings == []


def test_a_ledger_of_an_older_mochok_is_read_as_it_is_and_brought_up_to_date_by_a_run(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        mark_as_ledger(connection)
        migrate(connection, MIGRATIONS[:2])
        connection.execute("INSERT INTO runs (run_id, started) VALUES ('old', '2025-01-15T02:30:00-03:00')")
        connection.execute(
            """INSERT INTO results VALUES (NULL, 'old', 'Documents', '2025-01-14', 'Success', 'complete', '',
            '2025-01-15T02:30:00-03:00', 1.0, '', '', 1, 2, 3, 0, 0, 0, '[]')"""
        )
        connection.execute("INSERT INTO destinations VALUES (1, ?, ?)", (HERE, START.isoformat()))
    before, warnings = path.read_bytes(), list[str]()
    with closing(read_ledger(path, warn=warnings.append)) as ledger:
        assert [(one.files_sent, one.warnings, one.expected) for one in ledger.results("old")] == [
            (2, 0, True)
        ]
        assert ledger.acceptances() == []
        assert [run.results for run in ledger.runs(name="Documents")] == [1]
        assert ledger.safety.refusals() == []
        assert dict(ledger.days(Identity("Documents"), DAY, DAY)) == {}
        assert ledger.listed(HERE, BUCKET) is None, "of which bucket, nobody knows"
        assert ledger.kept_apart("host/bucket") is None
    assert path.read_bytes() == before
    with closing(open_ledger(path, warn=warnings.append)) as ledger:
        ledger.record_result("new", START, make_result(warnings=("w",)))
        assert [one.warnings for one in ledger.latest_results("Documents")] == [1]
        assert len(ledger.runs()) == 2
        assert ledger.listed(HERE, BUCKET) is None
    assert warnings == []


@pytest.mark.parametrize(
    ("message", "state"),
    [
        ("1 uploaded, 0 up to date; the day is not over", "open"),
        ("1 uploaded, 0 up to date; more files may come until 2026-11-30", "open"),
        ("1 uploaded, 0 up to date, 1 skipped (unreadable)", "partial"),
    ],
)
def test_a_partial_day_that_was_not_over_becomes_open(path: Path, message: str, state: str) -> None:
    earlier = tuple(one for one in MIGRATIONS if one[0] < "0009")
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        mark_as_ledger(connection)
        migrate(connection, earlier)
        values = ("Daily", "2026-11-25", "partial", "run", "2026-11-26T02:00:00+00:00", message)
        connection.execute(
            """INSERT INTO days (name, day, state, files, bytes, late_files, last_run_id, last_seen, message)
            VALUES (?, ?, ?, 1, 1, 0, ?, ?, ?)""",
            values,
        )
    with closing(read_ledger(path, warn=pytest.fail)) as ledger:
        known = ledger.days(Identity("Daily"), date(2026, 11, 25), date(2026, 11, 25))
        assert [record.state for record in known.values()] == [state]
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        migrate(connection)
        assert connection.execute("SELECT state FROM days").fetchall() == [(state,)]


@pytest.mark.parametrize("days", [-31, 3650])
def test_what_a_server_keeps_apart_is_found_out_again(path: Path, days: int) -> None:
    """After 30 days, or if a clock that was ahead recorded it."""
    with closing(open_ledger(path, warn=print)) as ledger:
        ledger.set_kept_apart("host/bucket", frozenset({"plus"}))
        assert ledger.kept_apart("host/bucket") == frozenset({"plus"})
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("UPDATE servers SET asked = datetime('now', ?)", (f"{days} days",))
    with closing(read_ledger(path, warn=print)) as ledger:
        assert ledger.kept_apart("host/bucket") is None


def test_migrations_run_once_and_in_order(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        migrate(connection)
        migrate(connection)
        names = [name for (name,) in connection.execute("SELECT name FROM migrations ORDER BY rowid")]
        assert names == [name for name, _ in MIGRATIONS]
        assert names == sorted(names)
        connection.execute("INSERT INTO migrations VALUES ('later', '')")
        with pytest.raises(NewerSchemaError):
            migrate(connection)


def test_a_migration_that_fails_leaves_nothing_of_itself(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("CREATE TABLE days (in_the_way TEXT)")
        with pytest.raises(sqlite3.OperationalError):
            migrate(connection)
        tables = {
            name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        }
        assert tables == {"migrations", "days"}


RECORDER = """
import sys
from mochok.model import LedgerEntry
from mochok.state.ledger import open_ledger
from tests.unit.state.builders import START, make_result
ledger = open_ledger(sys.argv[1], warn=lambda text: sys.exit(text))
number = 0
while True:
    number += 1
    ledger.record("d", [LedgerEntry(f"{number}-{index}", 1, 2, "e") for index in range(50)])
    ledger.flush()
    ledger.record_result(f"run {number}", START, make_result())
    print(number, flush=True)
"""


def test_a_killed_run_loses_nothing_that_was_flushed(path: Path) -> None:
    flushed = 0
    for turn in range(4):
        with subprocess.Popen(
            [sys.executable, "-c", RECORDER, str(path)],
            cwd=Path(__file__).parents[3],
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdout is not None
            for _ in range(5 + 7 * turn):
                last = int(process.stdout.readline())
            process.kill()
        flushed = max(flushed, last)
        warnings: list[str] = []
        ledger = open_ledger(path, warn=warnings.append)
        assert isinstance(ledger, Ledger)
        assert len(ledger.lookup("d", [f"{flushed}-{index}" for index in range(50)])) == 50
        assert len(ledger.results(f"run {flushed}")) >= 1
        ledger.close()
        assert warnings == []


def test_days_of_an_older_ledger_get_the_path_to_which_they_were_uploaded(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        mark_as_ledger(connection)
        migrate(connection, MIGRATIONS[:8])
        days = {"2025-01-13": "complete", "2025-01-14": "complete", "2025-01-15": "missing"}
        for day, state in days.items():
            run = f"run of {day}"
            values = ("Documents", day, state, 3, 30, 0, None, run, START.isoformat(), "3 uploaded")
            connection.execute("INSERT INTO days VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", values)
        connection.execute("UPDATE days SET files = 0 WHERE state = 'missing'")
        connection.execute("INSERT INTO unfinished_days VALUES ('Documents', '2025-01-14', 'killed')")
        connection.execute("INSERT INTO failed_files VALUES ('Documents', '2025-01-15', 'a')")
        for run, s3_path in (
            ("run of 2025-01-13", "s3://old/2025/01/13"),
            ("run of 2025-01-14", "s3://new/14"),
        ):
            connection.execute(
                """INSERT INTO results VALUES (NULL, ?, 'Documents', ?, 'Success', 'complete', '', '', 1.0,
                '', ?, 1, 2, 3, 0, 0, 0, '[]', 0, 1)""",
                (run, run[-10:], s3_path),
            )
    old = Identity("Documents", "aws s3://old/2027/01/02", r"s3://old/\d+/\d+/\d+/?")
    new = Identity("Documents", "aws s3://new/02", r"s3://new/\d+/?")
    for opener in (read_ledger, open_ledger):
        with closing(opener(path, warn=pytest.fail)) as ledger:
            found = ledger.days(old, date.min, date.max)
            assert [(day.day, one.state.value, one.found) for day, one in found.items()] == [
                (13, "complete", True),
                (15, "missing", False),
            ], "of a day without a path nothing speaks against today's destination"
            assert found[date(2025, 1, 13)].s3_path == "s3://old/2025/01/13"
            assert ledger.days(new, DAY, DAY)[DAY].state.value == "partial"
            assert ledger.safety.not_arrived(new, [date(2025, 1, 15)]) == [(date(2025, 1, 15), "a")]
            assert ledger.first_day(old) == date(2025, 1, 13)
