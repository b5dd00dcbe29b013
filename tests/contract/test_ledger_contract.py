"""One suite for every ledger: the SQLite file and the one in memory."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from mochok.model import BucketId, DayResult, DayState, Failure, Identity, LedgerEntry, Status
from mochok.records.history import DaysElsewhere, HistoryExtent
from mochok.state.contract import OpenLedger
from tests.unit.state.builders import DAY, END, START, make_result

DOCUMENTS = Identity("Documents")
HERE, THERE = "aws bucket a/", "aws bucket b/"
BUCKET = BucketId("https://s3 bucket", "account")


def entry(key: str, size_bytes: int = 1, mtime_ns: int = 2, etag: str = '"e"') -> LedgerEntry:
    return LedgerEntry(key, size_bytes, mtime_ns, etag)


def test_what_was_recorded_is_found_and_nothing_else(ledger: OpenLedger) -> None:
    ledger.record(HERE, [entry("a"), entry("b", 5)])
    assert dict(ledger.lookup(HERE, ["b", "c", "a"])) == {"a": entry("a"), "b": entry("b", 5)}
    assert dict(ledger.lookup(HERE, [])) == {}


def test_destinations_do_not_mix(ledger: OpenLedger) -> None:
    ledger.record(HERE, [entry("a", 1)])
    ledger.record(THERE, [entry("a", 2)])
    assert ledger.lookup(HERE, ["a"])["a"].size_bytes == 1
    assert ledger.lookup(THERE, ["a"])["a"].size_bytes == 2


def test_the_last_record_of_a_key_counts(ledger: OpenLedger) -> None:
    ledger.record(HERE, [entry("a", 1), entry("a", 2)])
    ledger.record(HERE, iter([entry("a", 3)]))
    assert ledger.lookup(HERE, ["a"])["a"].size_bytes == 3


def test_forgotten_keys_are_gone(ledger: OpenLedger) -> None:
    ledger.record(HERE, [entry("a"), entry("b")])
    ledger.forget(HERE, iter(["a", "never there"]))
    ledger.flush()
    assert list(ledger.lookup(HERE, ["a", "b"])) == ["b"]


@pytest.mark.parametrize(
    "key", ["ñandú/año 1.csv", "a'b\"c;--", "x\ny", "日本/😀", "e\u0301", "\u00e9", "%_*", "A"]
)
def test_any_name_is_kept_exactly(ledger: OpenLedger, key: str) -> None:
    ledger.record(HERE, [entry(key), entry("a")])
    assert list(ledger.lookup(HERE, [key])) == [key]


@pytest.mark.parametrize("mtime_ns", [-(2**40), 0, 2**63 - 1, 2**63, 15_000_000_000 * 10**9, -(2**70)])
def test_times_of_any_century_compare_equal_again(ledger: OpenLedger, mtime_ns: int) -> None:
    ledger.record(HERE, [entry("a", mtime_ns=mtime_ns)])
    assert ledger.lookup(HERE, ["a"])["a"] == entry("a", mtime_ns=mtime_ns)


def test_thousands_of_keys_are_found_at_once(ledger: OpenLedger) -> None:
    keys = [f"folder/{number:05d}" for number in range(5000)]
    ledger.record(HERE, map(entry, keys))
    assert list(ledger.lookup(HERE, keys)) == keys
    assert len(ledger.lookup(HERE, [*keys[:950], "no"])) == 950


def test_the_last_listing_is_remembered_for_each_destination(ledger: OpenLedger) -> None:
    assert ledger.listed(HERE, BUCKET) is None
    ledger.set_listed(HERE, BUCKET, START)
    assert (ledger.listed(HERE, BUCKET), ledger.listed(THERE, BUCKET)) == (START, None)
    ledger.set_listed(HERE, BUCKET, END)
    assert ledger.listed(HERE, BUCKET) == END


@pytest.mark.parametrize(
    "other", [BucketId(), BucketId("https://s3 other", "account"), BucketId("https://s3 bucket", "other")]
)
def test_a_listing_of_another_bucket_or_by_another_account_is_none(
    ledger: OpenLedger, other: BucketId
) -> None:
    ledger.set_listed(HERE, BUCKET, START)
    assert ledger.listed(HERE, other) is None
    ledger.set_listed(HERE, other, START)
    assert ledger.listed(HERE, BUCKET) is None


def test_listings_are_forgotten_where_they_cover_the_same_objects(ledger: OpenLedger) -> None:
    names = ("aws bucket ", "aws bucket a/", "aws bucket a/b/", "aws bucket ab/", "other bucket a/")
    for name in names:
        ledger.set_listed(name, BUCKET, START)
    ledger.forget_listings("aws bucket a/")
    kept = [name for name in names if ledger.listed(name, BUCKET)]
    assert kept == ["aws bucket ab/", "other bucket a/"]


def test_listings_of_a_bucket_that_was_missing_are_forgotten_whoever_took_them(ledger: OpenLedger) -> None:
    others = BUCKET._replace(account="other")
    elsewhere = BUCKET._replace(place="https://s3 bucket2")
    ledger.set_listed(HERE, BUCKET, START)
    ledger.set_listed(THERE, others, START)
    ledger.set_listed("spelt otherwise", elsewhere, START)
    ledger.forget_bucket(BUCKET.place)
    assert (ledger.listed(HERE, BUCKET), ledger.listed(THERE, others)) == (None, None)
    assert ledger.listed("spelt otherwise", elsewhere) == START


def test_several_threads_share_one_ledger(ledger: OpenLedger) -> None:
    def work(number: int) -> None:
        for index in range(20):
            ledger.record(f"{number}", [entry(f"{index}")])
            ledger.lookup(f"{number}", [f"{index}"])
        result = make_result(name=f"{number}")
        ledger.record_result("run", START, result)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(len(ledger.lookup(f"{number}", [f"{i}" for i in range(20)])) == 20 for number in range(4))
    assert sorted(result.name for result in ledger.results("run")) == ["0", "1", "2", "3"]


def test_history_shows_runs_newest_first_with_their_sums(ledger: OpenLedger) -> None:
    ledger.start_run("one", START)
    ledger.record_result("one", START, make_result(uploaded=3, bytes_uploaded=30))
    ledger.record_result("one", START, make_result(Status.FAILURE, DayState.FAILED, name="Other", uploaded=1))
    ledger.finish_run("one", END, 1)
    ledger.start_run("two", END)

    two, one = ledger.runs()
    assert (two.run_id, two.finished, two.exit_code, two.results) == ("two", None, None, 0)
    assert (one.run_id, one.started, one.finished, one.exit_code) == ("one", START, END, 1)
    assert (one.results, one.failures, one.files_sent, one.bytes_sent) == (2, 1, 4, 30)


def test_history_of_one_configuration_shows_its_runs_and_its_sums(ledger: OpenLedger) -> None:
    ledger.start_run("one", START)
    ledger.record_result("one", START, make_result(uploaded=3))
    ledger.record_result("one", START, make_result(name="Other", uploaded=1))
    ledger.start_run("two", END)
    ledger.record_result("two", END, make_result(name="Other"))
    assert [(run.run_id, run.files_sent) for run in ledger.runs(name="Documents")] == [("one", 3)]
    assert ledger.runs(name="Nobody") == []


def test_history_shows_no_more_runs_than_asked_for(ledger: OpenLedger) -> None:
    for number in range(5):
        ledger.start_run(f"{number}", START + timedelta(days=number))
    assert [run.run_id for run in ledger.runs(limit=2)] == ["4", "3"]
    assert ledger.runs(limit=0) == []


def test_runs_are_found_by_the_beginning_of_their_id(ledger: OpenLedger) -> None:
    for run_id in ("20250114T-ab", "20250114T-cd", "20250115T-ab", "2025_114T-ab"):
        ledger.start_run(run_id, START)
    found = ledger.runs(run_id_prefix="20250114", limit=None)
    assert [run.run_id for run in found] == ["20250114T-cd", "20250114T-ab"]
    assert len(ledger.runs(run_id_prefix="20250114", limit=1)) == 1
    assert len(ledger.runs(limit=None)) == 4
    assert list(ledger.runs(run_id_prefix="%")) == []


def test_a_result_comes_back_as_it_went_in(ledger: OpenLedger) -> None:
    result = make_result(
        Status.FAILURE,
        DayState.PARTIAL,
        files_seen=5,
        uploaded=3,
        bytes_uploaded=30,
        deleted=1,
        failed=2,
        left_out=4,
        failures=(Failure("a/ñ", "gone"), Failure("b", "denied")),
        warnings=("x", "y"),
    )
    ledger.record_result("run", START, result)
    (record,) = ledger.results("run")
    assert (record.run_id, record.name, record.target_date, record.started) == (
        "run",
        "Documents",
        DAY,
        START,
    )
    assert (record.status, record.day_state, record.message) == (
        Status.FAILURE,
        DayState.PARTIAL,
        "3 uploaded",
    )
    assert (record.local_path, record.s3_path) == ("/data/2025-01-14", "s3://bucket/2025/01/14")
    assert (record.files_seen, record.files_sent, record.bytes_sent, record.deleted) == (5, 3, 30, 1)
    assert (record.failed, record.left_out, record.duration_seconds) == (2, 4, 65.25)
    assert record.failures == (("a/ñ", "gone"), ("b", "denied"))
    assert (record.warnings, record.finished) == (2, START + timedelta(seconds=65.25))
    assert ledger.results("another") == []


def test_each_result_brings_its_days_up_to_date(ledger: OpenLedger) -> None:
    day_before = DAY - timedelta(days=1)
    ledger.record_result("one", START, make_result(files_seen=2, days=(day_before, DAY)))
    ledger.record_result("two", END, make_result(Status.SKIPPED, DayState.MISSING))
    found = ledger.days(DOCUMENTS, date(2025, 1, 1), date(2025, 1, 31))
    assert list(found) == [day_before, DAY]
    assert found[DAY].state is DayState.COMPLETE
    assert (found[DAY].files, found[DAY].last_run_id, found[day_before].last_run_id) == (2, "two", "one")
    assert found[DAY].first_complete == START + timedelta(seconds=65.25)


def test_a_range_records_each_day_as_it_is_and_none_before_history_begins(ledger: OpenLedger) -> None:
    days = tuple(DAY - timedelta(days=back) for back in (3, 2, 1, 0))
    empty, complete = DayState.EMPTY, DayState.COMPLETE
    apart = [DayResult(day, state) for day, state in zip(days, (empty, empty, complete, empty), strict=True)]
    apart[2] = DayResult(days[2], complete, files=2, bytes=20)
    ledger.record_result("one", START, make_result(files_seen=2, days=days, day_results=tuple(apart)))
    found = ledger.days(DOCUMENTS, days[0], DAY)
    assert [(day, one.state, one.files) for day, one in found.items()] == [
        (days[2], complete, 2),
        (DAY, empty, 0),
    ]
    ledger.record_result("two", END, make_result(target_date=days[0]))
    ledger.record_result("three", END, make_result(files_seen=2, days=days, day_results=tuple(apart)))
    states = [one.state for one in ledger.days(DOCUMENTS, days[0], DAY).values()]
    assert states == [complete, empty, complete, empty]


def test_days_are_found_by_configuration_and_range(ledger: OpenLedger) -> None:
    for number in range(1, 6):
        ledger.record_result("run", START, make_result(target_date=date(2025, 1, number)))
    found = ledger.days(DOCUMENTS, date(2025, 1, 2), date(2025, 1, 4))
    assert [day.day for day in found] == [2, 3, 4]
    assert dict(ledger.days(Identity("Other"), date(2025, 1, 1), date(2025, 1, 31))) == {}
    assert (ledger.first_day(DOCUMENTS), ledger.first_day(Identity("Other"))) == (
        date(2025, 1, 1),
        None,
    )


def test_a_dry_run_leaves_no_trace(ledger: OpenLedger) -> None:
    ledger.record_result("run", START, make_result(dry_run=True))
    assert (ledger.runs(), ledger.results("run"), dict(ledger.days(DOCUMENTS, DAY, DAY))) == (
        [],
        [],
        {},
    )


def test_the_latest_results_begin_with_the_last_run_whose_latest_day_succeeded(ledger: OpenLedger) -> None:
    day_after = DAY + timedelta(days=1)
    ledger.record_result("one", START, make_result(message="old"))
    ledger.record_result("two", START, make_result(message="went well"))
    ledger.record_result("three", START, make_result(message="earlier day"))
    failed = make_result(Status.FAILURE, DayState.FAILED, target_date=day_after, message="latest day")
    ledger.record_result("three", START, failed)
    ledger.record_result("four", END, make_result(Status.SKIPPED, DayState.MISSING, message="missing"))
    ledger.record_result("four", END, make_result(name="Other"))

    found = [record.message for record in ledger.latest_results("Documents")]
    assert found == ["went well", "earlier day", "latest day", "missing"]
    assert list(ledger.latest_results("Nobody")) == []


def test_without_a_success_the_latest_results_are_all_that_there_are(ledger: OpenLedger) -> None:
    for run in ("one", "two"):
        ledger.record_result(run, START, make_result(Status.FAILURE, DayState.FAILED))
    assert [record.run_id for record in ledger.latest_results("Documents")] == ["one", "two"]


def test_it_is_known_how_far_history_goes_back(ledger: OpenLedger) -> None:
    assert ledger.extent() == HistoryExtent(0, None, None)
    ledger.start_run("one", START)
    ledger.record_result("one", START, make_result())
    ledger.start_run("two", END)
    seen = ledger.days(DOCUMENTS, DAY, DAY)[DAY].last_seen

    assert ledger.extent() == HistoryExtent(2, START, seen)
    ledger.prune(END, END)
    assert ledger.extent() == HistoryExtent(1, END, seen)


def test_pruning_drops_old_runs_but_never_days(ledger: OpenLedger) -> None:
    ledger.start_run("old", START)
    ledger.record_result("old", START, make_result())
    ledger.start_run("new", END)
    ledger.record_result("new", END, make_result(name="Other"))
    assert ledger.prune(END.astimezone(UTC), END) == 1
    assert [run.run_id for run in ledger.runs()] == ["new"]
    assert ledger.results("old") == []
    assert DAY in ledger.days(DOCUMENTS, DAY, DAY)
    assert ledger.prune(datetime(2000, 1, 1, tzinfo=UTC), END) == 0


def test_a_message_with_half_characters_is_kept_as_well_as_possible(ledger: OpenLedger) -> None:
    broken = make_result(message="a\udcff", failures=(Failure("k\udcff", "x"),))
    ledger.record_result("run", START, broken)
    assert len(ledger.results("run")) == 1


def test_closing_twice_is_fine(ledger: OpenLedger) -> None:
    ledger.close()
    ledger.close()


def test_what_a_server_keeps_apart_is_remembered(ledger: OpenLedger) -> None:
    assert ledger.kept_apart("host/bucket") is None
    ledger.set_kept_apart("host/bucket", frozenset({"plus", "case"}))
    ledger.set_kept_apart("host/other", frozenset())
    assert ledger.kept_apart("host/bucket") == frozenset({"plus", "case"})
    assert ledger.kept_apart("host/other") == frozenset()
    ledger.set_kept_apart("host/bucket", frozenset({"plus"}))
    assert ledger.kept_apart("host/bucket") == frozenset({"plus"})


OLD = Identity("Documents", "aws s3://old/2027/01/02", "s3://old/.*")
NEW = Identity("Documents", "aws s3://new/2027/01/02", "s3://new/.*")


def test_days_belong_to_their_destination(ledger: OpenLedger) -> None:
    days = [DAY - timedelta(days=back) for back in (2, 1, 0)]
    for day in days:
        result = make_result(target_date=day, files_seen=2, s3_path=f"s3://old/{day}")
        ledger.record_result("one", START, result, OLD)
    assert (list(ledger.days(OLD, days[0], DAY)), ledger.first_day(OLD)) == (days, days[0])
    assert (dict(ledger.days(NEW, days[0], DAY)), ledger.first_day(NEW)) == ({}, None)
    assert ledger.has_files("Documents")
    assert ledger.days_elsewhere(OLD) is None
    assert ledger.days_elsewhere(NEW) == DaysElsewhere(3, days[0], DAY, f"s3://old/{DAY}", "aws")

    ledger.record_result("two", END, make_result(Status.SKIPPED, DayState.MISSING), NEW)
    assert ledger.days(OLD, DAY, DAY)[DAY].state is DayState.COMPLETE
    assert ledger.days_elsewhere(NEW) == DaysElsewhere(2, days[0], days[1], f"s3://old/{days[1]}", "aws")


def test_doubts_and_failed_files_belong_to_the_destination_too(ledger: OpenLedger) -> None:
    for identity in (OLD, NEW):
        ledger.record_result("one", START, make_result(files_seen=2), identity)
    ledger.safety.doubt_days(OLD, [DAY], "two")
    assert (ledger.safety.are_complete(OLD, [DAY]), ledger.safety.are_complete(NEW, [DAY])) == (True, True)
    assert ledger.days(OLD, DAY, DAY)[DAY].state is DayState.PARTIAL
    assert ledger.days(NEW, DAY, DAY)[DAY].state is DayState.COMPLETE
    failed = make_result(Status.FAILURE, DayState.FAILED, not_arrived=((DAY, "a"),))
    ledger.record_result("three", END, failed, OLD)
    assert ledger.safety.not_arrived(OLD, [DAY]) == [(DAY, "a")]
    assert ledger.safety.not_arrived(NEW, [DAY]) == []


def test_days_of_an_older_version_are_those_of_the_destination_that_fits(ledger: OpenLedger) -> None:
    for day, path in ((DAY, "s3://old/x"), (DAY - timedelta(days=1), "s3://new/x")):
        result = make_result(target_date=day, files_seen=2, s3_path=path)
        ledger.record_result("one", START, result, Identity("Documents"))
    assert list(ledger.days(OLD, date.min, date.max)) == [DAY]
    assert ledger.first_day(OLD) == DAY
    assert ledger.days_elsewhere(OLD) is not None

    ledger.record_result("two", END, make_result(files_seen=3, s3_path="s3://old/x"), OLD)
    records = ledger.corrections.days("Documents", date.min, date.max)
    assert [(one.day, one.destination, one.files) for one in records] == [
        (DAY - timedelta(days=1), "", 2),
        (DAY, OLD.destination, 3),
    ]


def test_history_begins_with_a_day_that_was_found(ledger: OpenLedger) -> None:
    early = DAY - timedelta(days=28)
    for day, state in ((early, DayState.MISSING), (DAY, DayState.COMPLETE)):
        ledger.record_result("one", START, make_result(state=state, target_date=day))
    assert ledger.first_day(DOCUMENTS) == DAY
    ledger.record_result("two", START, make_result(target_date=early, files_seen=1))
    ledger.record_result("three", START, make_result(state=DayState.MISSING, target_date=early))
    assert ledger.first_day(DOCUMENTS) == early, "that its folder is gone does not undo it"


def test_a_renamed_configuration_has_everything_of_the_old_name(ledger: OpenLedger) -> None:
    ledger.record_result("one", START, make_result(files_seen=2), OLD)
    ledger.safety.doubt_days(OLD, [DAY], "two")
    before = ledger.days(OLD, DAY, DAY)[DAY]
    durable = ledger.corrections.rename("Documents", "Papers")
    assert durable is ledger.complete
    assert ledger.corrections.names() == ["Papers"]
    renamed = replace(OLD, name="Papers")
    assert ledger.days(renamed, DAY, DAY)[DAY] == replace(before, name="Papers")
    assert [one.name for one in ledger.results("one")] == ["Papers"]


def test_forgotten_days_are_unknown(ledger: OpenLedger) -> None:
    for back in range(4):
        result = make_result(target_date=DAY - timedelta(days=back))
        ledger.record_result("one", START, result, OLD if back % 2 else NEW)
    ledger.corrections.forget("Documents", DAY - timedelta(days=2), DAY - timedelta(days=1))
    left = ledger.corrections.days("Documents", date.min, date.max)
    assert [one.day for one in left] == [DAY - timedelta(days=3), DAY]
    assert len(ledger.results("one")) == 4


def test_entries_are_counted_and_listed_by_key(ledger: OpenLedger) -> None:
    keys = ["a", "a/b", "ñ", "😀"]
    ledger.record(HERE, [LedgerEntry(key, 1, 2, "e") for key in reversed(keys)])
    ledger.record(HERE, [LedgerEntry.begun("begun"), LedgerEntry.begun("")])
    assert (ledger.count(HERE), ledger.count(THERE)) == (4, 0)
    assert [entry.key for entry in ledger.entries(HERE, "", 3)] == keys[:3]
    assert [entry.key for entry in ledger.entries(HERE, keys[2], 3)] == keys[3:]


def test_deleted_objects_are_forgotten_by_every_destination_that_contains_them(ledger: OpenLedger) -> None:
    whole, inner = "aws bucket ", "aws bucket a/b/"
    for destination, key in ((HERE, "b/x"), (whole, "a/b/x"), (inner, "x"), (THERE, "b/x"), (HERE, "y")):
        ledger.record(destination, [LedgerEntry(key, 1, 2, "e")])
    ledger.forget_deleted(HERE, ["b/x", "c"])
    assert [ledger.count(one) for one in (whole, inner, THERE, HERE)] == [0, 0, 1, 1]
