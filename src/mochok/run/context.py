"""What the jobs of one run share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from mochok.clock import Clock, Stop
from mochok.events import Listener
from mochok.run.disks import Disks
from mochok.run.in_flight import RECHECK_SECONDS
from mochok.state.contract import JobLedger
from mochok.storage.contract import Notify, ObjectStore, Sent, Unsent
from mochok.storage.settings import OpenSettings

if TYPE_CHECKING:
    from mochok.run.pipeline import Pipeline

OpenStore = Callable[[OpenSettings, Notify], ObjectStore]
"""Opens a store; it finds the bucket, which may take seconds. Raises StorageError."""


class Executor(Protocol):
    """Carries out the shards of a pass, here or in other processes."""

    def __call__(self, pipeline: Pipeline, store: ObjectStore) -> Iterator[Sent | Unsent]:
        """Plan every shard of ``pipeline``, upload what is planned, and yield each outcome, in any order.

        Raises StorageError for faults that end the whole configuration. Closing the iterator cancels uploads.
        """


def execute_here(pipeline: Pipeline, store: ObjectStore) -> Iterator[Sent | Unsent]:
    """The executor of one process: walking, listing, planning and uploading overlap."""
    return store.upload(pipeline.uploads(), pipeline.on_the_way)


@dataclass(frozen=True, slots=True)
class JobContext:
    """What all jobs share. ``details``: emit also files that need nothing. ``warned_of_future``: the
    configurations that have warned of a file with a time in the future.
    """

    ledger: JobLedger
    emit: Listener
    clock: Clock
    stop: Stop
    open_store: OpenStore
    details: bool = False
    recheck_seconds: float = RECHECK_SECONDS
    execute: Executor = execute_here
    run_id: str = ""
    disks: Disks = field(default_factory=Disks)
    warned_of_future: set[str] = field(default_factory=set)
