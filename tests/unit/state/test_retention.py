"""May old logs and history go? Not by a clock that contradicts the last runs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from mochok.records.history import RunRecord
from mochok.records.retention import clock_jump
from mochok.state.memory import MemoryLedger

NOW = datetime(2026, 11, 26, 1, 30, tzinfo=UTC)
TEN_YEARS = timedelta(days=3653)


def runs(*days_ago: float) -> list[RunRecord]:
    """Newest first, as the ledger has them."""
    moments = [NOW - timedelta(days=ago) for ago in days_ago]
    return [RunRecord(f"{at}", at, at, 0, 1, 0, 0, 0) for at in moments]


@pytest.mark.parametrize(
    ("days_ago", "jumps"),
    [
        ((), False),
        ((1, 2, 3), False),
        ((60, 61), False),
        ((61, 62), True),  # switched off, or the clock is ahead
        ((1, 90), False),  # the night after
        ((3653, 3654), True),
        ((-1, 1), True),  # set back
        ((1, -3653, 2), False),  # the night after the clock was corrected
        ((20_000, 1), False),  # one run in 1970, and the clock is right again
        ((-1 / 48, 1), False),  # half an hour: corrected by a time server
        ((-3653,), True),
    ],
)
def test_a_jump_is_noticed_in_the_run_in_which_it_happens(days_ago: tuple[float, ...], jumps: bool) -> None:
    assert bool(clock_jump(NOW, runs(*days_ago))) is jumps


def test_the_sentence_has_both_times_in_the_zone_of_the_clock() -> None:
    there = timezone(timedelta(hours=2))
    assert clock_jump((NOW + TEN_YEARS).astimezone(there), runs(1)) == (
        "this machine's clock says 2036-11-26 03:30, but the newest earlier run was on 2026-11-25 03:30"
    )


def test_a_summer_clock_is_no_jump() -> None:
    before = RunRecord("a", datetime.fromisoformat("2026-10-25T02:59:00+02:00"), None, None, 0, 0, 0, 0)
    assert clock_jump(datetime.fromisoformat("2026-10-25T02:01:00+01:00"), [before]) == ""


def test_what_a_wrong_clock_dated_long_ago_is_kept_as_long_as_the_runs_around_it() -> None:
    ledger = MemoryLedger()
    ages = {"oldest": 900, "ahead": -3000, "old": 800, "kept": 100, "in 1970": 20_000, "last": 1}
    for name, days in ages.items():
        ledger.start_run(name, NOW - timedelta(days=days))

    assert ledger.prune(NOW - timedelta(days=365), NOW) == 2

    assert [run.run_id for run in ledger.runs()] == ["last", "in 1970", "kept", "ahead"]


def test_a_run_during_which_the_clock_was_set_back_took_no_negative_time() -> None:
    run = RunRecord("a", NOW, NOW - TEN_YEARS, 0, 1, 0, 0, 0)
    assert run.duration_seconds == 0
