"""One and many."""

from __future__ import annotations

from datetime import date

from mochok.plurals import counted, days_span


def test_one_is_told_from_many() -> None:
    assert [counted(count, "file") for count in (0, 1, 1204)] == ["0 files", "1 file", "1,204 files"]
    assert counted(1204, "object", grouped=False) == "1204 objects"
    assert counted(1, "file or folder", "files or folders") == "1 file or folder"
    assert counted(2, "file or folder", "files or folders") == "2 files or folders"


def test_seconds_may_be_broken() -> None:
    assert [counted(seconds, "second") for seconds in (1.0, 0.5, 3600.0)] == [
        "1 second", "0.5 seconds", "3600 seconds",
    ]  # fmt: skip


def test_a_span_of_one_day_is_that_day() -> None:
    assert days_span(date(2025, 1, 3), date(2025, 1, 9)) == "2025-01-03 to 2025-01-09"
    assert days_span(date(2025, 1, 3), date(2025, 1, 3)) == "2025-01-03"
