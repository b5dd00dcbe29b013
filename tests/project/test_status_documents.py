"""docs/reference/status-json.md lists every member of every document: monitors are written from it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mochok.model import Status
from mochok.records.days import DayMark
from mochok.records.overview import DayNotes, LostHistory
from mochok.report.documents.days import calendar_document, gaps_document
from mochok.report.documents.history import history_document, run_document
from mochok.report.documents.status import status_document
from tests.unit.report.overviews import NOW, day, days_from, overview
from tests.unit.report.test_history_view import result_line, run_view

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "status-json.md"
NAMED_BY_USERS = {"Daily", *DayMark}


def documents() -> list[dict[str, Any]]:
    days = [days_from("CCM")]
    lost = LostHistory(NOW, "mochok.db.corrupt-20250114T023000")
    notes = DayNotes(lost)
    failed = result_line(status=Status.FAILURE, failures=(("key", "message"),))
    return [
        status_document(overview(lost=lost)),
        calendar_document(days, day(1), day(31), NOW, notes),
        gaps_document(days, day(1), day(14), NOW, notes),
        history_document([run_view()], [], NOW),
        run_document(run_view(), [failed], NOW),
    ]


def members(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for name, item in value.items():
            yield name
            yield from members(item)
    elif isinstance(value, list):
        for item in value:
            yield from members(item)


def test_every_document_has_its_section_and_every_member_is_described_there() -> None:
    sections = re.split(r"^## ", PAGE.read_text("utf-8"), flags=re.MULTILINE)
    for document in documents():
        schema = document["schema"]
        own = [section for section in sections if section.startswith(schema)]
        assert len(own) == 1, schema
        # A document may refer to the section of another: "days as above", "run (as above)".
        before = "".join(sections[: sections.index(own[0]) + 1])
        names = set(members(document)) - NAMED_BY_USERS
        assert names
        assert sorted(name for name in names if f"`{name}`" not in before) == [], schema


def test_every_state_of_a_day_is_described() -> None:
    text = PAGE.read_text("utf-8")

    assert [mark.value for mark in DayMark if f"`{mark.value}`" not in text] == []
