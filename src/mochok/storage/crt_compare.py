"""Which files' content is in the bucket already: what HeadObject returns against the file's own checksum.

A checksum of the whole object (``FULL_OBJECT``) proves it. Where the server keeps none, an ETag that is the
file's MD5 proves it, too; any other ETag says nothing (S3 API, Object.ETag). What cannot be proven counts as
different: a checksum of parts ("-N"), an answer without either, a policy without s3:GetObject.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from mochok.clock import Stop
from mochok.errors import AccessDeniedError, FileLeftOutError, Interrupted, InvalidRequestError
from mochok.model import SourceFile
from mochok.open_files import patiently
from mochok.source_files import OpenedFile
from mochok.storage.answers import plain_etag
from mochok.storage.crt_call import Call
from mochok.storage.crt_checksum import CRCS, HASHES
from mochok.storage.crt_client import CrtClient, Headers
from mochok.storage.http_client import Request
from mochok.storage.settings import OpenSettings


def same_content(client: CrtClient, opening: OpenSettings, files: Sequence[SourceFile]) -> set[str]:
    """The keys of those ``files`` whose objects provably hold the same bytes; all requests start at once."""
    calls = [Call("HeadObject", opening.location.key_prefix + file.key) for file in files]
    for call in calls:
        client.start(call, _request(client, call.subject, opening.key_headers))
    return {
        file.key for file, call in zip(files, calls, strict=True) if _is_same(client, opening, file, call)
    }


class Claim(NamedTuple):
    """What was sent. ``checksum`` is one of the algorithm ``name``, "" if only the engine knows it."""

    path: str
    size_bytes: int
    name: str
    checksum: str


def proven_etag(client: CrtClient, opening: OpenSettings, key: str, claim: Claim) -> str | None:
    """The ETag ("" without one) of the object under the full ``key`` if it provably is what was sent: of its
    size, and with its checksum or its MD5 as ETag. Raises StorageError.
    """
    make = partial(_request, client, key, opening.key_headers)
    try:
        answer = client.fetch("HeadObject", key, make)
    except (InvalidRequestError, AccessDeniedError):
        return None
    stored = _stored(answer.headers)
    if stored is None or answer.headers.get("content-length") != str(claim.size_bytes):
        return None
    name, value = stored
    known = claim.checksum if name == claim.name else ""
    own = known or _of_path(client, opening, claim.path, name)
    return plain_etag(answer.headers.get("etag", "")) if own == value else None


def _of_path(client: CrtClient, opening: OpenSettings, path: str, name: str) -> str | None:
    """The checksum ``name`` of the file, None if it cannot be read (its upload will report why)."""
    try:
        with patiently(lambda: opening.source.open(path)) as opened:
            return _of(opened, name, client.stop)
    except FileLeftOutError:
        return None


def _request(client: CrtClient, key: str, headers: Headers) -> Request:
    mode = ("x-amz-checksum-mode", "ENABLED")
    return client.request("HEAD", client.endpoint.object_path(key), [mode, *headers])


def _is_same(client: CrtClient, opening: OpenSettings, file: SourceFile, call: Call) -> bool:
    make = partial(_request, client, call.subject, opening.key_headers)
    try:
        answer = client.fetch(call.operation, call.subject, make, first=call)
    except (InvalidRequestError, AccessDeniedError):  # 404: gone since it was listed; 403: s3:GetObject
        return False
    stored = _stored(answer.headers)
    if stored is None or answer.headers.get("content-length") != str(file.size_bytes):
        return False
    name, value = stored
    try:
        with patiently(lambda: opening.source.open(file.path)) as opened:
            return opened.status.st_size == file.size_bytes and _of(opened, name, client.stop) == value
    except FileLeftOutError:
        return False  # its upload will report why it cannot be read


def _stored(headers: Mapping[str, str]) -> tuple[str, str] | None:
    """What the object's content must give: the name of a function and its value."""
    if headers.get("x-amz-checksum-type", "FULL_OBJECT") == "FULL_OBJECT":
        for name in HASHES:
            value = headers.get(f"x-amz-checksum-{name}", "")
            if value and "-" not in value:
                return name, value
    etag = plain_etag(headers.get("etag", ""))
    return ("md5", etag) if len(etag) == 2 * hashlib.md5(usedforsecurity=False).digest_size else None


def _of(opened: OpenedFile, name: str, stop: Stop) -> str:
    """The checksum ``name`` of a file. Raises FileLeftOutError, and Interrupted when the run is cancelled."""
    blocks = _until_stopped(opened.blocks(), stop)
    if name in CRCS:
        (function, size_bytes), value = CRCS[name], 0
        for block in blocks:
            value = function(block, value)
        return b64encode(value.to_bytes(size_bytes, "big")).decode()
    digest = hashlib.new(name, usedforsecurity=False)
    for block in blocks:
        digest.update(block)
    return digest.hexdigest() if name == "md5" else b64encode(digest.digest()).decode()


def _until_stopped(blocks: Iterator[bytes], stop: Stop) -> Iterator[bytes]:
    for block in blocks:
        if stop.requested:
            raise Interrupted("interrupted")
        yield block
