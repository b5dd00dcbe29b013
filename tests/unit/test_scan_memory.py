"""What a walk needs of memory: the names of one folder, and nothing for the files that it has told."""

from __future__ import annotations

import os
import tracemalloc
from pathlib import Path

from mochok.scan import ScanSettings, scan

FILES = 4_000
MOST_BYTES_A_FILE = 250
"""A name of 40 characters takes 89 bytes, its place in the list 8, and sorting as much again."""


def test_thousands_of_files_in_one_folder_cost_little_more_than_their_names(tmp_path: Path) -> None:
    for number in range(FILES):
        os.close(
            os.open(tmp_path / f"a file with an ordinary name {number:06d}.txt", os.O_CREAT | os.O_WRONLY)
        )

    tracemalloc.start()
    try:
        count = sum(1 for _file in scan(str(tmp_path), ScanSettings(), print))
        peak_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert count == FILES
    assert peak_bytes < FILES * MOST_BYTES_A_FILE
