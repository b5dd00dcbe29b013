"""The files that the tools carry: the same on every machine, and older than every upload."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

OLD_SECONDS = 1_600_000_000  # September 2020: no tool takes such a file for newer than its object
FILES_PER_FOLDER = 500
FILES_PER_DAY = 4
DAYS = ("2025-01-11", "2025-01-12", "2025-01-13", "2025-01-14", "2025-01-15")
SMALLEST_BYTES = 1_000
SPREAD_BYTES = 19_000
MIB = 1 << 20


def small_files(root: Path, count: int) -> None:
    """``count`` files of 1 to 20 kB in folders of 500."""
    noise = hashlib.shake_256(b"small files").digest(MIB)
    for number, path in enumerate(paths(root, count)):
        if number % FILES_PER_FOLDER == 0:
            path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_content(noise, number, 0))
        os.utime(path, (OLD_SECONDS, OLD_SECONDS))


def day_folders(root: Path, configurations: int) -> None:
    """Day folders of four small files for each configuration, see :func:`day_folder_paths`."""
    noise = hashlib.shake_256(b"day folders").digest(MIB)
    for number, folder in enumerate(day_folder_paths(configurations)):
        (root / folder).mkdir(parents=True)
        for index in range(FILES_PER_DAY):
            path = root / folder / f"file-{index}.bin"
            path.write_bytes(_content(noise, number * FILES_PER_DAY + index, 0))
            os.utime(path, (OLD_SECONDS, OLD_SECONDS))


def day_folder_paths(configurations: int) -> Iterator[str]:
    """``configuration-000/2025-01-11`` and so on."""
    for number in range(configurations):
        yield from (f"configuration-{number:03d}/{day}" for day in DAYS)


def change(root: Path, count: int, round_number: int, percent: float = 1.0) -> int:
    """Give another hundredth of the files other bytes of the same size, now. Returns how many."""
    noise = hashlib.shake_256(f"round {round_number}".encode()).digest(MIB)
    step = round(100 / percent)
    changed = 0
    for number, path in enumerate(paths(root, count)):
        if number % step == round_number % step:
            path.write_bytes(_content(noise, number, 1))
            changed += 1
    return changed


def large_file(path: Path, size_mib: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        for number in range(size_mib):
            file.write(hashlib.shake_256(b"%d" % number).digest(MIB))
    os.utime(path, (OLD_SECONDS, OLD_SECONDS))


def paths(root: Path, count: int) -> Iterator[Path]:
    for number in range(count):
        yield root / f"folder-{number // FILES_PER_FOLDER:04d}" / f"file-{number:06d}.bin"


def _content(noise: bytes, number: int, shift: int) -> bytes:
    start = number * 31 % (len(noise) - SMALLEST_BYTES - SPREAD_BYTES - 1) + shift
    return noise[start : start + SMALLEST_BYTES + number * 7919 % SPREAD_BYTES]
