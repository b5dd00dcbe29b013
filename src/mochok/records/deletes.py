"""What the ledger remembers for the safety of deletions and sources.

The fields of each record are the columns of its table, under the same names.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

FOLDER_OBJECTS = 20
"""A top-level folder with so many objects is remembered: its disappearance is an event of its own."""
KEYS_KEPT = 1001
"""How many keys of a refused deletion are remembered."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """A destination after the last run with ``--delete`` that ended without any problem.

    ``objects``: how many objects the configuration ``name`` could delete. ``folders``: the top-level folders
    with at least ``FOLDER_OBJECTS`` files, and all mount points below the source, with the number of their
    files. ``mount``: the mount point of the disk with the source. ``mounts``: the mount points below the
    source, relative to it, with their device numbers.
    """

    name: str
    destination: str
    objects: int
    folders: tuple[tuple[str, int], ...] = ()
    mount: str = ""
    mounts: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Refusal:
    """Deletions that were refused. They block those of their configuration until a person accepts them.

    ``deletes`` of ``objects`` were to be deleted in the destination of ``target_date``. ``keys`` are the
    first of them, at most ``KEYS_KEPT``; ``folders`` are those that had disappeared as a whole. ``accepted``:
    when a person accepted them.
    """

    name: str
    destination: str
    target_date: date
    s3_path: str
    since: datetime
    deletes: int
    objects: int
    reason: str
    keys: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    accepted: datetime | None = None


@dataclass(frozen=True, slots=True)
class DeleteMemory:
    """What is remembered for one job: ``own`` is the refusal of its destination, ``others`` are the refusals
    of its configuration elsewhere.
    """

    baseline: Baseline | None = None
    own: Refusal | None = None
    others: tuple[Refusal, ...] = ()


@dataclass(frozen=True, slots=True)
class KnownSource:
    """The folder ``path`` of the configuration ``name`` after its last run without any problem: how many
    ``files`` it had, and the mount point of its disk.
    """

    name: str
    path: str
    files: int
    mount: str
