"""Finds out which kinds of similar names a server keeps apart: sends some, and looks which arrived."""

from __future__ import annotations

import secrets
from contextlib import suppress
from functools import partial

from mochok.errors import InvalidRequestError
from mochok.model import Delete, Reason
from mochok.similar import PAIRS, Kind
from mochok.storage.contract import Notify
from mochok.storage.crt_client import CrtClient
from mochok.storage.crt_delete import delete_objects
from mochok.storage.listing import parse_page, query
from mochok.storage.settings import OpenSettings

_SIZES = {key: number for number, key in enumerate((key for pair in PAIRS.values() for key in pair), start=1)}


def find_kept_apart(client: CrtClient, opening: OpenSettings, notice: Notify) -> frozenset[Kind]:
    """The kinds of ``PAIRS`` whose names are all in the listing afterwards, each with its own content.

    The objects are below the prefix of ``opening``, and are deleted again. Raises StorageError.
    """
    folder = f"{opening.location.key_prefix}.mochok-probe-{secrets.token_hex(4)}/"
    try:
        for key, size_bytes in _SIZES.items():
            _send(client, opening, folder + key, b"x" * size_bytes)
        listed = _listed(client, opening, folder)
    finally:
        _delete(client, opening, folder, notice)
    kept = {key for key, size_bytes in _SIZES.items() if listed.get(key) == size_bytes}
    return frozenset(kind for kind, pair in PAIRS.items() if kept.issuperset(pair))


def _send(client: CrtClient, opening: OpenSettings, key: str, content: bytes) -> None:
    headers = [*opening.objects.headers, *opening.key_headers]
    make = partial(client.request, "PUT", client.endpoint.object_path(key), headers, content)
    with suppress(InvalidRequestError):  # refused for its name, as the listing will show
        client.fetch("PutObject", key, make)


def _listed(client: CrtClient, opening: OpenSettings, folder: str) -> dict[str, int]:
    path = client.endpoint.bucket_path(query(folder, page_size=1000))
    make = partial(client.request, "GET", path, opening.bucket_headers)
    page = parse_page(client.fetch("ListObjectsV2", f"of prefix {folder!r}", make).body, folder)
    return {found.key: found.size_bytes for found in page.objects}


def _delete(client: CrtClient, opening: OpenSettings, folder: str, notice: Notify) -> None:
    deletes = [Delete(key, size_bytes, "", Reason.NOT_LOCAL) for key, size_bytes in _SIZES.items()]
    outcomes = list(delete_objects(client, folder, deletes, opening.bucket_headers))
    if error := next((one.error for one in outcomes if one.error is not None), None):
        text = f"the objects below {folder}, sent as a test, could not be deleted"
        notice("WARNING", f"{text}: {error.message}")
