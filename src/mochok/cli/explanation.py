"""An explanation in words, row by row."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, tzinfo

from mochok.model import Delete, Upload
from mochok.report.wording import size_text
from mochok.wire.explaining import Explanation


def rows(found: Explanation, zone: tzinfo | None) -> Iterator[tuple[str, str]]:
    """What was found out, as pairs of a word and what it is; times in ``zone``, None the machine's own."""
    job = found.job
    yield "Configuration", f"{job.name}, target date {job.target_date}"
    yield "Source folder", job.paths.source
    yield "File", _file_words(found, zone)
    yield "Selected", _filter_words(found)
    if window := job.paths.modified_days or job.paths.path_days:
        by = "modification day" if job.paths.modified_days else "folder's date"
        yield "Date", f"only files whose {by} lies in {window.first} to {window.last}"
    yield "Key", found.url
    yield "There now", _stored_words(found)
    yield "Last sent", _entry_words(found, zone)
    yield "A sync would", _verdict(found)


def _file_words(found: Explanation, zone: tzinfo | None) -> str:
    local = found.local
    if local.file is None:
        return f"{local.path}: {local.problem or 'it does not exist'}"
    return f"{local.path}: {size_text(local.file.size_bytes)}, modified {_moment(local.file.mtime_ns, zone)}"


def _filter_words(found: Explanation) -> str:
    rule = found.decision.rule
    if rule is None:
        return "yes: no --exclude or --include matches it" if found.job.filters else "yes: there is no filter"
    index, each = rule
    answer = "yes" if each.include else "no"
    count = len(found.job.filters)
    return f"{answer}: {each.option} (filter {index + 1} of {count}) matches it, and the last match wins"


def _stored_words(found: Explanation) -> str:
    stored = found.stored
    if found.problem is not None:
        return f"not known: {found.problem.message}"
    if stored is None:
        return "nothing"
    encrypted = f", encrypted ({stored.encryption})" if stored.encryption else ""
    moment = f"{stored.modified:%Y-%m-%d %H:%M:%S} UTC"
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
        return f"leave it out: {found.local.problem}"
    return "not known" if found.problem is not None else "do nothing: there is no such file"


def _moment(nanoseconds: int, zone: tzinfo | None) -> str:
    moment = datetime.fromtimestamp(nanoseconds // 1_000_000_000, UTC).astimezone(zone)
    return f"{moment:%Y-%m-%d %H:%M:%S %Z}"
