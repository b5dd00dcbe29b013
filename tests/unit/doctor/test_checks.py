"""Single checks of `mochok install`: clocks, disk space, time zones, fixed prefixes."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from mochok.config.schema import Configuration, GlobalSettings
from mochok.doctor import machine
from mochok.doctor.check import Check
from mochok.doctor.destinations import clock, fixed_prefix


@pytest.mark.parametrize(
    ("ahead_seconds", "level", "words"),
    [
        (0, "ok", "agrees"),
        (-59, "ok", "agrees"),
        (61, "warning", "61 s ahead"),
        (-800, "warning", "800 s behind"),
        (901, "error", "901 s ahead"),
    ],
)
def test_a_clock_that_is_off_is_reported_before_s3_refuses_signatures(
    ahead_seconds: float, level: str, words: str
) -> None:
    check = clock("https://s3.example.com", ahead_seconds)

    assert check.level == level
    assert words in check.message


@pytest.mark.parametrize(
    ("free_bytes", "level"), [(10**9, "ok"), (50_000_000, "warning"), (1_000_000, "error")]
)
def test_a_full_disk_is_reported(free_bytes: int, level: str) -> None:
    assert machine.free_space(Path("/srv"), free_bytes).level == level


def test_a_time_zone_that_the_machine_decides_is_worth_a_note() -> None:
    now = datetime(2025, 1, 15, 12, 30, tzinfo=UTC)

    own = machine.time_zone(GlobalSettings(), now)
    set_one = machine.time_zone(GlobalSettings(timezone="America/Santiago"), now)

    assert (own.level, set_one.level) == ("note", "ok")
    assert "global.timezone" in own.hint
    assert "America/Santiago; local time 2025-01-15 12:30" in set_one.message


@pytest.mark.parametrize(
    ("structure", "fixed"),
    [
        ("{year}/{month}", ""),
        ("exports/{year}", "exports/"),
        ("exports/day-{day}", "exports/"),
        ("a/b", "a/b/"),
        ("", ""),
        (None, "full-backup/"),
    ],
)
def test_leftovers_are_looked_for_below_what_no_date_changes(structure: str | None, fixed: str) -> None:
    configuration = Configuration.model_validate(
        {
            "name": "A",
            "description": "d",
            "enabled": True,
            "local_base_path": "/srv",
            "sync_strategy": {"type": "FullDirectory"},
            "destination_config": {"bucket_name": "bucket-a", "s3_path_structure": structure},
        }
    )

    assert fixed_prefix(configuration) == fixed


def test_json_shows_no_credentials() -> None:
    check = Check("error", "a", "AKIAIOSFODNN7EXAMPLE was refused", "secret_key = abcdef")

    assert "IOSFODNN" not in str(check.to_json())
    assert "abcdef" not in str(check.to_json())
