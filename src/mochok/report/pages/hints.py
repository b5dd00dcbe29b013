"""What to do next, from what is known of a configuration. Pure."""

from __future__ import annotations

from datetime import datetime

from mochok.plurals import counted
from mochok.records.overview import ConfigurationView
from mochok.records.retention import BACK
from mochok.records.state import ConfigurationState
from mochok.report.pages.refusals import accept_hint

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
LATE_DAYS = 2
"""A daily configuration without a success for longer than this has missed at least one run."""


def age_text(moment: datetime, now: datetime) -> str:
    """``just now``, ``5 minutes ago``, ``3 days ago``: whole units, rounded down."""
    seconds = (now - moment).total_seconds()
    if seconds < -_MINUTE:
        return "in the future; is the clock right?"
    if seconds < _MINUTE:
        return "just now"
    units = ((_DAY, "day"), (_HOUR, "hour"), (_MINUTE, "minute"))
    unit_seconds, word = next(unit for unit in units if seconds >= unit[0])
    return f"{counted(int(seconds // unit_seconds), word)} ago"


def next_hint(view: ConfigurationView, now: datetime) -> str:
    """What the user should do about this configuration; "" if nothing."""
    if not view.configured:
        return "no longer in the configuration file; only the state file still has it"
    if not view.enabled:
        return ""
    only = f'--only "{view.name}"'
    if view.result is None:
        return f"it has never run: mochok sync {only}"
    hint = _refusal_hint(view) or _result_hint(view.result, only)
    if not hint and view.never_uploaded:
        hint = "nothing has been uploaded so far: check folders and formats with mochok install"
    if hint:
        return hint
    if view.gaps:
        listing = f"mochok status --gaps {view.day_window} {only}"
        fill = f", then: mochok sync --catch-up {view.day_window} {only}"
        return listing if view.dated_by_run else listing + fill
    return _schedule_hint(view.result, now)


def _refusal_hint(view: ConfigurationView) -> str:
    return next((accept_hint(refusal) for refusal in view.refusals if refusal.accepted is None), "")


def _result_hint(result: ConfigurationState, only: str) -> str:
    day = f" --target-date {result.last_date}" if result.last_date else ""
    if result.last_status == "Failure":
        return f"read the log, then repeat: mochok sync{day} {only}"
    if result.last_status == "Success" and result.files_left_out:
        return f"the log names the skipped files; once they can be read: mochok sync{day} {only}"
    return ""


def _schedule_hint(result: ConfigurationState, now: datetime) -> str:
    last = result.last_timestamp
    if last is not None and last > now + BACK:
        return "the last run is in the future: is the clock right?"
    if last is None or (now - last).total_seconds() <= LATE_DAYS * _DAY:
        return ""
    return f"the last run was {age_text(last, now)}: does the scheduled task still run?"
