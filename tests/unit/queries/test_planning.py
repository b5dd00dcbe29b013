"""Which days a run takes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path

import pytest

from mochok.clock import Stop
from mochok.config.load import load
from mochok.model import DayState
from mochok.queries.planning import Dates, Plan, plan_days
from mochok.records.history import Acceptance
from mochok.state.memory import MemoryLedger
from tests.unit.state.builders import START, make_result

DAY = date(2025, 1, 15)
FILES = 50
ASKED_BEFORE_CTRL_C = 3
CONFIGURATION = """
sync_configurations:
- {name: Logs, description: rotating, enabled: true, local_base_path: logs,
   sync_strategy: {type: DateRange}, destination_config: {bucket_name: logs-of-today}}
"""


class Impatient(Stop):
    """Requested once it has been asked for a few times; counts how often it is asked."""

    asked = 0

    @property
    def requested(self) -> bool:
        self.asked += 1
        return self.asked > ASKED_BEFORE_CTRL_C


def test_looking_for_the_days_of_a_source_ends_with_ctrl_c(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    for number in range(FILES):
        (tmp_path / "logs" / f"{number}.log").touch()
    (tmp_path / "sync-config.yaml").write_text(CONFIGURATION)
    settings, stop = load(tmp_path / "sync-config.yaml", {}), Impatient()

    dates = Dates((DAY,), catch_up_days=30)
    plan_days(settings, settings.configurations, dates, MemoryLedger(), DAY, stop)

    assert stop.asked == ASKED_BEFORE_CTRL_C + 1


TODAY = date(2025, 1, 16)
STRATEGIES = {
    "DateFolder": "{type: DateFolder}",
    "DateRange": "{type: DateRange, date_range_days_back: 2}",
    "FullDirectory": "{type: FullDirectory}",
    "Month": "{type: CustomPattern, custom_local_pattern: '{base_path}/{year}/{month}'}",
}


def planned(
    tmp_path: Path,
    strategy: str,
    open_ages: list[int],
    dates: Dates | None = None,
    accepted_ages: Iterable[int] = (),
) -> Plan:
    """The plan of a configuration whose days of these ages are open, and of which some are accepted."""
    text = CONFIGURATION.replace("{type: DateRange}", STRATEGIES[strategy])
    (tmp_path / "sync-config.yaml").write_text(text)
    settings, ledger = load(tmp_path / "sync-config.yaml", {}), MemoryLedger()
    for age in open_ages:
        day = TODAY - timedelta(days=age)
        result = make_result(state=DayState.OPEN, name="Logs", target_date=day, files_seen=1)
        ledger.record_result("run", START, result, settings.identities["Logs"])
    for age in accepted_ages:
        ledger.accept(Acceptance("Logs", TODAY - timedelta(days=age), "known", "anna", START))
    dates = dates or Dates((TODAY - timedelta(days=1),), plain=True)
    [plan] = plan_days(settings, settings.configurations, dates, ledger, TODAY, Stop())
    return plan


def ages(days: Iterable[date]) -> list[int]:
    return [(TODAY - day).days for day in sorted(days)]


@pytest.mark.parametrize(
    ("strategy", "open_ages", "rechecks"),
    [
        ("DateFolder", [], []),
        ("DateFolder", [1], []),  # is planned anyway
        ("DateFolder", [2, 7, 8, 30], [7, 2]),
        ("DateRange", [2, 3], []),  # yesterday's range has them
        ("DateRange", [6, 5, 4], [4]),
        ("DateRange", [7, 4], [7, 4]),
        ("FullDirectory", [2, 3], []),  # no run takes its past days
        ("Month", [2, 3], []),
    ],
)
def test_a_sync_without_dates_checks_open_days_of_a_week_again(
    tmp_path: Path, strategy: str, open_ages: list[int], rechecks: list[int]
) -> None:
    plan = planned(tmp_path, strategy, open_ages)
    assert ages(plan.rechecks) == rechecks
    assert ages(plan.days) == [*rechecks, 1]
    assert ("checking" in plan.note) is bool(rechecks)


def test_an_open_day_whose_gap_was_accepted_is_checked_again_all_the_same(tmp_path: Path) -> None:
    assert ages(planned(tmp_path, "DateFolder", [2, 3], accepted_ages=[3]).rechecks) == [3, 2]


@pytest.mark.parametrize("dates", [Dates((TODAY - timedelta(days=1),)), Dates((date(2025, 1, 3),))])
def test_a_sync_with_dates_takes_only_those(tmp_path: Path, dates: Dates) -> None:
    plan = planned(tmp_path, "DateFolder", [2, 3], dates)
    assert (plan.days, plan.rechecks) == (dates.days, frozenset())


def test_catching_up_takes_open_days_as_any_gap(tmp_path: Path) -> None:
    plan = planned(tmp_path, "DateFolder", [2, 9], Dates((TODAY - timedelta(days=1),), catch_up_days=10))
    assert set(ages(plan.days)) >= {2, 9}
    assert plan.rechecks == frozenset()
