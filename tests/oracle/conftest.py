"""The AWS CLI beside a server that lists what a case says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.harness import Bucket, Workspace, unique_bucket_name
from tests.support.aws_cli import AwsCli
from tests.support.fake_s3 import FakeS3


@pytest.fixture(scope="session")
def server() -> Iterator[FakeS3]:
    with FakeS3(keep_contents=False) as running:
        yield running


@pytest.fixture(scope="session")
def aws(server: FakeS3, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AwsCli]:
    with AwsCli(tmp_path_factory.mktemp("aws"), server.access_key, server.secret_key) as running:
        yield running


@pytest.fixture
def workspace(tmp_path: Path, server: FakeS3) -> Iterator[Workspace]:
    bucket = Bucket(server, unique_bucket_name())
    yield Workspace(tmp_path / "user", server, bucket)
    bucket.close()
