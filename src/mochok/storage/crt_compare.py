"""Which files' content is in the bucket already: HeadObject's stored checksum against the file's own.

Only a checksum of the whole object proves it (``FULL_OBJECT``); an object without one, or with a checksum of
its parts' checksums ("-N"), counts as different. ETags are opaque and prove nothing (S3 API, Object.ETag).
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Mapping, Sequence
from functools import partial

from awscrt.http import HttpRequest

from mochok.errors import InvalidRequestError
from mochok.model import SourceFile
from mochok.storage.crt_call import Call
from mochok.storage.crt_checksum import CRCS, HASHES
from mochok.storage.crt_client import CrtClient, Headers

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


def _request(client: CrtClient, key: str, headers: Headers) -> HttpRequest:
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


def _of_file(path: str, name: str) -> str:
    with open(path, "rb") as file:
        if name not in CRCS:
            return b64encode(hashlib.file_digest(file, name).digest()).decode()
        (function, size_bytes), value = CRCS[name], 0
        while block := file.read(_BLOCK_BYTES):
            value = function(block, value)
        return b64encode(value.to_bytes(size_bytes, "big")).decode()
