"""What a run is about to do: each configuration with its days, its source and its destination."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta

from mochok.clock import Stop
from mochok.config.effective import shown_options
from mochok.config.jobs import access
from mochok.config.jobs import job as job_of
from mochok.config.schema import Settings
from mochok.errors import MochokError
from mochok.model import DateWindow, SourceFile
from mochok.queries.planning import Plan
from mochok.records.summary import SummaryRow
from mochok.report.pages.summary import FileCount, days_text, files_text
from mochok.run.job import Job
from mochok.scan import Budget, ScanSettings, scan

NAMES_READ = 10_000
"""How many names of files and folders the summary of a whole run may read ..."""
NAMES_EACH = 20
"""... and how many each configuration at least."""


def summary_rows(
    settings: Settings, plans: Sequence[Plan], stop: Stop, names_read: int = NAMES_READ
) -> list[SummaryRow]:
    """One row for each configuration. Each may read its share of what the ones before have left."""
    left, rows = names_read, []
    for number, plan in enumerate(plans):
        budget = Budget(max(left // (len(plans) - number), NAMES_EACH))
        left -= budget.left
        rows.append(_row(settings, plan, budget, stop))
        left += budget.left
    return rows


def _row(settings: Settings, plan: Plan, budget: Budget, stop: Stop) -> SummaryRow:
    configuration = plan.configuration
    source, files, destination = _paths(settings, plan, budget, stop)
    account = access(configuration)
    return SummaryRow(
        name=configuration.name,
        days=days_text(plan.days),
        source=source,
        files=files,
        destination=destination,
        profile=account.profile or "default",
        region=account.region or "region detected",
        strategy=type(configuration.strategy).__name__,
        options=" ".join(shown_options(settings, configuration)),
        disabled=not configuration.enabled,
    )


def _paths(settings: Settings, plan: Plan, budget: Budget, stop: Stop) -> tuple[str, str, str]:
    """Source, files and destination, in words."""
    if not plan.days:
        return plan.configuration.local_base_path, "nothing to do", ""
    try:
        jobs = [job_of(settings, plan.configuration, day, run_date=plan.days[-1]) for day in plan.days]
    except MochokError as error:  # reported again, with its hint, as the configuration's result
        return plan.configuration.local_base_path, "unknown", error.message
    files = files_text(_count(jobs, budget, stop))
    return _and_more([job.paths.source for job in jobs]), files, _and_more([job.s3_path for job in jobs])


def _count(jobs: Sequence[Job], budget: Budget, stop: Stop) -> FileCount:
    """Each file once, on however many days it takes part; as many as the budget allows."""
    by_source: dict[str, list[Job]] = {}
    for job in jobs:
        by_source.setdefault(job.paths.source, []).append(job)
    files = missing = 0
    for number, (source, alike) in enumerate(by_source.items(), start=1):
        if os.path.isdir(source):
            files += sum(1 for _file in _files(source, alike, budget, stop))
        else:
            missing += 1
        budget.left -= 1  # a folder costs a stat too
        if budget.left <= 0 or stop.requested:
            return FileCount(files, True, number, missing)
    return FileCount(files, False, len(by_source), missing)


def _files(source: str, jobs: Sequence[Job], budget: Budget, stop: Stop) -> Iterator[SourceFile]:
    """The files that take part, by filters and dates, in any of ``jobs``; none if they cannot be read."""
    rules = [job.rules().compiled().takes_part for job in _joined(jobs)]
    symlinks, most = jobs[0].opening.source.symlinks, jobs[0].max_link_expansion
    settings = ScanSettings(symlinks=symlinks, budget=budget, max_link_expansion=most)
    try:
        for file in scan(source, settings, lambda _left_out: None):
            if any(takes_part(file) is None for takes_part in rules):
                yield file
            if stop.requested:
                return
    except MochokError:  # the run finds it again and reports it
        return


def _joined(jobs: Sequence[Job]) -> list[Job]:
    """The jobs of one source, joined where their windows overlap or meet: each file is tested once."""
    joined: list[Job] = []
    for job in sorted(jobs, key=lambda job: _window(job).first):
        window = _window(job)
        before = _window(joined[-1]) if joined else None
        if before is None or window.first > before.last + timedelta(days=1):
            joined.append(job)
        else:
            both = DateWindow(before.first, max(before.last, window.last))
            joined[-1] = replace(job, paths=job.paths.over(both))
    return joined


def _window(job: Job) -> DateWindow:
    return job.paths.window or DateWindow(date.min, date.max - timedelta(days=1))


def _and_more(paths: Sequence[str]) -> str:
    """``/data/2025-01-03 and 4 more``."""
    distinct = list(dict.fromkeys(paths))
    return distinct[0] if len(distinct) == 1 else f"{distinct[0]} and {len(distinct) - 1:,} more"
