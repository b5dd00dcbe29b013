"""A listener fails: the run continues without it, whether it is a terminal, a pipe or a log."""

from __future__ import annotations

import os
import subprocess

import pytest

from tests.e2e.harness import COMMAND_TIMEOUT_SECONDS, DAY, installed_command
from tests.faults.scene import FaultScene

pytestmark = pytest.mark.skipif(os.name == "nt", reason="pipes of POSIX")
FILES = 3000


def test_F93_a_reader_that_stops_reading_costs_its_lines_and_nothing_else(scene: FaultScene) -> None:
    """The program that reads the output through a pipe stops reading: all files are uploaded, the exit code
    is that of the run, the log is complete and has a warning about the console, the lock is free.
    """
    scene.write({f"{number:04d} {'n' * 60}.txt": "x" for number in range(FILES)})
    scene.set_up()
    reader, writer = os.pipe()
    try:
        done = subprocess.run(
            [installed_command(), "sync", "--verbose", "--target-date", DAY],
            cwd=scene.folder, env=scene.environment({}), stdout=writer, stderr=subprocess.PIPE,
            timeout=COMMAND_TIMEOUT_SECONDS, check=False,
        )  # fmt: skip
    finally:
        os.close(writer)
        os.close(reader)
    assert (done.returncode, len(scene.names())) == (0, FILES)
    log = scene.log()
    assert log.count("] Uploaded ") == FILES
    fault = "the console failed and gets no more events: no progress for 10 s"
    assert f"[WARNING] {fault}" in log
    assert done.stderr.decode() == f"mochok: {fault}\n"
    assert scene.status() == ("Success", FILES, 0)
    scene.run("sync", "--target-date", DAY).must(0)
