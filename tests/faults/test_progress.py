"""The numbers that show while a file is sent."""

from __future__ import annotations

import json
import os
from itertools import pairwise

from tests.faults.scene import LARGE_BYTES, FaultScene
from tests.support.fault_proxy import pass_on
from tests.support.faults import first_do


def test_F190_the_progress_of_a_file_that_is_sent_again_begins_again(scene: FaultScene) -> None:
    """A large file changes while it is sent, so it is sent again: its progress begins again at 0 and never
    exceeds its size, and the totals count it once.
    """
    path = scene.write({"dump.sql": bytes(LARGE_BYTES)}) / "dump.sql"
    scene.set_up(bandwidth_limit="12MB/s")
    changed = first_do(lambda: os.utime(path, (1, 1)), pass_on)
    scene.proxy.when("CompleteMultipartUpload", times=1, do=changed)

    scene.sync("--log-json", "events.jsonl").must(0)

    events = map(json.loads, (scene.folder / "events.jsonl").read_text().splitlines())
    progress = [event for event in events if event["event"] == "progress"]
    arrived = [event["arrived_bytes"] for event in progress]
    assert any(later < earlier and earlier > LARGE_BYTES / 2 for earlier, later in pairwise(arrived))
    assert all(event["tally"]["bytes_uploaded"] + event["arrived_bytes"] <= LARGE_BYTES for event in progress)
    assert scene.state()["lastExecution"]["bytesTransferred"] == LARGE_BYTES
    assert scene.result_of("Whole")["filesTransferred"] == 1
