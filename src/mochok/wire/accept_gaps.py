"""Accepting gaps: the one change that a person makes to the ledger."""

from __future__ import annotations

import getpass
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime

from mochok.clock import days_between
from mochok.config.schema import Configuration, Settings
from mochok.errors import StateError, UsageError
from mochok.model import DateWindow
from mochok.plurals import days_span
from mochok.queries.overview import days_of
from mochok.records.history import Acceptance
from mochok.state.contract import OpenLedger
from mochok.state.ledger import open_ledger

Warn = Callable[[str], None]


def accept_gaps(
    settings: Settings,
    configuration: Configuration,
    window: DateWindow,
    reason: str,
    now: datetime,
    warn: Warn,
) -> list[date]:
    """Accept every gap of ``window``, also those that were accepted before; the days, oldest first.

    Raises UsageError if there is none, and StateError if the ledger cannot keep it.
    """
    with _ledger(settings, warn) as ledger:
        found = days_of(settings, configuration, ledger, window.first, window.last, now.date())
        days = [day.day for day in found.days if (day.is_gap or day.acceptance) and day.day in window]
        if not days:
            raise UsageError(
                f"{_span(window)} has no gap of {configuration.name!r}",
                hint="mochok status --gaps lists the gaps",
            )
        for day in days:
            _durable(ledger.accept(Acceptance(configuration.name, day, reason, user_name(), now)), settings)
        return days


def undo(settings: Settings, name: str, window: DateWindow, now: datetime, warn: Warn) -> list[date]:
    """Take back what was accepted of ``window``; the days, oldest first. Raises as the other does."""
    with _ledger(settings, warn) as ledger:
        accepted = {found.day for found in ledger.acceptances(name) if found.undone is None}
        days = [day for day in days_between(window.first, window.last) if day in accepted]
        if not days:
            hint = "mochok history lists the accepted gaps"
            raise UsageError(f"{_span(window)} has no accepted gap of {name!r}", hint=hint)
        for day in days:
            _durable(ledger.undo_acceptance(name, day, now, user_name()), settings)
        return days


def user_name() -> str:
    """The name of the user who runs this, "unknown" where the system has none."""
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return "unknown"


@contextmanager
def _ledger(settings: Settings, warn: Warn) -> Iterator[OpenLedger]:
    ledger = open_ledger(settings.global_settings.ledger_file, warn=warn)
    try:
        yield ledger
    finally:
        ledger.close()


def _durable(kept: bool, settings: Settings) -> None:
    if not kept:
        message = f"the ledger {settings.global_settings.ledger_file} cannot be written; nothing was accepted"
        raise StateError(message, hint="check permissions and free space, or set global.ledger_file")


def _span(window: DateWindow) -> str:
    return days_span(window.first, window.last)
