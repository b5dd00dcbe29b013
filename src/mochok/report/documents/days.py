"""``mochok.calendar/1`` and ``mochok.gaps/1``: days as JSON.

docs/reference/status-json.md lists every member.
Dates are ``YYYY-MM-DD``, moments ISO 8601 with offset, sizes bytes. Members may be added; one that changes
its meaning or goes raises the number in ``schema``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from mochok.records.days import ConfigurationDays, MarkedDay
from mochok.records.overview import DayNotes
from mochok.report.listeners.jsonl import plain
from mochok.report.pages.gaps import gap_count

CALENDAR_SCHEMA = "mochok.calendar/1"
GAPS_SCHEMA = "mochok.gaps/1"
JsonObject = dict[str, Any]


def calendar_document(
    configurations: Sequence[ConfigurationDays], first: date, last: date, now: datetime, notes: DayNotes
) -> JsonObject:
    """Every day of every configuration."""
    return (
        _head(CALENDAR_SCHEMA, first, last, now)
        | _notes(notes)
        | {
            "configurations": [
                {
                    "name": one.name,
                    "totals": {mark.value: count for mark, count in one.totals.items()},
                    "gaps": len(one.gaps),
                    "days": [_day(day) for day in one.days],
                }
                for one in configurations
            ]
        }
    )


def gaps_document(
    configurations: Sequence[ConfigurationDays], first: date, last: date, now: datetime, notes: DayNotes
) -> JsonObject:
    """Only the gaps, and per configuration how many days lie before its history begins."""
    return (
        _head(GAPS_SCHEMA, first, last, now)
        | _notes(notes)
        | {
            "count": gap_count(configurations),
            "gaps": [{"configuration": one.name} | _day(day) for one in configurations for day in one.gaps],
            "configurations": [
                {"name": one.name, "gaps": len(one.gaps), "before_history": len(one.before)}
                for one in configurations
            ],
        }
    )


def _head(schema: str, first: date, last: date, now: datetime) -> JsonObject:
    return {
        "schema": schema,
        "generated_at": now.isoformat(timespec="seconds"),
        "first": first.isoformat(),
        "last": last.isoformat(),
    }


def _notes(notes: DayNotes) -> JsonObject:
    return {
        "ledger_memory": plain(notes.lost) if notes.lost else None,
        "interrupted_run": notes.interrupted.run_id if notes.interrupted else None,
    }


def _day(day: MarkedDay) -> JsonObject:
    known = day.known
    return {
        "date": day.day.isoformat(),
        "state": day.mark.value,
        "expected": day.expected,
        "gap": day.is_gap,
        "files": known.files if known else None,
        "bytes": known.bytes if known else None,
        "late_files": day.late_files,
        "first_complete": plain(known.first_complete) if known else None,
        "last_seen": plain(known.last_seen) if known else None,
        "run_id": known.last_run_id if known else None,
        "message": plain(known.message) if known else None,
    }
