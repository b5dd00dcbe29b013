"""A person corrects the ledger: a configuration has another name, or days were recorded by mistake."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime

from mochok.config.jobs import selected
from mochok.config.schema import Settings
from mochok.errors import StateError, UsageError
from mochok.model import DateWindow
from mochok.plurals import counted, days_span
from mochok.queries.overview import open_history
from mochok.records.history import DayRecord
from mochok.state.contract import Corrections
from mochok.state.ledger import open_ledger
from mochok.state.lock import RunLock
from mochok.suggestions import name_hint

Warn = Callable[[str], None]


def days_to_rename(settings: Settings, old: str, new: str, warn: Warn) -> Sequence[DayRecord]:
    """The days that :func:`rename` would give to ``new``, oldest first. Raises UsageError if it cannot."""
    with open_history(settings, warn) as ledger:
        return _renamed(settings, ledger.corrections, old, new)


def rename(settings: Settings, old: str, new: str, now: datetime, warn: Warn) -> None:
    """Give the history of ``old`` to ``new``.

    Raises UsageError, StateError if the ledger cannot be written, and LockedError while a run is in progress.
    """
    with _locked(settings, now, warn) as corrections:
        _renamed(settings, corrections, old, new)
        _kept(corrections.rename(old, new), settings)


def days_to_forget(settings: Settings, name: str, window: DateWindow, warn: Warn) -> Sequence[DayRecord]:
    """What the ledger has of ``window``, of all destinations. Raises UsageError if it has nothing."""
    with open_history(settings, warn) as ledger:
        return _forgotten(settings, ledger.corrections, name, window)


def forget(settings: Settings, name: str, window: DateWindow, now: datetime, warn: Warn) -> None:
    """Forget the days of ``window``. Raises as :func:`rename` does."""
    with _locked(settings, now, warn) as corrections:
        _forgotten(settings, corrections, name, window)
        _kept(corrections.forget(name, window.first, window.last), settings)


def _renamed(settings: Settings, corrections: Corrections, old: str, new: str) -> Sequence[DayRecord]:
    selected(settings, [new])
    if old == new:
        raise UsageError(f"both names are {new!r}", hint="write the previous name first")
    _check_known(corrections, old, corrections.names())
    if own := corrections.days(new, date.min, date.max):
        first, last = own[0].day, own[-1].day
        raise UsageError(
            f"{new!r} has {counted(len(own), 'day')} of its own ({days_span(first, last)})",
            hint=f'to replace them, forget them first: mochok ledger forget "{new}" {first} {last}',
        )
    return corrections.days(old, date.min, date.max)


def _forgotten(
    settings: Settings, corrections: Corrections, name: str, window: DateWindow
) -> Sequence[DayRecord]:
    known = corrections.names()
    _check_known(corrections, name, [*known, *(entry.name for entry in settings.configurations)])
    if found := corrections.days(name, window.first, window.last):
        return found
    span = days_span(window.first, window.last)
    every = corrections.days(name, date.min, date.max)
    hint = f"it has {days_span(every[0].day, every[-1].day)}" if every else "it has no days"
    raise UsageError(f"the ledger has no record of {span} of {name!r}", hint=hint)


def _check_known(corrections: Corrections, name: str, names: Sequence[str]) -> None:
    if name not in names:
        raise UsageError(f"the ledger has no record of a configuration {name!r}", hint=name_hint(name, names))


@contextmanager
def _locked(settings: Settings, now: datetime, warn: Warn) -> Iterator[Corrections]:
    chosen = settings.global_settings
    with RunLock(chosen.state_file, started=now, warn=warn):
        ledger = open_ledger(chosen.ledger_file, warn=warn)
        try:
            _kept(ledger.complete, settings)  # not one in memory, in place of the file
            yield ledger.corrections
        finally:
            ledger.close()


def _kept(kept: bool, settings: Settings) -> None:
    if not kept:
        message = f"the ledger {settings.global_settings.ledger_file} cannot be written; nothing was changed"
        raise StateError(message, hint="check permissions and free space, or set global.ledger_file")
