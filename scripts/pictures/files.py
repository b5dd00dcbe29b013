"""Where the pictures are stored, and when one has changed."""

from __future__ import annotations

import re
from pathlib import Path

IMAGES = Path(__file__).parents[2] / "docs" / "images"
OF_THE_MOMENT = re.compile(
    r"\d{4}[-/]\d\d[-/]\d\d|\d\d:\d\d:\d\d|\b\d+:\d\d\b|\d{8}T\d{6}-[0-9a-f]{4}"  # dates, times, runs
    r"|[\d.]+ (?:s|min|[kMG]?B/s)(?!\w)|\d+ (?:second|minute)s? ago|just now"
)


def write(path: Path, picture: str) -> None:
    """Write the picture unless only dates, times and rates have changed in it."""
    if path.exists() and lasting(path.read_text("utf-8")) == lasting(picture):
        return
    path.write_text(picture, "utf-8", newline="\n")
    print(f"written: {path.name}")


def lasting(picture: str) -> str:
    """The picture without dates, times and rates."""
    return OF_THE_MOMENT.sub("", picture)
