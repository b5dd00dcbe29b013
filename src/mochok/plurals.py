"""Counts and spans of days in words, singular and plural. No dependencies."""

from __future__ import annotations

from datetime import date


def counted(count: float, word: str, plural: str = "", *, grouped: bool = True) -> str:
    """``1 file``, ``1,204 files``, ``0.5 seconds``.

    ``plural`` is by default ``word`` with an s. ``grouped`` False: no commas, for lines that programs read.
    """
    number = f"{count:g}" if isinstance(count, float) else f"{count:,}" if grouped else f"{count}"
    return f"{number} {word if count == 1 else plural or word + 's'}"


def days_span(first: date, last: date) -> str:
    """``2025-01-03 to 2025-01-09``, or the one day that it is."""
    return str(first) if first == last else f"{first} to {last}"
