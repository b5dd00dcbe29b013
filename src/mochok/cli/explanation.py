"""An explanation in words, row by row."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, tzinfo

from mochok.errors import BucketMissingError
from mochok.model import Action, Delete, Upload
from mochok.plan.compare import decided_by_content
from mochok.plan.dating import day_finder
from mochok.plurals import days_span
from mochok.queries.explanation import Explanation
from mochok.report.text.formatting import size_text


def rows(found: Explanation) -> Iterator[tuple[str, str]]:
    """Pairs of a label and a text; times in the job's zone."""
    job = found.job
    yield "Configuration", f"{job.name}, target date {job.target_date}"
    yield "Source folder", job.paths.source
    yield "File", _file_words(found)
    yield "Selected", _selected_words(found)
    yield "Key", found.url
    yield "In S3", _stored_words(found)
    yield "Last upload", _entry_words(found)
    yield "Next sync", _next_sync(found)


def _file_words(found: Explanation) -> str:
    local = found.local
    if local.file is None:
        return f"{local.path}: {local.problem or 'does not exist'}"
    modified = _moment(local.file.mtime_ns, found.job.zone)
    return f"{local.path}: {size_text(local.file.size_bytes)}, modified {modified}"


def _selected_words(found: Explanation) -> str:
    """By the filters first, then by the range of days, as in a run."""
    filters = _filter_words(found)
    paths = found.job.paths
    window = paths.window
    if not found.decision.selected:
        return f"no: {filters}"
    if found.local.problem:
        return f"no: {found.local.problem}"
    day_of = day_finder(paths, found.job.zone)
    if window is None or day_of is None:
        return f"yes: {filters}"
    days = days_span(window.first, window.last)
    if found.local.file is None:
        return f"yes if its day is in {days}; {filters}"
    in_range = day_of(found.local.file) is not None
    if paths.name_days:
        day = f"{'a' if in_range else 'no'} date in its name is a day of {days}"
    elif paths.modified_days is None:
        day = f"{'a' if in_range else 'no'} folder of its path is a day of {days}"
    else:
        day = f"its modification day is {'in' if in_range else 'not in'} {days}"
    return f"{'yes' if in_range else 'no'}: {day}; {filters}"


def _filter_words(found: Explanation) -> str:
    rule = found.decision.rule
    if rule is None:
        return "no --exclude or --include matches it" if found.job.filters else "there are no filters"
    index, filter_rule = rule
    count = len(found.job.filters)
    return f"{filter_rule.option} (filter {index + 1} of {count}) matches it, and the last match wins"


def _stored_words(found: Explanation) -> str:
    stored = found.stored
    if isinstance(found.problem, BucketMissingError):
        return "nothing: the bucket does not exist"
    if found.problem is not None:
        return f"unknown: {found.problem.message}"
    if stored is None:
        return "nothing"
    encrypted = f", encrypted ({stored.encryption})" if stored.encryption else ""
    moment = f"{stored.modified.astimezone(found.job.zone):%Y-%m-%d %H:%M:%S %Z}"
    size, storage_class = size_text(stored.size_bytes), stored.storage_class
    return f"{size}, uploaded {moment}, storage class {storage_class}{encrypted}"


def _entry_words(found: Explanation) -> str:
    if found.entry is None:
        return "no record of it"
    modified = _moment(found.entry.mtime_ns, found.job.zone)
    return f"the file of {size_text(found.entry.size_bytes)} modified {modified}"


def _next_sync(found: Explanation) -> str:
    decision = found.decision
    if isinstance(found.problem, BucketMissingError):
        return f"fail: {found.problem.message}"
    words = _action_words(found, decision.action)
    if decision.listed is None or decision.when_listed == decision.action:
        return words
    days = found.job.reconcile_every_days
    listed = f"according to the listing of {decision.listed} (reconcile_every_days: {days})"
    return f"{words}, {listed}; if it listed the bucket: {_action_words(found, decision.when_listed)}"


def _action_words(found: Explanation, action: Action | None) -> str:
    if isinstance(action, Upload) and decided_by_content(found.job.compare, action.reason):
        return f"upload it if its content differs: {action.reason.value} (compare: {found.job.compare.value})"
    if isinstance(action, Upload):
        return f"upload it: {action.reason.value} (compare: {found.job.compare.value})"
    if isinstance(action, Delete):
        return f"delete the object: {action.reason.value}, and --delete is set"
    if action is not None:
        return f"do nothing: {action.reason.value}"
    if found.local.problem:
        return found.local.instead or f"skip it: {found.local.problem}"
    return "unknown" if found.problem is not None else "do nothing: the file does not exist"


def _moment(nanoseconds: int, zone: tzinfo | None) -> str:
    moment = datetime.fromtimestamp(nanoseconds // 1_000_000_000, UTC).astimezone(zone)
    return f"{moment:%Y-%m-%d %H:%M:%S %Z}"
