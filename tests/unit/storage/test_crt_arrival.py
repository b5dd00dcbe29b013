"""How much of what is being sent has arrived: by whole parts, by what was read, by the connections."""

from __future__ import annotations

import os
import queue
import socket
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mochok.model import Reason, SourceFile, Upload
from mochok.source_files import ANYWHERE
from mochok.storage.contract import SINGLE_PART_BYTES
from mochok.storage.crt_arrival import Arrivals
from mochok.storage.crt_transfer import Transfer
from mochok.storage.rate_limiter import RateLimitedFile, RateLimiter

SIZE = SINGLE_PART_BYTES + 1000


@pytest.fixture
def transfer(tmp_path: Path) -> Iterator[Transfer]:
    path = tmp_path / "file"
    path.touch()
    os.truncate(path, SIZE)
    transfer = Transfer(Upload(SourceFile("k", str(path), SIZE, 0), Reason.NEW), queue.SimpleQueue())
    transfer.begin_attempt()
    transfer.open(ANYWHERE)
    yield transfer
    transfer.release()


def test_parts_count_when_they_have_arrived_and_another_attempt_begins_at_nothing(transfer: Transfer) -> None:
    transfer.on_progress(SINGLE_PART_BYTES)
    assert transfer.advance(0) == 0
    assert transfer.arrived_bytes == SINGLE_PART_BYTES

    transfer.release()
    transfer.begin_attempt()
    transfer.open(ANYWHERE)
    assert transfer.advance(0) == 0
    assert transfer.arrived_bytes == 0


def test_what_arrived_besides_whole_parts_is_shared_out_up_to_the_size(transfer: Transfer) -> None:
    assert transfer.advance(600) == 600
    transfer.on_progress(SINGLE_PART_BYTES)
    assert transfer.advance(5000) == 1000
    assert transfer.arrived_bytes == SIZE


@given(steps=st.lists(st.tuples(st.integers(0, 2 * SIZE), st.integers(0, 3))))
def test_it_never_falls_within_an_attempt_and_never_exceeds_the_size(
    steps: list[tuple[int, int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "large"
    path.touch()
    os.truncate(path, 4 * SINGLE_PART_BYTES)
    transfer = Transfer(Upload(SourceFile("k", str(path), 0, 0), Reason.NEW), queue.SimpleQueue())
    transfer.begin_attempt()
    transfer.open(ANYWHERE)
    transfer.release()
    before = 0
    for unanswered_bytes, parts in steps:
        transfer.parts_bytes = max(transfer.parts_bytes, parts * SINGLE_PART_BYTES)
        assert 0 <= transfer.advance(unanswered_bytes) <= unanswered_bytes
        assert before <= transfer.arrived_bytes <= 4 * SINGLE_PART_BYTES
        before = transfer.arrived_bytes


def test_with_a_bandwidth_limit_what_was_read_counts(transfer: Transfer) -> None:
    transfer.prepare(b"", RateLimiter(1e12), keep_open=True)
    assert isinstance(transfer.body, RateLimitedFile)
    transfer.body.readinto(bytearray(3000))

    assert transfer.advance(5000) == 0
    assert transfer.arrived_bytes == 3000


def test_it_is_reported_a_few_times_a_second_at_most(transfer: Transfer) -> None:
    reports: list[Mapping[str, int]] = []
    arrivals = Arrivals(reports.append)
    for _ in range(10):
        arrivals.report([transfer])
    arrivals.close()
    assert reports == [{"k": 0}]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux says what a server acknowledged")
def test_what_a_server_acknowledged_counts_unless_several_configurations_upload(transfer: Transfer) -> None:
    reports: list[Mapping[str, int]] = []
    arrivals, other = Arrivals(reports.append, pause_seconds=0), Arrivals(reports.append)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        client = socket.create_connection(listening.getsockname())
        with client, listening.accept()[0]:
            client.setblocking(False)
            client.sendall(bytes(2000))
            arrivals.report([transfer])
            assert reports.pop() == {"k": 0}
            other.close()
            deadline = time.monotonic() + 10
            while transfer.arrived_bytes < 2000 and time.monotonic() < deadline:
                arrivals.report([transfer])  # the kernel acknowledges it soon
    arrivals.close()
    assert transfer.arrived_bytes in (2000, 2001), "some kernels count the beginning of a connection"
