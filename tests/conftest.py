"""One real S3 server for each process of the session, whoever asks for it; a bucket for each test."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from mochok.demo.server import S3Server

if TYPE_CHECKING:
    from tests.e2e.harness import Bucket


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """One process more than cores for the whole suite, as tests wait for servers a third of their time, and
    none besides this one for a part of it. ``--maxprocesses`` in pyproject.toml is the most.
    """
    whole = [one.rstrip("/") for one in config.args] == config.getini("testpaths")
    chosen = config.getoption("keyword") or config.getoption("markexpr") == "soak"
    return (os.cpu_count() or 1) + 1 if whole and not chosen else 0


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    with S3Server(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture
def bucket(server: S3Server) -> Iterator[Bucket]:
    """A bucket name of this test's own; ``mochok`` or the test creates it."""
    from tests.e2e.harness import Bucket, unique_bucket_name  # boto3: a second for unit tests

    client = Bucket(server, unique_bucket_name())
    yield client
    client.close()
