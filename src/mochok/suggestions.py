"""What was probably meant by a misspelt word, and lists of names short enough for a message."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence

_LONGEST_WORD = 100
_LONGEST_LIST = 40
_NAMES_GIVEN = 3


def nearest(word: str, known: Iterable[str], *, similarity: float = 0.6) -> str:
    """The known word most similar to ``word``, "" if none is; case is ignored.

    ``similarity`` is difflib's ratio, 1 for equal words.
    """
    import difflib  # needed for mistakes only

    by_lower = {name.lower(): name for name in known}
    near = difflib.get_close_matches(word.lower()[:_LONGEST_WORD], by_lower, n=1, cutoff=similarity)
    return by_lower[near[0]] if near else ""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """``did you mean X?``, or "" if nothing is similar."""
    near = nearest(word, known)
    return f"did you mean {near}?" if near else ""


def alternatives(words: Sequence[str]) -> str:
    """``a, b or c``."""
    return " or ".join(part for part in (", ".join(words[:-1]), words[-1]) if part)


def listed(names: Iterable[str]) -> str:
    """The names with commas; of a long list the first ones, and how many more there are."""
    words = list(names)
    more = f" and {len(words) - _LONGEST_LIST:,} more" if len(words) > _LONGEST_LIST else ""
    return ", ".join(words[:_LONGEST_LIST]) + more


def name_hint(name: str, known: Sequence[str]) -> str:
    """``did you mean 'Invoices'?``, or the known names.

    Case and accents are ignored; the beginning or a part of a name is enough.
    """
    near = _near_names(name, known)
    if near and len(near) <= _NAMES_GIVEN:
        return f"did you mean {' or '.join(map(repr, near))}?"
    return f"known names: {listed(known)}"


def _near_names(name: str, known: Sequence[str]) -> list[str]:
    word = _folded(name)
    near = nearest(word, map(_folded, known))
    for fits in (word.__eq__, lambda text: text.startswith(word), lambda text: word in text, near.__eq__):
        if word and (found := [candidate for candidate in known if fits(_folded(candidate))]):
            return found
    return []


def _folded(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))
