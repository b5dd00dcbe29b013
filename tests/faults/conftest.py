"""The real server, a fault proxy in front of it, and a user's folder whose endpoint is the proxy."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mochok.demo.server import S3Server
from tests.e2e.harness import Bucket
from tests.faults.scene import FaultScene
from tests.support.fault_proxy import FaultProxy


@pytest.fixture
def proxy(server: S3Server) -> Iterator[FaultProxy]:
    with FaultProxy(server.endpoint_url) as running:
        yield running


@pytest.fixture
def scene(tmp_path: Path, server: S3Server, bucket: Bucket, proxy: FaultProxy) -> FaultScene:
    """A bucket that exists, and a folder whose configuration leads to the proxy."""
    bucket.create()
    return FaultScene(tmp_path, server, bucket, proxy)
