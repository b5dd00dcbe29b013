"""Dates inside names: of dumps in one flat folder, and of a day's folder with something around the date."""

from __future__ import annotations

import string
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from mochok.errors import OptionError
from mochok.model import DateWindow, SourceFile, SyncPaths
from mochok.plan.dating import day_finder
from mochok.strategies import registry
from mochok.strategies.dotnet_dates import compile_format

DAY = date(2026, 11, 26)
ANY_TEXT = st.text(string.ascii_letters + string.digits + "-_. ñ", max_size=12)


@pytest.mark.parametrize(
    ("format_text", "name"),
    [
        ("yyyyMMdd", "shop-20261126.sql.gz"),
        ("yyyyMMdd", "20261126"),
        ("yyyyMMdd", "IMG_20261126_013000.jpg"),
        ("yyyyMMdd", "20261126013000-full.dump"),
        ("yyyyMMdd", "db120261126.sql"),  # there is no other date
        ("yyyyMMdd", "db120251126_20261126.sql"),  # a number that goes on to the left is no date
        ("yyyyMMdd", "v99999999-20261126.gz"),  # no such month
        ("yyyyMMdd", "20261126-20261120.gz"),  # the first match counts
        ("yyyy-MM-dd", "shop_2026-11-26T01-30.tar"),
        ("dd.MM.yyyy", "Kassenbericht 26.11.2026.pdf"),
        ("d-M-yyyy", "shop 26-11-2026 (2).csv"),
        ("yyMMdd", "a261126.log"),
        ("yyyyMMdd_HHmmss", "shop-20261126_013000.sql"),
        ("yyyyMMddHHmmssfff", "20261126013000123.xml"),
        ("yyyy-MM-dd hh.mm tt", "Screen Shot 2026-11-26 1.30 PM, 2026-11-26 01.30 PM.png"),
        ("yyyyMMdd'T'HHmm'Z'", "x-20261126T0130Z"),
        ("*yyyyMMdd*", "shop-20261126.sql.gz"),
        ("'shop-'yyyyMMdd*'.gz'", "shop-20261126.sql.gz"),
        ("shop-{date:yyyyMMdd}.sql*", "old-shop-20261126.sql.gz"),
        ("shop-{year}-{month}-{day}", "shop-2026-11-26.sql"),
        ("db?_{date:yyyyMMdd_HHmm}", "db7_20261126_0130.gz"),
        ("*_{date:yyyyMMdd}", "20250101_20261126.gz"),
        ("{date:ddMMMyyyy}", "dump26Nov2026.gz"),
    ],
)
def test_the_date_in_a_files_name_is_found(format_text: str, name: str) -> None:
    assert compile_format(format_text, times=True).find(name) == DAY


@pytest.mark.parametrize(
    ("format_text", "name"),
    [
        ("yyyyMMdd", "shop.sql.gz"),
        ("yyyyMMdd", "shop-20261326.sql"),
        ("yyyyMMdd", "shop-2026112.sql"),
        ("yyyyMMdd_HHmm", "shop-20261126.sql"),
        ("web-{date:yyyyMMdd}", "shop-20261126.sql"),
        ("yyyyMM", "202611.sql"),
        ("yyyyMd", "2026111.sql"),  # 1 November or 11 January
    ],
)
def test_a_name_without_such_a_date_has_none(format_text: str, name: str) -> None:
    assert compile_format(format_text, times=True).find(name) is None


@given(
    st.dates(date(1900, 1, 1), date(2199, 12, 31)),
    st.text(string.ascii_letters + "-_. ñ", max_size=12),
    ANY_TEXT,
)
def test_whatever_is_around_a_date_it_is_found(day: date, before: str, after: str) -> None:
    for format_text in ("yyyyMMdd", "yyyy-MM-dd", "dd_MM_yyyy"):
        compiled = compile_format(format_text)
        assert compiled.find(f"{before}{compiled.format(day)}{after}") == day


@given(ANY_TEXT, ANY_TEXT)
def test_what_is_found_is_in_the_name(before: str, after: str) -> None:
    compiled = compile_format("yyyyMMdd")
    found = compiled.find(before + after)
    assert found is None or compiled.format(found) in before + after


@pytest.mark.parametrize(
    ("format_text", "advice"),
    [
        ("yyyymmdd", "yyyyMMdd"),
        ("shop-yyyyMMdd_HHmm", "'shop'-yyyyMMdd_HHmm"),
        ("yyyyMMddTHHmm", "yyyyMMdd'T'HHmm"),
        ("yyyyMMdd_HHmmzzz", "quotes"),
        ("HHmm", "yyyy-MM-dd"),
        ("shop-{week}-{date:yyyyMMdd}", "{date:FORMAT}"),
        ("shop-{date:yyyyMMdd", "put words in quotes"),
        ("shop-{date:}", "{date:yyyy-MM-dd}"),
        (r"yyyy\MM\dd", "yyyy/MM/dd"),
        (r"backup_{date:yyyy\MM\dd}", "yyyy/MM/dd"),
    ],
)
def test_a_mistake_has_the_words_to_write_instead(format_text: str, advice: str) -> None:
    with pytest.raises(ValidationError) as caught:
        registry.create("DateRange", {"date_source": "filename", "date_file_format": format_text})
    assert advice in str(caught.value)


@given(st.sampled_from(["yyyy\\MM\\dd", "yyyy\\M\\d", "yyyy\\MMMM\\dd", "dd\\MM\\yyyy", "'a'yyyy\\MM"]))
def test_a_backslash_that_would_eat_a_part_of_the_date_is_refused(format_text: str) -> None:
    with pytest.raises(OptionError) as caught:
        compile_format(format_text)
    advised = caught.value.hint.split()[1]
    assert compile_format(advised).folder(DAY).count("/") == format_text.count("\\")


def test_files_belong_to_the_day_in_their_name_wherever_they_are() -> None:
    paths = SyncPaths(
        "/d", "p", (), name_days=DateWindow(date(2026, 11, 25), DAY), path_day_format="yyyyMMdd"
    )
    day_of = day_finder(paths, None)
    assert day_of is not None

    def found(key: str) -> date | None:
        return day_of(SourceFile(key, f"/d/{key}", 1, 0))

    assert found("a-20261126.gz") == found("20261101/a-20261126.gz") == DAY
    assert found("a-20261124.gz") is None  # outside the range
    assert found("20261126/a.gz") is None  # only its own name counts


@pytest.mark.parametrize(
    ("format_text", "shown", "pattern"),
    [
        ("backup_{date:yyyyMMdd}_*", "backup_20261126_*", "backup_20261126_*"),
        ("yyyy-MM-dd*", "2026-11-26*", "2026-11-26*"),
        ("[x]_{date:yyyyMMdd}?", "[x]_20261126?", "[[]x]_20261126?"),
        ("{date:yyyy}/{date:MM}/*_{date:dd}", "2026/11/*_26", "2026/11/*_26"),
        ("yyyyMMdd'*'", "20261126*", "20261126[*]"),
    ],
)
def test_a_folders_name_may_have_wildcards(format_text: str, shown: str, pattern: str) -> None:
    compiled = compile_format(format_text)
    assert (compiled.folder(DAY), compiled.glob(DAY)) == (shown, pattern)
    assert compiled.has_wildcard == ("'" not in format_text)


def test_a_day_folder_with_a_wildcard_is_read_back_by_a_date_range() -> None:
    assert compile_format("backup_{date:yyyyMMdd}_*").parse("backup_20261126_full 2") == DAY
    assert compile_format("backup_{date:yyyyMMdd}_*").parse("x_backup_20261126_full") is None
