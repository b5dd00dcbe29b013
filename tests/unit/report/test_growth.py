"""What reports do grows with what they show and not with its square: 1,000 configurations and 30 days."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta

import pytest

from mochok.events import ConfigurationFinished, ConfigurationStarted, Event, FileFailed, RunFinished
from mochok.model import Status, SyncResult
from mochok.records.days import ConfigurationDays
from mochok.records.overview import DayNotes, Overview
from mochok.report.documents.days import gaps_document
from mochok.report.documents.status import status_document
from mochok.report.documents.sync import run_document
from mochok.report.listeners.dry_totals import DryTotals
from mochok.report.pages.calendar import calendar_page
from mochok.report.pages.closing import closing_sentence
from mochok.report.pages.gaps import gaps_page
from mochok.report.pages.history import history_page, run_page
from mochok.report.pages.results import Ending, show_ending
from mochok.report.pages.status import status_page
from mochok.report.text.page import PageItem
from mochok.report.text.screen import Screen
from tests.support.growth import MOST, Name, growth
from tests.unit.report.overviews import NOW, configuration_view, day, days_from, overview, text_of
from tests.unit.report.runs import DAY, Output, console, finished, result
from tests.unit.report.test_history_view import result_line, run_view

SIZE = 40


def results(count: int) -> tuple[SyncResult, ...]:
    """Of each configuration several days, of every status, some of them dry."""
    statuses = list(Status)
    return tuple(
        result(
            Name(f"Configuration {number // 4}"),
            statuses[number % 3],
            target_date=DAY + timedelta(days=number % 4),
            dry_run=number % 5 == 0,
            hint=f"hint {number % 7}",
        )
        for number in range(count)
    )


def a_run(count: int) -> RunFinished:
    return finished(*results(count))


def end(count: int) -> None:
    run = a_run(count)
    order = list(dict.fromkeys(found.name for found in run.results))
    show_ending(Ending(run, order, DryTotals()), Screen(Output(), {"COLUMNS": "120"}))


def console_of(count: int) -> None:
    events: list[Event] = []
    for found in results(count):
        events += [
            ConfigurationStarted(found.name, found.target_date, "/data", "s3://b"),
            FileFailed(found.name, "key", "why"),
            ConfigurationFinished(found),
        ]
    with console(Output()) as report:
        for event in events:
            report(event)


def days_of(count: int) -> list[ConfigurationDays]:
    return [replace(days_from("CPEMF_C"), name=Name(f"{number}")) for number in range(count)]


ACTIONS: dict[str, Callable[[int], object]] = {
    "the end of a run": end,
    "its last sentence": lambda count: closing_sentence(a_run(count)),
    "its document": lambda count: run_document(a_run(count), 0),
    "the console": console_of,
    "the calendar": lambda count: text_of(calendar_page(days_of(count), 80)),
    "the gaps": lambda count: text_of(gaps_page(days_of(count), day(1), day(14))),
    "the document of the gaps": lambda count: gaps_document(days_of(count), day(1), day(14), NOW, DayNotes()),
    "status": lambda count: text_of(status_page(views(count))),
    "the document of status": lambda count: status_document(views(count)),
    "history": lambda count: text_of(history_page([run_view(run_id=f"{n}") for n in range(count)], 120, NOW)),
    "one run": lambda count: text_of(one_run(count)),
}


def views(count: int) -> Overview:
    return overview(*(configuration_view(Name(f"{number}")) for number in range(count)))


def one_run(count: int) -> Iterable[PageItem]:
    names = [Name(f"Configuration {number}") for number in range(count)]
    return run_page(run_view(), [result_line(name=name, failed=1) for name in names], 120, NOW, names)


@pytest.mark.parametrize("action", ACTIONS.values(), ids=ACTIONS)
def test_ten_times_as_much_takes_about_ten_times_as_long(action: Callable[[int], object]) -> None:
    assert growth(action, SIZE) < MOST


def test_the_count_tells_a_square_from_a_line() -> None:
    def quadratic(count: int) -> object:
        names = [Name(f"{number}") for number in range(count)]
        return sorted(names, key=names.index)

    assert growth(quadratic, SIZE) > MOST
