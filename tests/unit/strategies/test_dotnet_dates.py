"""Date formats as .NET writes them, and what people write instead."""

from __future__ import annotations

from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mochok.errors import OptionError
from mochok.strategies.dotnet_dates import compile_format

FIFTH_OF_MARCH = date(2024, 3, 5)  # a Tuesday


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("yyyy-MM-dd", "2024-03-05"),
        ("yyyyMMdd", "20240305"),
        ("dd.MM.yy", "05.03.24"),
        ("d/M/yyyy", "5/3/2024"),
        ("M-d-y", "3-5-24"),
        ("dddd d MMMM yyyy", "Tuesday 5 March 2024"),
        ("ddd dd MMM yy", "Tue 05 Mar 24"),
        ("'Backup'_yyyyMMdd", "Backup_20240305"),
        ('"day "dd', "day 05"),
        (r"\Qyyyy", "Q2024"),
        (r"'it\'s' dd", "it's 05"),
        ("'5 o\"clock' dd", '5 o"clock 05'),
        (r"yyyy\\MM", r"2024\03"),
        ("yyyy年MM月dd日", "2024年03月05日"),
        ("(yyyy) [MM] {dd}", "(2024) [03] {05}"),
        ("d''", "5"),
        ("''yyyy", "2024"),
    ],
)
def test_a_date_is_written_as_dotnet_writes_it(text: str, shown: str) -> None:
    assert compile_format(text).format(FIFTH_OF_MARCH) == shown


def test_early_years_keep_four_digits() -> None:
    assert compile_format("yyyy|yy|y").format(date(3, 1, 1)) == "0003|03|3"


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("", "write yyyy-MM-dd"),
        ("d", "write dd, or d''"),
        ("D", "write a custom format such as yyyy-MM-dd"),
        ("M", "write MM, or M''"),
        ("y", "write yyyy"),
        ("Q", "write a custom format"),
        ("%Y-%m-%d", "write yyyy-MM-dd"),
        ("%d.%m.%y", "write dd.MM.yy"),
        ("%-d %B %Y", "write d MMMM yyyy"),
        ("%F", "write yyyy-MM-dd"),
        ("%n", "write a format such as yyyy-MM-dd"),
        ("%d", "write dd"),
        ("%e", "write d''"),
        ("YYYY-MM-DD", "write yyyy-MM-dd"),
        ("YY/MM/DD", "write yy/MM/dd"),
        ("EEEE d MMMM uuuu", "write dddd d MMMM yyyy"),
        ("yyyy-mm-dd", "write yyyy-MM-dd"),
        ("yyyyMMdd-mm", "remove it"),
        ("yyy-MM", "write yyyy-MM"),
        ("yyyyy", "write yyyy"),
        ("dddddd", "write dddd"),
        ("yyyy-MM-dd_HH", "'HH'"),
        ("hh:mm:ss", "remove it"),
        ("yyyy-MM-dd fff", "remove it"),
        ("yyyy tt", "remove it"),
        ("yyyy zzz", "remove it"),
        ("yyyyK", "remove it"),
        ("Backup_yyyyMMdd", "write 'Backup'_yyyyMMdd"),
        ("LOGyyyyMMdd", "write 'LOG'yyyyMMdd"),
        ("dump-yyyy", "write 'dump'-yyyy"),
        ("yyyy-MM-dd gg", "write yyyy-MM-dd 'gg'"),
        ("'Backup yyyy", "close it, or write \\'"),
        ("yyyy\\", "remove it"),
        ("''", "write yyyy-MM-dd"),
        ("--", "write yyyy-MM-dd"),
        ("yyyy\0", "remove it"),
        ("'a\nb' yyyy", "remove it"),
        ("y" * 5_000, "at most 255"),
    ],
)
def test_a_mistake_is_refused_with_the_words_to_write_instead(text: str, advice: str) -> None:
    with pytest.raises(OptionError) as caught:
        compile_format(text)
    assert advice in caught.value.hint
    assert len(str(caught.value)) < 600


@pytest.mark.parametrize(
    "text", ["YYYY-MM-DD", "%Y-%m-%d", "yyyy-mm-dd", "Backup_yyyyMMdd", "LOGyyyyMMdd", "dump-yyyy", "yyyyy"]
)
def test_the_advised_format_can_be_pasted(text: str) -> None:
    with pytest.raises(OptionError) as caught:
        compile_format(text)
    advised = caught.value.hint.rpartition("write ")[2]
    assert "2024" in compile_format(advised).format(FIFTH_OF_MARCH)


def test_the_message_names_the_whole_word_that_is_no_date() -> None:
    with pytest.raises(OptionError, match="'Backup' in the date format"):
        compile_format("Backup_yyyyMMdd")


PIECES = [
    "yyyy",
    "MM",
    "dd",
    "MMM",
    "MMMM",
    "ddd",
    "dddd",
    "'Backup'",
    "\\Q",
    "-",
    "_",
    " ",
    ".",
    "日",
    '"M"',
    "/",
]


@given(
    st.dates(),
    st.lists(st.sampled_from(PIECES), max_size=4),
    st.lists(st.sampled_from(PIECES), max_size=4),
    st.permutations(["yyyy", "MM", "dd"]),
)
def test_what_a_format_with_fixed_widths_wrote_it_reads_back(
    day: date, before: list[str], between: list[str], parts: list[str]
) -> None:
    # The separating "" keeps specifiers apart, as quotes do in .NET: yyyy''yyyy is not a run of eight.
    compiled = compile_format("''".join([*before, parts[0], *between, parts[1], parts[2]]))
    assert compiled.parse(compiled.format(day)) == day


@given(
    st.dates(date(1950, 1, 1), date(2049, 12, 31)),
    st.lists(
        st.sampled_from(["y", "yy", "yyyy", "M", "MM", "MMM", "MMMM", "d", "dd", "dddd", "-", "''"]),
        min_size=1,
    ),
)
def test_reading_never_gives_another_date_than_the_written_one(day: date, pieces: list[str]) -> None:
    try:
        compiled = compile_format("''".join(pieces) + "''")
    except OptionError:
        return
    assert compiled.parse(compiled.format(day)) in {day, None}


@given(st.text(max_size=12), st.sampled_from(["yyyy-MM-dd", "d.M.yy", "dddd d MMMM yyyy", "yMd"]))
def test_any_text_that_is_read_is_what_the_date_is_written_as(text: str, format_text: str) -> None:
    compiled = compile_format(format_text)
    found = compiled.parse(text)
    assert found is None or compiled.format(found) == text


@given(st.text(max_size=20))
def test_any_text_is_a_format_or_a_clear_mistake(text: str) -> None:
    with suppress(OptionError):
        compile_format(text).format(FIFTH_OF_MARCH)


@pytest.mark.parametrize(
    ("format_text", "text", "found"),
    [
        ("yyyy-MM-dd", "2024-02-29", date(2024, 2, 29)),
        ("yyyy-MM-dd", "2023-02-29", None),
        ("yyyy-MM-dd", "2024-13-01", None),
        ("yyyy-MM-dd", "2024-2-9", None),
        ("yyyy-MM-dd", "2024-02-29 ", None),
        ("yyyy-MM-dd", "２０２４-02-29", None),
        ("yyyy-MM-dd", "0000-01-01", None),
        ("yyyyMMdd", "20240305", date(2024, 3, 5)),
        ("d.M.yyyy", "5.3.2024", date(2024, 3, 5)),
        ("d.M.yyyy", "05.03.2024", None),
        ("yyMMdd", "491231", date(2049, 12, 31)),
        ("yyMMdd", "500101", date(1950, 1, 1)),
        ("yyyy-MM-dd (yyyy)", "2024-03-05 (2024)", date(2024, 3, 5)),
        ("yyyy-MM-dd (yyyy)", "2024-03-05 (2023)", None),
        ("dddd yyyy-MM-dd", "Tuesday 2024-03-05", date(2024, 3, 5)),
        ("dddd yyyy-MM-dd", "Monday 2024-03-05", None),
        ("MMMM d, yyyy", "March 5, 2024", date(2024, 3, 5)),
        ("yyyyMd", "2024111", None),  # 11 January or 1 November
        ("yyyyMd", "2024131", date(2024, 1, 31)),
        ("yyyy-MM", "2024-03", None),
        ("dd", "05", None),
    ],
)
def test_a_folder_name_is_read_as_the_one_date_it_can_mean(
    format_text: str, text: str, found: date | None
) -> None:
    assert compile_format(format_text).parse(text) == found
