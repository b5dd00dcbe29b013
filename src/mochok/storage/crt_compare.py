"""Which files' content is in the bucket already: HeadObject's stored checksum against the file's own.

Only a checksum of the whole object can tell (``FULL_OBJECT``); an object without one, or with a checksum of
its parts' checksums ("-N"), counts as different. ETags are opaque and prove nothing (S3 API, Object.ETag).
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from awscrt import checksums

from mochok.errors import InvalidRequestError
from mochok.model import SourceFile
from mochok.storage.crt_call import Call
from mochok.storage.crt_client import CrtClient, Headers

_BLOCK_BYTES = 1024 * 1024
_CRCS: dict[str, tuple[Callable[[bytes, int], int], int]] = {
    "x-amz-checksum-crc64nvme": (checksums.crc64nvme, 8),
    "x-amz-checksum-crc32": (checksums.crc32, 4),
    "x-amz-checksum-crc32c": (checksums.crc32c, 4),
}


def same_content(
    client: CrtClient, key_prefix: str, files: Sequence[SourceFile], headers: Headers
) -> set[str]:
    """The keys of those ``files`` whose objects provably hold the same bytes. All are asked for at once."""
    asked = [(file, _ask(client, key_prefix + file.key, headers)) for file in files]
    return {file.key for file, call in asked if _is_same(client, file, call, headers)}


def _ask(client: CrtClient, key: str, headers: Headers) -> Call:
    call = Call("HeadObject", key)
    client.start(call, client.request("HEAD", client.endpoint.object_path(key), _with_mode(headers)))
    return call


def _with_mode(headers: Headers) -> list[tuple[str, str]]:
    return [("x-amz-checksum-mode", "ENABLED"), *headers]


def _is_same(client: CrtClient, file: SourceFile, call: Call, headers: Headers) -> bool:
    path = client.endpoint.object_path(call.subject)
    make = partial(client.request, "HEAD", path, _with_mode(headers))
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
        return False  # sending it will say why it cannot be read


def _stored(headers: Mapping[str, str]) -> tuple[str, str] | None:
    if headers.get("x-amz-checksum-type", "FULL_OBJECT") != "FULL_OBJECT":
        return None
    for name in (*_CRCS, "x-amz-checksum-sha256"):
        value = headers.get(name, "")
        if value and "-" not in value:
            return name, value
    return None


def _of_file(path: str, name: str) -> str:
    with open(path, "rb") as file:
        if name not in _CRCS:
            return b64encode(hashlib.file_digest(file, "sha256").digest()).decode()
        function, size_bytes = _CRCS[name]
        value = 0
        while block := file.read(_BLOCK_BYTES):
            value = function(block, value)
        return b64encode(value.to_bytes(size_bytes, "big")).decode()
