"""`mochok sync --json`."""

from __future__ import annotations

import json

from mochok.model import Failure, Status
from mochok.report.documents.sync import run_document
from tests.unit.report.runs import RUN_ID, failure, finished, result, skipped, tally_of_a_dry_run


def test_the_document_names_its_version_and_run() -> None:
    document = run_document(finished(result()), 0)

    assert document["schema"] == "mochok.sync/1"
    assert document["run_id"] == RUN_ID
    assert (document["exit_code"], document["dry_run"], document["interrupted"]) == (0, False, False)
    assert document["duration_seconds"] == 70.0


def test_each_result_has_raw_units() -> None:
    (one,) = run_document(finished(result(duration_seconds=1.23456)), 0)["results"]

    assert one["status"] == "Success"
    assert one["target_date"] == "2025-01-14"
    assert one["days"] == ["2025-01-14"]
    assert one["day_state"] == "complete"
    assert one["duration_seconds"] == 1.235
    assert one["counts"]["files_uploaded"] == 2
    assert one["counts"]["bytes_uploaded"] == 1_500_000


def test_totals_add_up_all_results() -> None:
    totals = run_document(finished(result("A"), result("B"), failure("C"), skipped("D")), 1)["totals"]

    assert (totals["results"], totals["succeeded"], totals["failed"], totals["skipped"]) == (4, 2, 1, 1)
    assert totals["bytes_uploaded"] == 3_000_000
    assert totals["files_uploaded"] == 4


def test_reasons_are_words_for_programs() -> None:
    (one,) = run_document(finished(result(tally=tally_of_a_dry_run(), dry_run=True)), 0)["results"]

    assert one["planned_by_reason"] == {"new": 2, "size_differs": 1}
    assert one["skipped_by_reason"] == {"up_to_date": 6, "excluded": 1}


def test_failures_warnings_and_advice_are_there_without_credentials() -> None:
    bad = result(
        status=Status.FAILURE,
        message="https://me:secret-word@host/ refused",
        hint="log in",
        failures=(Failure("a\n.txt", "token=abcdef"),),
        warnings=("password: hunter2",),
    )
    (one,) = run_document(finished(bad), 1)["results"]

    assert one["hint"] == "log in"
    assert one["failures"][0]["key"] == "a\n.txt"
    text = json.dumps(one)
    for secret in ("secret-word", "abcdef", "hunter2"):
        assert secret not in text
