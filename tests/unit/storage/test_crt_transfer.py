"""What the engine gets to read: the file that was opened, whatever its name leads to afterwards."""

from __future__ import annotations

import os
import queue
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from mochok.errors import ChecksumMismatchError
from mochok.model import Reason, SourceFile, Upload
from mochok.source_files import ANYWHERE, OpenedFile, SourceFolder
from mochok.storage.contract import SINGLE_PART_BYTES
from mochok.storage.crt_transfer import Transfer
from mochok.storage.rate_limiter import RateLimitedFile, RateLimiter

pytestmark = pytest.mark.skipif(os.name == "nt", reason="an open file cannot be renamed")

SIZES = [0, 7, SINGLE_PART_BYTES, SINGLE_PART_BYTES + 1]


class WithoutPath(OpenedFile):
    """On a system that has no /proc."""

    @property
    def path(self) -> None:
        return None


@dataclass(frozen=True, slots=True)
class WithoutPaths(SourceFolder):
    def open(self, path: str, *, relative: bool = True) -> OpenedFile:
        opened = ANYWHERE.open(path, relative=relative)
        return WithoutPath(opened.descriptor, opened.status)


def transfer_of(path: Path, size_bytes: int) -> Transfer:
    path.write_bytes(b"m" * size_bytes)
    upload = Upload(SourceFile("k", str(path), size_bytes, 0), Reason.NEW)
    transfer = Transfer(upload, queue.SimpleQueue())
    transfer.begin_attempt()
    return transfer


def replace(path: Path) -> None:
    path.rename(path.with_name("moved"))
    path.write_bytes(b"another file")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has these paths")
@pytest.mark.parametrize("size_bytes", SIZES)
def test_the_engine_opens_what_was_opened(tmp_path: Path, size_bytes: int) -> None:
    transfer = transfer_of(tmp_path / "file", size_bytes)
    transfer.open(ANYWHERE)
    transfer.prepare(b"", None, keep_open=True)
    replace(tmp_path / "file")

    assert transfer.body is None
    assert transfer.opened is not None
    assert transfer.opened.path is not None
    assert Path(transfer.opened.path).read_bytes() == b"m" * size_bytes
    transfer.release()
    assert transfer.opened is None


@pytest.mark.parametrize(("source", "keep_open"), [(WithoutPaths(), True), (ANYWHERE, False)])
@pytest.mark.parametrize("size_bytes", [0, 7, SINGLE_PART_BYTES])
def test_a_small_file_can_be_sent_from_a_copy_that_keeps_nothing_open(
    tmp_path: Path, size_bytes: int, source: SourceFolder, *, keep_open: bool
) -> None:
    transfer = transfer_of(tmp_path / "file", size_bytes)
    transfer.open(source)
    transfer.prepare(transfer.read_whole(), None, keep_open=keep_open)
    replace(tmp_path / "file")

    assert transfer.opened is None
    assert transfer.body is not None
    assert transfer.body.readlines() == ([b"m" * size_bytes] if size_bytes else [])
    transfer.release()


def test_without_such_a_path_the_engine_reads_the_open_file(tmp_path: Path) -> None:
    transfer = transfer_of(tmp_path / "file", SINGLE_PART_BYTES + 1)
    transfer.open(WithoutPaths())
    transfer.prepare(b"", None, keep_open=True)
    replace(tmp_path / "file")

    assert transfer.body is not None
    assert transfer.body.readlines() == [b"m" * (SINGLE_PART_BYTES + 1)]
    transfer.release()
    assert transfer.opened is None


def test_a_large_file_under_a_bandwidth_limit_is_read_through_it(tmp_path: Path) -> None:
    transfer = transfer_of(tmp_path / "file", SINGLE_PART_BYTES + 1)
    transfer.open(ANYWHERE)
    transfer.prepare(b"", RateLimiter(1_000_000_000), keep_open=True)
    assert isinstance(transfer.body, RateLimitedFile)
    transfer.release()


def test_a_file_that_becomes_shorter_before_it_is_read_is_noticed(tmp_path: Path) -> None:
    transfer = transfer_of(tmp_path / "file", 7)
    transfer.open(ANYWHERE)
    os.truncate(tmp_path / "file", 3)
    with pytest.raises(ChecksumMismatchError):
        transfer.read_whole()
    transfer.release()
