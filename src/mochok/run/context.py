"""What the jobs of one run share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from mochok.clock import Clock, Stop
from mochok.events import Listener
from mochok.run.unanswered import LOOK_AGAIN_SECONDS
from mochok.state.contract import FileLedger
from mochok.storage.contract import ObjectStore
from mochok.storage.settings import OpenSettings

Notify = Callable[[str, str], None]
"""Receives (level, message)."""
OpenStore = Callable[[OpenSettings, Notify], ObjectStore]
"""Opens a store; it finds the bucket, which may take seconds. Raises StorageError."""


@dataclass(frozen=True, slots=True)
class JobContext:
    """What every job shares. ``details``: also emit every file that needs nothing.

    ``look_again_seconds``: see ``unanswered.py``.
    """

    ledger: FileLedger
    emit: Listener
    clock: Clock
    stop: Stop
    open_store: OpenStore
    details: bool = False
    look_again_seconds: float = LOOK_AGAIN_SECONDS
