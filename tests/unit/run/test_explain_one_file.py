"""`mochok explain`: the decision for one file, and its reasons."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from mochok.errors import UsageError
from mochok.model import (
    DateWindow,
    Delete,
    Identity,
    LedgerEntry,
    Reason,
    RemoteObject,
    Skip,
    SyncPaths,
    Upload,
)
from mochok.plan.filters import FilterRule
from mochok.run.explain import Decision, explain, key_of, stat_local
from mochok.run.job import Job
from mochok.source_files import SourceFolder, Symlinks
from mochok.storage.settings import Access, Location, ObjectSettings, OpenSettings

DAY = date(2025, 1, 15)
SECOND_NS = 1_000_000_000
NOON_NS = int(datetime(2025, 1, 15, 12, tzinfo=UTC).timestamp()) * SECOND_NS


@pytest.fixture
def job(tmp_path: Path) -> Job:
    """A job whose source holds ``sub/a.txt`` of three bytes, modified at noon."""
    source = tmp_path / "source"
    (source / "sub").mkdir(parents=True)
    (source / "sub" / "a.txt").write_text("abc")
    os.utime(source / "sub" / "a.txt", ns=(NOON_NS, NOON_NS))
    return Job(
        name="A",
        target_date=DAY,
        base_path=str(source),
        paths=SyncPaths(str(source), "a", (DAY,)),
        s3_path="s3://b/a",
        identity=Identity("A"),
        destination="aws b a/",
        opening=OpenSettings(Access(), Location("b", "a"), ObjectSettings()),
        zone=UTC,
    )


def following(job: Job, symlinks: Symlinks) -> Job:
    source = SourceFolder(job.base_path, job.paths.source, symlinks)
    return replace(job, opening=replace(job.opening, source=source))


def remote(size_bytes: int = 3, modified_ns: int = NOON_NS + SECOND_NS, etag: str = "e") -> RemoteObject:
    return RemoteObject("sub/a.txt", size_bytes, modified_ns, etag)


def decided(job: Job, there: RemoteObject | None = None, entry: LedgerEntry | None = None) -> Decision:
    return explain(job, "sub/a.txt", stat_local(job, "sub/a.txt"), there, {entry.key: entry} if entry else {})


def sent_because(decision: Decision) -> Reason:
    assert isinstance(decision.action, Upload)
    return decision.action.reason


def test_a_new_file_is_sent(job: Job) -> None:
    assert sent_because(decided(job)) is Reason.NEW


def test_a_file_that_is_there_needs_nothing(job: Job) -> None:
    action = decided(job, remote()).action

    assert isinstance(action, Skip)
    assert action.reason is Reason.UP_TO_DATE


def test_what_the_ledger_remembers_decides(job: Job) -> None:
    entry = LedgerEntry("sub/a.txt", 3, NOON_NS - SECOND_NS, "e")

    assert sent_because(decided(job, remote(), entry)) is Reason.CHANGED
    assert sent_because(decided(job, remote(etag="other"), entry)) is Reason.REMOTE_CHANGED


def test_the_last_filter_that_matches_is_named(job: Job) -> None:
    rules = (
        FilterRule(False, "*"),
        FilterRule(True, "*.txt"),
        FilterRule(False, "sub/*"),
        FilterRule(True, "x"),
    )

    decision = decided(replace(job, filters=rules))

    assert decision.rule == (2, rules[2])
    assert not decision.selected
    assert isinstance(decision.action, Skip)
    assert decision.action.reason is Reason.EXCLUDED


def test_a_file_outside_the_dates_is_told(job: Job) -> None:
    window = DateWindow(date(2025, 1, 1), date(2025, 1, 14))
    action = decided(replace(job, paths=replace(job.paths, modified_days=window))).action

    assert isinstance(action, Skip)
    assert action.reason is Reason.OUTSIDE_DATES


def test_an_object_without_a_file_goes_only_with_delete(job: Job) -> None:
    os.remove(os.path.join(job.paths.source, "sub", "a.txt"))

    kept = decided(job, remote()).action
    gone = decided(replace(job, delete=True), remote()).action

    assert isinstance(kept, Skip)
    assert isinstance(gone, Delete)
    assert gone.reason is Reason.NOT_LOCAL


def test_neither_file_nor_object_is_nothing_to_do(job: Job) -> None:
    os.remove(os.path.join(job.paths.source, "sub", "a.txt"))

    assert decided(job).action is None
    assert stat_local(job, "sub/a.txt").problem == ""


def test_a_folder_is_not_a_file(job: Job) -> None:
    assert "a folder" in stat_local(job, "sub").problem


def test_a_missing_source_folder_is_told(job: Job) -> None:
    away = replace(job, paths=replace(job.paths, source=job.paths.source + "-away"))

    assert stat_local(away, "sub/a.txt").problem == "the source folder does not exist"


def test_a_key_that_s3_cannot_hold_is_told(job: Job) -> None:
    assert "1,024 bytes" in stat_local(job, "x/" * 600 + "y").problem


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_symbolic_links_are_judged_as_the_configuration_says(job: Job, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "b.txt").write_text("b")
    os.symlink(outside, os.path.join(job.paths.source, "link"))
    os.symlink("nowhere", os.path.join(job.paths.source, "dangling"))

    assert stat_local(job, "link/b.txt").file is not None
    assert "symbolic links are ignored" in stat_local(following(job, "ignore"), "link/b.txt").problem
    assert "leads out" in stat_local(following(job, "inside"), "link/b.txt").problem
    assert "broken symbolic link" in stat_local(job, "dangling").problem


@pytest.mark.parametrize("written", ["sub/a.txt", "./sub/a.txt", "sub/../sub/a.txt", "{source}/sub/a.txt"])
def test_a_path_may_be_written_in_several_ways(job: Job, written: str) -> None:
    assert key_of(job, written.format(source=job.paths.source)) == "sub/a.txt"


def test_a_path_relative_to_the_current_folder_is_understood(
    job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(os.path.join(job.paths.source, "sub"))

    assert key_of(job, "a.txt") == "sub/a.txt"


def test_a_file_that_is_gone_keeps_its_key(job: Job) -> None:
    assert key_of(job, "old/gone.txt") == "old/gone.txt"


@pytest.mark.parametrize("written", ["../elsewhere.txt", "/etc/passwd", "{source}-old/a.txt", "{source}"])
def test_a_path_outside_the_source_folder_is_bad_usage(job: Job, written: str) -> None:
    with pytest.raises(UsageError, match="is not below the source folder"):
        key_of(job, written.format(source=job.paths.source))
