"""The end of a run: the table of all results, what to do about failures, and a closing sentence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mochok.errors import EXIT_LEFT_OUT
from mochok.events import RunFinished
from mochok.model import Status, SyncResult
from mochok.report.listeners.dry_totals import DryTotals
from mochok.report.pages.closing import closing_sentence, disabled_sentence, effort_sentences, is_dry
from mochok.report.text.formatting import duration_words, shown, size_text
from mochok.report.text.page import STATUS_STYLES, Entry, PageItem, Span, line, show
from mochok.report.text.screen import Screen
from mochok.report.text.tables import ELASTIC_CELLS, GAP_CELLS, Column, fitting, folded, table

BLOCKS_BELOW_COLUMNS = 70
_MESSAGE_LINES = 2


@dataclass(frozen=True, slots=True)
class Ending:
    """The end of a run, with its configurations in their ``order`` and those that are ``disabled``."""

    finished: RunFinished
    order: Sequence[str]
    dry_totals: DryTotals
    disabled: Sequence[str] = ()


def show_ending(ending: Ending, screen: Screen) -> None:
    """Print it."""
    show(_page(ending, screen), screen)


def _page(ending: Ending, screen: Screen) -> Iterator[PageItem]:
    numbers = {name: number for number, name in enumerate(ending.order)}  # parallel runs end in any order
    results = sorted(
        ending.finished.results, key=lambda found: (numbers.get(found.name, len(numbers)), found.target_date)
    )
    yield line()
    if results and screen.width < BLOCKS_BELOW_COLUMNS:
        yield from _blocks(results)
    elif results:
        yield from _table(results, is_dry(ending.finished), screen)
    yield from _hints(results)
    yield from map(line, ending.dry_totals.lines())
    yield from map(line, effort_sentences(ending.finished))
    if ending.disabled:
        yield line(shown(disabled_sentence(ending.disabled)))
    yield line(Span(shown(closing_sentence(ending.finished)), "bold " + _colour(ending.finished)))


def _colour(finished: RunFinished) -> str:
    if finished.interrupted or any(result.status is Status.FAILURE for result in finished.results):
        return "red"
    whole = all(_status(result, dry_run=True).style == "green" for result in finished.results)
    return "green" if whole else "yellow"


def _table(results: Sequence[SyncResult], dry_run: bool, screen: Screen) -> Iterator[PageItem]:
    """With the messages in a column of their own where they fit into a few lines, else below."""
    columns = fitting(_columns(results, dry_run, screen), screen.width)
    messages = [screen.fit(shown(result.message)) for result in results]
    left = screen.width - sum(column.natural_cells + GAP_CELLS for column in columns)
    wide = left >= ELASTIC_CELLS and all(len(folded(text, left)) <= _MESSAGE_LINES for text in messages)
    if wide:
        columns.append(Column("Message", messages, elastic=True))
    yield from table(columns, screen.width, screen.glyphs.bar_open)
    yield line()
    if not wide:
        yield from _messages(results)


def _columns(results: Sequence[SyncResult], dry_run: bool, screen: Screen) -> list[Column]:
    """All columns but the message; counts that are 0 everywhere have none."""
    uploaded, deleted = ("Would upload", "Would delete") if dry_run else ("Uploaded", "Deleted")
    tallies = [result.tally for result in results]
    durations = [duration_words(result.duration_seconds) for result in results]
    counts = {
        deleted: ([tally.deleted for tally in tallies], "", 3),
        "Failed": ([tally.failed for tally in tallies], "red", 0),
        "Unreadable": ([tally.left_out for tally in tallies], "yellow", 0),
    }
    return [
        Column("Configuration", [screen.fit(shown(result.name)) for result in results], elastic=True),
        Column("Date", [str(result.target_date) for result in results]),
        Column("Status", [_status(result, dry_run) for result in results]),
        _counts(uploaded, [tally.uploaded for tally in tallies]),
        *(_counts(heading, *column) for heading, column in counts.items() if any(column[0])),
        Column("Size", [size_text(tally.bytes_uploaded) for tally in tallies], right=True, expendable=1),
        Column("Duration", durations, right=True, expendable=4),
    ]


def _counts(heading: str, counts: Sequence[int], style: str = "", expendable: int = 0) -> Column:
    """A column of counts; 0 is dim."""
    spans = [Span(f"{count:,}", style if count else "dim") for count in counts]
    return Column(heading, spans, right=True, expendable=expendable)


def _status(result: SyncResult, dry_run: bool) -> Span:
    """The status in colour and in words; a dry run of one configuration among real ones is marked."""
    style = "yellow" if result.exit_code == EXIT_LEFT_OUT else STATUS_STYLES[result.status]
    return Span(result.status.value + (" (dry run)" if result.dry_run and not dry_run else ""), style)


def _messages(results: Sequence[SyncResult]) -> Iterator[PageItem]:
    """Below a table too narrow for them: the messages that add to the numbers."""
    for result in results:
        if result.status is not Status.SUCCESS or result.tally.left_out:
            name = Span(shown(f"{result.name} {result.target_date}"), "bold")
            status = Span(result.status.value, _status(result, True).style)
            yield line(name, ": ", status, f": {shown(result.message)}")


def _blocks(results: Sequence[SyncResult]) -> Iterator[PageItem]:
    for result in results:
        yield line(Span(shown(result.name), "bold"), f"  {result.target_date}")
        yield Entry(line("  ", _status(result, dry_run=False), f"  {', '.join(_facts(result))}"), 2)
        yield Entry(line(f"  {shown(result.message)}"), 2)
        yield line()


def _facts(result: SyncResult) -> Iterator[str]:
    if result.tally.bytes_uploaded:
        yield size_text(result.tally.bytes_uploaded)
    yield duration_words(result.duration_seconds)
    if result.tally.failed:
        yield f"{result.tally.failed:,} failed"
    if result.tally.left_out:
        yield f"{result.tally.left_out:,} unreadable"


def _hints(results: Sequence[SyncResult]) -> Iterator[PageItem]:
    """One line for each different hint, with the configurations it is for."""
    by_hint: dict[str, dict[str, None]] = {}
    for result in results:
        if result.hint:
            by_hint.setdefault(result.hint, {})[result.name] = None
    for hint, configurations in by_hint.items():
        names = shown(", ".join(configurations))
        yield line(Span("What to do", "bold yellow"), f" ({names}): {shown(hint)}")
