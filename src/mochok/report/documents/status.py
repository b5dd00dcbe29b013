"""``mochok.status/1``: ``mochok status --json``; docs/reference/status-json.md lists every member.

``lastExecution``, ``configurationResults``, ``lastSuccessfulSync`` and ``statistics`` are those of the state
file, with its names and types, so that a monitor written for the PowerShell original finds them. Members may
be added; one that changes its meaning or goes raises the number in ``schema``.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from mochok.records.deletes import Refusal
from mochok.records.history import RunRecord
from mochok.records.overview import ConfigurationView, Overview
from mochok.records.retention import BACK
from mochok.report.documents.values import JsonObject, fields, to_json
from mochok.report.pages.hints import next_hint

SCHEMA = "mochok.status/1"
_DAY_SECONDS = 86_400
_UNDERSCORE = re.compile(r"_([a-z])")


def status_document(overview: Overview, *, only_last_execution: bool = False) -> JsonObject:
    """The document; ``only_last_execution`` omits configurations and statistics."""
    document: JsonObject = {
        "schema": SCHEMA,
        "generatedAt": overview.now.isoformat(timespec="seconds"),
        "version": overview.version,
        "configurationFile": overview.configuration_file,
        "stateFile": overview.state_file,
        "ledgerFile": overview.ledger_file,
        "ledgerMemory": _camel(overview.lost) if overview.lost else None,
        "lastExecution": _camel(overview.execution) if overview.execution else None,
        "latestRun": _latest_run(overview.latest_run) if overview.latest_run else None,
    }
    if not only_last_execution:
        views = overview.configurations
        document |= {
            "configurationResults": {view.name: _camel(view.result) for view in views if view.result},
            "lastSuccessfulSync": {view.name: _camel(view.success) for view in views if view.success},
            "statistics": _camel(overview.statistics),
            "configurations": [_configuration(view, overview.now) for view in views],
        }
    return document


def _latest_run(run: RunRecord) -> JsonObject:
    return {
        "runId": run.run_id,
        "started": to_json(run.started),
        "finished": to_json(run.finished),
        "exitCode": run.exit_code,
        "running": run.running,
        "interrupted": run.interrupted,
    }


def _configuration(view: ConfigurationView, now: datetime) -> JsonObject:
    success = view.success.timestamp if view.success and not view.never_uploaded else None
    newest = view.newest
    return {
        "name": view.name,
        "configured": view.configured,
        "enabled": view.enabled,
        "lastStatus": view.result.last_status if view.result else None,
        "lastSuccessAgeSeconds": _age_seconds(success, now, view.rest_days) if success else None,
        "neverUploaded": view.never_uploaded,
        "consecutiveFailures": view.result.consecutive_failures if view.result else 0,
        "daysLookedBack": view.day_window,
        "days": {mark.value: count for mark, count in view.days.items()},
        "gaps": view.gaps,
        "lastVerified": to_json(view.last_verified),
        "elsewhere": view.elsewhere or None,
        "newestDay": {"date": to_json(newest.day), "state": newest.mark.value} if newest else None,
        "earlierDays": _camel(view.earlier) | {"command": to_json(view.earlier.command)}
        if view.earlier
        else None,
        "refusedDeletes": [_refusal(refusal) for refusal in view.refusals],
        "next": next_hint(view, now),
    }


def _refusal(refusal: Refusal) -> JsonObject:
    return {
        "targetDate": to_json(refusal.target_date),
        "s3Path": to_json(refusal.s3_path),
        "since": to_json(refusal.since),
        "deletes": refusal.deletes,
        "objects": refusal.objects,
        "reason": to_json(refusal.reason),
        "accepted": to_json(refusal.accepted),
    }


def _age_seconds(success: datetime, now: datetime, rest_days: int) -> int | None:
    """Days of which nothing was expected do not count: a weekend makes no success too old.

    None for one in the future: with a wrong clock it would count as fresh for years.
    """
    if success > now + BACK:
        return None
    return max(0, int((now - success).total_seconds()) - rest_days * _DAY_SECONDS)


def _camel(record: Any) -> JsonObject:
    """A record's fields under the state file's names: ``last_status`` is ``lastStatus``."""
    members = fields(record).items()
    return {_UNDERSCORE.sub(lambda match: match[1].upper(), name): value for name, value in members}
