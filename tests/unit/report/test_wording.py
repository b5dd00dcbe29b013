"""Numbers as people read them."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from mochok.events import ConfigurationStarted, Progress
from mochok.model import Tally
from mochok.report.listeners.meter import RunMeter
from mochok.report.text.formatting import (
    duration_words,
    file_progress,
    local_time,
    rate_text,
    size_progress,
    size_text,
)
from tests.unit.report.runs import DAY, result


@pytest.mark.parametrize(
    ("size_bytes", "text"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (999, "999 bytes"),
        (1000, "1.0 kB"),
        (999_949, "999.9 kB"),
        (999_960, "1.0 MB"),
        (35_100_000, "35.1 MB"),
        (1_200_000_000, "1.2 GB"),
        (5 * 10**18, "5000.0 PB"),
    ],
)
def test_sizes(size_bytes: int, text: str) -> None:
    assert size_text(size_bytes) == text


def test_rates() -> None:
    assert rate_text(12) == "12 B/s"
    assert rate_text(35_100_000) == "35.1 MB/s"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.04, "0.0 s"),
        (7, "7 s"),
        (2.84, "2.8 s"),
        (9.94, "9.9 s"),
        (9.96, "10 s"),
        (59.4, "59 s"),
        (59.6, "1 min 00 s"),
        (192, "3 min 12 s"),
        (3599.6, "1 h 00 min"),
        (3840, "1 h 04 min"),
        (90_061, "25 h 01 min"),
    ],
)
def test_durations(seconds: float, words: str) -> None:
    assert duration_words(seconds) == words


def test_progress_marks_a_total_that_still_grows() -> None:
    assert file_progress(1204, 3400, growing=True) == "1,204/3,400+ files"
    assert size_progress(1_200_000, 3_400_000_000, growing=False) == "0.0/3.4 GB"
    assert file_progress(0, 1, growing=False) == "0/1 file"


def _meter(samples: list[tuple[float, int]], planned: int = 10_000) -> RunMeter:
    meter = RunMeter(0.0)
    meter.start(ConfigurationStarted("Daily", DAY, "/data", "s3://b/p"), 0.0)
    for now_seconds, sent_bytes in samples:
        tally = Tally(uploads_planned=10, uploaded=1, bytes_planned=planned, bytes_uploaded=sent_bytes)
        meter.advance(Progress("Daily", tally, "", False), now_seconds)
    return meter


def test_the_rate_is_that_of_the_last_seconds() -> None:
    steady = _meter([(float(second), 100 * second) for second in range(1, 61)])
    assert steady.total().bytes_per_second == pytest.approx(100)
    assert steady.total().seconds_left == pytest.approx(40)

    slowed = _meter([(float(second), min(100 * second, 3000)) for second in range(1, 61)])
    assert slowed.total().bytes_per_second == 0
    assert slowed.total().seconds_left is None


def test_nothing_is_foretold_from_the_first_moment() -> None:
    assert _meter([(0.1, 5000)]).total().seconds_left is None


def test_the_whole_run_counts_what_ended_and_what_runs() -> None:
    meter = _meter([(5.0, 4000)])
    meter.finish(result("Other"))
    total = meter.total()

    assert (meter.finished, list(meter.running)) == (1, ["Daily"])
    assert (total.files_done, total.files_total) == (3, 12)
    assert (total.bytes_done, total.bytes_total) == (1_504_000, 1_510_000)
    assert 0 < total.share < 1


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="Windows has its zone from the system")
def test_a_moment_of_summer_is_told_in_the_summer_time_of_the_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    moment = datetime(2026, 7, 14, 22, 15, tzinfo=UTC)
    monkeypatch.setenv("TZ", "Europe/Madrid")
    time.tzset()
    try:
        winter = datetime(2026, 11, 27, 1, 0, tzinfo=UTC)
        assert f"{local_time(moment, winter.astimezone()):%Y-%m-%d %H:%M}" == "2026-07-15 00:15"
        zone = ZoneInfo("Europe/Madrid")
        assert f"{local_time(moment, winter.astimezone(zone)):%Y-%m-%d %H:%M}" == "2026-07-15 00:15"
        assert f"{local_time(moment, winter):%Y-%m-%d %H:%M}" == "2026-07-14 22:15"
    finally:
        monkeypatch.undo()
        time.tzset()


def test_a_file_that_is_on_its_way_counts_and_one_that_is_sent_again_makes_no_negative_rate() -> None:
    meter = RunMeter(0.0)
    meter.start(ConfigurationStarted("Daily", DAY, "/data", "s3://b/p"), 0.0)
    tally = Tally(uploads_planned=1, bytes_planned=10_000)
    meter.advance(Progress("Daily", tally, "a", False, arrived_bytes=5000), 5.0)
    assert meter.total().texts == ("0/1 file", "5.0/10.0 kB", "1.0 kB/s", "5 s left")

    meter.advance(Progress("Daily", tally, "a", False, arrived_bytes=0), 50.0)
    assert meter.total().texts == ("0/1 file", "0.0/10.0 kB", "", "")
