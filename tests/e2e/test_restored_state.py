"""A run that is killed between the ledger and ``state.json`` loses no result."""

from __future__ import annotations

import subprocess
import sys

from tests.e2e.days import status_json
from tests.e2e.harness import DAY, Workspace

# What a run does after its configurations, up to the moment at which it is killed.
KILLED_RUN = """
import sys, time
from datetime import UTC, date, datetime
from mochok.model import DayState, Status, SyncResult, Tally
from mochok.state.ledger import open_ledger
from mochok.state.state_file import StateFile
day, started = date.fromisoformat(sys.argv[1]), datetime(2025, 1, 16, 1, 30, tzinfo=UTC)
ledger, state_file = open_ledger("mochok.db", warn=sys.exit), StateFile("state.json", pause_seconds=3600)
ledger.start_run("20250116T013000-ab12", started)
for name in ("First", "Second"):
    result = SyncResult(name, Status.FAILURE, "2 files failed", day, (day,), DayState.PARTIAL, "/data", "s3://b/p",
                        Tally(uploaded=3, bytes_uploaded=30, failed=2, left_out=1), 65.25, warnings=("w",))
    durable = ledger.record_result("20250116T013000-ab12", started, result)
    state_file.record_result(result, started, "20250116T013000-ab12", durable=durable)
print("recorded", flush=True)
time.sleep(600)
"""


def kill_a_run(workspace: Workspace) -> None:
    command = [sys.executable, "-c", KILLED_RUN, DAY]
    with subprocess.Popen(command, cwd=workspace.folder, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "recorded\n"
        process.kill()


def test_status_shows_and_the_next_sync_writes_what_a_killed_run_had_recorded(workspace: Workspace) -> None:
    workspace.configure(workspace.configuration("First"), workspace.configuration("Second"))
    workspace.write({})
    kill_a_run(workspace)
    assert list(workspace.state()["configurationResults"]) == ["First"]

    found = status_json(workspace)
    second = found["configurationResults"]["Second"]
    assert second == {
        "lastStatus": "Failure",
        "lastMessage": "2 files failed",
        "lastTimestamp": "2025-01-16T01:31:05+00:00",
        "lastDate": DAY,
        "localPath": "/data",
        "s3Path": "s3://b/p",
        "filesTransferred": 3,
        "bytesTransferred": 30,
        "filesDeleted": 0,
        "filesFailed": 2,
        "filesLeftOut": 1,
        "duration": "00:01:05",
        "consecutiveFailures": 1,
        "warnings": 1,
        "runId": "20250116T013000-ab12",
    }
    assert found["lastExecution"] is None
    assert list(workspace.state()["configurationResults"]) == ["First"], "looking changes nothing"

    workspace.sync("--only", "First").must(0)  # its folder does not exist: skipped
    assert workspace.result_of("Second") == second
    assert workspace.result_of("First")["consecutiveFailures"] == 2
    assert workspace.state()["lastExecution"]["totalConfigurations"] == 1
