"""What stands before a run: each configuration with its days, its source and its destination."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta

from mochok.clock import Stop
from mochok.config.jobs import access, job
from mochok.config.schema import Settings
from mochok.errors import MochokError
from mochok.model import DateWindow, SourceFile
from mochok.queries.planning import Plan
from mochok.records.summary import SummaryRow
from mochok.report.pages.summary import FileCount, count_files, days_text, files_text
from mochok.run.job import Job

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
        disabled=not configuration.enabled,
    )


def _places(settings: Settings, plan: Plan, stop: Stop) -> tuple[str, str, str]:
    """Source, files and destination, in words."""
    if not plan.days:
        return plan.configuration.local_base_path, "nothing to do", ""
    try:
        jobs = [job(settings, plan.configuration, day, run_date=plan.days[-1]) for day in plan.days]
    except MochokError as error:  # told again, with its hint, as the configuration's result
        return plan.configuration.local_base_path, "unknown", error.message
    files = files_text(_count(jobs, lambda: stop.requested))
    return _and_more([one.paths.source for one in jobs]), files, _and_more([one.s3_path for one in jobs])


def _count(jobs: Sequence[Job], stopped: Callable[[], bool]) -> FileCount:
    """Each file once, on however many days it takes part."""
    total, by_source = FileCount(), dict[str, list[Job]]()
    for one in jobs:
        by_source.setdefault(one.paths.source, []).append(one)
    for source, alike in by_source.items():
        room = FILES_COUNTED - total.looked_at
        total = total.plus(count_files(source, room, stopped, selects=_selector(alike)))
    return total


def _selector(jobs: Sequence[Job]) -> Callable[[str, os.DirEntry[str]], bool] | None:
    """Whether a file takes part, by filters and dates, in one of a configuration's ``jobs``; None if every
    file does.
    """
    paths, dated = jobs[0].paths, jobs[0].paths.modified_days is not None
    if not jobs[0].filters and not dated and paths.path_days is None:
        return None
    rules = [one.rules().compiled().takes_part for one in _joined(jobs)]

    def selects(key: str, entry: os.DirEntry[str]) -> bool:
        try:
            mtime_ns = entry.stat().st_mtime_ns if dated else 0
        except OSError:  # vanished, or not to be looked at: the run finds it again and tells it
            return False
        file = SourceFile(key, entry.path, 0, mtime_ns)
        return any(takes_part(file) is None for takes_part in rules)

    return selects


def _joined(jobs: Sequence[Job]) -> list[Job]:
    """The jobs of one configuration and source, those in one whose windows overlap or meet: a month of days
    must not ask a month of times about each file.
    """
    result: list[Job] = []
    for one in sorted(jobs, key=lambda one: _window(one).first):
        window = _window(one)
        before = _window(result[-1]) if result else None
        if before is None or window.first > before.last + timedelta(days=1):
            result.append(one)
        else:
            result[-1] = _over(one, DateWindow(before.first, max(before.last, window.last)))
    return result


def _window(one: Job) -> DateWindow:
    return (
        one.paths.modified_days or one.paths.path_days or DateWindow(date.min, date.max - timedelta(days=1))
    )


def _over(one: Job, window: DateWindow) -> Job:
    paths = one.paths
    if paths.modified_days is not None:
        paths = replace(paths, modified_days=window)
    elif paths.path_days is not None:
        paths = replace(paths, path_days=window)
    return replace(one, paths=paths)


def _and_more(places: Sequence[str]) -> str:
    """``/data/2025-01-03 and 4 more``."""
    distinct = list(dict.fromkeys(places))
    return distinct[0] if len(distinct) == 1 else f"{distinct[0]} and {len(distinct) - 1:,} more"
