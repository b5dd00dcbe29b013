"""``mochok.calendar/1`` and ``mochok.gaps/1``: days as JSON; see docs/reference/status-json.md.

Members may be added; one that changes its meaning or goes raises the number in ``schema``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from mochok.records.days import ConfigurationDays, MarkedDay
from mochok.records.history import Acceptance
from mochok.records.overview import DayNotes
from mochok.report.documents.values import JsonObject, fields, to_json

CALENDAR_SCHEMA = "mochok.calendar/1"
GAPS_SCHEMA = "mochok.gaps/1"


def calendar_document(
    configurations: Sequence[ConfigurationDays], first: date, last: date, now: datetime, notes: DayNotes
) -> JsonObject:
    """Every day of every configuration."""
    return _head(CALENDAR_SCHEMA, first, last, now, notes) | {
        "configurations": [
            {
                "name": configuration.name,
                "totals": {mark.value: count for mark, count in configuration.totals.items()},
                "gaps": len(configuration.gaps),
                "lastVerified": to_json(configuration.last_verified),
                "days": [_day(day) for day in configuration.days],
            }
            for configuration in configurations
        ]
    }


def gaps_document(
    configurations: Sequence[ConfigurationDays], first: date, last: date, now: datetime, notes: DayNotes
) -> JsonObject:
    """The gaps, those that were accepted, and how many days are before each configuration's history."""
    gaps = [(found.name, day) for found in configurations for day in found.gaps]
    earlier = {found.name: fields(found) | {"command": to_json(found.command)} for found in notes.earlier}
    return _head(GAPS_SCHEMA, first, last, now, notes) | {
        "count": len(gaps),
        "gaps": [{"configuration": name} | _day(day) for name, day in gaps],
        "explained": [
            {"configuration": found.name} | _day(day) for found in configurations for day in found.explained
        ],
        "configurations": [
            {
                "name": found.name,
                "gaps": len(found.gaps),
                "before_history": len(found.before),
                "lastVerified": to_json(found.last_verified),
                "earlier_days": earlier.get(found.name),
            }
            for found in configurations
        ],
    }


def _head(schema: str, first: date, last: date, now: datetime, notes: DayNotes) -> JsonObject:
    return {
        "schema": schema,
        "generated_at": now.isoformat(timespec="seconds"),
        "first": first.isoformat(),
        "last": last.isoformat(),
        "ledger_memory": to_json(notes.lost),
        "interrupted_run": notes.interrupted.run_id if notes.interrupted else None,
        "elsewhere": dict(notes.elsewhere),
    }


def _explanation(acceptance: Acceptance) -> JsonObject:
    return {
        "reason": to_json(acceptance.reason),
        "who": to_json(acceptance.who),
        "accepted": to_json(acceptance.accepted),
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
        "explanation": _explanation(day.acceptance) if day.acceptance else None,
        "first_complete": to_json(known.first_complete) if known else None,
        "last_seen": to_json(known.last_seen) if known else None,
        "lastVerified": to_json(known.verified) if known else None,
        "run_id": known.last_run_id if known else None,
        "message": to_json(known.message) if known else None,
    }
