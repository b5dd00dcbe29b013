"""A user's folder for each test; the server and the bucket are those of ``tests/conftest.py``."""

from __future__ import annotations

from pathlib import Path

import pytest

from mochok.demo.server import S3Server
from tests.e2e.harness import Bucket, Workspace


@pytest.fixture
def workspace(tmp_path: Path, server: S3Server, bucket: Bucket) -> Workspace:
    return Workspace(tmp_path, server, bucket)
