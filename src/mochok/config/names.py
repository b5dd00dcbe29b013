"""Which configuration was meant by a name that is not quite right. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from mochok.suggestions import listed, nearest

_NAMES_GIVEN = 3


def name_hint(name: str, known: Sequence[str]) -> str:
    """``did you mean 'Invoices'?``, or the known names.

    Case and accents are ignored; the beginning or a part of a name is enough.
    """
    near = _meant(name, known)
    if near and len(near) <= _NAMES_GIVEN:
        return f"did you mean {' or '.join(map(repr, near))}?"
    return f"known names: {listed(known)}"


def _meant(name: str, known: Sequence[str]) -> list[str]:
    word = _folded(name)
    near = nearest(word, map(_folded, known))
    for fits in (word.__eq__, lambda text: text.startswith(word), lambda text: word in text, near.__eq__):
        if word and (found := [candidate for candidate in known if fits(_folded(candidate))]):
            return found
    return []


def _folded(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))
