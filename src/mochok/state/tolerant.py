"""Reading ``state.json`` as the PowerShell original, an editor, or a crash may have left it.

Windows PowerShell writes a byte order mark, CRLF, UTF-16 or the ANSI code page, ``null`` for what it does
not know, dates as ``2025-01-15T14:30:25.1234567-03:00``, as ``\\/Date(1736962225123)\\/`` or as an object
with ``value``, and a TimeSpan as an object with ``TotalSeconds``. A power cut leaves NULs or half a file.
"""

from __future__ import annotations

import codecs
import json
import math
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from mochok.clock import duration_text

JsonObject = dict[str, Any]

_MILLISECONDS = re.compile(r"/Date\((-?\d{1,15})(?:[+-]\d{4})?\)/")
_DURATION = re.compile(r"(?:(\d{1,5})\.)?(\d{1,6}):(\d{2}):(\d{2})(?:\.\d+)?")
_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class DamagedError(ValueError):
    """The content is not a JSON object; the message is the reason, for the user."""


def parse_object(content: bytes) -> JsonObject:
    """The JSON object in ``content``; {} for a file that is empty or white space. Raises DamagedError."""
    text = _decode(content)
    if not text.strip():
        return {}
    try:
        value = json.loads(
            text,
            object_pairs_hook=_object_without_duplicates,
            parse_float=_finite_or_none,
            parse_constant=lambda _: None,
        )
    except DamagedError:
        raise
    except RecursionError:
        raise DamagedError("it is nested too deeply") from None
    except ValueError as error:
        raise DamagedError(f"it is not JSON: {error}") from None
    if not isinstance(value, dict):
        raise DamagedError("it is not a JSON object")
    return value


def _decode(content: bytes) -> str:
    if content.startswith(_UTF16_MARKS):
        return _decode_as(content, "utf-16")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return _decode_as(content, "cp1252")  # Windows PowerShell's Set-Content without -Encoding


def _decode_as(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        raise DamagedError("it is not text") from None


def _object_without_duplicates(pairs: list[tuple[str, Any]]) -> JsonObject:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise DamagedError("a key occurs twice in it")
    return result


def _finite_or_none(text: str) -> float | None:
    """1e999 would be written back as ``Infinity``, which is not JSON."""
    value = float(text)
    return value if math.isfinite(value) else None


def count_of(value: object) -> int:
    """A count: whole and not negative; 0 for anything else (``null``, text, a list)."""
    if isinstance(value, str) and re.fullmatch(r"\s*\d{1,18}\s*", value):
        return int(value)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return max(0, int(value))
    return 0


def text_of(value: object) -> str:
    """The text, "" for anything else."""
    return value if isinstance(value, str) else ""


def truth_of(value: object) -> bool:
    """True for ``true`` and for the text "true" in any case."""
    return value is True or (isinstance(value, str) and value.strip().lower() == "true")


def moment_of(value: object) -> datetime | None:
    """An aware moment, None for anything else. Without an offset it is the machine's local time."""
    if isinstance(value, Mapping):  # PowerShell's Get-Date with its extra members
        return moment_of(value.get("value", value.get("DateTime")))
    text = text_of(value).strip()
    try:
        if match := _MILLISECONDS.fullmatch(text):
            return datetime.fromtimestamp(int(match[1]) / 1000, UTC)
        moment = datetime.fromisoformat(text)
        return moment if moment.tzinfo else moment.astimezone()
    except (ValueError, OverflowError, OSError):
        return None


def day_of(value: object) -> date | None:
    """A calendar day from ``YYYY-MM-DD`` or a full timestamp, None for anything else."""
    try:
        return date.fromisoformat(text_of(value).strip()[:10])
    except ValueError:
        moment = moment_of(value)
        return moment.date() if moment else None


def duration_of(value: object) -> str:
    """``HH:MM:SS`` from what was written as such, as a TimeSpan (``d.hh:mm:ss.fff``), or as its members."""
    if isinstance(value, Mapping):
        seconds = value.get("TotalSeconds")
        whole = isinstance(seconds, (int, float)) and not isinstance(seconds, bool)
        return duration_text(max(0.0, float(seconds))) if whole and seconds is not None else ""
    match = _DURATION.fullmatch(text_of(value).strip())
    if match is None:
        return ""
    hours = int(match[1] or 0) * 24 + int(match[2])
    return f"{hours:02d}:{match[3]}:{match[4]}"
