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
    folded = {each: _folded(each) for each in known}
    same = [each for each in known if folded[each] == word]
    beginning = [each for each in known if word and folded[each].startswith(word)]
    inside = [each for each in known if word and word in folded[each]]
    near = nearest(word, folded.values())
    return same or beginning or inside or [each for each in known if near and folded[each] == near]


def _folded(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))
