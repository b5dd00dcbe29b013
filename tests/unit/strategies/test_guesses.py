"""The date format that existing names have."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mochok.strategies.dotnet_dates import compile_format
from mochok.strategies.guesses import Guess, guess_format

FORMATS = (
    "dd-MM-yyyy", "MM-dd-yyyy", "yyyyMMdd", "ddMMyyyy", "dd.MM.yyyy", "yyyy_MM_dd", "yyMMdd", "d-M-yyyy",
    "yyyy/MM/dd", "yyyy/yyyy-MM-dd", "yyyy/MM/yyyyMMdd", "yyyy-MM/dd", "dd MMMM yyyy", "yyyy/MMMM/dd",
    "backup_{date:yyyyMMdd}", "{date:yyyy-MM-dd} night", "db {date:dd.MM.yy} (full)",
)  # fmt: skip


def names(text: str, last: date, count: int = 20) -> list[str]:
    """Consecutive days, with the folders above those that are nested."""
    found = [compile_format(text).folder(last - timedelta(days=back)) for back in range(count)]
    above = [name.rsplit("/", level)[0] for name in found for level in (1, 2) if "/" in name]
    return list(dict.fromkeys([*above, *found]))


@settings(deadline=None)  # the formats are compiled once
@given(st.dates(date(2001, 1, 1), date(2049, 12, 31)), st.sampled_from(FORMATS))
def test_the_format_of_three_weeks_of_folders_is_found(last: date, text: str) -> None:
    guess = guess_format([*names(text, last), "lost+found", "README"])
    assert guess is not None
    assert guess.count == 20
    assert compile_format(guess.text).parse(compile_format(text).folder(last)) == last


def test_where_day_and_month_may_be_swapped_neighbouring_days_decide() -> None:
    assert guess_format(["01-02-2026", "02-02-2026", "03-02-2026"]) == Guess("dd-MM-yyyy", 3)
    assert guess_format(["02-01-2026", "02-02-2026", "02-03-2026"]) == Guess("MM-dd-yyyy", 3)


def test_what_differs_around_the_date_becomes_a_wildcard() -> None:
    folders = ["dump_20261125_a", "dump_20261126_bc"]
    assert guess_format(folders) == Guess("dump_{date:yyyyMMdd}*", 2)
    assert guess_format(["shop-25112026.gz", "crm-26112026.gz"], inside=True) == Guess("ddMMyyyy", 2)


@pytest.mark.parametrize("found", [[], ["etc", "var"], ["2026"], ["12345678"], ["99-99-2026"]])
def test_names_without_a_date_give_nothing(found: list[str]) -> None:
    assert guess_format(found) is None
