"""One event is one line: names are shown so that they cannot break, hide or fake a line."""

from __future__ import annotations

import re

# C0, DEL, C1; zero-width joiners' neighbours and bidirectional controls; line and paragraph separators;
# surrogates (bytes of a name that are not UTF-8); the byte order mark.
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def printable(text: str) -> str:
    """``text`` with every character that could disturb a line or a terminal as a backslash escape.

    Controls, bidirectional overrides, line separators, invisible marks and surrogates become ``\\n``,
    ``\\x1b``, ``\\u202e``, ``\\udcff``; everything else stays, also single backslashes, so that Windows paths
    remain readable. The result always encodes as UTF-8.
    """
    return text if text.isprintable() else _UNSAFE.sub(_escape, text)


def _escape(match: re.Match[str]) -> str:
    character = match[0]
    if character in _SHORT:
        return _SHORT[character]
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x80 else f"\\u{code:04x}"
