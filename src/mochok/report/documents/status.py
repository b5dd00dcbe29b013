"""``mochok.status/1``: the document that ``mochok status --json-output`` prints.

``lastExecution``, ``configurationResults``, ``lastSuccessfulSync`` and ``statistics`` are those of the state
file, with its names and types, so that a monitor written for the PowerShell original finds what it looks
for. Added: ``schema``, ``generatedAt``, ``version``, the paths of the files that were read, ``ledgerMemory``
and ``latestRun`` from the ledger, and ``configurations``, a list of what is not in the state file.
docs/reference/status-json.md lists every member. Members may be added; one that changes its meaning or goes
raises the number in ``schema``.
"""

from __future__ import annotations

import dataclasses
import re
from datetime import datetime
from typing import Any

from mochok.records.history import RunRecord
from mochok.records.overview import ConfigurationView, Overview
from mochok.report.listeners.jsonl import plain
from mochok.report.pages.hints import next_hint

SCHEMA = "mochok.status/1"
_UNDERSCORE = re.compile(r"_([a-z])")
JsonObject = dict[str, Any]


def status_document(overview: Overview, *, only_last_execution: bool = False) -> JsonObject:
    """The document; ``only_last_execution`` leaves out everything about configurations and statistics."""
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
        document |= _everything_else(overview)
    return document


def _everything_else(overview: Overview) -> JsonObject:
    every = overview.configurations
    return {
        "configurationResults": {one.name: _camel(one.result) for one in every if one.result},
        "lastSuccessfulSync": {one.name: _camel(one.success) for one in every if one.success},
        "statistics": _camel(overview.statistics),
        "configurations": [_configuration(one, overview.now) for one in every],
    }


def _latest_run(run: RunRecord) -> JsonObject:
    return {
        "runId": run.run_id,
        "started": plain(run.started),
        "finished": plain(run.finished),
        "exitCode": run.exit_code,
        "running": run.running,
        "interrupted": run.interrupted,
    }


def _configuration(one: ConfigurationView, now: datetime) -> JsonObject:
    success = one.success.timestamp if one.success else None
    return {
        "name": one.name,
        "configured": one.configured,
        "enabled": one.enabled,
        "lastStatus": one.result.last_status if one.result else None,
        "lastSuccessAgeSeconds": int((now - success).total_seconds()) if success else None,
        "consecutiveFailures": one.result.consecutive_failures if one.result else 0,
        "daysLookedBack": one.day_window,
        "days": {mark.value: count for mark, count in one.days.items()},
        "gaps": one.gaps,
        "next": next_hint(one, now),
    }


def _camel(record: Any) -> JsonObject:
    """A record's fields under the state file's names: ``last_status`` is ``lastStatus``."""
    names = [field.name for field in dataclasses.fields(record)]
    return {_camel_name(name): plain(getattr(record, name)) for name in names}


def _camel_name(name: str) -> str:
    return _UNDERSCORE.sub(lambda match: match[1].upper(), name)
