"""Comparing contents: what a HeadObject proves, and that reading a large file can be interrupted."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from mochok.clock import Stop
from mochok.errors import AccessDeniedError, Interrupted, InvalidRequestError, MochokError
from mochok.model import SourceFile
from mochok.source_files import BLOCK_BYTES, SourceFolder
from mochok.storage.crt_client import CrtClient
from mochok.storage.crt_compare import same_content
from mochok.storage.settings import Access, Location, ObjectSettings, OpenSettings

CONTENT = b"content"
MD5 = hashlib.md5(CONTENT, usedforsecurity=False).hexdigest()
SHA256 = b64encode(hashlib.sha256(CONTENT).digest()).decode()
OF_OTHER = b64encode(hashlib.sha256(b"another").digest()).decode()


class Client:
    """Answers every HeadObject alike."""

    def __init__(self, headers: dict[str, str], error: MochokError | None = None) -> None:
        self.stop = Stop()
        self.endpoint = SimpleNamespace(object_path=lambda key: f"/b/{key}")
        self._headers, self._error = headers, error

    def request(self, *_parts: object) -> None:
        return None

    def start(self, *_call: object) -> None:
        return None

    def fetch(self, *_call: object, **_more: object) -> Any:
        if self._error is not None:
            raise self._error
        return SimpleNamespace(headers=self._headers)


def is_same(client: Client, path: Path, source: SourceFolder | None = None) -> bool:
    status = path.stat()
    folder = source or SourceFolder(str(path.parent), str(path.parent), "ignore")
    opening = OpenSettings(Access(), Location("b", "p"), ObjectSettings(), source=folder)
    file = SourceFile("k", str(path), status.st_size, status.st_mtime_ns)
    return same_content(cast("CrtClient", client), opening, [file]) == {"k"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "file").write_bytes(CONTENT)
    return tmp_path / "file"


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"x-amz-checksum-sha256": SHA256, "etag": '"x"'}, True),
        ({"x-amz-checksum-sha256": SHA256, "x-amz-checksum-type": "FULL_OBJECT"}, True),
        ({"x-amz-checksum-sha256": OF_OTHER, "etag": f'"{MD5}"'}, False),
        ({"x-amz-checksum-sha256": SHA256, "x-amz-checksum-type": "COMPOSITE"}, False),
        ({"x-amz-checksum-sha256": f"{SHA256}-1"}, False),
        ({"etag": f'"{MD5}"'}, True),
        ({"etag": MD5}, True),
        ({"etag": f'"{MD5[::-1]}"'}, False),
        ({"etag": f'"{MD5}-1"'}, False),
        ({"etag": '"opaque"'}, False),
        ({}, False),
    ],
)
def test_only_a_checksum_of_the_whole_object_or_its_md5_proves_it(
    path: Path, headers: dict[str, str], *, expected: bool
) -> None:
    assert is_same(Client(headers | {"content-length": str(len(CONTENT))}), path) is expected


def test_an_object_of_another_size_is_another_content(path: Path) -> None:
    assert not is_same(Client({"etag": f'"{MD5}"', "content-length": "8"}), path)


@pytest.mark.parametrize("error", [InvalidRequestError("404"), AccessDeniedError("403")])
def test_an_answer_that_shows_no_object_proves_nothing(path: Path, error: MochokError) -> None:
    assert not is_same(Client({}, error), path)


def test_a_large_file_is_not_read_to_its_end_when_the_run_is_cancelled(path: Path) -> None:
    path.write_bytes(b"")
    with path.open("r+b") as file:
        file.truncate(3 * BLOCK_BYTES)
    client = Client({"etag": f'"{MD5}"', "content-length": str(3 * BLOCK_BYTES)})
    client.stop.request()

    with pytest.raises(Interrupted):
        is_same(client, path)
