"""Measures whole processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

LAUNCHER = Path(__file__).with_name("launcher.py")
OUTPUT_SHOWN_CHARACTERS = 2_000


@dataclass(frozen=True)
class Measurement:
    """What one process (and its children) used: wall time, user plus system CPU, peak resident memory."""

    wall_seconds: float
    cpu_seconds: float
    peak_bytes: float

    @classmethod
    def median_of(cls, runs: Sequence[Measurement]) -> Measurement:
        return cls(
            median(run.wall_seconds for run in runs),
            median(run.cpu_seconds for run in runs),
            median(run.peak_bytes for run in runs),
        )


class CommandFailedError(Exception):
    """A command that was to be measured did not succeed; says which, and what it wrote."""


def measure(command: Sequence[str], environment: Mapping[str, str], output: Path) -> Measurement:
    """Run ``command``; its output goes to a file. Raises CommandFailedError unless it exits with 0."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(LAUNCHER), str(output), *command],
        env=dict(os.environ) | dict(environment),
        capture_output=True,
        text=True,
        check=True,
    )
    answer = json.loads(done.stdout)
    if answer.pop("exit_code") != 0:
        told = output.read_text("utf-8", "replace")[-OUTPUT_SHOWN_CHARACTERS:]
        raise CommandFailedError(f"{' '.join(command)} failed:\n{told}")
    return Measurement(**answer)
