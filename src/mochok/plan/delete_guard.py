"""The delete guard: may these objects be deleted, or must a person decide? Pure.

Deletions are compared with what was there *before* the source changed: with the objects after the last run
without a problem (``Baseline``), or with those that the listing showed before this run's uploads, if they are
fewer. What this run, or a refused run, uploads never makes a deletion look smaller.

A refusal is remembered. Until a person accepts it, or none of its objects is to be deleted any more, every
deletion of the configuration is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from mochok.plurals import counted
from mochok.records.deletes import FOLDER_OBJECTS, Baseline, DeleteMemory, Refusal
from mochok.suggestions import listed

REPLACED_PERCENT = 10
"""If less than this remains of the uploaded files, the source as a whole looks replaced."""


@dataclass(frozen=True, slots=True)
class DeleteGuard:
    """How much a delete phase may remove: percent of the objects that the configuration could delete, and a
    count. ``allowed``: how many a person allows in this run, whatever the limits; None if nobody did.
    """

    max_percent: float = 50
    max_objects: int = 1000
    allowed: int | None = None

    @property
    def most(self) -> int:
        """How many objects could be deleted at most."""
        return max(self.max_objects, self.allowed or 0)

    def refusal(self, deletes: int, objects: int) -> str:
        """Why ``deletes`` of ``objects`` are too many, or ""."""
        of_all = f"{deletes} of {counted(objects, 'object', grouped=False)}"
        if deletes > objects:
            of_all = f"{deletes} objects, more than the {objects} of the last run without a problem,"
        if deletes > self.max_objects:
            return f"{of_all} would be deleted, more than max_objects: {self.max_objects}"
        if self.max_percent < 100 and deletes * 100 > self.max_percent * objects:
            share = f" ({deletes * 100 / objects:.0f} %)" if deletes <= objects else ""
            return f"{of_all}{share} would be deleted, more than max_percent: {self.max_percent:g}"
        return ""


@dataclass(frozen=True, slots=True)
class Planned:
    """What a run would delete: ``deletes`` objects, of which ``keys`` are the first.

    ``objects``: how many the configuration could delete, as listed before its uploads. ``gone``: folders of
    the baseline without files; ``unmounted``: folders whose disk is not mounted, or another one is.
    ``unknown``: how many of ``keys`` the ledger has no record of, although it should.
    """

    deletes: int
    objects: int
    keys: Sequence[str] = ()
    gone: tuple[str, ...] = ()
    unmounted: tuple[str, ...] = ()
    unknown: int = 0

    @property
    def folders(self) -> tuple[str, ...]:
        """The folders that disappeared as a whole."""
        return tuple(dict.fromkeys((*self.unmounted, *self.gone)))

    def beyond(self, accepted: Refusal) -> Planned:
        """What is to be deleted in addition to what was accepted: by key where all keys are known."""
        seen, folders = frozenset(accepted.keys), frozenset(accepted.folders)
        covered, more = accepted.deletes, tuple[str, ...]()
        if accepted.deletes <= len(accepted.keys):
            more = tuple(key for key in self.keys if key not in seen)
            covered = len(self.keys) - len(more)

        def beyond(names: Sequence[str]) -> tuple[str, ...]:
            below = {name for name in names if any(key.startswith(f"{name}/") for key in more)}
            return tuple(name for name in names if name not in folders or name in below)

        return replace(
            self,
            deletes=max(self.deletes - covered, 0),
            objects=max(self.objects - covered, 0),
            gone=beyond(self.gone),
            unmounted=beyond(self.unmounted),
            unknown=max(self.unknown - covered, 0),
        )

    def includes(self, refusal: Refusal) -> bool:
        """Whether any object of ``refusal`` is still to be deleted, as far as the first keys show."""
        return self.deletes > len(self.keys) or not frozenset(refusal.keys).isdisjoint(self.keys)


class Verdict(NamedTuple):
    """``reason``: why nothing may be deleted, or "". ``remember``: the reason to remember, "" for none."""

    reason: str = ""
    remember: str = ""


def verdict(planned: Planned, memory: DeleteMemory | None, guard: DeleteGuard) -> Verdict:
    """Whether ``planned`` may be deleted. ``memory`` None: the ledger cannot be used."""
    if not planned.deletes:
        return Verdict()
    if guard.allowed is not None:
        return _allowed(planned, memory or DeleteMemory(), guard)
    if memory is None:
        return Verdict(f"{_objects(planned)} would be deleted, and there is no ledger to compare with")
    own, baseline = memory.own, memory.baseline
    if own is not None and own.accepted is not None:
        return _in_addition(planned, own, memory, guard)
    reason = _reason(planned, baseline, guard)
    if blocking := _blocking(planned, memory):
        remember = (reason or blocking.reason) if blocking is own else reason
        return Verdict(_still_refused(planned, blocking), remember)
    return Verdict(reason, reason)


def _in_addition(planned: Planned, accepted: Refusal, memory: DeleteMemory, guard: DeleteGuard) -> Verdict:
    """Whether more than what was accepted may be deleted, as a part of what the accepted deletions leave."""
    more, baseline = planned.beyond(accepted), memory.baseline
    if baseline is not None:
        covered = planned.objects - more.objects
        baseline = replace(baseline, objects=max(baseline.objects - covered, 0))
    reason = _reason(more, baseline, guard)
    if not reason and more.deletes and (other := _other(memory)):
        return Verdict(f"in addition to the accepted deletions, {_still_refused(more, other)}")
    reason = f"in addition to the accepted deletions, {reason}" if reason else ""
    return Verdict(reason, reason)


def _blocking(planned: Planned, memory: DeleteMemory) -> Refusal | None:
    """The refusal that nobody accepted, and whose deletions are not gone."""
    own = memory.own if memory.own is not None and planned.includes(memory.own) else None
    return own or _other(memory)


def _other(memory: DeleteMemory) -> Refusal | None:
    """A refusal elsewhere that nobody accepted."""
    return next((other for other in memory.others if other.accepted is None), None)


def before(planned: Planned, baseline: Baseline | None) -> int:
    """With how many objects the deletions are compared."""
    return planned.objects if baseline is None else min(baseline.objects, planned.objects)


def replaced(present: int, known: int, baseline: Baseline | None, guard: DeleteGuard) -> int:
    """How many objects a run would delete whose source looks replaced; 0 if it may go on.

    ``present`` of the ``known`` uploaded files are still in the source. The baseline is compared too, because
    the ledger may also have records of objects that others deleted.
    """
    objects = baseline.objects if baseline else known
    if present * 100 >= REPLACED_PERCENT * min(known, objects):
        return 0
    missing = min(known, objects) - present
    if guard.allowed is not None:
        return missing if missing > guard.allowed else 0
    return missing if guard.refusal(missing, min(known, objects)) else 0


def _allowed(planned: Planned, memory: DeleteMemory, guard: DeleteGuard) -> Verdict:
    if planned.deletes <= (guard.allowed or 0):
        return Verdict()
    usual = _reason(planned, memory.baseline, replace(guard, allowed=None))
    reason = f"{_objects(planned)} would be deleted, more than --allow-deletes {guard.allowed}"
    return Verdict(reason, usual or (memory.own.reason if memory.own else ""))


def _still_refused(planned: Planned, refusal: Refusal) -> str:
    since = f"{refusal.since:%Y-%m-%d %H:%M}, for {refusal.target_date}"
    reason = f"deletions of this configuration are refused since {since}: {refusal.reason}"
    return f"{_objects(planned)} would be deleted, but {reason}"


def _reason(planned: Planned, baseline: Baseline | None, guard: DeleteGuard) -> str:
    if not planned.deletes:
        return ""
    would = f"{_objects(planned)} would be deleted"
    if planned.unmounted:
        return f"{would}, and the disk of {_named(planned.unmounted)} is not mounted or is another one"
    if planned.gone and guard.max_percent < 100:
        return f"{would}, and {_named(planned.gone)} has no files any more"
    if planned.unknown >= FOLDER_OBJECTS and guard.max_percent < 100:
        return (
            f"{would}, and at least {planned.unknown} of them were uploaded by another program or host, "
            "not by this configuration"
        )
    return guard.refusal(planned.deletes, before(planned, baseline))


def _objects(planned: Planned) -> str:
    return counted(planned.deletes, "object", grouped=False)


def _named(folders: Sequence[str]) -> str:
    return f"{'the folder' if len(folders) == 1 else 'each of the folders'} {listed(folders)}"
