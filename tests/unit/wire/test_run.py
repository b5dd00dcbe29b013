"""A run as a whole: what ends it is in its log."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from mochok.clock import Stop, SystemClock, parse_day
from mochok.config.load import load
from mochok.errors import StateError
from mochok.queries.planning import Dates
from mochok.wire.run import RunRequest, run

CONFIGURATION = """
sync_configurations:
- {name: Logs, description: rotating, enabled: true, local_base_path: logs,
   sync_strategy: {type: FullDirectory}, destination_config: {bucket_name: logs-of-today}}
"""


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (StateError("the disk is gone"), "The run ended: the disk is gone"),
        (RuntimeError("a slip"), "The run ended: unexpected error, please report it: RuntimeError: a slip"),
    ],
)
def test_what_ends_a_run_is_in_its_log(tmp_path: Path, fault: Exception, told: str) -> None:
    (tmp_path / "sync-config.yaml").write_text(CONFIGURATION)
    settings = load(tmp_path / "sync-config.yaml", {})
    clock = SystemClock(UTC)

    def fail(_plans: object) -> None:
        raise fault

    request = RunRequest(
        configurations=settings.configurations,
        dates=Dates((parse_day("2025-01-15", datetime.now(UTC).date()),)),
        dry_run=False,
        parallel=1,
        lock_wait_seconds=0,
        details=False,
        listener=lambda _event: None,
        announce=fail,
    )
    with pytest.raises(type(fault)):
        run(settings, request, clock, Stop())
    [log] = (tmp_path / "log").iterdir()
    assert told in log.read_text("utf-8").splitlines()[-1]
