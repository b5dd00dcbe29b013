"""When uploads begin, and what ends all of them; an engine that answers at once is their engine here."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from mochok.clock import Stop
from mochok.errors import CredentialsError, MochokError, PrerequisiteError
from mochok.model import Reason, SourceFile, Upload
from mochok.storage.contract import SINGLE_PART_BYTES, Sent, Unsent
from mochok.storage.crt_checksum import ChecksumChoice
from mochok.storage.crt_client import CrtClient
from mochok.storage.crt_upload import Uploader
from mochok.storage.rate_limiter import RateLimiter
from mochok.storage.retries import Retries
from mochok.storage.settings import Access, Location, ObjectSettings, OpenSettings


class Engine:
    """What an Uploader asks of a CrtClient and its connections. ``refresh`` is called before each upload."""

    def __init__(self, refresh: Callable[[], object] = lambda: None) -> None:
        self.stop = Stop()
        self.files = 1000
        self.session = SimpleNamespace(refresh=refresh, access=SimpleNamespace(read_timeout_seconds=60))
        self.endpoint = SimpleNamespace(object_path=lambda key: f"/b/{key}", authority="127.0.0.1")
        self.retries = Retries(lambda _level, _message: None)
        self.signing = None
        self.cut = 0
        self.paths: list[str] = []

    @property
    def connections(self) -> Engine:
        return self

    single = connections

    def noting_failures(self) -> contextlib.AbstractContextManager[None]:
        return contextlib.nullcontext()

    def make_request(self, request: Any, on_headers: Any, on_done: Any, **_more: object) -> Any:
        self.paths.append(request.path)
        on_headers(200, [("ETag", '"e"')])
        on_done()
        return SimpleNamespace(cancel=lambda: None)


def uploader(engine: Engine, rate_limiter: RateLimiter | None = None) -> Uploader:
    checksum = ChecksumChoice("none", lambda _level, _message: None, set())
    opening = OpenSettings(Access(), Location("b", "p"), ObjectSettings())
    return Uploader(cast("CrtClient", engine), opening, checksum, rate_limiter=rate_limiter)


@pytest.fixture
def uploads(tmp_path: Path) -> list[Upload]:
    path = tmp_path / "file"
    path.write_bytes(bytes(1000))
    mtime_ns = path.stat().st_mtime_ns
    return [Upload(SourceFile(f"{number}", str(path), 1000, mtime_ns), Reason.NEW) for number in range(5)]


@pytest.mark.parametrize(
    "error", [CredentialsError("the ticket is used up"), PrerequisiteError("the S3 engine cannot start")]
)
def test_what_fails_every_file_alike_ends_them_all_at_once(uploads: list[Upload], error: MochokError) -> None:
    asked: list[int] = []

    def refresh() -> None:
        asked.append(1)
        if len(asked) > 2:
            raise error

    engine = Engine(refresh)
    told: list[Sent | Unsent] = []
    with pytest.raises(type(error)):
        told.extend(uploader(engine).run(uploads))
    assert len(asked) == 3
    assert engine.paths == ["/b/p/0", "/b/p/1"]


class SlowEngine(Engine):
    """Its uploads end a moment after 32 are in flight; ``most``: how many were at once."""

    def __init__(self) -> None:
        super().__init__()
        self.in_flight: list[Callable[[], object]] = []
        self.most = 0

    def make_request(self, request: str, on_headers: Any, on_done: Any, **_more: object) -> Any:
        on_headers(200, [("ETag", '"e"')])
        self.in_flight.append(on_done)
        self.most = max(self.most, len(self.in_flight))
        if len(self.in_flight) == 32:
            threading.Timer(0.1, self.end_all).start()
        return SimpleNamespace(cancel=lambda: None)

    def end_all(self) -> None:
        while self.in_flight:
            self.in_flight.pop()()


def test_at_most_256_mib_of_small_files_are_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(bytes(SINGLE_PART_BYTES))
    engine, status = SlowEngine(), path.stat()
    file = SourceFile("k", str(path), status.st_size, status.st_mtime_ns)

    outcomes = list(uploader(engine).run([Upload(file, Reason.NEW)] * 96))

    assert len(outcomes) == 96
    assert engine.most * SINGLE_PART_BYTES <= 256 * 1024 * 1024


def test_of_files_that_wait_for_their_turn_none_starts_once_the_user_asks_to_end(
    uploads: list[Upload],
) -> None:
    engine = Engine()
    told: list[str] = []
    for outcome in uploader(engine, RateLimiter(100)).run(uploads):  # ten seconds for each file
        told.append(outcome.upload.file.key)
        engine.stop.request()
    assert told == ["0"]
    assert engine.paths == ["/b/p/0"]
