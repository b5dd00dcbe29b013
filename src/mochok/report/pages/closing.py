"""The sentences that a run ends with."""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping, Sequence

from mochok.events import RunFinished
from mochok.model import DayState, Status, SyncResult
from mochok.plurals import counted, days_span
from mochok.report.text.formatting import DISABLED, duration_words, rate_text, size_text

_NAMES_GIVEN = 5


class _Fate(enum.Enum):
    """The fate of a result, in singular and plural, in the order in which a sentence has them."""

    FAILED = ("failed", "failed")
    WOULD_SUCCEED = ("would succeed", "would succeed")
    COMPLETE = ("is complete in S3", "are complete in S3")
    COMPLETE_AS_LISTED = (
        "is complete in S3, according to an earlier listing",
        "are complete in S3, according to earlier listings",
    )
    OPEN = ("is in S3 so far, and may still change", "are in S3 so far, and may still change")
    PARTIAL = ("is in S3 except for unreadable files", "are in S3 except for unreadable files")
    NOT_ARRIVED = ("lacks files that failed in an earlier run", "lack files that failed in an earlier run")
    LOST = ("lacks objects that were uploaded before", "lack objects that were uploaded before")
    EMPTY_AT_LAST = (
        "had no files; those of the days before are in S3",
        "had no files on the last day; those of the days before are in S3",
    )
    EMPTY = ("had no files", "had no files")
    SKIPPED = ("was skipped (nothing to upload)", "were skipped (nothing to upload)")
    DRY = ("ran as a dry run (--dryrun in sync_options)", "ran as dry runs (--dryrun in sync_options)")


_FATES_OF_DAYS = {
    DayState.OPEN: _Fate.OPEN,
    DayState.PARTIAL: _Fate.NOT_ARRIVED,
    DayState.EMPTY: _Fate.EMPTY,
}
_NAMED = (_Fate.FAILED, _Fate.SKIPPED, _Fate.DRY)


def closing_sentence(finished: RunFinished) -> str:
    """Such as "All 4 configurations are complete in S3." or "2 of 4 configurations failed: A, B; 2 ..."."""
    return " ".join(_sentences(finished))


def effort_sentences(finished: RunFinished) -> Iterator[str]:
    """What it took: "Uploaded 1,204 files (1.2 GB) in 35 s (34.3 MB/s)." Then what is missing.

    Of a dry run only the latter: ``DryTotals`` has what it would do.
    """
    if finished.results and not is_dry(finished):
        yield _effort(finished)
    if unreadable := sum(result.tally.left_out for result in finished.results):
        what = counted(unreadable, "file or folder was", "files or folders were")
        yield f"{what} skipped (unreadable), as listed above."


def disabled_sentence(names: Sequence[str]) -> str:
    """Such as "Daily (disabled, named by --only) runs only when named."."""
    return f"{', '.join(names)} ({DISABLED}) {'runs' if len(names) == 1 else 'run'} only when named."


def is_dry(finished: RunFinished) -> bool:
    """True if nothing was changed: a dry run, by the command line or every configuration's options."""
    results = finished.results
    return finished.dry_run or (bool(results) and all(result.dry_run for result in results))


def _sentences(finished: RunFinished) -> Iterator[str]:
    dry = is_dry(finished)
    if finished.interrupted:
        yield "Interrupted: what has arrived stays in S3, the next run uploads the rest."
    elif dry:
        yield "Dry run: nothing was changed."
    by_fate: dict[_Fate, list[SyncResult]] = {}
    for result in finished.results:
        by_fate.setdefault(_fate(result, dry=dry), []).append(result)
    if by_fate and set(by_fate) != {_Fate.WOULD_SUCCEED}:
        yield _verdict(finished.results, by_fate)
    elif not by_fate and not finished.interrupted:
        yield "Nothing to do: no configuration had a day to synchronise."


def _fate(result: SyncResult, *, dry: bool) -> _Fate:
    if result.status is Status.FAILURE:
        return _Fate.FAILED
    if result.dry_run and not dry:
        return _Fate.DRY
    if result.status is Status.SKIPPED:
        return _Fate.SKIPPED
    return _Fate.WOULD_SUCCEED if dry else _fate_of_day(result)


def _fate_of_day(result: SyncResult) -> _Fate:
    if result.tally.left_out:
        return _Fate.PARTIAL
    if result.objects_lost:
        return _Fate.LOST
    no_files = any(found.day == result.target_date and not found.files for found in result.day_results)
    if result.day_state is DayState.COMPLETE and no_files:
        return _Fate.EMPTY_AT_LAST
    as_listed = _Fate.COMPLETE_AS_LISTED if result.listed else _Fate.COMPLETE
    return _FATES_OF_DAYS.get(result.day_state, as_listed)


def _verdict(results: Sequence[SyncResult], by_fate: Mapping[_Fate, Sequence[SyncResult]]) -> str:
    """Each result counts: with several dates a configuration has several."""
    fates = [fate for fate in _Fate if fate in by_fate]
    if len(results) == 1:
        result = results[0]
        day = result.days[0] if len(result.days) == 1 else result.target_date
        words = fates[0].value[0]
        if fates[0] is _Fate.COMPLETE_AS_LISTED:
            words = f"is complete in S3, according to the listing of {result.listed}"
        return f"{result.name}: {day} {words}."
    if len(fates) == 1:
        return f"All {len(results):,} {_what(results)} {fates[0].value[1]}."
    parts: list[str] = []
    for fate in fates:
        count = len(by_fate[fate])
        of_all = "" if parts else f" of {len(results):,} {_what(results)}"
        names = _names(by_fate[fate]) if fate in _NAMED else ""
        parts.append(f"{count:,}{of_all} {fate.value[count > 1]}{names}")
    return "; ".join(parts) + "."


def _what(results: Sequence[SyncResult]) -> str:
    dates = sorted({result.target_date for result in results})
    if len(dates) == 1:
        return "configurations"
    names = len({result.name for result in results})
    return f"days ({counted(names, 'configuration')}, {days_span(dates[0], dates[-1])})"


def _names(results: Sequence[SyncResult]) -> str:
    """``: Reports, Archive``, or nothing if there are too many to help."""
    names = dict.fromkeys(result.name for result in results)
    return f": {', '.join(names)}" if len(names) <= _NAMES_GIVEN else ""


def _effort(finished: RunFinished) -> str:
    tallies = [result.tally for result in finished.results]
    files = sum(tally.uploaded for tally in tallies)
    size_bytes = sum(tally.bytes_uploaded for tally in tallies)
    deleted = sum(tally.deleted for tally in tallies)
    seconds = finished.duration_seconds
    parts = [f"uploaded {counted(files, 'file')} ({size_text(size_bytes)})"] if files else []
    parts += [f"deleted {counted(deleted, 'object')}"] if deleted else []
    text = " and ".join(parts)
    if not text:
        failed = finished.interrupted or any(result.status is Status.FAILURE for result in finished.results)
        return f"No files {'were' if failed else 'needed to be'} uploaded ({duration_words(seconds)})."
    rate = f" ({rate_text(size_bytes / seconds)})" if seconds >= 1 and size_bytes else ""
    return f"{text[0].upper()}{text[1:]} in {duration_words(seconds)}{rate}."
