"""Answers of servers are not trusted: they are limited in size, and their XML may define nothing."""

from __future__ import annotations

from xml.etree import ElementTree

MOST_ETAG_CHARACTERS = 256
MOST_OBJECT_BYTES = 2**63 - 1


def parse_xml(body: bytes) -> ElementTree.Element:
    """The root of an answer. Raises ElementTree.ParseError, also for any document type definition.

    Entities can blow a small body up to gigabytes or name files; S3 never defines any. UTF-16, in which the
    words could hide, has NUL bytes, which XML forbids otherwise.
    """
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body or b"\0" in body:
        raise ElementTree.ParseError("it defines a document type, or is not UTF-8")
    return ElementTree.fromstring(body)  # noqa: S314 - without definitions there is nothing to expand


def plain_etag(text: str) -> str:
    """An ETag without its quotes; "" (nothing to compare with) for one of absurd length."""
    return text.strip('"') if len(text) <= MOST_ETAG_CHARACTERS else ""


def object_size(text: str | None) -> int:
    """A size in bytes. Raises ValueError for one that no object can have."""
    size = int(text or "")
    if not 0 <= size <= MOST_OBJECT_BYTES:
        raise ValueError(f"an object of {size} bytes")
    return size
