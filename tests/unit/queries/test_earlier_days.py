"""Data that is older than a configuration's history is found by its names, in a bounded look."""

from __future__ import annotations

import json
import os
import shlex
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mochok.config.load import load
from mochok.config.schema import Settings
from mochok.model import DayState, Status, SyncResult
from mochok.queries.earlier_days import DIRECTORIES_READ, earlier_days
from mochok.records.earlier_days import EarlierDays
from mochok.state.memory import MemoryLedger

TODAY = date(2025, 3, 20)
FOLDERS = ("2025-03-19", "2025-03-17", "2025-03-10", "1999-01-01", "2031-01-01", "other", "2025-02-30")
PATTERN = "CustomPattern"


def settings_for(folder: Path, strategy: dict[str, Any], name: str = "Daily") -> Settings:
    configuration = {
        "name": name,
        "description": "of the tests",
        "enabled": True,
        "local_base_path": str(folder / "data"),
        "sync_strategy": strategy,
        "destination_config": {"bucket_name": "some-bucket"},
    }
    path = folder / "sync-config.yaml"
    path.write_text(json.dumps({"sync_configurations": [configuration]}))
    return load(path, {})


def found_in(
    folder: Path, strategy: dict[str, Any], ledger: MemoryLedger | None = None
) -> tuple[str, int, str, str] | None:
    settings = settings_for(folder, strategy)
    found = earlier_days(settings, settings.configurations, ledger or MemoryLedger(), TODAY)
    return next(((one.kind, one.count, str(one.first), str(one.last)) for one in found), None)


def make(folder: Path, *names: str, files: bool = False) -> None:
    (folder / "data").mkdir(exist_ok=True)
    for name in names:
        path = folder / "data" / name
        if files:
            path.write_text("x")
        else:
            path.mkdir(parents=True)


@pytest.mark.parametrize(
    ("strategy", "names", "expected"),
    [
        ({"type": "DateFolder"}, FOLDERS, ("day folder", 2, "2025-03-10", "2025-03-17")),
        ({"type": "DateFolder"}, ["2025-03-19"], None),
        (
            {"type": "DateFolder", "date_folder_format": "yyyy/MM/dd"},
            ["2024/12/31", "2025/03/18", "2025/xx/01", "2024/12/31/deeper"],
            ("day folder", 2, "2024-12-31", "2025-03-18"),
        ),
        (
            {"type": "DateFolder", "date_folder_format": "backup_{date:yyyyMMdd}_*"},
            ["backup_20250301_a", "backup_20250301_b", "backup_20250302_"],
            ("day folder", 2, "2025-03-01", "2025-03-02"),
        ),
        (
            {"type": "DateRange", "date_source": "path"},
            FOLDERS,
            ("day folder", 2, "2025-03-10", "2025-03-17"),
        ),
        ({"type": "DateRange"}, FOLDERS, None),
        ({"type": "FullDirectory"}, FOLDERS, None),
        (
            {"type": PATTERN, "custom_local_pattern": "{base_path}/{year}\\{month}\\{day}"},
            ["2025/03/18"],
            ("day folder", 1, "2025-03-18", "2025-03-18"),
        ),
        (
            {"type": PATTERN, "custom_local_pattern": "{base_path}/{year}/{month}"},
            ["2024/11", "2025/02", "2025/03"],
            ("folder", 2, "2024-11-01", "2025-02-28"),
        ),
        (
            {"type": PATTERN, "custom_local_pattern": "{base_path}/{week_year}-W{week}"},
            ["2025-W11", "2025-W12"],
            ("folder", 1, "2025-03-10", "2025-03-16"),
        ),
        ({"type": PATTERN, "custom_local_pattern": "{base_path}"}, FOLDERS, None),
    ],
)
def test_folders_before_history_are_found(
    tmp_path: Path, strategy: dict[str, Any], names: list[str], expected: tuple[str, int, str, str] | None
) -> None:
    make(tmp_path, *names)
    assert found_in(tmp_path, strategy) == expected


def test_dates_in_names_of_files_are_found(tmp_path: Path) -> None:
    make(tmp_path, "shop-20250301.gz", "log-20250301.gz", "shop-20250302.gz", "20250303x", files=True)
    make(tmp_path, "20250101")
    strategy = {"type": "DateRange", "date_source": "filename"}
    assert found_in(tmp_path, strategy) == ("day with files", 3, "2025-03-01", "2025-03-03")


def test_only_what_is_older_than_history_counts(tmp_path: Path) -> None:
    make(tmp_path, "2025-03-09", "2025-03-10", "2025-03-11")
    ledger = MemoryLedger()
    result = SyncResult(
        "Daily", Status.SUCCESS, "", TODAY, (date(2025, 3, 10),), DayState.COMPLETE, found=True
    )
    identity = settings_for(tmp_path, {"type": "DateFolder"}).identities["Daily"]
    ledger.record_result("run", datetime(2025, 3, 11, tzinfo=UTC), result, identity)
    assert found_in(tmp_path, {"type": "DateFolder"}, ledger) == ("day folder", 1, "2025-03-09", "2025-03-09")


@pytest.mark.parametrize("gone", [True, False])
def test_a_source_that_is_missing_or_no_folder_is_silent(tmp_path: Path, gone: bool) -> None:
    if not gone:
        (tmp_path / "data").write_text("a file")
    assert found_in(tmp_path, {"type": "DateFolder", "date_folder_format": "yyyy/MM/dd"}) is None


def test_the_look_is_bounded(tmp_path: Path) -> None:
    strategy = {"type": "DateFolder", "date_folder_format": "yyyy/MM/dd"}
    make(tmp_path, "2025/03/01", "2025/03/02")
    assert found_in(tmp_path, strategy) == ("day folder", 2, "2025-03-01", "2025-03-02")
    make(tmp_path, *(f"many {number}" for number in range(DIRECTORIES_READ)))  # read first: "m" is after "2"
    assert found_in(tmp_path, strategy) is None


@pytest.mark.parametrize(
    ("kind", "count", "text"),
    [
        ("day folder", 1, "1 earlier day folder was never uploaded: "),
        ("day folder", 13, "13 earlier day folders were never uploaded: "),
        ("folder", 2, "2 earlier folders were never uploaded: "),
        ("day with files", 2, "2 earlier days with files were never uploaded: "),
    ],
)
def test_the_sentence_has_the_command(kind: Any, count: int, text: str) -> None:
    last = TODAY + timedelta(days=1)
    command = 'mochok sync --from 2025-03-20 --to 2025-03-21 --only "Daily"'
    assert str(EarlierDays("Daily", kind, count, TODAY, last)) == f"{text}{command}"


@pytest.mark.skipif(os.name == "nt", reason="shlex reads as POSIX shells do")
@pytest.mark.parametrize("name", ["Daily", "My files", 'with "quotes"', "a$HOME", "it's `x`", "back\\slash"])
def test_a_shell_reads_the_name_as_it_is(name: str) -> None:
    command = EarlierDays(name, "folder", 1, TODAY, TODAY).command
    assert shlex.split(command)[-1] == name
