"""Single judgements of `mochok install`: clocks, room on disk, time zones, fixed prefixes."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from mochok.config.schema import Configuration, GlobalSettings
from mochok.doctor import machine
from mochok.doctor.check import Check, could_run, plain
from mochok.doctor.places import clock, fixed_prefix


@pytest.mark.parametrize(
    ("ahead_seconds", "level", "words"),
    [
        (0, "ok", "agrees"),
        (-59, "ok", "agrees"),
        (61, "warning", "61 seconds ahead"),
        (-800, "warning", "800 seconds behind"),
        (901, "error", "901 seconds ahead"),
    ],
)
def test_a_clock_that_is_off_is_told_before_s3_refuses_signatures(
    ahead_seconds: float, level: str, words: str
) -> None:
    check = clock("https://s3.example.com", ahead_seconds)

    assert check.level == level
    assert words in check.message


@pytest.mark.parametrize(
    ("free_bytes", "level"), [(10**9, "ok"), (50_000_000, "warning"), (1_000_000, "error")]
)
def test_a_full_disk_is_told(free_bytes: int, level: str) -> None:
    assert machine.room(Path("/srv"), free_bytes).level == level


def test_a_time_zone_that_the_machine_decides_is_worth_a_note() -> None:
    now = datetime(2025, 1, 15, 12, 30, tzinfo=UTC)

    own = machine.time_zone(GlobalSettings(), now)
    set_one = machine.time_zone(GlobalSettings(timezone="America/Santiago"), now)

    assert (own.level, set_one.level) == ("note", "ok")
    assert "global.timezone" in own.hint
    assert "America/Santiago; it is 2025-01-15 12:30 there" in set_one.message


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


def test_only_an_error_keeps_a_run_from_working() -> None:
    assert could_run([Check("warning", "a", "b"), Check("note", "a", "b"), Check("ok", "a", "b")])
    assert not could_run([Check("ok", "a", "b"), Check("error", "a", "b")])


def test_json_shows_no_credentials() -> None:
    check = Check("error", "a", "AKIAIOSFODNN7EXAMPLE was refused", "secret_key = abcdef")

    assert "IOSFODNN" not in str(plain(check))
    assert "abcdef" not in str(plain(check))
