"""The headers that describe a file's content: its type and its checksum."""

from __future__ import annotations

import base64
import hashlib
import mimetypes
import os.path
from collections.abc import Callable
from functools import lru_cache


@lru_cache(maxsize=1024)
def _type_of_ending(ending: str) -> str | None:
    return mimetypes.guess_type("name" + ending)[0]


def guess_content_type(key: str) -> str | None:
    """The content type by the name's ending, as ``aws`` guesses it (S-53); None if unknown.

    The ending of an encoding is ignored: ``a.tar.gz`` is ``application/x-tar``.
    """
    stem, ending = os.path.splitext(key)
    return _type_of_ending(os.path.splitext(stem)[1] + ending) if ending else None


def sha256(data: bytes) -> str:
    """Base64 of the SHA-256, as ``x-amz-checksum-sha256`` carries it."""
    return base64.b64encode(hashlib.sha256(data).digest()).decode()


def of_integer(function: Callable[[bytes], int], size_bytes: int) -> Callable[[bytes], str]:
    """A CRC function as one that returns base64 of its big-endian value, as S3 expects it."""
    return lambda data: base64.b64encode(function(data).to_bytes(size_bytes, "big")).decode()
