"""Objects that were uploaded and are gone or changed are found, and nothing else is taken for lost."""

from __future__ import annotations

from datetime import date
from random import Random
from typing import Any

import pytest

from mochok.errors import EXIT_LEFT_OUT, EXIT_SUCCESS
from mochok.model import DateWindow, DayState, KeyOrder, LedgerEntry
from mochok.plan.filters import FilterRule
from tests.unit.run.builders import DAY, JobScene

DATED: dict[str, Any] = {"not_over_from": date(2099, 1, 1)}
NAMES = [f"{folder}{number:02d}" for folder in ("", "a/", "a-b/") for number in range(12)]


@pytest.mark.parametrize("order", list(KeyOrder))
@pytest.mark.parametrize("seed", range(12))
def test_a_day_is_partial_exactly_if_an_uploaded_object_is_nowhere(
    scene: JobScene, order: KeyOrder, seed: int
) -> None:
    dice, scene.store.order = Random(seed), order
    scene.write(*NAMES)
    scene.put("only-remote", "a/only-remote")
    assert scene.run(**DATED).day_state is DayState.COMPLETE
    lost = set()
    for name in dice.sample(NAMES, dice.randrange(8)):
        local, remote, other = dice.random() < 0.3, dice.random() < 0.3, dice.random() < 0.5
        if not local:
            (scene.root / name).unlink()
        if not remote:
            del scene.store.objects[name]
        elif other:
            scene.store.put(name, b"other")
        if not local and (not remote or other):
            lost.add(name)
    scene.write("new")

    result = scene.run(**DATED)

    assert (result.day_state is DayState.PARTIAL) == bool(lost)
    assert result.objects_lost == len(lost)
    assert result.exit_code == (EXIT_LEFT_OUT if lost else EXIT_SUCCESS)


def test_more_rows_than_fit_a_query_are_read_once(scene: JobScene) -> None:
    keys = [f"{number:05d}" for number in range(2500)]
    scene.ledger.record("memory b p", [LedgerEntry(key, 1, 2, "e") for key in keys])
    scene.write("a")
    result = scene.run(**DATED)
    assert result.objects_lost == len(keys)
    assert result.message.endswith("2500 objects that were uploaded are gone from the bucket")


def test_a_row_of_another_day_or_behind_a_filter_is_none_of_this_job(scene: JobScene) -> None:
    scene.ledger.record(
        "memory b p", [LedgerEntry("2020-01-01/a", 1, 2, "e"), LedgerEntry("x.tmp", 1, 2, "e")]
    )
    scene.write(f"{DAY}/a")
    days: dict[str, Any] = {"path_days": DateWindow(DAY, DAY), "path_day_format": "yyyy-MM-dd"}
    result = scene.run(**DATED, **days, filters=(FilterRule(False, "*.tmp"),))
    assert (result.objects_lost, result.day_state) == (0, DayState.COMPLETE)


@pytest.mark.parametrize("changes", [{"delete": True} | DATED, {"not_over_from": None}])
def test_a_mirror_and_a_source_without_days_are_as_they_are_today(
    scene: JobScene, changes: dict[str, Any]
) -> None:
    scene.write("a", "gone")
    scene.run(**changes)
    (scene.root / "gone").unlink()
    del scene.store.objects["gone"]
    assert scene.run(**changes).day_state is DayState.COMPLETE


def test_no_later_run_relies_on_the_ledger_while_objects_are_gone(scene: JobScene) -> None:
    trusting = {**DATED, "reconcile_every_days": 7}
    scene.write("a", "gone")
    scene.run(**trusting)
    (scene.root / "gone").unlink()
    del scene.store.objects["gone"]
    assert scene.run(**DATED).day_state is DayState.PARTIAL
    assert scene.run(**trusting).day_state is DayState.PARTIAL
