"""Which days a run takes: looking for them hears Ctrl-C."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from mochok.clock import Stop
from mochok.config.load import load
from mochok.queries.planning import Dates, plan_days
from mochok.state.memory import MemoryLedger

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
