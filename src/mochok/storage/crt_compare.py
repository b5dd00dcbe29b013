"""Which files' content is in the bucket already: HeadObject's stored checksum against the file's own.

Only a checksum of the whole object proves it (``FULL_OBJECT``); an object without one, or with a checksum of
its parts' checksums ("-N"), counts as different. ETags are opaque and prove nothing (S3 API, Object.ETag).
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Mapping, Sequence
from functools import partial
from typing import NamedTuple

from mochok.errors import AccessDeniedError, InvalidRequestError
from mochok.model import SourceFile
from mochok.storage.answers import plain_etag
from mochok.storage.crt_call import Call
from mochok.storage.crt_checksum import CRCS, HASHES
from mochok.storage.crt_client import CrtClient, Headers
from mochok.storage.http_client import Request

_BLOCK_BYTES = 1024 * 1024


def same_content(
    client: CrtClient, key_prefix: str, files: Sequence[SourceFile], headers: Headers
) -> set[str]:
    """The keys of those ``files`` whose objects provably hold the same bytes; all requests start at once."""
    calls = [Call("HeadObject", key_prefix + file.key) for file in files]
    for call in calls:
        client.start(call, _request(client, call.subject, headers))
    return {
        file.key for file, call in zip(files, calls, strict=True) if _is_same(client, file, call, headers)
    }


class Claim(NamedTuple):
    """What was sent, as far as it is known without reading the file again; "" if unknown.

    ``checksum`` is one of the algorithm ``name``; ``etag`` is what the server answered.
    """

    path: str
    size_bytes: int
    name: str
    checksum: str
    etag: str


def proven_etag(client: CrtClient, key: str, claim: Claim, headers: Headers) -> str | None:
    """The ETag ("" without one) of the object under the full ``key`` if it provably is what was sent: of its
    size, and with its checksum, its MD5 as ETag, or the ETag that the server answered. Raises StorageError.
    """
    make = partial(_request, client, key, headers)
    try:
        answer = client.fetch("HeadObject", key, make)
    except (InvalidRequestError, AccessDeniedError):
        return None
    etag = plain_etag(answer.headers.get("etag", ""))
    try:
        return etag if _is_claimed(answer.headers, etag, claim) else None
    except OSError:
        return None


def _is_claimed(headers: Mapping[str, str], etag: str, claim: Claim) -> bool:
    if headers.get("content-length") != str(claim.size_bytes):
        return False
    if stored := _stored(headers):
        name, value = stored
        return value == (claim.checksum if name == claim.name else _of_file(claim.path, name))
    return etag != "" and etag in (claim.etag, _md5(claim.path))


def _request(client: CrtClient, key: str, headers: Headers) -> Request:
    mode = ("x-amz-checksum-mode", "ENABLED")
    return client.request("HEAD", client.endpoint.object_path(key), [mode, *headers])


def _is_same(client: CrtClient, file: SourceFile, call: Call, headers: Headers) -> bool:
    make = partial(_request, client, call.subject, headers)
    try:
        answer = client.fetch(call.operation, call.subject, make, first=call)
    except InvalidRequestError:  # 404: gone since it was listed
        return False
    stored = _stored(answer.headers)
    if stored is None or int(answer.headers.get("content-length", -1)) != file.size_bytes:
        return False
    try:
        return _of_file(file.path, stored[0]) == stored[1]
    except OSError:
        return False  # its upload will report why it cannot be read


def _stored(headers: Mapping[str, str]) -> tuple[str, str] | None:
    if headers.get("x-amz-checksum-type", "FULL_OBJECT") != "FULL_OBJECT":
        return None
    for name in HASHES:
        value = headers.get(f"x-amz-checksum-{name}", "")
        if value and "-" not in value:
            return name, value
    return None


def _md5(path: str) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, partial(hashlib.md5, usedforsecurity=False)).hexdigest()


def _of_file(path: str, name: str) -> str:
    with open(path, "rb") as file:
        if name not in CRCS:
            return b64encode(hashlib.file_digest(file, name).digest()).decode()
        (function, size_bytes), value = CRCS[name], 0
        while block := file.read(_BLOCK_BYTES):
            value = function(block, value)
        return b64encode(value.to_bytes(size_bytes, "big")).decode()
