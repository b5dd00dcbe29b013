"""The sentence that a run ends with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mochok.events import RunFinished
from mochok.model import DayState, Status, SyncResult
from mochok.plurals import counted, days_span
from mochok.report.text.formatting import DISABLED, duration_words, rate_text, size_text

_NAMES_GIVEN = 5
_FATES = {
    Status.SUCCESS: "is in S3",
    Status.FAILURE: "failed",
    Status.SKIPPED: "was skipped: there was nothing to send",
}
_NO_FILE = "had no file: there was nothing to send"


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


def disabled_sentence(names: Sequence[str]) -> str:
    """Which configurations will not run by themselves: "Daily (disabled, named by --only) runs only ..."."""
    one = len(names) == 1
    return f"{', '.join(names)} ({DISABLED}) {'runs' if one else 'run'} only when named."


def is_dry(finished: RunFinished) -> bool:
    """True if nothing was changed anywhere, whether asked for here or in each configuration's options."""
    return finished.dry_run or (bool(finished.results) and all(one.dry_run for one in finished.results))


def _sentences(finished: RunFinished) -> Iterator[str]:
    results, dry = finished.results, is_dry(finished)
    if finished.interrupted:
        yield "Interrupted: what has arrived stays in S3, the next run sends the rest."
    elif dry:
        yield "Dry run: nothing was changed."
    tried = [] if dry else [one for one in results if one.dry_run and one.status is not Status.FAILURE]
    meant = [one for one in results if one not in tried]
    if meant and not (dry and all(one.status is Status.SUCCESS for one in meant)):
        yield _verdict(meant, dry=dry)
    elif not results and not finished.interrupted:
        yield "There was nothing to do: no configuration had a day to synchronise."
    if tried:
        one = len(tried) == 1
        yield f"{len(tried)} {'was' if one else 'were'} only tried (--dryrun in sync_options){_names(tried)}."


def _verdict(results: Sequence[SyncResult], *, dry: bool) -> str:
    """Each result counts: with several dates a configuration has several."""
    of = {status: [one for one in results if one.status is status] for status in Status}
    bare = 0 if dry else sum(one.day_state is DayState.EMPTY for one in of[Status.SUCCESS])
    well, failed, skipped = (len(of[one]) for one in (Status.SUCCESS, Status.FAILURE, Status.SKIPPED))
    well, total = well - bare, len(results)
    except_for = _except_for(of[Status.SUCCESS], dry=dry)
    if total == 1:
        return f"{results[0].name} {_NO_FILE if bare else _FATES[results[0].status]}{except_for}."
    if skipped == total:
        return f"All {total:,} {_what(results)} were skipped: there was nothing to send."
    if bare == total:
        return f"All {total:,} {_what(results)} {_NO_FILE}."
    if well == total:
        return f"All {total:,} {_what(results)} are in S3{except_for}."
    parts = [f"{failed:,} of {total:,} failed{_names(of[Status.FAILURE])}"] if failed else []
    if well:
        fate = ("went well" if dry else "is in S3" if well == 1 else "are in S3") + except_for
        parts.append(f"{well:,} {fate}" if failed else f"{well:,} of {total:,} {_what(results)} {fate}")
    if bare:
        parts.append(f"{bare:,} had no file")
    if skipped:
        parts.append(f"{skipped:,} {'was' if skipped == 1 else 'were'} skipped{_names(of[Status.SKIPPED])}")
    return "; ".join(parts) + "."


def _except_for(results: Sequence[SyncResult], *, dry: bool) -> str:
    """What keeps a success from being whole: the files that could not be sent as they are."""
    count = sum(result.tally.left_out for result in results)
    return "" if dry or not count else f", except {count:,} left out"


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


def _left_out(results: Sequence[SyncResult]) -> Iterator[str]:
    count = sum(result.tally.left_out for result in results)
    if count:
        what = counted(count, "file or folder was", "files or folders were")
        yield f"{what} left out, as listed above."


def _effort(finished: RunFinished) -> str:
    files, size_bytes, deleted = _moved(finished.results)
    dry, seconds = is_dry(finished), finished.duration_seconds
    done = (
        [f"{'send' if dry else 'sent'} {counted(files, 'file')} ({size_text(size_bytes)})"] if files else []
    )
    done += [f"{'delete' if dry else 'deleted'} {counted(deleted, 'object')}"] if deleted else []
    text = " and ".join(done)
    if dry:
        return f"It would {text or 'send no file'}."
    if not text:
        failed = finished.interrupted or any(one.status is Status.FAILURE for one in finished.results)
        return f"No file {'was' if failed else 'had to be'} sent, in {duration_words(seconds)}."
    rate = f" ({rate_text(size_bytes / seconds)})" if seconds >= 1 and size_bytes else ""
    return f"{text[0].upper()}{text[1:]} in {duration_words(seconds)}{rate}."


def _moved(results: Sequence[SyncResult]) -> tuple[int, int, int]:
    """(files sent, their bytes, objects deleted)."""
    tallies = [result.tally for result in results]
    return (
        sum(tally.uploaded for tally in tallies),
        sum(tally.bytes_uploaded for tally in tallies),
        sum(tally.deleted for tally in tallies),
    )
