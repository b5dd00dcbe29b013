"""The sentence that a run ends with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mochok.events import RunFinished
from mochok.model import Status, SyncResult
from mochok.report.wording import counted, duration_words, rate_text, size_text

_NAMES_GIVEN = 5


def closing_sentence(finished: RunFinished) -> str:
    """Whether everything is in S3.

    "All 4 configurations are in S3.", "2 of 4 failed: Reports, Archive; 2 are in S3."
    """
    return " ".join(_sentences(finished))


def effort_sentences(finished: RunFinished) -> Iterator[str]:
    """What it took: "Sent 1,204 files (1.2 GB) in 35 s (34.3 MB/s)." Then what is missing."""
    if finished.results:
        yield _effort(finished)
    yield from _left_out(finished.results)


def _sentences(finished: RunFinished) -> Iterator[str]:
    results = finished.results
    if finished.interrupted:
        yield "Interrupted: what has arrived stays in S3, the next run sends the rest."
    elif finished.dry_run:
        yield "Dry run: nothing was changed."
    if results and not (finished.dry_run and _all_well(results)):
        yield _verdict(results)
    elif not results and not finished.interrupted:
        yield "There was nothing to do: no configuration had a day to synchronise."
    tried = sum(result.dry_run for result in results)
    if tried and not finished.dry_run:
        verb = "was a dry run" if tried == 1 else "were dry runs"
        yield f"{tried} of {len(results)} {verb} (--dryrun in sync_options): nothing was changed there."


def _all_well(results: Sequence[SyncResult]) -> bool:
    return all(result.status is Status.SUCCESS for result in results)


def _verdict(results: Sequence[SyncResult]) -> str:
    """Each result counts: with several dates a configuration has several."""
    of = {status: [r for r in results if r.status is status] for status in Status}
    well, failed, skipped = of[Status.SUCCESS], of[Status.FAILURE], of[Status.SKIPPED]
    total = len(results)
    if total == 1:
        return f"{results[0].name} {_fate(results[0].status)}."
    if failed:
        parts = [f"{len(failed)} of {total} failed{_names(failed)}"]
    elif not skipped:
        return f"All {total:,} {_what(results)} are in S3."
    elif not well:
        return f"All {total:,} {_what(results)} were skipped: there was nothing to send."
    else:
        parts = []
    if well:
        rest = f"{len(well):,} {'is' if len(well) == 1 else 'are'} in S3"
        parts.append(rest if failed else f"{len(well):,} of {total:,} {_what(results)} are in S3")
    if skipped:
        parts.append(f"{len(skipped):,} {'was' if len(skipped) == 1 else 'were'} skipped{_names(skipped)}")
    return "; ".join(parts) + "."


def _fate(status: Status) -> str:
    return {
        Status.SUCCESS: "is in S3",
        Status.FAILURE: "failed",
        Status.SKIPPED: "was skipped: there was nothing to send",
    }[status]


def _what(results: Sequence[SyncResult]) -> str:
    dates = sorted({result.target_date for result in results})
    if len(dates) == 1:
        return "configurations"
    names = len({result.name for result in results})
    return f"days ({counted(names, 'configuration')}, {dates[0]} to {dates[-1]})"


def _names(results: Sequence[SyncResult]) -> str:
    """``: Reports, Archive``, or nothing if there are too many to help."""
    names = dict.fromkeys(result.name for result in results)
    return f": {', '.join(names)}" if len(names) <= _NAMES_GIVEN else ""


def _left_out(results: Sequence[SyncResult]) -> Iterator[str]:
    count = sum(result.tally.left_out for result in results)
    if count:
        one = count == 1
        what = "file or folder was" if one else "files or folders were"
        yield f"{count:,} {what} left out, as listed above."


def _effort(finished: RunFinished) -> str:
    results, seconds = finished.results, finished.duration_seconds
    files = sum(result.tally.uploaded for result in results)
    size_bytes = sum(result.tally.bytes_uploaded for result in results)
    deleted = sum(result.tally.deleted for result in results)
    gone = f"{'delete' if finished.dry_run else 'deleted'} {counted(deleted, 'object')}" if deleted else ""
    moved = f"{counted(files, 'file')} ({size_text(size_bytes)})" + (f" and {gone}" if gone else "")
    if finished.dry_run:
        return f"It would send {moved}." if files or deleted else "It would send no file."
    if not files and not deleted:
        return f"No file had to be sent, in {duration_words(seconds)}."
    rate = f" ({rate_text(size_bytes / seconds)})" if seconds >= 1 and size_bytes else ""
    return f"Sent {moved} in {duration_words(seconds)}{rate}."
