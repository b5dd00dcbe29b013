"""The PowerShell original's spellings: ``-TargetDate``, ``-JsonOutput``, ``-targetdate:2025-01-15``.

PowerShell ignores case, writes names without hyphens and takes ``-Name:value``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_PASCAL = re.compile(r"-(?:[A-Z][a-z]+)+")
_CAPITAL = re.compile(r"(?=[A-Z])")


def modern(words: Sequence[str], options: Iterable[str]) -> list[str]:
    """The command line in today's spelling, up to ``--``; ``options``: the command's, such as ``--json``."""
    end = words.index("--") if "--" in words else len(words)
    if not any(word.startswith("-") for word in words[:end]):
        return list(words)
    by_name = {normalized(option): option for option in options if option.startswith("--")}
    by_name["?"] = "--help"
    return [part for word in words[:end] for part in _option(word, by_name)] + list(words[end:])


def normalized(name: str) -> str:
    """A name as PowerShell compares it: without hyphens, spaces and case."""
    return re.sub("[-_ ]", "", name).lower()


def hyphenated(word: str) -> str:
    """``-TargetDate`` as ``--target-date``; any other word as it is."""
    return f"-{_CAPITAL.sub('-', word[1:]).lower()}" if _PASCAL.fullmatch(word) else word


def _option(word: str, by_name: dict[str, str]) -> list[str]:
    """``-TargetDate:2025-01-15`` as ``--target-date 2025-01-15``; any other word as it is.

    An unknown option in PowerShell's spelling becomes ``--target-day``, for a good error message.
    """
    flag, colon, value = word.partition(":")
    if not flag.startswith("-") or flag in by_name.values():
        return [word]
    option = by_name.get(normalized(flag))
    if option is None:
        return [hyphenated(word)]
    return [option, value] if colon and value else [option]
