"""``expected_days``: words, lists, single dates, exceptions, holidays and days of the month."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from pydantic_core import PydanticCustomError

from mochok.config.expectations import as_written, expected_days

WEEK = [date(2026, 11, 23) + timedelta(days=number) for number in range(7)]  # Monday to Sunday


def days_of(value: Any, first: date, count: int) -> list[int]:
    expected = expected_days(value)
    days = (first + timedelta(days=number) for number in range(count))
    return [day.day for day in days if day in expected]


@pytest.mark.parametrize(
    ("value", "days"),
    [
        ("daily", [23, 24, 25, 26, 27, 28, 29]),
        ("weekdays", [23, 24, 25, 26, 27]),
        (["mon", "Thu"], [23, 26]),
        ("sun", [29]),
        (["mon", "2026-11-28"], [23, 28]),
        (["2026-11-25"], [25]),
        ("2026-11-25", [25]),
        ({"days": "weekdays"}, [23, 24, 25, 26, 27]),
        ({"days": ["mon", "2026-11-29"]}, [23, 29]),
        ({"except": ["2026-11-24", date(2026, 11, 25)]}, [23, 26, 27, 28, 29]),
        ({"except": "2026-11-24", "days": "weekdays"}, [23, 25, 26, 27]),
        ({"monthly": 24}, [24]),
        ({"monthly": [23, 30], "days": ["wed"]}, [23, 25]),
        ({"days": ["thu"], "holidays": "US"}, []),  # Thanksgiving
        ({"days": ["thu"], "holidays": ["ES", "us"]}, []),
        ({"days": ["thu", "2026-11-26"], "holidays": "US"}, [26]),  # a single date counts more than a holiday
    ],
)
def test_a_week_has_the_days_that_are_expected(value: Any, days: list[int]) -> None:
    assert days_of(value, WEEK[0], 7) == days


def test_holidays_of_a_region_are_those_of_its_country_and_its_own() -> None:
    in_madrid, in_spain = expected_days({"holidays": "ES-MD"}), expected_days({"holidays": "ES"})
    own, common = date(2026, 5, 2), date(2026, 12, 25)  # the day of the Comunidad de Madrid, Christmas
    assert own not in in_madrid
    assert own in in_spain
    assert common not in in_madrid
    assert common not in in_spain


def test_the_31st_is_the_last_day_of_a_shorter_month() -> None:
    expected = expected_days({"monthly": 31})
    found = [day for day in (date(2026, 1, 1) + timedelta(days=n) for n in range(120)) if day in expected]
    assert [str(day)[5:] for day in found] == ["01-31", "02-28", "03-31", "04-30"]


@given(st.dates(), st.integers(1, 31))
def test_a_monthly_day_is_expected_once_in_each_month(day: date, number: int) -> None:
    expected = expected_days({"monthly": number})
    month = [
        day.replace(day=1) + timedelta(days=n)
        for n in range(31)
        if (day.replace(day=1).toordinal() + n) < 3652060
    ]
    assert sum(one in expected for one in month if one.month == day.month) == 1


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({}, "is empty"),
        ([], "is not daily"),
        ("dayly", "did you mean daily"),
        (["monday"], "write mon"),
        (["2026-02-30"], "is not a date"),
        ({"days": ["monday"]}, "write mon"),
        ({"except": ["25.12.2026"]}, "write it as 2026-12-25"),
        ({"except": [12]}, "is not a date"),
        ({"monthly": 32}, "from 1 to 31"),
        ({"monthly": "first"}, "from 1 to 31"),
        ({"monthly": True}, "from 1 to 31"),
        ({"holidays": "XX"}, "country"),
        ({"holidays": "ES-XX"}, "regions of ES"),
        ({"holiday": "ES"}, "Extra inputs"),
    ],
)
def test_a_mistake_is_refused_with_a_hint(value: Any, message: str) -> None:
    with pytest.raises((ValidationError, PydanticCustomError)) as caught:
        expected_days(value)
    assert message in str(caught.value)


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "days": st.one_of(st.just("weekdays"), st.just(["mon", "2026-12-24"])),
            "except": st.lists(st.dates().map(str), min_size=1, max_size=3),
            "monthly": st.lists(st.integers(1, 31), min_size=1, max_size=3),
            "holidays": st.just(["ES-MD"]),
        },
    ).filter(bool)
)
def test_what_is_shown_as_written_means_the_same(value: dict[str, Any]) -> None:
    expected = expected_days(value)
    assert expected_days(as_written(expected)) == expected


def test_without_holidays_their_package_is_not_needed_and_with_them_the_extra_is_named() -> None:
    program = (
        "import sys; sys.modules['holidays'] = None\n"
        "from mochok.config.expectations import expected_days\n"
        "expected_days({'days': 'weekdays', 'except': ['2026-12-25'], 'monthly': 1})\n"
        "try: expected_days({'holidays': 'ES'})\n"
        "except ValueError as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "pip install 'mochok[holidays]'" in done.stdout
