"""The summary before a run looks at sources that live; it never ends the run."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

from mochok.clock import Stop
from mochok.config.load import load
from mochok.wire.planning import Plan
from mochok.wire.summary import summary_rows

CONFIGURATION = """
sync_configurations:
- {name: Logs, description: rotating, enabled: true, local_base_path: logs,
   sync_strategy: {type: DateRange}, destination_config: {bucket_name: logs-of-today}}
"""


class Rotating(Stop):
    """Takes every file away as soon as the first one has been counted."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder

    @property
    def requested(self) -> bool:
        for file in self._folder.iterdir():
            file.unlink()
        return False


def test_files_that_vanish_while_they_are_counted_do_not_end_the_run(tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    logs.mkdir()
    noon = 1_736_942_400  # 2025-01-15
    for number in range(3):
        (logs / f"{number}.log").write_text("line")
        os.utime(logs / f"{number}.log", (noon, noon))
    (tmp_path / "sync-config.yaml").write_text(CONFIGURATION)
    settings = load(tmp_path / "sync-config.yaml", {})
    plan = Plan(settings.configurations[0], (date(2025, 1, 15),))
    [row] = summary_rows(settings, [plan], Rotating(logs))
    assert row.files == "1 file"
