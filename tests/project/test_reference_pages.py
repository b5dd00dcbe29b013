"""The pages of reference and explanation that are written by hand say what the code does."""

from __future__ import annotations

import dataclasses
import json
import re
import sqlite3
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, get_args

import pytest

from mochok import events
from mochok.cli.commands import EXIT_CODES
from mochok.cli.install import SCHEMA as INSTALL_SCHEMA
from mochok.cli.validate import SCHEMA as VALIDATE_SCHEMA
from mochok.clock import Clock
from mochok.doctor.check import Check
from mochok.errors import Diagnostic
from mochok.model import DayResult, DayState, Failure, LeftOut, Reason, Status, SyncResult, Tally
from mochok.report.documents.sync import run_document
from mochok.report.listeners.jsonl import SCHEMA_VERSION, JsonLines
from mochok.report.listeners.log_file import LogFile
from mochok.state.migrations import migrate
from mochok.state.state_file import Execution, StateFile
from mochok.strategies.dotnet_dates import compile_format
from tests.support.pages import DOCS, blocks
from tests.unit.report.runs import RUN_ID
from tests.unit.state.builders import END, FakeClock, make_result

REFERENCE = DOCS / "reference"
SOURCE, TARGET = "/srv/invoices/2025-01-14", "s3://example-invoices/2025/01/14"


def page(name: str) -> str:
    return (REFERENCE / name).read_text(encoding="utf-8")


def members(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for name, item in value.items():
            yield name
            yield from members(item)
    elif isinstance(value, list):
        for item in value:
            yield from members(item)


def lacking(names: Iterator[str] | set[str], text: str) -> list[str]:
    """The names that are not in the text as code."""
    return sorted(name for name in set(names) if f"`{name}`" not in text)


def fields(kind: type[Any]) -> set[str]:
    return {field.name for field in dataclasses.fields(kind)}


def result_with_everything() -> SyncResult:
    counts = dict.fromkeys(Reason, 1)
    days = (DayResult(date(2025, 1, 14), DayState.COMPLETE),)
    return make_result(
        planned=counts, skipped=counts, failures=(Failure("key", "message"),), day_results=days
    )


def test_every_exit_code_is_explained() -> None:
    rows = re.findall(r"^\| (\d+) \| ([^|]+) \| [^|]+ \|$", page("exit-codes.md"), re.MULTILINE)
    assert {int(code): meaning.strip() for code, meaning in rows} == EXIT_CODES


def test_every_member_of_what_sync_prints_is_described() -> None:
    finished = events.RunFinished(RUN_ID, (result_with_everything(),), 1.0, False, False)
    assert lacking(members(run_document(finished, 1)), page("json.md")) == []


def test_what_validate_and_install_print_is_described() -> None:
    text = page("json.md")
    assert lacking({VALIDATE_SCHEMA, "findings", "notices", *fields(Diagnostic)}, text) == []
    assert lacking({INSTALL_SCHEMA, "checks", *fields(Check)}, text) == []


def test_every_field_of_the_state_file_is_described(tmp_path: Path) -> None:
    path, result = tmp_path / "state.json", make_result(Status.SUCCESS)
    state = StateFile(path)
    state.record_result(result, END, RUN_ID)
    state.record_execution(Execution(RUN_ID, (result,), 1, END, 2.0))
    names = set(members(json.loads(path.read_text("utf-8")))) - {result.name}
    text = page("state-json.md").replace("## ", "`").replace("\n", "`\n")
    assert lacking(names, text) == []


def test_the_tables_of_the_ledger_are_as_shown_and_its_questions_are_answered() -> None:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    migrate(connection)
    made = {
        " ".join(sql.split())
        for (sql,) in connection.execute("SELECT sql FROM sqlite_master WHERE type = 'table'")
    }
    statements = [block.text for block in blocks(REFERENCE / "ledger.md") if block.language == "sql"]
    shown = {" ".join(text.split()) for text in statements if text.startswith("CREATE")}
    assert {sql for sql in made if " migrations " not in sql} == shown
    for question in (text for text in statements if text.startswith("SELECT")):
        connection.execute(question).fetchall()
    connection.close()


def a_run() -> list[events.Event]:
    """The run of the page's sample."""
    tally = Tally(files_seen=6, uploaded=2, bytes_uploaded=100453, failed=1, left_out=1)
    result = make_result(
        Status.FAILURE, name="Invoices", message="1 failed, 2 uploaded, 3 up to date", tally=tally,
        duration_seconds=2.0,
    )  # fmt: skip
    repeated = "PutObject 2025/01/14/4713.pdf: the server asks to slow down; attempt 2 of 5 follows in 0.3 s"
    changing = "the file keeps changing while it is sent (the next run uploads it)"
    name, day = "Invoices", date(2025, 1, 14)
    return [
        events.RunStarted("20250115T013000-ab12", (day,), (name,), dry_run=False),
        events.ConfigurationStarted(name, day, SOURCE, TARGET),
        events.FileSent(name, "4711.pdf", 52341, Reason.NEW, dry_run=False),
        events.FileLeftOut(name, LeftOut("private.pdf", "no permission to read it")),
        events.Notice(name, events.Level.DEBUG, repeated),
        events.FileSent(name, "4713.pdf", 48112, Reason.NEW, dry_run=False),
        events.FileFailed(name, "4712.pdf", changing),
        events.Notice(name, events.Level.WARNING, "nothing was deleted: 1 file failed"),
        events.Notice(name, events.Level.INFO, "1 request was repeated (SLOW_DOWN 1)"),
        events.ConfigurationFinished(result),
        events.RunFinished("20250115T013000-ab12", (result,), 2.0, dry_run=False, interrupted=False),
    ]


def test_the_sample_of_the_log_is_what_the_log_writes(tmp_path: Path) -> None:
    moment = END.replace(hour=1, minute=30, second=0)
    log = LogFile(tmp_path, clock=FakeClock(moment), warn=pytest.fail)
    for event in a_run():
        log(event)
    log.close()
    (sample,) = [block.text for block in blocks(REFERENCE / "log.md") if block.language == "text"]
    assert (tmp_path / "sync_2025-01.log").read_text("utf-8") == sample


def test_every_event_and_its_members_are_described(tmp_path: Path) -> None:
    text, path = page("log.md"), tmp_path / "events.jsonl"
    clock: Clock = FakeClock()
    lines = JsonLines(path, clock=clock, warn=pytest.fail)
    for event in a_run():
        lines(event)
    lines.close()
    written = [json.loads(line) for line in path.read_text("ascii").splitlines()]
    assert f"`schema`, now {SCHEMA_VERSION}," in text
    assert lacking({line["event"] for line in written}, text) == []
    for kind in get_args(events.Event):
        name = re.sub(r"(?<!^)(?=[A-Z])", "_", kind.__name__).lower()
        (row,) = re.findall(rf"^\| `{name}` \| (.*) \|$", text, re.MULTILINE)
        assert lacking(fields(kind), row) == [], name
    assert lacking(fields(SyncResult) | fields(Tally) | fields(Failure) | fields(DayResult), text) == []


def table(text: str) -> list[list[str]]:
    """The cells of every row of the tables in a page."""
    rows = re.findall(r"^\| (.*) \|$", text, re.MULTILINE)
    return [[cell.strip() for cell in row.split(" | ")] for row in rows]


def test_every_reason_is_explained_in_the_words_of_log_and_json() -> None:
    rows = table((DOCS / "explanation" / "how-a-sync-decides.md").read_text(encoding="utf-8"))
    shown = {row[0]: row[1] for row in rows if len(row) == 3}
    assert {reason.value: f"`{reason.name.lower()}`" for reason in Reason}.items() <= shown.items()


def test_the_parts_of_date_formats_give_what_the_page_shows() -> None:
    rows = table((DOCS / "explanation" / "dates-and-time-zones.md").read_text(encoding="utf-8"))
    shown = {row[at].strip("`"): row[at + 1] for row in rows if len(row) == 4 for at in (0, 2)}
    del shown["part"]
    day = date(2025, 1, 15)
    # A letter alone is a standard format in .NET; empty quotes next to it make it a part of a custom one.
    assert {part: compile_format(f"{part}''").format(day) for part in shown} == shown
