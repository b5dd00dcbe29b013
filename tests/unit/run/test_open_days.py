"""A day whose files were still changing is open, and a later run settles it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from mochok.model import GONE_WHILE_OPEN, DateWindow, DayState, Identity, Reason, Status, Upload
from mochok.run.synchronize import Synchronization
from mochok.storage.contract import OnTheWay, Sent, Unsent, ignore
from tests.support.memory_store import MemoryStore
from tests.unit.run.builders import DAY, JobScene

NIGHT = datetime(2100, 1, 15, 1, 30, tzinfo=UTC)
"""Long after the change times of the test's files, which no program can set."""
DAYS = (date(2100, 1, 13), date(2100, 1, 14))


def ns(moment: datetime) -> int:
    return int(moment.timestamp()) * 1_000_000_000


@pytest.fixture(autouse=True)
def night(scene: JobScene) -> None:
    scene.clock.moment = NIGHT


def test_a_day_is_complete_only_if_its_youngest_file_is_old_enough(scene: JobScene) -> None:
    scene.write("a")
    scene.write("b", mtime_ns=ns(NIGHT - timedelta(minutes=5)))
    result = scene.run(settle_minutes=15)
    assert (result.status, result.exit_code, result.day_state) == (Status.SUCCESS, 0, DayState.OPEN)
    assert result.message == "2 uploaded, 0 up to date; files were still changing at 01:30, such as b"
    assert scene.run(settle_minutes=5).day_state is DayState.COMPLETE
    assert scene.run().day_state is DayState.COMPLETE

    scene.clock.moment = NIGHT + timedelta(days=1)
    assert scene.run(settle_minutes=15).day_state is DayState.COMPLETE


def test_a_change_that_leaves_the_modification_time_counts(scene: JobScene) -> None:
    """``cp -p`` and ``mv`` keep it; the test's files have just been made."""
    scene.clock.moment = datetime.now(UTC)
    scene.write("a")
    assert scene.run(settle_minutes=15).day_state is DayState.OPEN


def test_the_ledger_decides_the_same_without_a_listing(scene: JobScene) -> None:
    scene.write("a", mtime_ns=ns(NIGHT))
    scene.run(settle_minutes=15)
    again = scene.run(settle_minutes=15, reconcile_every_days=9)
    assert (again.tally.uploaded, again.day_state) == (0, DayState.OPEN)


class RewritingStore(MemoryStore):
    """A program rewrites each file between the scan and its upload."""

    def upload(
        self, uploads: Iterable[Upload | None], on_the_way: OnTheWay = ignore
    ) -> Iterator[Sent | Unsent]:
        for outcome in super().upload(uploads, on_the_way):
            assert isinstance(outcome, Sent)
            later = outcome.entry._replace(mtime_ns=ns(NIGHT + timedelta(minutes=1)))
            yield outcome._replace(entry=later)


def test_a_file_that_changes_between_scan_and_upload_keeps_the_day_open(scene: JobScene) -> None:
    scene.store = RewritingStore()
    scene.write("a")
    assert scene.run(settle_minutes=15).day_state is DayState.OPEN


def test_files_that_take_no_part_do_not_keep_a_day_open(scene: JobScene) -> None:
    window = DateWindow(DAYS[0], DAYS[1])
    scene.write("a", mtime_ns=ns(datetime(2100, 1, 14, 12, tzinfo=UTC)))
    scene.write("today", mtime_ns=ns(NIGHT))
    result = scene.run(settle_minutes=15, days=DAYS, modified_days=window, zone=UTC)
    assert result.tally.skipped == {Reason.OUTSIDE_DATES: 1}
    assert [found.state for found in result.day_results] == [DayState.EMPTY, DayState.COMPLETE]


def test_of_several_days_only_those_that_change_are_open(scene: JobScene) -> None:
    window = DateWindow(DAYS[0], DAYS[1])
    scene.clock.moment = datetime(2100, 1, 15, 0, 5, tzinfo=UTC)
    scene.write("a", mtime_ns=ns(datetime(2100, 1, 13, 23, 59, tzinfo=UTC)))
    scene.write("b", mtime_ns=ns(datetime(2100, 1, 14, 23, 59, tzinfo=UTC)))
    result = scene.run(settle_minutes=15, days=DAYS, modified_days=window, zone=UTC)
    assert [found.state for found in result.day_results] == [DayState.COMPLETE, DayState.OPEN]
    assert result.day_state is DayState.OPEN


def test_a_time_in_the_future_is_warned_about_once_for_a_configuration(scene: JobScene) -> None:
    scene.write("a", mtime_ns=ns(NIGHT + timedelta(days=400)))
    context = scene.context()
    jobs = [scene.job(settle_minutes=15), scene.job(settle_minutes=15, name="Other")]
    results = [Synchronization(job, context).run() for job in (*jobs, *jobs)]
    assert [len(result.warnings) for result in results] == [1, 1, 0, 0]
    assert (
        results[0].warnings[0].startswith("a has a time in the future (2101-02-19 01:30), so the day stays")
    )
    assert {result.day_state for result in results} == {DayState.OPEN}


def test_a_recheck_adds_and_replaces_and_never_deletes(scene: JobScene) -> None:
    scene.write("half", content="half")
    scene.run()
    scene.put("other")
    scene.write("half", content="whole")
    scene.write("new")
    result = Synchronization(scene.job(delete=True).as_recheck(), scene.context()).run()
    assert (result.tally.uploaded, result.tally.deletes_planned, result.day_state) == (
        2,
        0,
        DayState.COMPLETE,
    )
    assert set(scene.store.contents) == {"half", "new", "other"}


@pytest.mark.parametrize("gone", ["folder", "files"])
def test_what_is_gone_when_its_day_is_checked_again_is_no_fault(scene: JobScene, gone: str) -> None:
    scene.write("a", mtime_ns=ns(NIGHT))
    opened = scene.run(settle_minutes=15)
    scene.ledger.record_result("first", NIGHT, opened)
    (scene.root / "a").unlink()
    if gone == "folder":
        scene.root.rmdir()
    job = scene.job(missing_source="fail", settle_minutes=15).as_recheck()
    result = Synchronization(job, scene.context()).run()
    scene.ledger.record_result("second", NIGHT, result)

    assert result.status is not Status.FAILURE
    assert (result.exit_code, result.warnings) == (0, ())
    known = scene.ledger.days(Identity("Daily"), DAY, DAY)[DAY]
    assert (known.state, known.message) == (DayState.OPEN, GONE_WHILE_OPEN)


@pytest.mark.parametrize(
    ("again_after", "rewritten", "states"),
    [
        (timedelta(days=1), False, [DayState.COMPLETE, DayState.COMPLETE]),
        (timedelta(minutes=14), False, [DayState.OPEN, DayState.OPEN]),
        (timedelta(days=1), True, [DayState.OPEN, DayState.OPEN]),
    ],
)
def test_a_folder_without_dates_is_settled_by_a_later_settled_run(
    scene: JobScene, again_after: timedelta, rewritten: bool, states: list[DayState]
) -> None:
    """A file that is still written in the later run may have been half-written on the earlier day too."""

    def run(day: date) -> None:
        result = scene.run(settle_minutes=15, dated_by_run=True, days=(day,))
        scene.ledger.record_result(f"{day}", scene.clock.moment, result)

    scene.write("dump", mtime_ns=ns(scene.clock.moment))
    run(DAYS[0])
    scene.clock.moment += again_after
    if rewritten:
        scene.write("dump", content="more", mtime_ns=ns(scene.clock.moment))
    run(DAYS[1])
    known = scene.ledger.days(Identity("Daily"), *DAYS)
    assert [known[day].state for day in DAYS] == states


def test_only_a_clean_run_settles_earlier_days(scene: JobScene) -> None:
    scene.write("a")
    assert scene.run(dated_by_run=True).settles_before == NIGHT
    assert scene.run().settles_before is None
    (scene.root / "b").symlink_to("nowhere")
    assert scene.run(dated_by_run=True).settles_before is None


def test_a_dry_run_shows_that_a_day_would_be_open(scene: JobScene) -> None:
    scene.write("a", mtime_ns=ns(NIGHT))
    job = scene.job(settle_minutes=15)
    dry = replace(job, dry_run=True, opening=replace(job.opening, read_only=True))
    result = Synchronization(dry, scene.context()).run()
    assert (
        result.message == "1 would be uploaded, 0 up to date; files were still changing at 01:30, such as a"
    )
