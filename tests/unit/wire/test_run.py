"""A run as a whole: what ends it is in its log."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from mochok.clock import Stop, SystemClock, parse_day
from mochok.config.load import load
from mochok.config.schema import Settings
from mochok.errors import LockedError
from mochok.queries.planning import Dates
from mochok.run.listeners import Listeners
from mochok.state.lock import RunLock
from mochok.wire.run import RunRequest, run

CONFIGURATION = """
sync_configurations:
- {name: Logs, description: rotating, enabled: true, local_base_path: logs,
   sync_strategy: {type: FullDirectory}, destination_config: {bucket_name: logs-of-today}}
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "sync-config.yaml").write_text(CONFIGURATION)
    return load(tmp_path / "sync-config.yaml", {})


def run_once(settings: Settings) -> int:
    clock = SystemClock(UTC)
    request = RunRequest(
        configurations=settings.configurations,
        dates=Dates((parse_day("2025-01-15", datetime.now(UTC).date()),)),
        dry_run=False,
        parallel=1,
        lock_wait_seconds=0,
        details=False,
    )
    with Listeners() as listeners:
        return run(settings, request, listeners, clock, Stop()).exit_code


def last_lines(folder: Path) -> list[str]:
    [log] = (folder / "log").iterdir()
    return [line.partition("] ")[2] for line in log.read_text("utf-8").splitlines()]


def test_a_run_whose_state_cannot_be_read_logs_that_and_fails_at_the_end(
    settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "state.json").mkdir()
    assert run_once(settings) == 1
    path = tmp_path / "state.json"
    assert last_lines(tmp_path)[0] == (
        f"[ERROR] {path} is not a regular file; the files are uploaded, and {path} is not written"
        " (set global.state_file to another path)"
    )


def test_a_run_that_another_one_locks_out_says_so_in_the_log(settings: Settings, tmp_path: Path) -> None:
    with (
        RunLock(tmp_path / "state.json", started=datetime.now(UTC)),
        pytest.raises(LockedError),
    ):
        run_once(settings)
    [line, *_] = last_lines(tmp_path)
    assert line.startswith("[WARNING] No run: another run")
