"""Files as users of the original have them keep working."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from mochok.config.load import load
from mochok.config.schema import Settings

ORIGINAL = Path(__file__).parent / "original-style.yaml"


@pytest.fixture
def original(tmp_path: Path) -> Settings:
    return load(Path(shutil.copy(ORIGINAL, tmp_path)), {})


def test_a_file_of_the_original_loads_unchanged(original: Settings) -> None:
    assert [each.name for each in original.configurations][-2:] == ["Formato antiguo", "Modo antiguo"]
    assert len(original.configurations) == 8
    assert [each.enabled for each in original.configurations].count(True) == 3


def test_flat_keys_end_where_they_belong(original: Settings) -> None:
    flat = original.configurations[6]
    assert flat.strategy.model_dump() == {"date_folder_format": "yyyy-MM-dd", "culture": "invariant"}
    assert flat.destination_config.bucket_name == "empresa-antiguo"
    assert flat.destination_config.aws_profile == "default"
    assert flat.destination_config.s3_path_structure == "{year}/{month}/{day}"


def test_sync_mode_and_mode_config_become_the_strategy(original: Settings) -> None:
    mode = original.configurations[7]
    assert type(mode.strategy).__name__ == "DateRange"
    assert mode.strategy.model_dump()["date_range_days_back"] == 3


def test_each_old_key_gives_one_notice_with_its_location_and_the_new_key(original: Settings) -> None:
    file = str(original.path)
    assert [notice.removeprefix(file) for notice in original.notices] == [
        ":101: no strategy is given, so DateFolder is used; write sync_strategy: {type: DateFolder}",
        ":105: bucket_name is an old key; use destination_config.bucket_name",
        ":106: aws_profile is an old key; use destination_config.aws_profile",
        ":107: s3_path_structure is an old key; use destination_config.s3_path_structure",
        ":108: date_folder_format is an old key; use sync_strategy.date_folder_format",
        ":116: sync_mode is an old key; use sync_strategy.type",
        ":118: mode_config is an old key; use sync_strategy.date_range_days_back",
        ":119: bucket_name is an old key; use destination_config.bucket_name",
    ]


MIXED = """\
{defaults}sync_configurations:
- name: "Mixed"
  description: "old and new"
  enabled: true
  local_base_path: "/data"
  {flat}
  sync_strategy: {{type: {strategy}}}
  destination_config: {{bucket_name: new-bucket}}
"""


def mixed(folder: Path, flat: str, strategy: str = "DateFolder", defaults: str = "") -> Settings:
    path = folder / "sync-config.yaml"
    path.write_text(MIXED.format(flat=flat, strategy=strategy, defaults=defaults), encoding="utf-8")
    return load(path, {})


def test_the_nested_key_wins_over_the_flat_one(tmp_path: Path) -> None:
    settings = mixed(tmp_path, "bucket_name: old-bucket")
    assert settings.configurations[0].destination_config.bucket_name == "new-bucket"
    assert len(settings.notices) == 1


def test_a_flat_date_format_beside_a_strategy_without_one_is_dropped_with_a_notice(tmp_path: Path) -> None:
    settings = mixed(tmp_path, "date_folder_format: yyyyMMdd", "FullDirectory")
    assert settings.configurations[0].strategy.model_dump() == {}
    assert any("has no effect" in notice for notice in settings.notices)


def test_a_flat_key_wins_over_defaults(tmp_path: Path) -> None:
    defaults = "defaults: {destination_config: {aws_profile: shared}}\n"
    settings = mixed(tmp_path, "aws_profile: own", defaults=defaults)
    assert settings.configurations[0].destination_config.aws_profile == "own"
    flat_defaults = mixed(tmp_path, "aws_region: eu-west-1", defaults="defaults: {aws_profile: shared}\n")
    assert flat_defaults.configurations[0].destination_config.aws_profile == "shared"
    assert len(flat_defaults.notices) == 2
