"""The demonstration keeps to itself."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mochok.config.load import load
from mochok.demo.configuration import DemoFolder, private_environment
from mochok.demo.server import S3Server
from mochok.demo.tour import follow_up_lines


@pytest.fixture
def folder(tmp_path: Path) -> DemoFolder:
    made = DemoFolder(tmp_path)
    made.write_settings(S3Server(made.server))
    return made


def test_the_users_aws_settings_are_hidden_and_come_back(
    folder: DemoFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("MOCHOK_CONFIG", "mine.yaml")
    before = dict(os.environ)

    with private_environment(folder):
        assert "AWS_PROFILE" not in os.environ
        assert "MOCHOK_CONFIG" not in os.environ
        assert os.environ["AWS_SHARED_CREDENTIALS_FILE"] == str(folder.credentials)

    assert dict(os.environ) == before


def test_the_configuration_is_valid_and_has_one_of_each_strategy(folder: DemoFolder) -> None:
    settings = load(folder.configuration, {})

    types = [type(configuration.sync_strategy).__name__ for configuration in settings.configurations]
    assert types == ["DateFolder", "FullDirectory", "DateRange", "CustomPattern"]


@pytest.mark.skipif(os.name == "nt", reason="permissions of POSIX")
def test_only_the_user_reads_the_keys(folder: DemoFolder) -> None:
    assert folder.credentials.stat().st_mode & 0o077 == 0


def test_the_lines_to_go_on_name_the_files(folder: DemoFolder) -> None:
    lines = "\n".join(follow_up_lines(folder))

    assert str(folder.credentials) in lines
    assert str(folder.configuration) in lines
