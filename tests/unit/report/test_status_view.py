"""``mochok status`` as people see it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from mochok.records.days import DayMark
from mochok.records.history import RunRecord
from mochok.records.state import Statistics
from mochok.report.documents.status import status_document
from mochok.report.pages.hints import age_text, next_hint
from mochok.report.pages.status import last_execution_page, status_page
from tests.unit.report.overviews import (
    NOW,
    configuration_view,
    day,
    days_from,
    overview,
    printed,
    result_view,
    success_view,
    text_of,
)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "just now"),
        (59, "just now"),
        (60, "1 minute ago"),
        (3599, "59 minutes ago"),
        (3600, "1 hour ago"),
        (86_399, "23 hours ago"),
        (86_400, "1 day ago"),
        (3 * 86_400 + 5, "3 days ago"),
        (-30, "just now"),
        (-3600, "in the future; is the clock right?"),
    ],
)
def test_ages_are_whole_units(seconds: int, text: str) -> None:
    assert age_text(NOW - timedelta(seconds=seconds), NOW) == text


def test_status_tells_execution_statistics_and_configurations() -> None:
    text = text_of(status_page(overview()))

    assert "Success: 1 of 1 configuration successful, 0 failed" in text
    assert "Executions           12" in text
    assert "Success for 2025-01-14, on 2025-01-15 02:30:25 (12 hours ago)" in text
    assert "/data/2025-01-14 -> s3://bucket/2025/01/14" in text
    assert "2 files, 1.5 MB" in text


def test_the_age_of_the_last_success_is_told_when_the_last_run_failed() -> None:
    old = success_view(timestamp=NOW - timedelta(days=3), date=day(11))
    failed = result_view(last_status="Failure", last_message="no route to host", consecutive_failures=2)

    text = text_of(status_page(overview(configuration_view(result=failed, success=old))))

    assert "3 days ago" in text
    assert "Consecutive failures 2" in text
    assert 'mochok sync --target-date 2025-01-14 --only "Daily"' in text


def test_before_the_first_run_it_says_so_and_what_to_do() -> None:
    fresh = configuration_view(result=None, success=None)
    empty = overview(fresh, execution=None, statistics=Statistics(0, None, 0))

    for page in (status_page(empty), last_execution_page(empty)):
        text = text_of(page)
        assert "No run has ended yet" in text
        assert "mochok sync" in text


@pytest.mark.parametrize(
    ("changes", "hint"),
    [
        ({}, ""),
        ({"enabled": False, "result": None}, ""),
        ({"configured": False, "enabled": False}, "no longer in the configuration file"),
        ({"result": None}, "it has never run"),
        ({"gaps": 2}, 'mochok sync --catch-up 30 --only "Daily"'),
        ({"result": result_view(last_timestamp=NOW - timedelta(days=5))}, "5 days ago"),
    ],
)
def test_the_hint_says_what_to_do_next(changes: dict[str, Any], hint: str) -> None:
    found = next_hint(configuration_view(**changes), NOW)

    assert (hint in found) if hint else (found == "")


def test_the_last_days_are_summed_up() -> None:
    days = {DayMark.COMPLETE: 26, DayMark.MISSING: 3, DayMark.BEFORE: 1}

    text = text_of(status_page(overview(configuration_view(days=days, gaps=3))))

    assert "26 complete, 3 missing, 1 before history begins (3 gaps)" in text


def test_a_success_that_left_files_out_says_so() -> None:
    partly = configuration_view(result=result_view(files_left_out=2))
    execution = overview().execution
    assert execution is not None

    text = text_of(status_page(overview(partly, execution=replace(execution, files_left_out=1))))

    assert "Success, but 1 file was skipped (unreadable): 1 of 1 configuration successful" in text
    assert "Success, but 2 files were skipped (unreadable) for 2025-01-14" in text
    assert "the log names the skipped files" in text


STARTED = NOW - timedelta(minutes=5)
ENDED = NOW - timedelta(minutes=3)


def a_run(run_id: str, finished: datetime | None, exit_code: int | None, running: bool | None) -> RunRecord:
    return RunRecord(run_id, STARTED, finished, exit_code, 0, 0, 0, 0, running)


@pytest.mark.parametrize(
    ("run", "told"),
    [
        (a_run("x", ENDED, 130, False), "The last run was interrupted at 2025-01-15 14:27:25"),
        (a_run("x", None, None, False), "interrupted without a clean exit (killed, or"),
        (a_run("x", None, None, True), "A run is in progress: x, started on 2025-01-15 14:25:25"),
        (a_run("x", None, None, None), "A run has not ended"),
    ],
)
def test_a_run_that_did_not_end_is_told(run: RunRecord, told: str) -> None:
    fresh = overview(configuration_view(result=None), execution=None, latest_run=run)
    for page in (status_page(fresh), last_execution_page(fresh), status_page(overview(latest_run=run))):
        text = text_of(page)
        assert told in text
        assert ("the next mochok sync continues from there" in text) is run.interrupted
    assert status_document(fresh)["latestRun"]["interrupted"] is run.interrupted


def test_the_execution_that_was_interrupted_is_no_mere_failure() -> None:
    execution = overview().execution
    assert execution is not None
    stopped = replace(execution, success=False, failed_configurations=1, successful_configurations=0)
    run = a_run(execution.run_id, ENDED, 130, False)

    assert "Result               Interrupted: 0 of 1" in text_of(
        status_page(overview(execution=stopped, latest_run=run))
    )
    ended_well = replace(run, exit_code=0)
    assert "interrupted" not in text_of(status_page(overview(latest_run=ended_well)))


def test_the_duration_is_what_sync_printed_where_the_ledger_has_that_run() -> None:
    execution = overview().execution
    assert execution is not None
    for run_id, duration in ((execution.run_id, "0.4 s"), ("another", "7 s")):
        run = replace(a_run(run_id, ENDED, 0, False), started=ENDED - timedelta(seconds=0.4))
        assert f"Duration             {duration}\n" in text_of(last_execution_page(overview(latest_run=run)))


@pytest.mark.parametrize("width", [40, 60, 120])
def test_a_terminal_gets_no_line_wider_than_itself(width: int) -> None:
    failed = result_view(last_status="Failure", last_message="word " * 60, s3_path="s3://" + "b" * 300)

    output = printed(status_page(overview(configuration_view(result=failed))), terminal=True, width=width)

    assert max(len(one) for one in output.seen.splitlines()) <= width
    assert output.seen.count("word") == 60


def test_elsewhere_every_field_is_one_plain_line() -> None:
    failed = result_view(last_status="Failure", last_message="word " * 60)

    output = printed(status_page(overview(configuration_view(result=failed))), terminal=False, width=60)

    assert "\x1b" not in output.text
    assert "word " * 59 in output.text


@pytest.mark.parametrize("terminal", [True, False])
def test_names_cannot_disturb_the_terminal_and_fit_any_encoding(terminal: bool) -> None:
    strange = configuration_view("Año\x1b[2J\nFake: Success")

    output = printed(status_page(overview(strange)), terminal=terminal, encoding="ascii")

    assert "\x1b[2J" not in output.text
    assert "A\\xf1o" in output.seen
    assert not any(one.startswith("Fake") for one in output.seen.splitlines())


def test_the_document_has_the_state_files_names() -> None:
    document = status_document(overview(configuration_view(gaps=1)))

    assert document["schema"] == "mochok.status/1"
    assert document["lastExecution"]["successfulConfigurations"] == 1
    assert document["configurationResults"]["Daily"]["lastStatus"] == "Success"
    assert document["lastSuccessfulSync"]["Daily"]["date"] == "2025-01-14"
    assert document["statistics"]["totalExecutions"] == 12
    assert document["configurations"][0]["lastSuccessAgeSeconds"] == 12 * 3600
    assert document["configurations"][0]["gaps"] == 1


def test_a_result_in_the_future_is_not_recent_for_ever() -> None:
    """The clock was ten years ahead for one run, and no run has come since."""
    later = NOW + timedelta(days=3653)
    view = configuration_view(result=result_view(last_timestamp=later), success=success_view(timestamp=later))
    [found] = status_document(overview(view))["configurations"]

    assert found["lastSuccessAgeSeconds"] is None
    assert found["next"] == "the last run is in the future: is the clock right?"


def test_the_document_of_the_last_execution_ends_there() -> None:
    document = status_document(overview(), only_last_execution=True)

    assert list(document)[-2:] == ["lastExecution", "latestRun"]


def test_after_a_catch_up_of_older_days_the_newest_day_shows() -> None:
    newest = days_from("MCCCCCCCCCCCCC").newest
    caught_up = configuration_view(newest=newest, result=result_view(last_date=day(3)))

    assert "Newest day           2025-01-14: complete" in text_of(status_page(overview(caught_up)))
    assert status_document(overview(caught_up))["configurations"][0]["newestDay"] == {
        "date": "2025-01-14",
        "state": "complete",
    }
    usual = configuration_view(newest=newest)
    assert "Newest day" not in text_of(status_page(overview(usual))), "the status is that day's"
    assert status_document(overview())["configurations"][0]["newestDay"] is None


@pytest.mark.parametrize(
    ("message", "shown"),
    [("0 uploaded, 7 up to date", "up to date"), ("0 uploaded, 0 up to date", "no files")],
)
def test_a_success_that_sent_nothing_says_why(message: str, shown: str) -> None:
    nothing = success_view(message=message, files_transferred=0, bytes_transferred=0)

    text = text_of(status_page(overview(configuration_view(success=nothing))))

    assert f"for 2025-01-14: {shown}\n" in f"{text}\n"
    assert "0 files" not in text


def test_a_configuration_dated_by_its_run_has_no_days_before_its_history() -> None:
    days = {DayMark.BEFORE: 30}

    text = text_of(status_page(overview(configuration_view(days=days, dated_by_run=True))))
    assert "Last 30 days" not in text
    days |= {DayMark.COMPLETE: 2}
    text = text_of(status_page(overview(configuration_view(days=days, dated_by_run=True))))
    assert "Last 30 days         2 complete\n" in f"{text}\n"
    assert replace(days_from("_________CCCCC"), dated_by_run=True).before == ()
