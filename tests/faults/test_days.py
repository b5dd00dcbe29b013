"""The record of days: a day is complete only if its files are in the bucket."""

from __future__ import annotations

import json
import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.e2e.harness import DAY
from tests.faults.scene import FaultScene, wait_for
from tests.support.faults import refuse, stay_silent

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals and permissions of POSIX")


def set_up(scene: FaultScene, *options: str) -> None:
    """A DateFolder through the proxy."""
    destination = {"endpoint_url": scene.proxy.endpoint_url}
    scene.configure(scene.configuration(destination=destination, sync_options=list(options)))


def states(scene: FaultScene, *days: str) -> list[str]:
    """The states of days in ``mochok status --calendar``."""
    answer = scene.run("status", "--calendar", "120", "--json").must(0).stdout
    known = {day["date"]: day["state"] for day in json.loads(answer)["configurations"][0]["days"]}
    return [known[day] for day in days]


def test_F110_a_killed_rerun_of_a_complete_day_leaves_it_in_doubt(scene: FaultScene) -> None:
    """A complete day is run again after one of its files changed, and this run is killed: the day is partial
    until a run of it ends; then it is complete.
    """
    root = scene.write({f"{DAY}/a.txt": "a", f"{DAY}/b.txt": "b", "2025-01-14/c.txt": "c"})
    set_up(scene, "--cli-read-timeout=60")
    scene.sync().must(0)
    assert states(scene, DAY) == ["complete"]
    (root / DAY / "a.txt").write_text("changed")
    scene.proxy.behave()
    scene.proxy.when("PutObject", do=stay_silent)

    with scene.started("sync", "--target-date", DAY) as process:
        wait_for("an upload", lambda: scene.proxy.count("PutObject") == 1)
        process.kill()
        process.wait()

    assert states(scene, DAY) == ["partial"]
    assert DAY in scene.run("status", "--gaps", "3650").must(4).flat
    scene.proxy.behave()
    shutil.move(root / DAY, scene.folder / "moved")
    scene.sync().must(0)
    assert states(scene, DAY) == ["partial"], "the changed file never arrived"
    shutil.move(scene.folder / "moved", root / DAY)
    scene.sync().must(0)
    assert states(scene, DAY) == ["complete"]


def failed_and_gone(scene: FaultScene) -> Path:
    """A source whose file a.txt failed in a run and was removed since; it is in the workspace's folder."""
    root = scene.write({f"{DAY}/a.txt": "a", f"{DAY}/b.txt": "b"})
    set_up(scene)
    scene.proxy.when("PutObject", key="a.txt", do=refuse(403, "AccessDenied"))
    scene.sync().must(1)
    scene.proxy.behave()
    (root / DAY / "a.txt").rename(scene.folder / "a.txt")
    return root


def test_F111_a_file_that_failed_and_is_gone_keeps_the_day_incomplete(scene: FaultScene) -> None:
    """A file failed and is removed before the next run: the day stays partial, exit 5, and the file is named;
    when it is back, or excluded by a filter, the day is complete.
    """
    failed_and_gone(scene)

    for _night in range(2):
        result = scene.sync().must(5)
        assert "failed in an earlier run and gone since, so the day is not complete: a.txt" in result.flat
        assert states(scene, DAY) == ["partial"]

    set_up(scene, "--exclude=a.txt")
    scene.sync().must(0)
    assert states(scene, DAY) == ["complete"]


def test_F111_a_file_that_failed_and_is_back_arrives(scene: FaultScene) -> None:
    """A file failed, was gone in one run, and is back in the next: it arrives and the day is complete."""
    root = failed_and_gone(scene)
    scene.sync().must(5)
    (scene.folder / "a.txt").rename(root / DAY / "a.txt")
    scene.sync().must(0)
    (root / DAY / "a.txt").unlink()
    scene.sync().must(0)
    assert states(scene, DAY) == ["complete"]


@pytest.mark.parametrize("closed", ["a.txt", "folder"])
def test_F111_what_was_unreadable_and_is_gone_keeps_the_day_incomplete(
    scene: FaultScene, closed: str
) -> None:
    """A file or folder could not be read and is removed before the next run: the day stays partial,
    exit 5.
    """
    root = scene.write({f"{DAY}/a.txt": "a", f"{DAY}/folder/c.txt": "c", f"{DAY}/b.txt": "b"})
    set_up(scene)
    (root / DAY / closed).chmod(0)
    scene.run_as_any_user("sync", "--target-date", DAY).must(5)
    (root / DAY / closed).chmod(0o700)
    (root / DAY / closed).rename(scene.folder / "moved")

    assert f"is not complete: {closed}" in scene.sync().must(5).flat
    assert states(scene, DAY) == ["partial"]


def test_F112_today_is_not_complete(scene: FaultScene) -> None:
    """The target date is today, on which files may still come: they are uploaded, exit 0, and the day is
    open until a run of a later date.
    """
    today = f"{datetime.now(UTC).date()}"
    scene.write({f"{today}/a.txt": "a"})
    set_up(scene)

    result = scene.sync(day="today").must(0)

    assert "the day is not over" in result.flat
    assert f"{today} is in S3 so far, and may still change" in result.flat
    assert states(scene, today) == ["open"]
    assert today not in scene.run("status", "--gaps", "3").flat, "what is missing may still come"
