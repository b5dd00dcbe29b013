"""A person accepts deletions that were refused; recorded under the lock of runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from mochok.config.schema import Settings
from mochok.errors import StateError
from mochok.records.deletes import Refusal
from mochok.state.ledger import open_ledger
from mochok.state.lock import RunLock


def accept(settings: Settings, refusal: Refusal, now: datetime, warn: Callable[[str], None]) -> None:
    """Record that ``refusal`` is accepted.

    Raises LockedError while a run is in progress, and StateError if the ledger cannot be written or a run has
    changed the refusal in the meantime.
    """
    chosen = settings.global_settings
    with RunLock(chosen.state_file, started=now, warn=warn):
        ledger = open_ledger(chosen.ledger_file, warn=warn)
        try:
            if refusal not in ledger.safety.refusals():
                raise StateError("the refused deletions have changed", hint="run the command again")
            accepted = replace(refusal, accepted=now)
            ledger.safety.remember(accepted)
            if accepted not in ledger.safety.refusals():
                raise StateError(f"the ledger {chosen.ledger_file} cannot be written; nothing was accepted")
        finally:
            ledger.close()
