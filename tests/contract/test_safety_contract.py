"""What every ledger remembers of deletions, sources and days; a dry run reads it and changes nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from mochok.model import DayResult, DayState, Identity, LedgerEntry, Status
from mochok.records.deletes import Baseline, DeleteMemory, KnownSource, Refusal
from mochok.state.contract import OpenLedger
from mochok.state.dryrun import DryRunLedger
from mochok.state.memory import MemoryLedger
from tests.unit.state.builders import DAY, END, START, make_result

HERE, THERE = "aws bucket a/", "aws bucket b/"
NAME = "Documents"
SELF = Identity(NAME)
BASELINE = Baseline(NAME, HERE, 10, (("a", 20), ("ñ\udcff", 30)), "/mnt", (("deep/er", 7),))
REFUSAL = Refusal(NAME, HERE, DAY, "s3://bucket/a", START, 5, 9, "why", ("k", "ñ"), ("f",))


def state(ledger: OpenLedger, day: date = DAY, name: str = NAME) -> str:
    return ledger.days(Identity(name), day, day)[day].state.value


def test_a_baseline_and_refusals_come_back_as_they_went_in(ledger: OpenLedger) -> None:
    safety = ledger.safety
    assert safety.memory(NAME, HERE) == DeleteMemory()
    elsewhere = replace(REFUSAL, destination=THERE, since=END, accepted=END)
    for refusal in (elsewhere, REFUSAL):
        safety.remember(refusal)
    safety.set_baseline(BASELINE)
    assert safety.memory(NAME, HERE) == DeleteMemory(BASELINE, REFUSAL, (elsewhere,))
    assert safety.refusals() == [REFUSAL, elsewhere]
    safety.settle(HERE)
    assert safety.memory(NAME, HERE) == DeleteMemory(BASELINE, None, (elsewhere,))


def test_a_configuration_under_a_new_name_finds_what_its_destination_remembers(ledger: OpenLedger) -> None:
    ledger.safety.set_baseline(BASELINE)
    ledger.safety.remember(REFUSAL)
    assert ledger.safety.memory("Renamed", HERE) == DeleteMemory(BASELINE, REFUSAL)
    own = replace(BASELINE, name="Renamed", objects=3)
    ledger.safety.set_baseline(own)
    assert ledger.safety.memory("Renamed", HERE) == DeleteMemory(own, REFUSAL)


def test_known_keys_of_one_folder(ledger: OpenLedger) -> None:
    keys = ("stick", "stick!", "stick/a", "stick/😀/b", "stick0")
    ledger.record(HERE, [LedgerEntry(key, 1, 1, "e") for key in keys])
    assert ledger.safety.known_keys(HERE, 10, "stick/") == (2, ["stick/a", "stick/😀/b"])


@pytest.mark.parametrize(("count", "most", "sampled"), [(0, 10, 0), (10, 10, 10), (11, 10, 5), (100, 10, 10)])
def test_known_keys_are_all_or_spread_evenly(ledger: OpenLedger, count: int, most: int, sampled: int) -> None:
    entries = [LedgerEntry(f"{number:03d}", 1, 2, "e") for number in range(count)]
    ledger.record(HERE, [*entries, LedgerEntry.begun("begun"), LedgerEntry.begun("")])
    ledger.record(THERE, [LedgerEntry("other", 1, 2, "e")])
    ledger.flush()
    known, keys = ledger.safety.known_keys(HERE, most)
    assert (known, len(keys)) == (count, sampled)
    if count == 100:
        assert keys == [f"{number:03d}" for number in range(9, 100, 10)]


def test_a_source_comes_back_as_it_went_in(ledger: OpenLedger) -> None:
    source = KnownSource(NAME, "/srv/data", 7, "/srv")
    assert ledger.safety.source(NAME, "/srv/data") is None
    ledger.safety.set_source(source)
    ledger.safety.set_source(replace(source, files=8))
    assert ledger.safety.source(NAME, "/srv/data") == replace(source, files=8)
    assert ledger.safety.source("Other", "/srv/data") is None


def test_a_complete_day_that_a_run_begins_to_change_is_partial_until_its_result(ledger: OpenLedger) -> None:
    other = DAY - timedelta(days=1)
    for day in (DAY, other):
        ledger.record_result("one", START, make_result(target_date=day, files_seen=3))
    ledger.safety.doubt_days(SELF, [DAY], "two")
    assert (state(ledger), state(ledger, other)) == ("partial", "complete")
    assert "has not finished" in ledger.days(SELF, DAY, DAY)[DAY].message
    ledger.record_result("three", END, make_result(Status.SKIPPED, DayState.MISSING))
    assert state(ledger) == "partial", "what that run wanted to upload never arrived"
    ledger.record_result("four", END, make_result(files_seen=3))
    assert state(ledger) == "complete"


def test_a_day_that_is_not_complete_is_not_doubted(ledger: OpenLedger) -> None:
    ledger.record_result("one", START, make_result(Status.FAILURE, DayState.FAILED))
    ledger.safety.doubt_days(SELF, [DAY, DAY + timedelta(days=1)], "two")
    assert state(ledger) == "failed"
    assert list(ledger.days(SELF, date.min, date.max)) == [DAY]


def test_files_that_did_not_arrive_are_those_of_the_last_result(ledger: OpenLedger) -> None:
    days = (DAY, DAY + timedelta(days=1))
    failed = ((DAY, "a"), (DAY, "ñ"), (days[1], "b"))
    day_results = tuple(DayResult(day, DayState.PARTIAL, 1) for day in days)
    result = make_result(Status.FAILURE, DayState.FAILED, days=days, day_results=day_results)
    ledger.record_result("one", START, replace(result, not_arrived=failed))
    assert ledger.safety.not_arrived(SELF, days) == list(failed)
    assert ledger.safety.not_arrived(SELF, days[1:]) == [(days[1], "b")]
    assert ledger.safety.not_arrived(Identity("Other"), days) == []
    ledger.record_result("two", END, make_result(files_seen=1))
    assert ledger.safety.not_arrived(SELF, days) == [(days[1], "b")]


def test_a_dry_run_reads_and_changes_nothing(ledger: OpenLedger) -> None:
    ledger.record_result("one", START, make_result(files_seen=1))
    ledger.safety.set_baseline(BASELINE)
    ledger.safety.remember(REFUSAL)
    safety = DryRunLedger(ledger).safety
    safety.settle(HERE)
    safety.remember(replace(REFUSAL, accepted=END))
    safety.set_baseline(replace(BASELINE, objects=0))
    safety.set_source(KnownSource(NAME, "/srv", 1, "/"))
    safety.doubt_days(SELF, [DAY], "two")
    assert safety.memory(NAME, HERE) == DeleteMemory(BASELINE, REFUSAL)
    assert safety.source(NAME, "/srv") is None
    assert state(ledger) == "complete"


def test_in_place_of_a_ledger_that_cannot_be_used_nothing_is_known() -> None:
    assert MemoryLedger(remembers=False).safety.memory(NAME, HERE) is None
