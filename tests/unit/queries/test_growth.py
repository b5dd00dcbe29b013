"""What queries ask grows with the number of configurations and days, not with its square."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from mochok.clock import Stop
from mochok.config.load import load
from mochok.config.schema import Settings
from mochok.queries.history import check_names, recorded_runs, results_of
from mochok.queries.overview import day_notes, days_of, read_overview
from mochok.queries.planning import Dates, plan_days
from mochok.queries.summary import summary_rows
from mochok.state.ledger import open_ledger
from tests.support.growth import MOST, growth
from tests.unit.state.builders import make_result

SIZE = 12
DAYS = 10
NOW = datetime(2025, 1, 15, 14, 30, tzinfo=UTC)
TODAY = NOW.date()


class QueryScene:
    """So many configurations, each with a day in its folder, in the state file and in the ledger."""

    def __init__(self, folder: Path, count: int) -> None:
        names = [f"C{number}" for number in range(count)]
        for name in names:
            (folder / name / "2025-01-14").mkdir(parents=True)
        entries = [
            {
                "name": name,
                "description": name,
                "enabled": True,
                "local_base_path": str(folder / name),
                "sync_strategy": {"type": "DateFolder"},
                "destination_config": {"bucket_name": "all-of-them", "s3_path_structure": name},
            }
            for name in names
        ]
        (folder / "sync-config.yaml").write_text(json.dumps({"sync_configurations": entries}))
        results = {name: {"lastStatus": "Success", "lastDate": "2025-01-14"} for name in names}
        (folder / "state.json").write_text(json.dumps({"configurationResults": results}))
        self.settings: Settings = load(folder / "sync-config.yaml", {})
        self.names = names
        self.ledger = open_ledger(folder / "mochok.db", warn=pytest.fail)
        self.ledger.start_run("run", NOW)
        for name in names:
            result = make_result(name=name, target_date=date(2025, 1, 14), days=(date(2025, 1, 14),))
            self.ledger.record_result("run", NOW, result, self.settings.identities[result.name])
        self.ledger.flush()


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Callable[[int], QueryScene]]:
    made: dict[int, QueryScene] = {}

    def of(count: int) -> QueryScene:
        if count not in made:
            made[count] = QueryScene(tmp_path / f"{count}", count)
        return made[count]

    of(SIZE), of(SIZE * 10)
    yield of
    for one in made.values():
        one.ledger.close()


def plan(scene: QueryScene) -> object:
    dates = Dates((TODAY - timedelta(days=1),), catch_up_days=DAYS)
    plans = plan_days(scene.settings, scene.settings.configurations, dates, scene.ledger, TODAY, Stop())
    return summary_rows(scene.settings, plans, Stop())


def status(scene: QueryScene) -> object:
    read_overview(scene.settings, scene.settings.configurations, NOW, pytest.fail)
    first = TODAY - timedelta(days=DAYS)
    settings, ledger = scene.settings, scene.ledger
    shown = settings.configurations
    days = [days_of(settings, one, ledger, first, TODAY, TODAY) for one in shown]
    return day_notes(settings, shown, ledger, days, TODAY)


def history(scene: QueryScene) -> object:
    state_file = scene.settings.global_settings.state_file
    check_names(scene.settings, scene.ledger, scene.names)
    [run] = recorded_runs(scene.ledger, [], 5, state_file)
    return results_of(scene.ledger, run, scene.names)


@pytest.mark.parametrize("query", [plan, status, history])
def test_ten_times_as_many_take_about_ten_times_as_long(
    query: Callable[[QueryScene], object], scene: Callable[[int], QueryScene]
) -> None:
    assert growth(lambda count: query(scene(count)), SIZE) < MOST


@pytest.mark.parametrize("query", [plan, status])
def test_years_of_history_make_a_look_at_the_last_days_no_slower(
    query: Callable[[QueryScene], object], tmp_path: Path
) -> None:
    scenes = {days: QueryScene(tmp_path / f"{days}", 1) for days in (50, 500)}
    for days, scene in scenes.items():
        for back in range(2, days):
            day = TODAY - timedelta(days=back)
            result = make_result(name="C0", target_date=day, days=(day,))
            scene.ledger.record_result(f"{day}", NOW, result, scene.settings.identities["C0"])
    try:
        assert growth(lambda days: query(scenes[days]), 50) < 1.5
    finally:
        for scene in scenes.values():
            scene.ledger.close()
