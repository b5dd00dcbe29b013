"""The sentence about days that went to another destination than today's."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from mochok.config.load import load
from mochok.config.schema import Settings
from mochok.model import Identity
from mochok.queries.elsewhere import elsewhere
from mochok.state.memory import MemoryLedger
from tests.unit.state.builders import DAY, START, make_result


def settings_of(folder: Path, strategy: str = "DateFolder", **destination: Any) -> Settings:
    configuration = {
        "name": "Documents",
        "description": "d",
        "enabled": True,
        "local_base_path": str(folder),
        "sync_strategy": {"type": strategy},
        "destination_config": {"bucket_name": "new"} | destination,
    }
    path = folder / "sync-config.yaml"
    path.write_text(json.dumps({"sync_configurations": [configuration]}))
    return load(path, {})


def sentence(settings: Settings, ledger: MemoryLedger) -> str:
    return elsewhere(settings, settings.configurations[0], ledger)


def ledger_with(identity: Identity, *backs: int, s3_path: str = "s3://old/2025/01/14") -> MemoryLedger:
    ledger = MemoryLedger(pytest.fail)
    for back in backs:
        result = make_result(target_date=DAY - timedelta(days=back), files_seen=1, s3_path=s3_path)
        ledger.record_result("run", START, result, identity)
    return ledger


OLD = Identity("Documents", "aws s3://old/2027/01/02", "s3://old/.*")


def test_it_names_both_destinations_and_the_command(tmp_path: Path) -> None:
    settings, ledger = settings_of(tmp_path), ledger_with(OLD, 3, 0)
    assert sentence(settings, ledger) == (
        "2 days went to s3://old/2025/01/14, none of them to s3://new/2025/01/14: "
        'mochok sync --from 2025-01-11 --to 2025-01-14 --only "Documents"'
    )
    assert sentence(settings_of(tmp_path, bucket_name="old"), ledger) == ""
    assert "1 day went to s3://old/2025/01/14, but not to" in sentence(settings, ledger_with(OLD, 0))


def test_several_destinations_are_counted(tmp_path: Path) -> None:
    settings, ledger = settings_of(tmp_path), ledger_with(OLD, 3, 2)
    middle = Identity("Documents", "aws s3://middle/2027/01/02", "s3://middle/.*")
    ledger.record_result("run", START, make_result(files_seen=1, s3_path="s3://middle/2025/01/14"), middle)
    text = "3 days went to 2 other destinations, the last of them to s3://middle/2025/01/14, none of them to"
    assert text in sentence(settings, ledger)


def test_the_same_path_on_another_server_is_named_with_the_server(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, endpoint_url="https://minio.example.com")
    usual = settings_of(tmp_path).identities["Documents"]
    ledger = ledger_with(usual, 0, s3_path="s3://new/2025/01/14")
    places = "s3://new/2025/01/14 on aws, but not to s3://new/2025/01/14 on minio.example.com:443:"
    assert places in sentence(settings, ledger)


def test_a_source_without_days_is_at_a_new_destination_after_one_run(tmp_path: Path) -> None:
    settings, ledger = settings_of(tmp_path, "FullDirectory"), ledger_with(OLD, 3, 2)
    assert sentence(settings, ledger).endswith(': mochok sync --only "Documents"')
    ledger.record_result("run", START, make_result(files_seen=1), settings.identities["Documents"])
    assert sentence(settings, ledger) == ""


def test_days_of_an_older_version_are_elsewhere_only_if_their_path_says_it(tmp_path: Path) -> None:
    settings, older = settings_of(tmp_path), Identity("Documents")
    assert sentence(settings, ledger_with(older, 0, s3_path="s3://new/2024/12/31")) == ""
    assert sentence(settings, ledger_with(older, 0, s3_path="")) == ""
    assert "went to s3://old/x" in sentence(settings, ledger_with(older, 0, s3_path="s3://old/x"))
