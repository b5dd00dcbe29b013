"""Answers of servers are not trusted: they are limited in size, and their XML may define nothing."""

from __future__ import annotations

import re
from xml.etree import ElementTree

MOST_ETAG_CHARACTERS = 256
MOST_OBJECT_BYTES = 2**63 - 1
NOT_S3_HINT = (
    "check host and port of endpoint_url (MinIO's console, for example, has another port than its S3 server);"
    " a captive portal, a login page or a proxy may be in between"
)
_WEB_PAGE = re.compile(
    rb"\s*(<!--.{0,1000}?-->\s*)?<(!doctype\s+html|html|head|body)[\s>]", re.IGNORECASE | re.DOTALL
)


def parse_xml(body: bytes) -> ElementTree.Element:
    """The root of an answer. Raises ElementTree.ParseError, also for any document type definition.

    Entities can blow a small body up to gigabytes or name files; S3 never defines any. UTF-16, in which the
    words could hide, has NUL bytes, which XML forbids otherwise.
    """
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body or b"\0" in body:
        raise ElementTree.ParseError("it defines a document type, or is not UTF-8")
    return ElementTree.fromstring(body)  # noqa: S314 - without definitions there is nothing to expand


def is_web_page(body: bytes) -> bool:
    """True for HTML, with which web servers, consoles and proxies answer, and S3 does not."""
    return _WEB_PAGE.match(body) is not None


def plain_etag(text: str) -> str:
    """An ETag without its quotes; "" (nothing to compare with) for one of absurd length."""
    return text.strip('"') if len(text) <= MOST_ETAG_CHARACTERS else ""


def object_size(text: str | None) -> int:
    """A size in bytes. Raises ValueError for one that no object can have."""
    size = int(text or "")
    if not 0 <= size <= MOST_OBJECT_BYTES:
        raise ValueError(f"an object of {size} bytes")
    return size
