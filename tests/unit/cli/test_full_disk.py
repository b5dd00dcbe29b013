"""An answer for programs that cannot be written is told in one line."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

CONFIGURATION = """\
sync_configurations:
- name: Daily
  description: sample
  enabled: true
  local_base_path: /no/such/folder
  sync_strategy: {type: FullDirectory}
  destination_config: {bucket_name: a-bucket, s3_path_structure: p}
"""
COMMANDS = ("schema", "completion bash", "status --json", "history --json", "sync --json", "validate --json")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
@pytest.mark.parametrize("command", COMMANDS)
def test_a_full_disk_behind_stdout_is_one_line_and_a_failure(command: str, tmp_path: Path) -> None:
    (tmp_path / "sync-config.yaml").write_text(CONFIGURATION)
    with open("/dev/full", "w", encoding="ascii") as full:
        ended = subprocess.run(
            [sys.executable, "-m", "mochok", *command.split()],
            cwd=tmp_path,
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
            text=True,
        )

    told = [line for line in ended.stderr.splitlines() if line.startswith("mochok: ")]
    assert told == ["mochok: the answer cannot be written to stdout: No space left on device"]
    assert "Traceback" not in ended.stderr
    assert ended.returncode == 1


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
@pytest.mark.parametrize("command", ["--help", "--version", "help sync", "sync --help"])
def test_a_full_disk_behind_the_help_is_one_line_too(command: str, tmp_path: Path) -> None:
    with open("/dev/full", "w", encoding="ascii") as full:
        ended = subprocess.run(
            [sys.executable, "-m", "mochok", *command.split()],
            cwd=tmp_path,
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
            text=True,
        )

    assert (ended.stderr, ended.returncode) == ("mochok: No space left on device\n", 1)


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps a current folder")
def test_a_current_folder_that_was_removed_is_one_line(tmp_path: Path) -> None:
    script = 'mkdir gone && cd gone && rmdir ../gone && exec "$0" -m mochok status'
    ended = subprocess.run(
        ["sh", "-c", script, sys.executable], cwd=tmp_path, capture_output=True, check=False, text=True
    )

    assert (ended.stderr, ended.returncode) == ("mochok: the current folder does not exist\n", 1)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
@pytest.mark.parametrize("command", ["snyc", "sync --no-such-option"])
def test_an_error_that_cannot_be_printed_keeps_its_exit_code(command: str, tmp_path: Path) -> None:
    with open("/dev/full", "w", encoding="ascii") as full:
        ended = subprocess.run(
            [sys.executable, "-m", "mochok", *command.split()],
            cwd=tmp_path,
            env={**os.environ, "PYTHONUNBUFFERED": ""},  # nothing is left over in a stream without a buffer
            stderr=full,
            check=False,
        )

    assert ended.returncode == 2
