"""Data days around today, and what status says of them."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

from tests.e2e.harness import Workspace

NOON = 12


def noon_zone() -> str:
    """A time zone in which it is about noon now, so that no midnight falls into a test.

    The sign of the ``Etc`` zones is that of POSIX: ``Etc/GMT-5`` is five hours ahead of Greenwich.
    """
    behind_hours = datetime.now(UTC).hour - NOON
    return f"Etc/GMT{behind_hours:+d}"


def today() -> date:
    """Today in :func:`noon_zone`."""
    now = datetime.now(UTC)
    return (now - timedelta(hours=now.hour - NOON)).date()


def days_ago(count: int) -> str:
    return (today() - timedelta(days=count)).isoformat()


def days_ago_ns(count: int) -> int:
    """About noon of :func:`days_ago` in :func:`noon_zone`, in nanoseconds since the epoch."""
    moment = datetime.now(UTC) - timedelta(days=count)
    return int(moment.timestamp()) * 1_000_000_000


def write_day(workspace: Workspace, day: str, files: int = 2) -> None:
    """A day's folder below ``data``."""
    workspace.write({f"{number}.csv": f"{day} {number}\n" for number in range(files)}, f"data/{day}")


def status_json(workspace: Workspace, *arguments: str, exit_code: int = 0) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(
        workspace.run("status", "--json-output", *arguments).must(exit_code).stdout
    )
    return document


def states(workspace: Workspace, name: str = "Daily", months: int = 2) -> dict[str, str]:
    """The state of each day in the calendar of one configuration."""
    document = status_json(workspace, "--calendar", str(months), "--only", name)
    return {day["date"]: day["state"] for day in document["configurations"][0]["days"]}


def gaps(workspace: Workspace, days: int = 30, *, exit_code: int = 4) -> list[tuple[str, str, str]]:
    """(configuration, day, state) of every gap."""
    document = status_json(workspace, "--gaps", str(days), exit_code=exit_code)
    return [(gap["configuration"], gap["date"], gap["state"]) for gap in document["gaps"]]
