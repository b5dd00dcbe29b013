"""The final table and the closing sentence."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from rich.cells import cell_len

from mochok.events import RunFinished
from mochok.model import DayResult, DayState, Status, SyncResult, Tally
from mochok.report.listeners.dry_totals import DryTotals
from mochok.report.pages.closing import closing_sentence, effort_sentences
from mochok.report.pages.results import Ending, show_ending
from mochok.report.text.screen import Screen
from tests.unit.report.runs import DAY, LONG_NAME, WIDTHS, Output, failure, finished, result, skipped

HINT = "run: aws sso login --profile prod"


def ending(run: RunFinished, width: int, encoding: str = "utf-8", *, terminal: bool = True) -> str:
    output = Output(encoding, terminal=terminal)
    screen = Screen(output, {"COLUMNS": str(width), "LINES": "50", "TERM": "xterm-256color"})
    show_ending(Ending(run, ("Daily", LONG_NAME, "日本語のフォルダ", "Archive"), DryTotals()), screen)
    return output.seen


def mixed_run() -> RunFinished:
    tally = Tally(uploaded=890, bytes_uploaded=890_000_000, deleted=3, left_out=7, failed=0)
    return finished(
        skipped("Archive"),
        result("日本語のフォルダ", Status.FAILURE, "the session token expired", hint=HINT, exit_code=3),
        result("Daily", tally=tally, message="890 uploaded, 3 deleted, 7 skipped (unreadable)", exit_code=5),
        result(LONG_NAME),
    )


def words(text: str) -> str:
    return re.sub(r"\s+", " ", text)


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("terminal", [True, False])
def test_everything_that_matters_is_readable_at_any_width(width: int, encoding: str, terminal: bool) -> None:
    text = ending(mixed_run(), width, encoding, terminal=terminal)

    for needed in ("Daily", "Success", "Failure", "Skipped", "2025-01-14", "890", "890.0 MB", "7"):
        assert needed in text
    for sentence in ("the session token expired", "the source folder /data/x does not exist", HINT):
        assert sentence in words(text)
    assert "1 of 4 configurations failed" in text


@pytest.mark.parametrize("width", [50, *WIDTHS])
def test_nothing_is_wider_than_the_terminal(width: int) -> None:
    lines = ending(mixed_run(), width).splitlines()

    assert [line for line in lines if cell_len(line) > width] == []


def test_rows_stand_in_the_order_of_the_file_whatever_ended_first() -> None:
    text = ending(mixed_run(), 200)

    places = [text.index(f"\n{name}") for name in ("Daily", LONG_NAME, "日本語", "Archive")]
    assert places == sorted(places)


def test_a_wide_table_has_the_message_beside_the_numbers() -> None:
    row = next(line for line in ending(mixed_run(), 200).splitlines() if line.startswith("Daily"))

    for needed in (
        "2025-01-14",
        "Success",
        "890",
        "3",
        "7",
        "890.0 MB",
        "1 min 05 s",
        "890 uploaded, 3 deleted",
    ):
        assert needed in row


def test_long_messages_stand_below_the_table_instead_of_in_a_narrow_column() -> None:
    long = (
        "the server answered 403 SignatureDoesNotMatch: the signature is not the one that it calculated " * 2
    )
    text = ending(finished(result("Daily", Status.FAILURE, long, exit_code=1), result(LONG_NAME)), 110)

    assert not any("Message" in line for line in text.splitlines())
    assert words(long).strip() in words(text)


def test_columns_in_which_nothing_happened_are_left_out() -> None:
    text = ending(finished(result()), 200)

    assert "Uploaded" in text
    for heading in ("Deleted", "Failed", "Unreadable"):
        assert heading not in text


def test_a_disabled_configuration_that_ran_because_it_was_named_is_told() -> None:
    output = Output()
    run = finished(result("Daily"), result("Archive"))
    show_ending(Ending(run, ("Daily", "Archive"), DryTotals(), ("Archive",)), Screen(output, {}))

    assert "Archive (disabled, named by --only) runs only when named.\n" in output.seen
    assert "disabled" not in ending(run, 120)


def test_the_same_advice_for_several_configurations_is_given_once() -> None:
    text = ending(finished(failure("Daily", hint=HINT), failure("Archive", hint=HINT)), 120)

    assert text.count(HINT) == 1
    assert f"What to do (Daily, Archive): {HINT}" in text


def test_narrow_terminals_get_a_block_for_each_result() -> None:
    text = ending(finished(result()), 60)

    assert "Configuration" not in text
    assert "Daily  2025-01-14" in text
    assert "Success  1.5 MB, 1 min 05 s" in text


def test_a_configuration_that_was_only_tried_is_marked() -> None:
    text = words(ending(finished(result(), result("Archive", dry_run=True)), 120))

    assert "Success (dry run)" in text
    dry = "1 ran as a dry run (--dryrun in sync_options): Archive."
    assert f"1 of 2 configurations is complete in S3; {dry}" in text


def _days(count: int) -> list[SyncResult]:
    return [result(target_date=DAY + timedelta(days=number)) for number in range(count)]


def as_listed(name: str) -> SyncResult:
    return result(name, listed=date(2025, 1, 10))


def bare(name: str) -> SyncResult:
    return result(name, day_state=DayState.EMPTY, tally=Tally())


@pytest.mark.parametrize(
    ("run", "sentence"),
    [
        (finished(result()), "Daily: 2025-01-14 is complete in S3."),
        (finished(result("A"), result("B")), "All 2 configurations are complete in S3."),
        (
            finished(as_listed("A")),
            "A: 2025-01-14 is complete in S3, according to the listing of 2025-01-10.",
        ),
        (
            finished(result("A"), as_listed("B")),
            "1 of 2 configurations is complete in S3; 1 is complete in S3, according to an earlier listing.",
        ),
        (finished(bare("A")), "A: 2025-01-14 had no files."),
        (
            finished(result("A", day_results=(DayResult(DAY, DayState.EMPTY),))),
            "A: 2025-01-14 had no files; those of the days before are in S3.",
        ),
        (finished(bare("A"), bare("B")), "All 2 configurations had no files."),
        (finished(result("A"), bare("B")), "1 of 2 configurations is complete in S3; 1 had no files."),
        (finished(failure("A"), bare("B")), "1 of 2 configurations failed: A; 1 had no files."),
        (finished(result("A"), failure("B")), "1 of 2 configurations failed: B; 1 is complete in S3."),
        (finished(failure("A"), failure("B")), "All 2 configurations failed."),
        (
            finished(result("A"), result("B"), failure("C"), skipped("D")),
            "1 of 4 configurations failed: C; 2 are complete in S3; 1 was skipped (nothing to upload): D.",
        ),
        (
            finished(result("A"), skipped("B")),
            "1 of 2 configurations is complete in S3; 1 was skipped (nothing to upload): B.",
        ),
        (
            finished(skipped("A"), skipped("B")),
            "All 2 configurations were skipped (nothing to upload).",
        ),
        (finished(result(dry_run=True)), "Dry run: nothing was changed."),
        (finished(skipped("A")), "A: 2025-01-14 was skipped (nothing to upload)."),
        (finished(failure("A")), "A: 2025-01-14 failed."),
        (finished(*_days(14)), "All 14 days (1 configuration, 2025-01-14 to 2025-01-27) are complete in S3."),
        (finished(), "Nothing to do: no configuration had a day to synchronise."),
        (finished(result(dry_run=True), dry_run=True), "Dry run: nothing was changed."),
        (
            finished(failure("A"), result("B", dry_run=True), dry_run=True),
            "Dry run: nothing was changed. 1 of 2 configurations failed: A; 1 would succeed.",
        ),
        (
            finished(failure("A"), interrupted=True),
            "Interrupted: what has arrived stays in S3, the next run uploads the rest. A: 2025-01-14 failed.",
        ),
    ],
)
def test_the_closing_sentence(run: RunFinished, sentence: str) -> None:
    assert closing_sentence(run) == sentence


@pytest.mark.parametrize(
    ("run", "sentences"),
    [
        (finished(result()), ["Uploaded 2 files (1.5 MB) in 1 min 10 s (21.4 kB/s)."]),
        (finished(result(tally=Tally())), ["No files needed to be uploaded (1 min 10 s)."]),
        (finished(result(tally=Tally(deleted=3))), ["Deleted 3 objects in 1 min 10 s."]),
        (finished(result(tally=Tally(deleted=3)), dry_run=True), []),
        (finished(failure("A")), ["No files were uploaded (1 min 10 s)."]),
        (
            finished(result(tally=Tally(uploaded=1, bytes_uploaded=1, deleted=1, left_out=1))),
            [
                "Uploaded 1 file (1 byte) and deleted 1 object in 1 min 10 s (0 B/s).",
                "1 file or folder was skipped (unreadable), as listed above.",
            ],
        ),
        (finished(), []),
    ],
)
def test_what_a_run_took(run: RunFinished, sentences: list[str]) -> None:
    assert list(effort_sentences(run)) == sentences


def test_days_of_one_configuration_stand_together_oldest_first() -> None:
    early, late = date(2025, 1, 1), date(2025, 1, 2)
    run = finished(
        *(result(name, target_date=day) for day in (late, early) for name in ("Archive", "Daily")),
    )
    rows = re.findall(r"^(Daily|Archive) +(\S+)", ending(run, 120), re.MULTILINE)

    assert rows == [
        ("Daily", "2025-01-01"),
        ("Daily", "2025-01-02"),
        ("Archive", "2025-01-01"),
        ("Archive", "2025-01-02"),
    ]
