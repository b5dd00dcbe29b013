"""The rows of the comparison: what work, by whom, and what Mochok should reach."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from bench.data import DAYS, FILES_PER_DAY
from bench.tools import MOCHOK, PEERS, Command, mochok_nights, mochok_not_due, rclone_loop

SMALL_COUNT = 10_000
LARGE_COUNT = 100_000
LATENCY_COUNT = 1_000
LARGE_FILE_MIB = 1024
MEMORY_COUNTS = (30_000, 300_000)
ONE_WAY_DELAY_SECONDS = 0.020
CONFIGURATIONS = 100


@dataclass(frozen=True)
class Target:
    """Mochok's wall time, CPU time (as a share of the best peer's) and peak memory, at most."""

    wall: float | None = None
    cpu: float | None = None
    peak_mb: float | None = None
    wall_against: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Row:
    """``kind`` says how the work is prepared: fresh (an empty bucket for each run), settled (everything is
    there), changed (one hundredth is newer), start, or memory.
    """

    name: str
    title: str
    kind: str
    files: int
    target: Target
    tools: Mapping[str, Command]
    large_mib: int = 0
    delay_seconds: float = 0.0
    configurations: int = 0

    def scaled(self, scale: float) -> Row:
        """The same row with a share of the files."""
        files, configurations = max(1, round(self.files * scale)), round(self.configurations * scale)
        return replace(
            self, files=files, large_mib=round(self.large_mib * scale), configurations=configurations
        )


EVERYONE = MOCHOK | PEERS
LEDGER_ALONE = {"mochok": mochok_not_due} | PEERS
UNCHANGED = "nothing changed, {files:,} files"
NIGHTS = "{configurations} configurations x 5 day folders of 4 files"
FILES_A_NIGHT = CONFIGURATIONS * len(DAYS) * FILES_PER_DAY
FIRST_TARGET = Target(wall=0.70, cpu=0.55, wall_against={"aws": 0.22})
LARGE_TARGET = Target(wall=0.95, cpu=0.6, peak_mb=250)
ROWS = (
    Row("first", "first upload, {files:,} files of 1-20 kB", "fresh", SMALL_COUNT, FIRST_TARGET, EVERYONE),
    Row("unchanged", UNCHANGED, "settled", LARGE_COUNT, Target(wall=0.85, peak_mb=110), EVERYONE),
    Row("not-due", f"{UNCHANGED}, listing not due", "settled", LARGE_COUNT, Target(wall=0.35), LEDGER_ALONE),
    Row("changed", "1 % of {files:,} files changed", "changed", LARGE_COUNT, Target(wall=0.85), EVERYONE),
    Row(
        "large", "one file of {large_mib:,} MiB", "fresh", 1, LARGE_TARGET, EVERYONE,
        large_mib=LARGE_FILE_MIB,
    ),
    Row(
        "latency", "{files:,} files of 1-20 kB at 40 ms round trip", "fresh", LATENCY_COUNT,
        Target(wall=0.65), EVERYONE, delay_seconds=ONE_WAY_DELAY_SECONDS,
    ),
    Row(
        "nights-first", NIGHTS + ", first upload", "fresh", FILES_A_NIGHT, Target(wall=0.15),
        {"mochok": mochok_nights, "rclone": rclone_loop}, configurations=CONFIGURATIONS,
    ),
    Row(
        "nights", NIGHTS + ", nothing to do", "settled", FILES_A_NIGHT, Target(wall=0.08),
        {"mochok": mochok_nights, "rclone": rclone_loop}, configurations=CONFIGURATIONS,
    ),
    Row("start", "mochok --version against aws --version", "start", 0, Target(wall=0.4), {}),
    Row("memory-30k", f"{UNCHANGED} (memory)", "settled", MEMORY_COUNTS[0], Target(), MOCHOK),
    Row("memory-300k", f"{UNCHANGED} (memory)", "settled", MEMORY_COUNTS[1], Target(), MOCHOK),
)  # fmt: skip
MEMORY_GROWTH_LIMIT = 1.25
"""Peak memory at 300,000 unchanged files, at most, as a multiple of that at 30,000."""
