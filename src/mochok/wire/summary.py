"""What stands before a run: each configuration with its days, its source and its destination."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

from mochok.clock import Stop
from mochok.config.schema import Settings
from mochok.errors import MochokError
from mochok.model import SourceFile
from mochok.report.summary import FileCount, SummaryRow, count_files, days_text, files_text
from mochok.run.job import Job
from mochok.wire.jobs import Wiring, access, job
from mochok.wire.planning import Plan

FILES_COUNTED = 10_000


def summary_rows(settings: Settings, plans: Sequence[Plan], stop: Stop) -> list[SummaryRow]:
    """One row for each configuration; looks at no more than 10,000 files of each."""
    return [_row(settings, plan, stop) for plan in plans]


def _row(settings: Settings, plan: Plan, stop: Stop) -> SummaryRow:
    configuration = plan.configuration
    source, files, destination = _places(settings, plan, stop)
    who = access(configuration)
    return SummaryRow(
        name=configuration.name,
        days=days_text(plan.days),
        source=source,
        files=files,
        destination=destination,
        profile=who.profile or "default",
        region=who.region or "region detected",
        strategy=type(configuration.strategy).__name__,
        options=" ".join(configuration.options.shown_texts),
    )


def _places(settings: Settings, plan: Plan, stop: Stop) -> tuple[str, str, str]:
    """Source, files and destination, in words."""
    if not plan.days:
        return plan.configuration.local_base_path, "nothing to do", ""
    try:
        jobs = _jobs(settings, plan, stop)
    except MochokError as error:  # told again, with its hint, as the configuration's result
        return plan.configuration.local_base_path, "unknown", error.message
    files = files_text(_count(jobs, lambda: stop.requested))
    return _and_more([one.paths.source for one in jobs]), files, _and_more([one.s3_path for one in jobs])


def _jobs(settings: Settings, plan: Plan, stop: Stop) -> list[Job]:
    wiring = Wiring(settings, stop, plan.days[-1])
    return [job(wiring, plan.configuration, day) for day in plan.days]


def _count(jobs: Sequence[Job], stopped: Callable[[], bool]) -> FileCount:
    total = FileCount()
    for one in jobs:
        room = FILES_COUNTED - total.looked_at
        total = total.plus(count_files(one.paths.source, room, stopped, selects=_selector(one)))
    return total


def _selector(one: Job) -> Callable[[str, os.DirEntry[str]], bool] | None:
    """Whether a file takes part, by filters and dates; None if every file does."""
    dated = one.paths.modified_days is not None
    if not one.filters and not dated and one.paths.path_days is None:
        return None
    takes_part = one.rules().takes_part

    def selects(key: str, entry: os.DirEntry[str]) -> bool:
        try:
            mtime_ns = entry.stat().st_mtime_ns if dated else 0
        except OSError:  # vanished, or not to be looked at: the run finds it again and tells it
            return False
        return takes_part(SourceFile(key, entry.path, 0, mtime_ns)) is None

    return selects


def _and_more(places: Sequence[str]) -> str:
    """``/data/2025-01-03 and 4 more``."""
    distinct = list(dict.fromkeys(places))
    return distinct[0] if len(distinct) == 1 else f"{distinct[0]} and {len(distinct) - 1:,} more"
