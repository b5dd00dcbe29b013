"""Names that a server may take for one another, and so store one file over another. Pure.

S3 keeps all keys apart. Servers over a file system, gateways and proxies are known to change some: a ``\\``
to ``/`` (SeaweedFS, MinIO on Windows), a dot or space at the end (Windows), ``+`` to a space and ``%41`` to
``A`` (paths decoded twice), capitals and accents (macOS, Windows).
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Literal, Protocol, get_args
from urllib.parse import unquote

Kind = Literal["backslash", "ending", "percent", "plus", "case", "accents"]
KINDS: frozenset[Kind] = frozenset(get_args(Kind))

PAIRS: dict[Kind, tuple[str, ...]] = {
    "backslash": ("1\\1", "1/1"),
    "ending": ("2.", "2 ", "2"),
    "percent": ("3%41", "3A"),
    "plus": ("4+4", "4 4"),
    "case": ("5A", "5a"),
    "accents": ("6\u00e9", "6e\u0301"),
}
"""Keys that a server keeps apart if it keeps apart all names of the kind."""
_PROBLEMS: dict[Kind, str] = {
    "backslash": "store the \\ in its name as a /",
    "ending": "drop the dot or space at the end of its name",
    "percent": "decode the % in its name",
    "plus": "store the + in its name as a space",
    "case": "take it for the name next to it that differs in capitals only",
    "accents": "take it for the name next to it that differs in how its accents are encoded",
}
_FOLDS: dict[Kind, Callable[[str], str]] = {
    "percent": unquote,
    "plus": lambda name: name.replace("+", " "),
    "accents": lambda name: unicodedata.normalize("NFC", name),
    "case": str.casefold,
}
_ODD = re.compile(r"[\\%+]|[. ]\Z|[^\x00-\x7f]")


class Memory(Protocol):
    """What was found out about servers, by a text that names server and bucket."""

    def kept_apart(self, server: str) -> frozenset[Kind] | None:
        """What it is known to keep apart; None if that is unknown, or a month old."""

    def set_kept_apart(self, server: str, kinds: frozenset[Kind]) -> None:
        """A probe showed that it keeps ``kinds`` apart, and no others."""


def problem(kind: Kind) -> str:
    """Why a name is left out whose server is not known to keep such names apart."""
    return f"this server may {_PROBLEMS[kind]}, and was not proven to keep such names apart"


def risks(names: Iterable[str]) -> Mapping[str, frozenset[Kind]]:
    """Those of a folder's ``names`` that are only safe on a server that keeps these kinds apart."""
    listed = list(names)
    lower = {name.lower() for name in listed}
    if len(lower) == len(listed) and not any(map(_ODD.search, listed)):
        return {}
    found: defaultdict[str, set[Kind]] = defaultdict(set)
    for name in listed:
        if "\\" in name:
            found[name].add("backslash")
        if name.endswith((".", " ")):
            found[name].add("ending")
        if "/" in unquote(name):
            found[name].add("percent")
    others = [name for name in listed if name not in found]
    for group in _groups(others, _FOLDS.values()):
        kinds = {kind for kind in _FOLDS if len(_groups(group, _folds_without(kind))) != 1}
        for name in group:
            found[name] |= kinds
    return {name: frozenset(kinds) for name, kinds in found.items()}


def _folds_without(kind: Kind) -> list[Callable[[str], str]]:
    return [fold for other, fold in _FOLDS.items() if other != kind]


def _groups(names: Iterable[str], folds: Iterable[Callable[[str], str]]) -> list[list[str]]:
    """The ``names`` that all ``folds`` together make equal, where there are several."""
    used, groups = list(folds), defaultdict[str, list[str]](list)
    for name in names:
        folded = name
        for fold in used:
            folded = fold(folded)
        groups[folded].append(name)
    return [group for group in groups.values() if len(group) > 1]
