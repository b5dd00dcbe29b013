"""The example configurations: right in a working copy, and there in the wheel."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from mochok.strategies import registry
from mochok.strategies.contract import Request

PROJECT = Path(__file__).parents[3]
OWN = ("DateFolder", "FullDirectory", "DateRange", "CustomPattern")


def configurations(type_name: str) -> list[dict[str, Any]]:
    loaded: dict[str, Any] = YAML(typ="safe", pure=True).load(registry.example(type_name))
    found: list[dict[str, Any]] = loaded["sync_configurations"]
    return found


@pytest.mark.parametrize("type_name", OWN)
def test_every_configuration_of_an_example_uses_its_strategy_and_makes_paths(type_name: str) -> None:
    for configuration in configurations(type_name):
        options = dict(configuration["sync_strategy"])
        assert options.pop("type") == type_name
        request = Request(
            config_name=configuration["name"],
            base_path=configuration["local_base_path"],
            target_date=date(2025, 1, 15),
            path_structure=configuration["destination_config"]["s3_path_structure"],
            hostname="db1",
        )
        paths = registry.create(type_name, options).paths(request)
        assert paths.source.startswith(request.base_path)


def test_the_paths_in_the_examples_comments_are_what_the_strategies_give() -> None:
    shown = {
        "Accounting exports": ("C:\\Accounting\\Exports\\2025-01-15", "exports/2025/01/15"),
        "Scanned invoices": ("/srv/scanner/2025/Scans 15 January", "scans/20250115"),
        "Photo archive": ("D:\\Photos", "full-backup/2025/01"),
        "Application logs": ("/var/log/app", "date-range"),
        "Monthly reports": ("E:\\Reports\\2025\\01", "reports/2025/01"),
        "Research data": ("/srv/research/project-a/2025/Q1", "project-a/2025/quarter-1"),
        "Database dumps": ("/var/backups/db/db1_20250115", "db1/2025/01/15"),
    }
    text = "".join(registry.example(type_name) for type_name in OWN)
    found = {}
    for type_name in OWN:
        for one in configurations(type_name):
            options = {key: value for key, value in one["sync_strategy"].items() if key != "type"}
            structure = one["destination_config"]["s3_path_structure"]
            request = Request(one["name"], one["local_base_path"], date(2025, 1, 15), structure, "db1")
            paths = registry.create(type_name, options).paths(request)
            found[one["name"]] = (paths.source, paths.prefix)
    assert shown.items() <= found.items()
    for source, prefix in shown.values():
        assert source in text
        assert f"{prefix}/" in text


def test_the_examples_are_in_the_built_wheel_and_read_from_there(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=PROJECT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    site = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    program = (
        "import sys; sys.path.insert(0, sys.argv[1]); from mochok.strategies import registry;"
        "print(registry.__file__); print(registry.example('DateRange'))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(site)], cwd=tmp_path, capture_output=True, check=True
    )
    where, text = done.stdout.decode().replace("\r\n", "\n").split("\n", 1)
    assert Path(where).is_relative_to(site)
    assert text == (PROJECT / "examples" / "date-range.yaml").read_text(encoding="utf-8") + "\n"
