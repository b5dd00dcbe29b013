"""The table: medians, ratios to the best peer, targets."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator, Mapping
from pathlib import Path

from bench.measure import Measurement
from bench.rows import MEMORY_GROWTH_LIMIT, Row
from bench.tools import PEERS, version

MB = 1_000_000

Medians = Mapping[str, Measurement]


def heading(rounds: int, scale: float) -> str:
    """The machine, the versions and how it was measured."""
    tools = ", ".join(version(name) for name in ("mochok", *PEERS))
    share = "" if scale == 1 else f" Only {scale:g} of each row's files: a quick look, no result."
    machine = f"{os.cpu_count()} CPUs ({_processor()}), {_memory_gib()} GiB memory, {platform.platform()}"
    return (
        f"Machine: {machine}.\n"
        f"Versions: {tools}. Server: SeaweedFS, {version('weed')}, on the same machine.\n"
        f"Medians of {rounds} runs of whole processes, the tools taking turns.{share}\n"
    )


def table(results: Mapping[str, tuple[Row, Medians]]) -> str:
    """Markdown: one line for each row and tool, then one for each target."""
    lines = ["| work | tool | wall s | CPU s | peak MB |", "|---|---|--:|--:|--:|"]
    for row, medians in results.values():
        for name, found in medians.items():
            peak_mb = found.peak_bytes / MB
            figures = f"{found.wall_seconds:.2f} | {found.cpu_seconds:.2f} | {peak_mb:.0f}"
            lines.append(f"| {title(row)} | {name} | {figures} |")
    lines += ["", "| work | Mochok | is | target | met |", "|---|---|--:|--:|---|"]
    for row, medians in results.values():
        lines += [f"| {title(row)} | {line}" for line in _targets(row, medians)]
    lines += _memory_growth(results)
    return "\n".join([*lines, ""])


def title(row: Row) -> str:
    return row.title.format(files=row.files, large_mib=row.large_mib, configurations=row.configurations)


def _targets(row: Row, medians: Medians) -> Iterator[str]:
    target, own = row.target, medians["mochok"]
    peers = [found for name, found in medians.items() if name != "mochok"]
    if target.wall is not None:
        best = min(peer.wall_seconds for peer in peers)
        yield _line("wall time / best peer", own.wall_seconds / best, target.wall)
    if target.cpu is not None:
        best = min(peer.cpu_seconds for peer in peers)
        yield _line("CPU time / best peer", own.cpu_seconds / best, target.cpu)
    if target.peak_mb is not None:
        yield _line("peak memory in MB", own.peak_bytes / MB, target.peak_mb)
    for name, limit in target.wall_against.items():
        yield _line(f"wall time / {name}", own.wall_seconds / medians[name].wall_seconds, limit)


def _memory_growth(results: Mapping[str, tuple[Row, Medians]]) -> Iterator[str]:
    if {"memory-30k", "memory-300k"} <= results.keys():
        small, large = (results[name][1]["mochok"].peak_bytes for name in ("memory-30k", "memory-300k"))
        growth = _line("peak memory / that of a tenth", large / small, MEMORY_GROWTH_LIMIT)
        yield f"| ten times the files | {growth}"


def _line(what: str, value: float, limit: float) -> str:
    return f"{what} | {value:.2f} | <= {limit:g} | {'yes' if value <= limit else 'NO'} |"


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _memory_gib() -> int:
    return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / (1 << 30))
