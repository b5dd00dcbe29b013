"""Refused deletions, as the pages show them. Pure."""

from __future__ import annotations

from datetime import datetime

from mochok.records.deletes import Refusal
from mochok.report.text.formatting import local_time, shown
from mochok.report.text.page import Line, Span, line


def refusal_line(refusal: Refusal, now: datetime) -> Line:
    """Since when which deletions are refused, and why; or when they were accepted."""
    deletes = f"{refusal.deletes:,} of {refusal.objects:,} objects, for {refusal.target_date}"
    if refusal.accepted is not None:
        accepted = local_time(refusal.accepted, now)
        run = f'mochok sync --target-date {refusal.target_date} --only "{refusal.name}"'
        return line(f"accepted on {accepted:%Y-%m-%d %H:%M}: {deletes}; deleted by {run}")
    since = f"refused since {local_time(refusal.since, now):%Y-%m-%d %H:%M}"
    return line(Span(since, "bold red"), f": {deletes} ({shown(refusal.reason)})")


def accept_hint(refusal: Refusal) -> str:
    """Both ways to go on."""
    return (
        "deletions are refused; restore the files, or, if they should be deleted, run "
        f'mochok accept-deletes "{refusal.name}"'
    )
