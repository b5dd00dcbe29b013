"""Which destinations overlap on any day, and what that protects from ``--delete``."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from mochok.config.jobs import job
from mochok.config.overlaps import server_of
from mochok.config.schema import Settings
from mochok.plan.protection import owner
from tests.unit.config.test_config_lint import entry, settings_of

FULL = "{type: FullDirectory}"


def protects(settings: Settings, key: str, *, of: str = "Outer", day: date = date(2026, 11, 26)) -> str:
    """The configuration to which the object belongs for ``--delete`` of another one, or ""."""
    [configuration] = [found for found in settings.configurations if found.name == of]
    owner_of = owner(job(settings, configuration, day, run_date=day).protected)
    return owner_of(key) if owner_of is not None else ""


def outer(structure: str = "all", **changes: Any) -> str:
    return entry("Outer", strategy=FULL, structure=structure, options="--delete", **changes)


@pytest.mark.parametrize(
    ("outer_structure", "inner_structure", "key", "belongs"),
    [
        ("all", "all/inner", "inner/a", True),
        ("all", "all/inner", "inner", False),
        ("all", "all/inner", "inner2/a", False),
        ("all", "all/inner", "a", False),
        ("all", "all/{year}/{month}/{day}", "1999/01/01/a", True),
        ("all", "all/{year}/{month}/{day}", "1999/readme", False),
        ("all", "all/{date:yyyyMMdd}", "20200229/a/b", True),
        ("all", "all/day-{day}", "day-31/a", True),
        ("all", "all/day-{day}", "day-x/a", False),
        ("all", "all/{config_name}", "Inner/a", True),
        ("all", "all/{config_name}", "Outer/a", False),
        ("all", "all/{year}Q{quarter}", "2026Q3/a", True),
        ("all", "other/inner", "inner/a", False),
        ("", "inner", "inner/a", True),
        ("{year}/{month}", "2026/{month}/x", "x/a", True),
        ("{year}/{month}", "2025/{month}/x", "x/a", False),
        ("all/{year}", "all", "a", False),
    ],
)
def test_objects_below_another_destination_belong_to_it_on_every_day(
    tmp_path: Path, outer_structure: str, inner_structure: str, key: str, belongs: bool
) -> None:
    settings = settings_of(tmp_path, outer(outer_structure), entry("Inner", structure=inner_structure))
    assert protects(settings, key) == ("Inner" if belongs else "")


def test_a_destination_with_the_host_name(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, outer(), entry("Inner", structure="all/{hostname}"))
    [folders] = [found for found in settings.destinations if found is not None and found.name == "Inner"]
    assert protects(settings, f"{folders.folders[-1].name}/a") == "Inner"
    assert protects(settings, "another-host/a") == ""


def test_with_the_same_destination_its_filters_decide_what_is_its_own(tmp_path: Path) -> None:
    pdf = entry("Inner", strategy=FULL, structure="all", options="'--exclude=*', '--include=*.pdf'")
    settings = settings_of(tmp_path, outer(), pdf)
    assert protects(settings, "deep/a.pdf") == "Inner"
    assert protects(settings, "deep/a.txt") == ""


def test_filters_with_placeholders_say_on_every_day_what_is_its_own(tmp_path: Path) -> None:
    options = "'--exclude=*', '--include=shop-{date:yyyyMMdd}.gz', '--exclude=*-{date:yyyyMM}*'"
    dumps = entry("Inner", strategy=FULL, structure="all", options=options)
    settings = settings_of(tmp_path, outer(), dumps)
    assert protects(settings, "shop-20250101.gz") == "Inner"
    assert protects(settings, "shop.txt") == ""


def test_a_folder_found_by_wildcards_is_protected_under_every_name(tmp_path: Path) -> None:
    strategy = "{type: DateFolder, date_folder_format: 'backup_{date:yyyyMMdd}_*'}"
    settings = settings_of(
        tmp_path, outer(), entry("Inner", strategy=strategy, structure="all/{year}/{day_folder}")
    )
    assert protects(settings, "2026/backup_20260102_full/a") == "Inner"
    assert protects(settings, "2026/other/a") == ""


@pytest.mark.parametrize(
    "inner",
    [
        entry("Inner", strategy=FULL, structure="all", enabled=False),
        entry("Inner", structure="all/inner", more=", endpoint_url: 'https://s3.example.com'"),
        entry("Inner", structure="all/inner").replace("company", "another-bucket"),
    ],
    ids=["disabled copy", "another server", "another bucket"],
)
def test_a_disabled_copy_or_what_is_elsewhere_protects_nothing(tmp_path: Path, inner: str) -> None:
    assert protects(settings_of(tmp_path, outer(), inner), "inner/a") == ""


def test_a_disabled_configuration_below_keeps_its_objects(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, outer(), entry("Inner", structure="all/inner", enabled=False))
    assert protects(settings, "inner/a") == "Inner"
    assert protects(settings, "a") == ""


def test_without_delete_nothing_is_compared(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, outer(), entry("Inner", structure="all/inner"))
    assert (
        job(settings, settings.configurations[1], date(2026, 1, 1), run_date=date(2026, 1, 1)).protected == ()
    )


@pytest.mark.parametrize(
    ("endpoint", "server"),
    [
        ("http://127.0.0.1:8333", "localhost:8333"),
        ("http://localhost:8333/", "localhost:8333"),
        ("https://[::1]:8333", "localhost:8333"),
        ("https://S3.Example.com", "s3.example.com:443"),
        ("https://s3.example.com:443/", "s3.example.com:443"),
        ("https://s3.eu-west-1.amazonaws.com", "aws"),
        ("https://bucket.vpce-1a2b.s3.us-east-1.vpce.amazonaws.com", "aws"),
    ],
)
def test_two_spellings_of_one_server_are_one_server(tmp_path: Path, endpoint: str, server: str) -> None:
    settings = settings_of(tmp_path, entry(more=f", endpoint_url: '{endpoint}'"))
    assert server_of(settings.configurations[0], {}) == server


def test_the_endpoint_of_the_environment_and_of_the_profile(tmp_path: Path) -> None:
    path = tmp_path / "aws-config"
    path.write_text("[default]\n[profile nas]\nendpoint_url = http://nas:9000\n")
    settings = settings_of(tmp_path, entry("A"), entry("B", more=", aws_profile: nas"))
    plain, with_profile = settings.configurations
    files = {"AWS_CONFIG_FILE": str(path)}
    assert server_of(plain, files) == "aws"
    assert server_of(with_profile, files) == "nas:9000"
    assert server_of(plain, files | {"AWS_PROFILE": "nas"}) == "nas:9000"
    assert server_of(with_profile, files | {"AWS_ENDPOINT_URL_S3": "http://other:1"}) == "other:1"
    assert server_of(with_profile, files | {"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"}) == "aws"
    assert server_of(with_profile, {"AWS_CONFIG_FILE": str(tmp_path / "none")}) == "aws"
