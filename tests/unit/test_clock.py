"""The target date is a calendar date, whatever the clock does that day."""

from __future__ import annotations

import signal
import threading
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from mochok.clock import Stop, SystemClock, duration_text, parse_day
from mochok.errors import UsageError

TODAY = date(2024, 3, 1)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2024-02-29", date(2024, 2, 29)),
        (" 2024-02-29 ", date(2024, 2, 29)),
        ("today", TODAY),
        ("Yesterday", date(2024, 2, 29)),
        ("-0d", TODAY),
        ("-1d", date(2024, 2, 29)),
        ("-3d", date(2024, 2, 27)),
        ("-366D", date(2023, 3, 1)),
    ],
)
def test_a_day_is_read_in_the_words_that_users_write(text: str, day: date) -> None:
    assert parse_day(text, TODAY) == day


@pytest.mark.parametrize(
    "text",
    ["", "tomorrow", "2024-02-30", "2023-02-29", "2024-2-9", "20240229", "29.02.2024", "2024-W09-4", "3d",
     "-d", "-1w", "-99999999d", "２０２４-02-29", "2024-02-29T00:00"],
)  # fmt: skip
def test_what_is_no_day_is_refused_with_the_ways_to_write_one(text: str) -> None:
    with pytest.raises(UsageError, match="write YYYY-MM-DD, today, yesterday, or -3d") as caught:
        parse_day(text, TODAY)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("0001-01-01", "0001-01-01 is before 1970"),
        ("1969-12-31", "1969-12-31 is before 1970"),
        ("0204-02-29", "0204-02-29 is before 1970"),
        ("-20000d", "1969-05-29 is before 1970"),
        ("2034-03-11", "2034-03-11 is in the future by more than ten years"),
        ("9999-12-31", "9999-12-31 is in the future by more than ten years"),
    ],
)
def test_a_year_that_was_mistyped_is_refused(text: str, told: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_day(text, TODAY)
    assert caught.value.message == told
    assert caught.value.hint == "today is 2024-03-01; correct the year"


def test_long_text_is_not_repeated_as_a_whole() -> None:
    with pytest.raises(UsageError) as caught:
        parse_day("x" * 100_000, TODAY)
    assert len(str(caught.value)) < 1200


def test_a_day_before_the_calendar_begins_is_refused() -> None:
    with pytest.raises(UsageError):
        parse_day("-99999d", date(1, 1, 5))


@pytest.mark.parametrize(
    ("zone", "wall", "fold", "target"),
    [
        ("America/New_York", "2025-11-02T23:30", 0, date(2025, 11, 1)),
        ("America/New_York", "2025-03-10T00:30", 0, date(2025, 3, 9)),
        ("Asia/Kolkata", "2025-07-01T02:00", 0, date(2025, 6, 30)),
        ("America/Los_Angeles", "2025-07-01T20:00", 0, date(2025, 6, 30)),
        ("Pacific/Apia", "2011-12-31T12:00", 0, date(2011, 12, 30)),
        ("Africa/Cairo", "2024-04-26T00:30", 0, date(2024, 4, 25)),
        ("America/Sao_Paulo", "2018-11-04T00:30", 0, date(2018, 11, 3)),
        ("Europe/London", "2025-10-26T01:30", 0, date(2025, 10, 25)),
        ("Europe/London", "2025-10-26T01:30", 1, date(2025, 10, 25)),
    ],
)
def test_yesterday_is_one_calendar_day_back_in_the_configured_zone(
    zone: str, wall: str, fold: int, target: date
) -> None:
    moment = (
        datetime.fromisoformat(wall).replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(ZoneInfo("UTC"))
    )
    assert parse_day("yesterday", moment.astimezone(ZoneInfo(zone)).date()) == target


def test_the_systems_clock_answers_in_the_zone_that_it_was_given() -> None:
    zone = ZoneInfo("Pacific/Kiritimati")
    now = SystemClock(zone).now()
    assert now.tzinfo is zone
    assert abs((now - SystemClock().now()).total_seconds()) < 600


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "00:00:00"), (0.4, "00:00:00"), (59.6, "00:01:00"), (3_725, "01:02:05"), (100 * 3600, "100:00:00")],
)
def test_a_duration_reads_as_hours_minutes_and_seconds(seconds: float, text: str) -> None:
    assert duration_text(seconds) == text


def test_a_signal_that_asks_ends_a_wait_at_once() -> None:
    """The handler runs in the thread that waits."""
    stop = Stop()
    before = signal.signal(signal.SIGINT, lambda _number, _frame: stop.request())
    timer = threading.Timer(0.05, signal.raise_signal, [signal.SIGINT])
    timer.start()
    try:
        assert stop.wait(60)
    finally:
        timer.join()
        signal.signal(signal.SIGINT, before)


def test_a_wait_ends_by_itself() -> None:
    assert not Stop().wait(0.01)
    assert not Stop().wait(-1)
