"""What a user meant who wrote the name of a configuration not quite as it stands in the file. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

_NAMES_GIVEN = 3


def name_hint(name: str, known: Sequence[str]) -> str:
    """``did you mean 'Invoices'?``, or all the names there are.

    Capitals and accents do not count; a beginning or a part of a name is enough.
    """
    near = _meant(name, known)
    if near and len(near) <= _NAMES_GIVEN:
        return f"did you mean {' or '.join(map(repr, near))}?"
    return f"known are: {', '.join(known)}"


def _meant(name: str, known: Sequence[str]) -> list[str]:
    word = _plain(name)
    plain = {each: _plain(each) for each in known}
    same = [each for each in known if plain[each] == word]
    beginning = [each for each in known if word and plain[each].startswith(word)]
    inside = [each for each in known if word and word in plain[each]]
    return same or beginning or inside or _misspelt(word, plain)


def _misspelt(word: str, plain: dict[str, str]) -> list[str]:
    import difflib  # only for a name that does not exist

    near = difflib.get_close_matches(word[:100], plain.values(), n=1, cutoff=0.6)
    return [each for each, text in plain.items() if text in near]


def _plain(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))
