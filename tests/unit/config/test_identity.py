"""Two spellings of one destination are one identity; another destination is another one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mochok.model import Identity
from tests.unit.config.test_config_lint import entry, settings_of


def identity(folder: Path, structure: str = "{year}/{month}/{day}", **changes: Any) -> Identity:
    return settings_of(folder, entry("A", structure=structure, **changes)).identities["A"]


@pytest.mark.parametrize(
    "spelling",
    ["{year}/{month}/{day}/", "{date:yyyy/MM/dd}", "{date:yyyy}/{date:MM}/{date:dd}"],
)
def test_another_spelling_is_the_same_identity(tmp_path: Path, spelling: str) -> None:
    assert identity(tmp_path, spelling).destination == identity(tmp_path).destination


@pytest.mark.parametrize(
    "structure",
    [
        "{year}/{day}/{month}", "{date:yyyy/M/d}", "{year}/{month}", "{week_year}/{month}/{day}",
        "{date:yy/MM/dd}", "x/{year}/{month}/{day}", "{year}/{week}/{day}", "{day_folder}", "",
    ],
)  # fmt: skip
def test_another_structure_is_another_identity(tmp_path: Path, structure: str) -> None:
    assert identity(tmp_path, structure).destination != identity(tmp_path).destination


def test_the_default_endpoint_spelled_out_is_the_same_identity(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = identity(tmp_path)
    for url in ("https://s3.eu-west-1.amazonaws.com", "https://S3.amazonaws.com:443/"):
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", url)
        assert identity(tmp_path).destination == usual.destination
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "https://user:secret@minio.example.com:9000")
    other = identity(tmp_path).destination
    assert other.startswith("minio.example.com:9000 s3://")
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "https://MinIO.example.com:9000/")
    assert identity(tmp_path).destination == other


@pytest.mark.parametrize(
    ("s3_path", "owned"),
    [
        ("s3://company/2025/01/14", True),
        ("", True),
        ("s3://company/2025/01", False),
        ("s3://company/x/2025/01/14", False),
        ("s3://c/2025/01/14", False),
    ],
)
def test_a_day_of_an_older_version_belongs_to_the_destination_that_its_path_fits(
    tmp_path: Path, s3_path: str, owned: bool
) -> None:
    found = identity(tmp_path)
    assert found.owns("", s3_path) == owned
    assert found.owns(found.destination, s3_path)
    assert not found.owns("aws s3://other/2027/01/02", s3_path)
