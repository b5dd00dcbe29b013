"""Everything that one configuration's run for one date needs, as values."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta, tzinfo
from typing import Literal

from mochok.model import Identity, SyncPaths
from mochok.plan.compare import Compare
from mochok.plan.dating import day_rule
from mochok.plan.delete_guard import DeleteGuard
from mochok.plan.filters import FilterRule
from mochok.plan.planner import Rules
from mochok.plan.protection import Protected
from mochok.scan import MAX_LINK_EXPANSION
from mochok.storage.settings import OpenSettings

FIRST_RELEASE = date(2025, 1, 1)
"""A clock that shows an earlier day is wrong: Mochok did not exist."""


@dataclass(frozen=True, slots=True)
class Job:
    """One configuration for one target date.

    ``identity``: whose its days are. ``destination`` identifies endpoint, bucket and prefix for the file
    ledger; ``s3_path`` is for people.
    ``opening`` opens its store. ``reconcile_every_days``: how old the last complete listing may be for the
    ledger to replace it; 0 lists every time. ``expected``: the target date, or a day of its period, is one of
    the expected days. ``not_over_from``: data days from this one on are not over, so they cannot be complete;
    None for no day. ``open_until``: the last day of a period (such as a month's folder) that is not over yet,
    so that more files may come; None if it is over. ``protected``: destinations of other configurations, from
    which it deletes nothing. ``settle_minutes``: how old the youngest file of a complete day is at least; 0
    for any age. ``dated_by_run``: its day is the date of the run, so a later run without a problem settles
    earlier open days. ``rechecks``: it only checks an open day again.
    """

    name: str
    target_date: date
    base_path: str
    paths: SyncPaths
    s3_path: str
    identity: Identity
    destination: str
    opening: OpenSettings
    compare: Compare = Compare.LEDGER
    filters: tuple[FilterRule, ...] = ()
    delete: bool = False
    guard: DeleteGuard = field(default_factory=DeleteGuard)
    max_link_expansion: int = MAX_LINK_EXPANSION
    missing_source: Literal["skip", "fail"] = "skip"
    empty_source: Literal["fail", "ok"] = "fail"
    ignore_case: bool = False
    zone: tzinfo | None = None
    dry_run: bool = False
    reconcile_every_days: int = 0
    expected: bool = True
    not_over_from: date | None = None
    open_until: date | None = None
    protected: tuple[Protected, ...] = ()
    settle_minutes: int = 0
    dated_by_run: bool = False
    rechecks: bool = False

    def as_recheck(self) -> Job:
        """The same to check an open day again: nothing is deleted, and its folder may be gone by now."""
        return replace(self, delete=False, missing_source="skip", empty_source="ok", rechecks=True)

    @property
    def prefix_bytes(self) -> int:
        """What the prefix takes of a key's 1,024 bytes."""
        return len(self.paths.prefix.encode()) + 1 if self.paths.prefix else 0

    @property
    def begins_history(self) -> bool:
        """Whether history may begin with the source folder, if it exists.

        Not with one that is the same on every day, nor with a run whose clock is wrong.
        """
        undated = self.not_over_from is None
        return self.paths.window is None and not (undated and max(self.paths.days) < FIRST_RELEASE)

    def relies_on(self, listed: datetime | None, now: datetime) -> bool:
        """True if a run at ``now`` takes the ledger for a listing that is as old as ``listed``. One that
        deletes always lists.
        """
        if listed is None or self.compare is not Compare.LEDGER or self.delete:
            return False
        return timedelta() <= now - listed < timedelta(days=self.reconcile_every_days)

    def rules(self, doubtful_from_ns: int | None = None) -> Rules:
        """The rules that decide for this job. ``doubtful_from_ns`` as in ``Rules``."""
        days = day_rule(self.paths, self.zone)
        return Rules(
            self.compare, self.filters, self.ignore_case, days, self.delete, doubtful_from_ns, self.protected
        )
