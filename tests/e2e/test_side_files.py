"""State, ledger, lock and logs that cannot be used: the table of docs/reference/files.md, row by row."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mochok.state.lock import RunLock
from tests.e2e.harness import DAY, Bucket, Result, Workspace, installed_command
from tests.faults.scene import WITHOUT_ROOT_POWERS
from tests.support.pages import DOCS

pytestmark = pytest.mark.skipif(os.name == "nt", reason="permissions of POSIX")
FULL_DISK_BYTES = 8192
_PAGE = (DOCS / "reference" / "files.md").read_text("utf-8")
ROWS = {
    (cells[0], cells[1]): int(cells[3])
    for line in _PAGE.partition("## When a file cannot be used")[2].splitlines()
    if line.startswith("| ") and (cells := [cell.strip() for cell in line.strip("|").split("|")])
    if cells[3].isdigit()
}
"""File and problem -> exit code."""
Breaking = Callable[[Path], None]
"""What makes a file in this folder unusable."""


def instead(name: str, make: Callable[[Path], object]) -> Breaking:
    """Something else in the place of a file."""

    def replace(folder: Path) -> None:
        for path in folder.glob(f"{name}*"):
            path.unlink()
        make(folder / name)

    return replace


def of_another_program(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE runs (precious)")


def newer(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "mochok.db")) as connection:
        connection.execute("INSERT INTO migrations (name, applied) VALUES ('999_from_the_future', 'x')")
        connection.commit()


def closed(pattern: str) -> Breaking:
    """Nobody may read or write the files that ``pattern`` matches."""

    def close(folder: Path) -> None:
        for path in folder.glob(pattern):
            path.chmod(0)

    return close


def old_log_in_a_closed_folder(folder: Path) -> None:
    (folder / "log" / "sync_2001-01.log").write_text("old\n")
    (folder / "log").chmod(0o500)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    with closing(sqlite3.connect(folder / "mochok.db", isolation_level=None)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        yield


STATE, LEDGER, LOG = "state", "ledger", "log"
UNREADABLE_STATE = (STATE, "unreadable, a folder, or a link of another user")
DAMAGED_STATE = (STATE, "damaged")
UNUSABLE_LEDGER = (LEDGER, "unreadable, not writable, or in use by another program")
DAMAGED_LEDGER = (LEDGER, "damaged, or written by a newer version")
UNWRITABLE_LOG = (LOG, "the folder or file is not writable, or the disk is full")
CASES: list[tuple[tuple[str, str], Breaking, str]] = [
    (UNREADABLE_STATE, closed("state.json"), "state.json cannot be read: Permission denied"),
    (UNREADABLE_STATE, instead("state.json", Path.mkdir), "state.json is not a regular file"),
    (UNREADABLE_STATE, instead("state.json", os.mkfifo), "state.json is not a regular file"),
    (DAMAGED_STATE, instead("state.json", lambda path: path.write_bytes(b"\0" * 99)), "was damaged"),
    (UNUSABLE_LEDGER, closed("mochok.db"), "mochok.db cannot be used (Permission denied)"),
    (UNUSABLE_LEDGER, instead("mochok.db", Path.mkdir), "mochok.db cannot be used (Is a directory)"),
    ((LEDGER, "another program's database"), instead("mochok.db", of_another_program), "another program's"),
    (DAMAGED_LEDGER, instead("mochok.db", lambda path: path.write_bytes(os.urandom(9999))), "is damaged"),
    (DAMAGED_LEDGER, newer, "was written by a newer version"),
    (("lock", "cannot be created or locked"), closed("state.json.lock"), "state.json.lock cannot be used"),
    (
        ("lock", "cannot be created or locked"),
        instead("state.json.lock", lambda path: path.symlink_to("precious")),
        "state.json.lock cannot be used",
    ),
    (UNWRITABLE_LOG, closed("log/*.log"), "lines are missing"),
    (UNWRITABLE_LOG, closed("log"), "lines are missing"),
    ((LOG, "an old file cannot be removed"), old_log_in_a_closed_folder, "sync_2001-01.log was not removed"),
]


@pytest.fixture
def ran(workspace: Workspace) -> Iterator[Workspace]:
    """One run of this day is over, and another file has come since."""
    workspace.write({"a.txt": "a"}, f"data/{DAY}")
    workspace.configure(workspace.configuration())
    workspace.sync().must(0)
    workspace.write({"b.txt": "b"}, f"data/{DAY}")
    yield workspace
    for path in (workspace.folder, *workspace.folder.iterdir()):
        if not path.is_symlink():
            path.chmod(0o700)


def sync(workspace: Workspace, *arguments: str) -> Result:
    """As a user for whom permissions count."""
    program = [*(WITHOUT_ROOT_POWERS if os.geteuid() == 0 else ()), installed_command()]
    return workspace.run("sync", "--target-date", DAY, *arguments, program=program)


def uploaded(bucket: Bucket) -> set[str]:
    return {key.rpartition("/")[2] for key in bucket.objects()}


@pytest.mark.parametrize(("row", "breaks", "words"), CASES, ids=[f"{row} {words}" for row, _, words in CASES])
def test_a_side_file_never_stops_the_upload(
    ran: Workspace, bucket: Bucket, row: tuple[str, str], breaks: Breaking, words: str
) -> None:
    breaks(ran.folder)

    result = sync(ran, "--quiet").must(ROWS[row])

    assert words in result.flat
    assert uploaded(bucket) == {"a.txt", "b.txt"}


def test_a_file_that_is_not_read_is_not_replaced_either(ran: Workspace) -> None:
    before = ran.state_path.read_bytes()
    ran.state_path.chmod(0)

    sync(ran).must(1)
    ran.state_path.chmod(0o600)
    assert ran.state_path.read_bytes() == before

    sync(ran).must(0)
    assert ran.state_path.read_bytes() != before, "the next run can use it again"


def test_while_the_state_cannot_be_read_the_results_are_in_the_ledger(ran: Workspace) -> None:
    ran.state_path.chmod(0)
    sync(ran).must(1)

    status = ran.run("status", program=[*WITHOUT_ROOT_POWERS, installed_command()]).must(0)

    assert "state.json cannot be read: Permission denied; showing what the ledger has" in status.stderr
    assert "Success" in status.stdout


def test_a_ledger_in_use_by_another_program_costs_the_history_of_that_run(
    ran: Workspace, bucket: Bucket
) -> None:
    with locked(ran.folder):
        result = sync(ran, "--quiet").must(ROWS[UNUSABLE_LEDGER])

    assert "this run is not recorded in the history" in result.flat
    assert uploaded(bucket) == {"a.txt", "b.txt"}


@pytest.mark.parametrize("names", [("state.json",), ("state.json", "mochok.db")])
def test_a_folder_that_is_not_writable_costs_the_records(
    ran: Workspace, bucket: Bucket, names: tuple[str, ...]
) -> None:
    place = ran.folder / "place"
    place.mkdir()
    for name in names:
        shutil.copy(ran.folder / name, place)
    keys = {"state.json": "state_file", "mochok.db": "ledger_file"}
    ran.configure(ran.configuration(), **{keys[name]: f"place/{name}" for name in names})
    before = (place / "state.json").read_bytes()
    place.chmod(0o500)

    sync(ran, "--quiet").must(ROWS[STATE, "its folder is full or not writable"])

    place.chmod(0o700)
    assert (place / "state.json").read_bytes() == before
    assert uploaded(bucket) == {"a.txt", "b.txt"}


def test_a_full_disk_costs_what_could_not_be_recorded(ran: Workspace, bucket: Bucket) -> None:
    many = {f"file-{number}.txt": "x" for number in range(300)}
    ran.write(many, f"data/{DAY}")

    full_disk = ["prlimit", f"--fsize={FULL_DISK_BYTES}", installed_command()]
    arguments = ("sync", "--target-date", DAY, "--log-json", "events.json")
    result = ran.run(*arguments, program=full_disk).must(ROWS[LEDGER, "the disk is full"])

    assert "the ledger" in result.flat
    assert uploaded(bucket) == {"a.txt", "b.txt", *many}


def test_a_json_log_that_cannot_be_written_costs_its_lines(ran: Workspace, bucket: Bucket) -> None:
    exit_code = ROWS["JSON log", "the file of `--log-json` is not writable"]

    result = sync(ran, "--quiet", "--log-json", "no/such/../../data/2025-01-15").must(exit_code)

    assert "lines are missing" in result.flat
    assert uploaded(bucket) == {"a.txt", "b.txt"}


def test_a_lock_held_by_another_run_stops_this_one(ran: Workspace, bucket: Bucket) -> None:
    with RunLock(ran.state_path, started=datetime.now(UTC)):
        sync(ran).must(ROWS["lock", "held by another run"])
    assert uploaded(bucket) == {"a.txt"}


@pytest.mark.parametrize(
    "breaks", [closed("mochok.db"), instead("mochok.db", lambda path: path.write_text("x"))]
)
def test_without_its_ledger_nothing_claims_that_there_are_no_gaps(ran: Workspace, breaks: Breaking) -> None:
    breaks(ran.folder)
    program = [*WITHOUT_ROOT_POWERS, installed_command()]

    for arguments in (["--gaps"], ["--gaps", "--json"]):
        result = ran.run("status", *arguments, program=program).must(1)
        assert "gaps are unknown" in result.stderr
        assert result.stdout == ""
    assert "mochok.db" in ran.run("status", "--calendar", program=program).must(0).stderr
    assert "mochok.db" in ran.run("history", program=program).must(0).stderr


def test_a_log_of_a_refused_run_in_a_closed_folder_changes_no_message(workspace: Workspace) -> None:
    closed_folder = workspace.folder / "closed"
    closed_folder.mkdir()
    settings = {
        "state_file": "closed/state.json",
        "ledger_file": "closed/mochok.db",
        "log_directory": "closed/log",
    }
    workspace.configure(workspace.configuration(enabled="perhaps"), **settings)
    closed_folder.chmod(0)

    result = sync(workspace).must(2)

    closed_folder.chmod(0o700)
    assert "1 mistake in the configuration; nothing was done." in result.flat


def test_every_row_of_the_table_is_tested() -> None:
    elsewhere = {
        (STATE, "its folder is full or not writable"),
        (LEDGER, "the disk is full"),
        ("lock", "held by another run"),
        ("JSON log", "the file of `--log-json` is not writable"),
    }
    assert ROWS.keys() == {row for row, _, _ in CASES} | elsewhere
