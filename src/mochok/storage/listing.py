"""``ListObjectsV2`` answers: parsed in C, turned into values. Pure.

Source: the S3 API reference, ListObjectsV2 with ``encoding-type=url``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import NamedTuple
from urllib.parse import quote, unquote_plus
from xml.etree import ElementTree

from mochok.errors import ServerFaultError
from mochok.model import KeyOrder, RemoteObject
from mochok.storage.answers import object_size, parse_xml, plain_etag


class Page(NamedTuple):
    """One page, with keys relative to the prefix. ``next_token`` None: it is the last."""

    objects: list[RemoteObject]
    next_token: str | None


def query(prefix: str, *, page_size: int, start_after: str = "", token: str | None = None) -> str:
    """The query string of one request."""
    parts = ["list-type=2", "encoding-type=url", f"max-keys={page_size}"]
    if prefix:
        parts.append(f"prefix={quote(prefix, safe='')}")
    if token is not None:
        parts.append(f"continuation-token={quote(token, safe='')}")
    elif start_after:
        parts.append(f"start-after={quote(start_after, safe='')}")
    return "&".join(parts)


def parse_page(body: bytes, prefix: str) -> Page:
    """Parse one answer; raises ServerFaultError for anything that is not a complete listing page."""
    try:
        root = parse_xml(body)
        space = _namespace(root.tag)
        encoded = root.findtext(space + "EncodingType") == "url"
        objects = _objects(root, space, prefix, encoded=encoded)
        truncated = root.findtext(space + "IsTruncated") == "true"
        token = root.findtext(space + "NextContinuationToken") if truncated else None
    except (ElementTree.ParseError, ValueError, LookupError, OverflowError) as error:
        raise ServerFaultError(f"the server's listing cannot be parsed: {error}") from error
    if truncated and not token:
        raise ServerFaultError("the server's listing is truncated, but has no continuation token")
    return Page(objects, token)


def order_of(objects: Sequence[RemoteObject]) -> KeyOrder | None:
    """The order in which ``objects`` are listed; None if they fit both (a few plain names do) or neither."""
    fitting = [
        order
        for order in KeyOrder
        if all(order.sort_key(one.key) < order.sort_key(next_one.key) for one, next_one in pairwise(objects))
    ]
    return fitting[0] if len(fitting) == 1 else None


def _namespace(tag: str) -> str:
    space, brace, name = tag.rpartition("}")
    if name != "ListBucketResult":
        raise ValueError(f"expected ListBucketResult, got {name}")
    return space + brace


def _objects(root: ElementTree.Element, space: str, prefix: str, *, encoded: bool) -> list[RemoteObject]:
    key_tag, size_tag, etag_tag = space + "Key", space + "Size", space + "ETag"
    modified_tag = space + "LastModified"
    objects = []
    last_text, last_ns = None, 0
    for node in root.iterfind(space + "Contents"):
        key = node.findtext(key_tag)
        size = object_size(node.findtext(size_tag))
        if key is None:
            raise ValueError("an object without a key")
        if encoded and ("%" in key or "+" in key):
            key = unquote_plus(key)
        if not key.startswith(prefix):
            raise ValueError(f"{key!r} is not below the prefix {prefix!r}")
        if size == 0 and key.endswith("/"):
            continue  # a folder marker (S-26)
        text = node.findtext(modified_tag) or ""
        if text != last_text:
            last_text, last_ns = text, _nanoseconds(text)
        etag = plain_etag(node.findtext(etag_tag) or "")
        objects.append(RemoteObject(key[len(prefix) :], size, last_ns, etag))
    return objects


def _nanoseconds(text: str) -> int:
    moment = datetime.fromisoformat(text)
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return int(aware.timestamp()) * 1_000_000_000 + aware.microsecond * 1000
