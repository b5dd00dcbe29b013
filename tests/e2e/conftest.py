"""One real S3 server for the whole session; a bucket and a user's folder for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mochok.demo.server import S3Server
from tests.e2e.harness import Bucket, Workspace, unique_bucket_name


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    with S3Server(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture
def bucket(server: S3Server) -> Iterator[Bucket]:
    """A bucket name of this test's own; ``mochok`` or the test creates it."""
    client = Bucket(server, unique_bucket_name())
    yield client
    client.close()


@pytest.fixture
def workspace(tmp_path: Path, server: S3Server, bucket: Bucket) -> Workspace:
    return Workspace(tmp_path, server, bucket)
