"""``status --calendar`` and ``status --gaps`` as people see them."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from mochok.records.days import DayMark
from mochok.report.pages.calendar import LETTERS, calendar_page
from mochok.report.pages.gaps import gap_count, gaps_page
from mochok.report.text.page import plain_text
from tests.unit.report.overviews import day, days_from, known, printed, text_of

JANUARY = "__CCPEMFC_COCC"


def test_each_day_has_its_letter() -> None:
    text = text_of(calendar_page([days_from(JANUARY)], 80))

    found = re.findall(r"\b(\d{1,2})([A-Zb?.-])", text)
    letters = {int(number): letter for number, letter in found}
    assert "".join(letters[number] for number in range(1, 16)) == "bbCCPEMFC?COCC."
    assert len(letters) == 31


def test_days_stand_below_their_weekday() -> None:
    lines = text_of(calendar_page([days_from(JANUARY)], 80)).splitlines()

    weekdays = next(one for one in lines if "Mo" in one)
    first = next(one for one in lines if " 1b" in one)
    assert first.index("1b") == weekdays.index("We"), "1 January 2025 was a Wednesday"


def test_a_day_with_late_files_has_a_mark_and_is_counted() -> None:
    text = text_of(calendar_page([days_from("CCCC", changes={3: known(late_files=5)})], 80))

    assert "3C+" in text
    assert text.count("C+") == 2, "one day, and the legend"
    assert "1 day with late files" in text


def test_every_mark_has_a_letter_of_its_own_and_stands_in_the_legend() -> None:
    text = text_of(calendar_page([days_from("C")], 80))

    assert set(LETTERS) == set(DayMark)
    assert len({letter for letter, _, _ in LETTERS.values()}) == len(DayMark)
    assert [meaning for letter, _, meaning in LETTERS.values() if f"{letter} {meaning}" not in text] == []


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    lines = text_of(
        calendar_page([days_from(JANUARY), days_from("C" * 20, name="Other")], width)
    ).splitlines()

    grid_and_legend = [one for one in lines if "Totals" not in one]
    assert max(len(one) for one in grid_and_legend) <= width


def test_colours_are_for_terminals_only() -> None:
    page = list(calendar_page([days_from(JANUARY)], 80))

    assert "\x1b[" in printed(page, terminal=True).text
    assert "\x1b[" not in printed(page, terminal=False).text
    assert "[3" not in printed(page, terminal=True, NO_COLOR="1").text, "NO_COLOR allows bold, not colours"
    assert printed(page, terminal=True, encoding="ascii").seen.split() == text_of(page).split()


def test_each_gap_is_one_line_with_day_state_configuration_and_reason() -> None:
    days = days_from("CCMC_C", changes={3: known("missing", message="the source folder /d does not exist")})
    lines = text_of(gaps_page([days], day(1), day(14))).splitlines()

    assert lines[0] == "2025-01-03  missing   Daily: the source folder /d does not exist"
    assert lines[1] == "2025-01-05  unknown   Daily: expected, but no run checked it"
    assert gap_count([days]) == 10


def test_a_message_cannot_fake_a_second_gap() -> None:
    days = days_from("C" * 13 + "F", changes={14: known("failed", message="bad\n2025-01-01  missing")})

    text = text_of(gaps_page([days], day(1), day(14)))

    assert sum(one.startswith("2025-") for one in text.splitlines()) == 1


@pytest.mark.parametrize("width", [40, 60, 80])
def test_a_gap_too_long_for_the_terminal_goes_on_indented(width: int) -> None:
    name = "A configuration with a name that is really far too long for most of the terminals there are"
    days = days_from("CCM" + "C" * 11)
    page = list(gaps_page([days, replace(days, name=name)], day(1), day(14)))
    seen = printed(page, terminal=True, width=width).seen
    lines = seen.splitlines()
    gaps = [number for number, line in enumerate(lines) if line.startswith("2025-01-03")]

    assert len(gaps) == 2
    assert all(len(line) <= width for line in lines)
    folded = lines[gaps[1] + 1]
    assert folded.startswith("    ")
    assert not folded.startswith("     ")
    assert " ".join(plain_text(page[1]).split()) in " ".join(seen.split())


def test_past_days_that_no_run_can_fill_are_told_apart() -> None:
    days = days_from("CCC_" + "C" * 10)
    whole = replace(days, name="Whole", dated_by_run=True)

    alone = text_of(gaps_page([whole], day(1), day(14)))
    both = text_of(gaps_page([days, whole], day(1), day(14)))

    cannot = "Whole has no per-day data, so past days cannot be backfilled."
    assert cannot in alone
    assert "--catch-up" not in alone
    assert cannot in both
    assert "To fill them: mochok sync --catch-up 14" in both


def test_without_gaps_it_says_so() -> None:
    text = text_of(gaps_page([days_from("C" * 14)], day(1), day(14)))

    assert text.splitlines() == [
        "No gaps from 2025-01-01 to 2025-01-14 in 1 configuration.",
        "Known as uploaded; last verified: never.",
    ]


def test_the_oldest_verification_is_shown_if_there_is_one_of_each_configuration() -> None:
    moments = [datetime(2025, 1, number, tzinfo=UTC) for number in (3, 9)]
    verified = [days_from("CC", changes={1: replace(known(), verified=moment)}) for moment in moments]
    assert "as uploaded; last verified: 2025-01-03" in text_of(gaps_page(verified, day(1), day(2)))
    assert "as uploaded; last verified: 2025-01-09" in text_of(calendar_page(verified[1:], 80))
    never = [*verified, days_from("CC")]
    assert "as uploaded; last verified: never" in text_of(gaps_page(never, day(1), day(2)))


def test_days_before_history_are_told_and_not_counted() -> None:
    days = days_from("____" + "C" * 10)

    text = text_of(gaps_page([days], day(1), day(14)))

    assert (
        "note: Daily: 4 expected days before history begins (2025-01-01 to 2025-01-04), not counted" in text
    )
    assert "No gaps" in text


def test_only_missing_folders_are_not_promised_to_be_filled() -> None:
    assert "Once they exist" in text_of(gaps_page([days_from("CCM" + "C" * 11)], day(1), day(14)))
    assert "To fill them" in text_of(gaps_page([days_from("CCMP" + "C" * 10)], day(1), day(14)))


def test_open_days_are_checked_again_by_the_next_sync() -> None:
    text = text_of(gaps_page([days_from("CCO" + "C" * 11)], day(1), day(14)))
    assert "The next mochok sync checks open days of the last 7 days again. To do it now: mochok sync" in text
    dated_by_run = replace(days_from("CCO" + "C" * 11), dated_by_run=True)
    assert "Daily: the next run completes its open days." in text_of(
        gaps_page([dated_by_run], day(1), day(14))
    )


def test_totals_stay_below_themselves_on_a_narrow_terminal() -> None:
    lines = text_of(calendar_page([days_from("CPEMF_CPEMF_C")], 42)).splitlines()

    start = next(number for number, row in enumerate(lines) if "Totals:" in row)
    assert all(len(row) <= 42 for row in lines)
    assert [row[:10].strip() for row in lines[start : start + 3]] == ["Totals:", "", ""]
