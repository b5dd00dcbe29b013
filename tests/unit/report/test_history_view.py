"""``mochok history`` as people see it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from rich.cells import cell_len

from mochok.model import DayState, Status
from mochok.records.history import ResultRecord, RunRecord
from mochok.report.documents.history import history_document, run_document
from mochok.report.pages.history import history_page, run_page
from tests.unit.report.overviews import NOW, day, text_of

RUN_ID = "20250115T023000-ab12"


def run_view(**changes: Any) -> RunRecord:
    values: dict[str, Any] = {
        "run_id": RUN_ID,
        "started": NOW - timedelta(hours=12),
        "finished": NOW - timedelta(hours=12) + timedelta(seconds=125),
        "exit_code": 0,
        "results": 3,
        "failures": 0,
        "files_sent": 1204,
        "bytes_sent": 35_100_000,
        "running": False,
    }
    return RunRecord(**(values | changes))


def result_line(**changes: Any) -> ResultRecord:
    values: dict[str, Any] = {
        "run_id": RUN_ID,
        "name": "Daily",
        "target_date": day(14),
        "status": Status.SUCCESS,
        "day_state": DayState.COMPLETE,
        "message": "2 uploaded",
        "started": NOW,
        "duration_seconds": 1.2,
        "local_path": "/data",
        "s3_path": "s3://bucket/x",
        "files_seen": 2,
        "files_sent": 2,
        "bytes_sent": 30,
        "deleted": 0,
        "failed": 0,
        "left_out": 0,
        "failures": (),
        "warnings": 0,
    }
    return ResultRecord(**(values | changes))


def test_each_run_is_one_line_with_date_duration_files_size_and_status() -> None:
    lines = text_of(history_page([run_view()], 120, NOW)).splitlines()

    words = lines[1].split()
    assert words == [
        RUN_ID,
        "2025-01-15",
        "02:30:25",
        "2",
        "min",
        "05",
        "s",
        "3",
        "0",
        "1,204",
        "35.1",
        "MB",
        "success",
    ]


@pytest.mark.parametrize(
    ("exit_code", "word"),
    [
        (0, "success"),
        (1, "failure"),
        (3, "prerequisite missing"),
        (5, "files skipped"),
        (130, "interrupted"),
    ],
)
def test_the_exit_code_is_told_in_words(exit_code: int, word: str) -> None:
    run = run_view(exit_code=exit_code)

    assert word in text_of(history_page([run], 120, NOW))


@pytest.mark.parametrize("width", [50, 60, 80, 120])
def test_where_there_is_no_room_columns_go_but_never_the_run_and_its_status(width: int) -> None:
    lines = text_of(history_page([run_view()], width, NOW)).splitlines()[:2]

    assert max(len(one) for one in lines) <= width
    assert RUN_ID in lines[1]
    assert "success" in lines[1]


def test_an_empty_history_says_so() -> None:
    assert text_of(history_page([], 80, NOW)) == "No run is recorded in the history."


def test_a_run_is_shown_with_the_files_that_failed() -> None:
    failures = (("a/b.txt", "access denied"), ("c\n.txt", "gone"))
    failed = result_line(status=Status.FAILURE, failed=130, failures=failures, message="130 failed")

    text = text_of(run_page(run_view(exit_code=1, failures=1), [failed], 120, NOW))

    assert "a/b.txt: access denied" in text
    assert "c\\n.txt: gone" in text
    assert "and 128 more" in text
    assert "exit code 1" in text


def test_of_many_results_only_those_with_a_problem_are_told_in_full() -> None:
    good = [result_line(target_date=day(number), message=f"day {number}") for number in range(1, 15)]
    bad = result_line(name="Bad", status=Status.FAILURE, message="no route to host")

    text = text_of(run_page(run_view(), [*good, bad], 120, NOW))

    assert "no route to host" in text
    assert "day 7" not in text
    assert "2025-01-07  Daily" in text


def test_names_in_wide_characters_leave_the_columns_of_many_results_aligned() -> None:
    names = ["Daily", "日本語のフォルダ", "Backups 📦🚀"] * 4
    page = run_page(run_view(), [result_line(name=name, message="fine") for name in names], 120, NOW)
    rows = [text for text in text_of(page).splitlines() if text.startswith(("DATE", "2025-01-14"))]

    assert len(rows) == 1 + len(names)
    assert {cell_len(row.partition("Success")[0] or row) for row in rows[1:]} == {12 + 16 + 2}
    assert rows[0].index("STATUS") == 12 + 16 + 2


def test_a_run_without_results_is_told() -> None:
    text = text_of(run_page(run_view(finished=None, exit_code=None, results=0), [], 120, NOW))

    assert "No configuration finished." in text


@pytest.mark.parametrize(
    ("running", "status", "why"),
    [(True, "in progress", "in progress"), (False, "killed", "killed, or"), (None, "not ended", "or killed")],
)
def test_of_a_run_that_has_not_ended_it_is_said_what_is_known(
    running: bool | None, status: str, why: str
) -> None:
    run = run_view(finished=None, exit_code=None, running=running)

    assert why in text_of(run_page(run, [], 80, NOW))
    assert text_of(history_page([run], 120, NOW)).splitlines()[1].endswith(status)


def test_a_configuration_that_did_not_take_part_is_named() -> None:
    assert "Range did not take part." in text_of(run_page(run_view(), [], 80, NOW, ["Range"]))
    killed = run_view(finished=None, exit_code=None)
    assert "Range was not reached before the run stopped." in text_of(
        run_page(killed, [], 80, NOW, ["Range"])
    )


def test_the_documents_have_raw_units() -> None:
    listed = history_document([run_view()], ["Daily"], NOW)
    shown = run_document(run_view(), [result_line(failures=(("k", "m"),))], NOW)

    assert listed["schema"] == "mochok.history/1"
    assert listed["runs"][0]["duration_seconds"] == 125
    assert listed["runs"][0]["bytes_sent"] == 35_100_000
    assert shown["schema"] == "mochok.run/1"
    assert shown["results"][0]["failures"] == [{"key": "k", "message": "m"}]
    assert shown["results"][0]["target_date"] == "2025-01-14"


def test_a_result_that_sent_nothing_is_up_to_date() -> None:
    sent_nothing = result_line(files_sent=0, bytes_sent=0)
    run = run_view(files_sent=0, bytes_sent=0)

    text = text_of(run_page(run, [sent_nothing], 120, NOW))
    assert "Uploaded             nothing, everything was up to date" in text
    assert "Files                2 seen, up to date" in text
    many = text_of(run_page(run, [sent_nothing] * 9, 120, NOW))
    assert many.count("up to date") == 10
    for changes in ({"files_seen": 0}, {"failed": 1}, {"status": Status.SKIPPED}):
        other = result_line(files_sent=0, bytes_sent=0, **changes)
        assert "up to date" not in text_of(run_page(run, [other], 120, NOW))
