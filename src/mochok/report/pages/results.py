"""The end of a run: the table of all results, what to do about failures, and a closing sentence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.padding import Padding
from rich.text import Text

from mochok.errors import EXIT_LEFT_OUT
from mochok.events import RunFinished
from mochok.model import Status, SyncResult
from mochok.report.listeners.dry_totals import DryTotals
from mochok.report.pages.closing import closing_sentence, disabled_sentence, effort_sentences, is_dry
from mochok.report.text.formatting import duration_words, shown, size_text, span_text
from mochok.report.text.screen import Screen
from mochok.report.text.tables import GAP_CELLS, Cell, Column, needed_cells, table

BLOCKS_BELOW_COLUMNS = 70
_MESSAGE_LINES = 2
_NAME_CELLS = 20
_STYLES = {Status.SUCCESS: "green", Status.FAILURE: "bold red", Status.SKIPPED: "yellow"}
_DROPPED_FIRST = ("Duration", "Deleted", "Would delete", "Size")


@dataclass(frozen=True, slots=True)
class Ending:
    """What the end of a run is made of. ``order`` are the configurations' names as they were started,
    ``disabled`` those of them that only ran because they were named.
    """

    finished: RunFinished
    order: Sequence[str]
    dry_totals: DryTotals
    disabled: Sequence[str] = ()


def show_ending(ending: Ending, screen: Screen) -> None:
    """Print it."""
    results = _sorted(ending)
    screen.print(Text(""))
    if results and screen.width < BLOCKS_BELOW_COLUMNS:
        _show_blocks(results, screen)
    elif results:
        _show_table(results, is_dry(ending.finished), screen)
    _show_hints(results, screen)
    for line in ending.dry_totals.lines():
        screen.print_text(Text(screen.fit(line)))
    for line in effort_sentences(ending.finished):
        screen.print_text(Text(line))
    if ending.disabled:
        screen.print_text(Text(screen.fit(shown(disabled_sentence(ending.disabled)))))
    style = "bold " + _colour(ending.finished)
    screen.print_text(Text(screen.fit(shown(closing_sentence(ending.finished))), style=style))


def _colour(finished: RunFinished) -> str:
    if finished.interrupted or any(result.status is Status.FAILURE for result in finished.results):
        return "red"
    whole = all(_status(result, dry_run=True).style == "green" for result in finished.results)
    return "green" if whole else "yellow"


def _sorted(ending: Ending) -> list[SyncResult]:
    """By configuration as in the file, then by date; parallel runs end in any order."""
    place = {name: number for number, name in enumerate(ending.order)}
    key = ending.finished.results
    return sorted(key, key=lambda result: (place.get(result.name, len(place)), result.target_date))


def _show_table(results: Sequence[SyncResult], dry_run: bool, screen: Screen) -> None:
    columns = _columns(results, dry_run, screen)
    for heading in _DROPPED_FIRST:
        if needed_cells(columns, elastic_cells=_NAME_CELLS) <= screen.width:
            break
        columns = [column for column in columns if column.heading != heading]
    messages = [Cell(screen.fit(shown(result.message))) for result in results]
    room = screen.width - needed_cells(columns, elastic_cells=_NAME_CELLS) - GAP_CELLS
    wide = all(_lines(cell.text, room, screen) <= _MESSAGE_LINES for cell in messages)
    if wide:
        columns.append(Column("Message", messages, elastic=True))
    screen.print(table(columns, screen))
    screen.print(Text(""))
    if not wide:
        _show_messages(results, screen)


def _lines(text: str, cells: int, screen: Screen) -> int:
    """How many lines the text takes in a column of that width; more than fit if the column is too narrow."""
    return len(Text(text).wrap(screen.rich, cells)) if cells >= _NAME_CELLS else _MESSAGE_LINES + 1


def _columns(results: Sequence[SyncResult], dry_run: bool, screen: Screen) -> list[Column]:
    """All columns but the message; counts that are 0 everywhere have none."""
    would = "Would " if dry_run else ""
    names = [Cell(screen.fit(shown(result.name))) for result in results]
    counts = {
        f"{would}upload".capitalize() + ("" if dry_run else "ed"): [r.tally.uploaded for r in results],
        f"{would}delete".capitalize() + ("" if dry_run else "d"): [r.tally.deleted for r in results],
        "Failed": [r.tally.failed for r in results],
        "Left out": [r.tally.left_out for r in results],
    }
    columns = [
        Column("Configuration", names, elastic=True),
        Column("Date", [Cell(str(result.target_date)) for result in results]),
        Column("Status", [_status(result, dry_run) for result in results]),
    ]
    for number, (heading, values) in enumerate(counts.items()):
        if number == 0 or any(values):
            styles = ("", "", "red", "yellow")
            cells = [Cell(f"{value:,}", styles[number] if value else "dim") for value in values]
            columns.append(Column(heading, cells, right=True))
    sizes = [Cell(size_text(result.tally.bytes_uploaded)) for result in results]
    spans = [Cell(span_text(result.duration_seconds)) for result in results]
    return [*columns, Column("Size", sizes, right=True), Column("Duration", spans, right=True)]


def _status(result: SyncResult, dry_run: bool) -> Cell:
    """The status in colour and in words; a dry run of one configuration among real ones is marked."""
    style = "yellow" if result.exit_code == EXIT_LEFT_OUT else _STYLES[result.status]
    return Cell(result.status.value + (" (dry run)" if result.dry_run and not dry_run else ""), style)


def _show_messages(results: Sequence[SyncResult], screen: Screen) -> None:
    """Below a table without room for messages: those that say more than the numbers do."""
    told = [r for r in results if r.status is not Status.SUCCESS or r.tally.left_out]
    for result in told:
        name = screen.fit(shown(f"{result.name} {result.target_date}"))
        line = Text.assemble((name, "bold"), ": ", (result.status.value, _status(result, True).style), ": ")
        line.append(screen.fit(shown(result.message)))
        screen.print_text(line)


def _show_blocks(results: Sequence[SyncResult], screen: Screen) -> None:
    for result in results:
        status = _status(result, dry_run=False)
        title = Text(screen.fit(shown(result.name)), style="bold")
        title.append(f"  {result.target_date}", style="not bold")
        screen.print(title)
        facts = Text(", ".join(_facts(result)))
        screen.print(Padding(Text.assemble((status.text, status.style), "  ", facts), (0, 0, 0, 2)))
        screen.print(Padding(Text(screen.fit(shown(result.message))), (0, 0, 1, 2)))


def _facts(result: SyncResult) -> Iterator[str]:
    if result.tally.bytes_uploaded:
        yield size_text(result.tally.bytes_uploaded)
    yield duration_words(result.duration_seconds)
    if result.tally.failed:
        yield f"{result.tally.failed:,} failed"
    if result.tally.left_out:
        yield f"{result.tally.left_out:,} left out"


def _show_hints(results: Sequence[SyncResult], screen: Screen) -> None:
    """One line for each different hint, with the configurations it is for."""
    by_hint: dict[str, dict[str, None]] = {}
    for result in results:
        if result.hint:
            by_hint.setdefault(result.hint, {})[result.name] = None
    for hint, names in by_hint.items():
        who = shown(", ".join(names))
        line = Text.assemble(("What to do", "bold yellow"), f" ({screen.fit(who)}): ")
        screen.print_text(line.append(screen.fit(shown(hint))))
