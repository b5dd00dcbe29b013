"""The demonstration keeps to itself."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mochok.config.load import load
from mochok.demo.configuration import DemoFolder
from mochok.demo.server import S3Server
from mochok.demo.tour import follow_up_lines


@pytest.fixture
def folder(tmp_path: Path) -> DemoFolder:
    made = DemoFolder(tmp_path)
    made.write_settings(S3Server(made.server))
    return made


def test_the_users_aws_settings_are_hidden(folder: DemoFolder) -> None:
    environ = {"AWS_PROFILE": "production", "MOCHOK_CONFIG": "mine.yaml", "PATH": "/bin"}

    environment = folder.environment(environ)

    assert environment["PATH"] == "/bin"
    assert not {"AWS_PROFILE", "MOCHOK_CONFIG"} & environment.keys()
    assert environment["AWS_SHARED_CREDENTIALS_FILE"] == str(folder.credentials)
    assert environment["NO_PROXY"] == "127.0.0.1"


def test_the_configuration_is_valid_and_has_one_of_each_strategy(folder: DemoFolder) -> None:
    settings = load(folder.configuration, {})

    types = [type(configuration.strategy).__name__ for configuration in settings.configurations]
    assert types == ["DateFolder", "FullDirectory", "DateRange", "CustomPattern"]


@pytest.mark.skipif(os.name == "nt", reason="permissions of POSIX")
def test_only_the_user_reads_the_keys(folder: DemoFolder) -> None:
    assert folder.credentials.stat().st_mode & 0o077 == 0


def test_the_lines_to_go_on_name_the_files(folder: DemoFolder) -> None:
    lines = "\n".join(follow_up_lines(folder))

    assert str(folder.credentials) in lines
    assert str(folder.configuration) in lines
