"""DeleteObjects in batches of up to 1,000, with the answer for each key read (they come with status 200)."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator, Sequence, Set
from xml.etree import ElementTree

from mochok.errors import MochokError, ServerFaultError, StorageError
from mochok.model import Delete
from mochok.plurals import counted
from mochok.storage.answers import parse_xml
from mochok.storage.contract import Deleted
from mochok.storage.crt_client import CrtClient, Headers
from mochok.storage.crt_errors import Answer, map_error
from mochok.storage.http_client import Request

BATCH = 1000
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_ENTITIES = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;", "\n": "&#10;", "\t": "&#9;"}
)


def delete_objects(
    client: CrtClient, key_prefix: str, deletes: Sequence[Delete], headers: Headers
) -> Iterator[Deleted]:
    """One answer for each object, batch by batch. Raises StorageError for faults that end everything."""
    single = [item for item in deletes if _NOT_IN_XML.search(item.key)]
    many = [item for item in deletes if not _NOT_IN_XML.search(item.key)] if single else deletes
    for start in range(0, len(many), BATCH):
        yield from _delete_batch(client, key_prefix, many[start : start + BATCH], headers)
    for item in single:
        yield _delete_one(client, key_prefix, item, headers)


def _delete_batch(
    client: CrtClient, key_prefix: str, batch: Sequence[Delete], headers: Headers
) -> Iterator[Deleted]:
    body = _body(key_prefix, batch)
    digest = base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()
    sent = [("Content-MD5", digest), ("Content-Type", "application/xml"), *headers]
    path = client.endpoint.bucket_path("delete=")

    def make() -> Request:
        return client.request("POST", path, sent, body)

    try:
        answer = client.fetch("DeleteObjects", f"({counted(len(batch), 'key', grouped=False)})", make)
        errors = _errors(answer.body, {key_prefix + item.key for item in batch})
    except StorageError as error:
        if error.scope == "configuration":
            raise
        yield from (Deleted(item, error) for item in batch)
        return
    for item in batch:
        yield Deleted(item, errors.get(key_prefix + item.key))


def _delete_one(client: CrtClient, key_prefix: str, item: Delete, headers: Headers) -> Deleted:
    path = client.endpoint.object_path(key_prefix + item.key)
    try:
        client.fetch("DeleteObject", repr(item.key), lambda: client.request("DELETE", path, headers))
    except StorageError as error:
        if error.scope == "configuration":
            raise
        return Deleted(item, error)
    return Deleted(item, None)


def _body(key_prefix: str, batch: Sequence[Delete]) -> bytes:
    keys = ((key_prefix + item.key).translate(_ENTITIES) for item in batch)
    objects = "".join(f"<Object><Key>{key}</Key></Object>" for key in keys)
    space = "http://s3.amazonaws.com/doc/2006-03-01/"
    return f'<Delete xmlns="{space}">{objects}<Quiet>true</Quiet></Delete>'.encode()


def _errors(body: bytes, asked: Set[str]) -> dict[str, MochokError]:
    """Key -> why it was not deleted. Raises ServerFaultError unless it answers what was ``asked``: with
    ``Quiet``, an answer without keys means that all were deleted.
    """
    try:
        root = parse_xml(body)
    except ElementTree.ParseError as error:
        raise ServerFaultError(f"the answer to DeleteObjects cannot be parsed: {error}") from error
    space = "".join(root.tag.rpartition("}")[:2])
    errors: dict[str, MochokError] = {}
    for node in root.iterfind(space + "Error"):
        key, code, message = (node.findtext(space + name) or "" for name in ("Key", "Code", "Message"))
        errors[key] = map_error(Answer("DeleteObject", key, code=code or "UnknownError", message=message))
    if root.tag != f"{space}DeleteResult" or not errors.keys() <= asked:
        raise ServerFaultError("the answer to DeleteObjects does not list what was deleted")
    return errors
