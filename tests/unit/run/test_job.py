"""What a job decides for single files: dates by modification and by folder, the room a prefix takes."""

from __future__ import annotations

from datetime import UTC, date, datetime, tzinfo
from zoneinfo import ZoneInfo

import pytest

from mochok.model import DateWindow, Reason, SourceFile
from mochok.plan.filters import FilterRule
from tests.unit.run.builders import JobScene

NEW_YORK, SANTIAGO, KOLKATA = (
    ZoneInfo("America/New_York"),
    ZoneInfo("America/Santiago"),
    ZoneInfo("Asia/Kolkata"),
)


def file(key: str, moment: str = "2025-01-01T00:00:00+00:00") -> SourceFile:
    return SourceFile(key, "/data/" + key, 1, int(datetime.fromisoformat(moment).timestamp()) * 1_000_000_000)


@pytest.mark.parametrize(
    ("zone", "moment", "inside"),
    [
        (UTC, "2025-03-08T23:59:59+00:00", False),
        (UTC, "2025-03-09T00:00:00+00:00", True),
        (UTC, "2025-03-09T23:59:59+00:00", True),
        (UTC, "2025-03-10T00:00:00+00:00", False),
        # the day on which New York's clocks go forward has 23 hours
        (NEW_YORK, "2025-03-09T04:59:59+00:00", False),
        (NEW_YORK, "2025-03-09T05:00:00+00:00", True),
        (NEW_YORK, "2025-03-10T03:59:59+00:00", True),
        (NEW_YORK, "2025-03-10T04:00:00+00:00", False),
        (KOLKATA, "2025-03-08T18:30:00+00:00", True),
        (KOLKATA, "2025-03-09T18:30:00+00:00", False),
    ],
)
def test_a_day_is_a_day_of_the_configured_zone(
    scene: JobScene, zone: tzinfo, moment: str, inside: bool
) -> None:
    day = date(2025, 3, 9)
    rules = scene.job(modified_days=DateWindow(day, day), zone=zone).rules().compiled()
    assert rules.takes_part(file("a", moment)) is (None if inside else Reason.OUTSIDE_DATES)


def test_a_day_that_begins_at_one_o_clock_is_whole(scene: JobScene) -> None:
    """In Chile clocks go forward at midnight: 2025-09-07 has no 00:30."""
    day = date(2025, 9, 7)
    rules = scene.job(modified_days=DateWindow(day, day), zone=SANTIAGO).rules().compiled()
    assert rules.takes_part(file("a", "2025-09-07T04:00:00+00:00")) is None
    assert rules.takes_part(file("a", "2025-09-08T02:59:59+00:00")) is None
    assert rules.takes_part(file("a", "2025-09-07T03:59:59+00:00")) is Reason.OUTSIDE_DATES


def test_without_a_zone_the_machines_own_counts(scene: JobScene) -> None:
    day = date(2025, 3, 9)
    rules = scene.job(modified_days=DateWindow(day, day)).rules().compiled()
    noon = datetime(2025, 3, 9, 12).astimezone()
    assert rules.takes_part(file("a", noon.isoformat())) is None


@pytest.mark.parametrize(
    ("key", "inside"),
    [
        ("2025-01-12/a", True),
        ("2025-01-14/deep/er/a", True),
        ("year/2025-01-13/a", True),
        ("2025-01-11/a", False),
        ("2025-01-15/a", False),
        ("a", False),
        ("2025-01-13", False),
        ("2025-1-13/a", False),
        ("x2025-01-13/a", False),
    ],
)
def test_by_folder_a_files_day_is_the_folders_name(scene: JobScene, key: str, inside: bool) -> None:
    window = DateWindow(date(2025, 1, 12), date(2025, 1, 14))
    rules = scene.job(path_days=window, path_day_format="yyyy-MM-dd").rules().compiled()
    expected = None if inside else Reason.OUTSIDE_DATES
    assert rules.takes_part(file(key)) is expected
    assert rules.takes_part(file("other/x")) is Reason.OUTSIDE_DATES
    assert rules.takes_part(file(key)) is expected, "asked again after another folder"


def test_a_filter_comes_before_the_date(scene: JobScene) -> None:
    window = DateWindow(date(2025, 1, 12), date(2025, 1, 14))
    rules = (
        scene.job(modified_days=window, zone=UTC, filters=(FilterRule(False, "*.tmp"),)).rules().compiled()
    )
    assert rules.takes_part(file("a.tmp", "2025-01-13T00:00:00+00:00")) is Reason.EXCLUDED
    assert rules.takes_part(file("a", "2020-01-13T00:00:00+00:00")) is Reason.OUTSIDE_DATES
    assert not rules.selects_key("b.tmp")


def test_the_case_of_names_counts_unless_the_system_ignores_it(scene: JobScene) -> None:
    rules = (FilterRule(False, "*.TMP"),)
    assert scene.job(filters=rules).rules().compiled().takes_part(file("a.tmp")) is None
    assert (
        scene.job(filters=rules, ignore_case=True).rules().compiled().takes_part(file("a.tmp"))
        is Reason.EXCLUDED
    )


def test_the_prefix_takes_its_bytes_of_the_key(scene: JobScene) -> None:
    assert scene.job(prefix="").prefix_bytes == 0
    assert scene.job(prefix="año/01").prefix_bytes == len("año/01/".encode())
