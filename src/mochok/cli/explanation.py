"""An explanation in words, row by row."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, tzinfo

from mochok.model import Delete, Upload
from mochok.plan.dating import day_finder
from mochok.plurals import days_span
from mochok.queries.explanation import Explanation
from mochok.report.text.formatting import size_text


def rows(found: Explanation, zone: tzinfo | None) -> Iterator[tuple[str, str]]:
    """What was found out, as pairs of a word and what it is; times in ``zone``, None the machine's own."""
    job = found.job
    yield "Configuration", f"{job.name}, target date {job.target_date}"
    yield "Source folder", job.paths.source
    yield "File", _file_words(found, zone)
    yield "Selected", _selected_words(found)
    yield "Key", found.url
    yield "There now", _stored_words(found, zone)
    yield "Last sent", _entry_words(found, zone)
    yield "A sync would", _verdict(found)


def _file_words(found: Explanation, zone: tzinfo | None) -> str:
    local = found.local
    if local.file is None:
        return f"{local.path}: {local.problem or 'it does not exist'}"
    return f"{local.path}: {size_text(local.file.size_bytes)}, modified {_moment(local.file.mtime_ns, zone)}"


def _selected_words(found: Explanation) -> str:
    """By the filters first, then by the range of days, as a run asks."""
    filters = _filter_words(found)
    paths = found.job.paths
    window = paths.modified_days or paths.path_days
    if found.decision.selected and found.local.problem:
        return f"no: {found.local.problem}"
    if not found.decision.selected or window is None:
        return f"{'yes' if found.decision.selected else 'no'}: {filters}"
    days = days_span(window.first, window.last)
    if found.local.file is None:
        return f"yes if its day lies in {days}; {filters}"
    in_range = _day_of(found) is not None
    if paths.modified_days is None:
        folder = "a folder of its path names" if in_range else "no folder of its path names"
        return f"{'yes' if in_range else 'no'}: {folder} a day of {days}; {filters}"
    lies = "lies" if in_range else "does not lie"
    return f"{'yes' if in_range else 'no'}: its modification day {lies} in {days}; {filters}"


def _day_of(found: Explanation) -> date | None:
    day_of = day_finder(found.job.paths, found.job.zone)
    return day_of(found.local.file) if day_of is not None and found.local.file is not None else None


def _filter_words(found: Explanation) -> str:
    rule = found.decision.rule
    if rule is None:
        return "no --exclude or --include matches it" if found.job.filters else "no filter is set"
    index, each = rule
    count = len(found.job.filters)
    return f"{each.option} (filter {index + 1} of {count}) matches it, and the last match wins"


def _stored_words(found: Explanation, zone: tzinfo | None) -> str:
    stored = found.stored
    if found.problem is not None:
        return f"not known: {found.problem.message}"
    if stored is None:
        return "nothing"
    encrypted = f", encrypted ({stored.encryption})" if stored.encryption else ""
    moment = f"{stored.modified.astimezone(zone):%Y-%m-%d %H:%M:%S %Z}"
    return f"{size_text(stored.size_bytes)}, sent {moment}, storage class {stored.storage_class}{encrypted}"


def _entry_words(found: Explanation, zone: tzinfo | None) -> str:
    if found.entry is None:
        return "the ledger knows nothing of it"
    return f"the file of {size_text(found.entry.size_bytes)} modified {_moment(found.entry.mtime_ns, zone)}"


def _verdict(found: Explanation) -> str:
    action = found.decision.action
    if isinstance(action, Upload):
        return f"send it: {action.reason.value} (compare: {found.job.compare.value})"
    if isinstance(action, Delete):
        return f"delete the object: {action.reason.value}, and --delete is set"
    if action is not None:
        return f"do nothing: {action.reason.value}"
    if found.local.problem:
        return found.local.instead or f"leave it out: {found.local.problem}"
    return "not known" if found.problem is not None else "do nothing: there is no such file"


def _moment(nanoseconds: int, zone: tzinfo | None) -> str:
    moment = datetime.fromtimestamp(nanoseconds // 1_000_000_000, UTC).astimezone(zone)
    return f"{moment:%Y-%m-%d %H:%M:%S %Z}"
