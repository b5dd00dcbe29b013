"""The sentences that a run ends with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from mochok.events import RunFinished
from mochok.model import DayState, Status, SyncResult
from mochok.plurals import counted, days_span
from mochok.report.text.formatting import DISABLED, duration_words, rate_text, size_text

_NAMES_GIVEN = 5
# The fate of a result: of one, of many. In the order in which a sentence has them.
_FAILED = ("failed", "failed")
_COMPLETE = ("is complete in S3", "are complete in S3")
_PARTIAL = ("is in S3 except for unreadable files", "are in S3 except for unreadable files")
_EMPTY = ("had no files", "had no files")
_SKIPPED = ("was skipped (nothing to upload)", "were skipped (nothing to upload)")
_DRY = ("ran as a dry run (--dryrun in sync_options)", "ran as dry runs (--dryrun in sync_options)")
_WOULD_SUCCEED = ("would succeed", "would succeed")
_FATES = (_FAILED, _WOULD_SUCCEED, _COMPLETE, _PARTIAL, _EMPTY, _SKIPPED, _DRY)
_NAMED = (_FAILED, _SKIPPED, _DRY)


def closing_sentence(finished: RunFinished) -> str:
    """Whether everything is in S3.

    "All 4 configurations are complete in S3.", "2 of 4 configurations failed: Reports, Archive; 2 are ...".
    """
    return " ".join(_sentences(finished))


def effort_sentences(finished: RunFinished) -> Iterator[str]:
    """What it took: "Uploaded 1,204 files (1.2 GB) in 35 s (34.3 MB/s)." Then what is missing."""
    if finished.results:
        yield _effort(finished)
    if unreadable := sum(result.tally.left_out for result in finished.results):
        what = counted(unreadable, "file or folder was", "files or folders were")
        yield f"{what} skipped (unreadable), as listed above."


def disabled_sentence(names: Sequence[str]) -> str:
    """Which configurations will not run by themselves: "Daily (disabled, named by --only) runs only ..."."""
    return f"{', '.join(names)} ({DISABLED}) {'runs' if len(names) == 1 else 'run'} only when named."


def is_dry(finished: RunFinished) -> bool:
    """True if nothing was changed anywhere, whether asked for here or in each configuration's options."""
    results = finished.results
    return finished.dry_run or (bool(results) and all(result.dry_run for result in results))


def _sentences(finished: RunFinished) -> Iterator[str]:
    dry = is_dry(finished)
    if finished.interrupted:
        yield "Interrupted: what has arrived stays in S3, the next run uploads the rest."
    elif dry:
        yield "Dry run: nothing was changed."
    by_fate: dict[tuple[str, str], list[SyncResult]] = {}
    for result in finished.results:
        by_fate.setdefault(_fate(result, dry=dry), []).append(result)
    if by_fate and set(by_fate) != {_WOULD_SUCCEED}:
        yield _verdict(finished.results, by_fate)
    elif not by_fate and not finished.interrupted:
        yield "Nothing to do: no configuration had a day to synchronise."


def _fate(result: SyncResult, *, dry: bool) -> tuple[str, str]:
    if result.status is Status.FAILURE:
        return _FAILED
    if result.dry_run and not dry:
        return _DRY
    if result.status is Status.SKIPPED:
        return _SKIPPED
    whole = _EMPTY if result.day_state is DayState.EMPTY else _COMPLETE
    return _WOULD_SUCCEED if dry else _PARTIAL if result.tally.left_out else whole


def _verdict(results: Sequence[SyncResult], by_fate: Mapping[tuple[str, str], Sequence[SyncResult]]) -> str:
    """Each result counts: with several dates a configuration has several."""
    if len(results) == 1:
        ((text, _of_many),) = by_fate
        return f"{results[0].name}: {results[0].target_date} {text}."
    parts: list[str] = []
    for fate in _FATES:
        if fate in by_fate:
            count = len(by_fate[fate])
            if len(by_fate) == 1:
                of_all = f"All {count:,} {_what(results)}"
            else:
                of_all = f"{count:,}" if parts else f"{count:,} of {len(results):,} {_what(results)}"
            names = _names(by_fate[fate]) if fate in _NAMED and len(by_fate) > 1 else ""
            parts.append(f"{of_all} {fate[count > 1]}{names}")
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
    files, size_bytes = (
        sum(tally.uploaded for tally in tallies),
        sum(tally.bytes_uploaded for tally in tallies),
    )
    deleted = sum(tally.deleted for tally in tallies)
    dry, seconds = is_dry(finished), finished.duration_seconds
    parts = (
        [f"upload{'' if dry else 'ed'} {counted(files, 'file')} ({size_text(size_bytes)})"] if files else []
    )
    parts += [f"delete{'' if dry else 'd'} {counted(deleted, 'object')}"] if deleted else []
    text = " and ".join(parts)
    if dry:
        return f"It would {text or 'upload no files'}."
    if not text:
        failed = finished.interrupted or any(result.status is Status.FAILURE for result in finished.results)
        return f"No files {'were' if failed else 'needed to be'} uploaded ({duration_words(seconds)})."
    rate = f" ({rate_text(size_bytes / seconds)})" if seconds >= 1 and size_bytes else ""
    return f"{text[0].upper()}{text[1:]} in {duration_words(seconds)}{rate}."
