"""What was probably meant by a misspelt word, and lists of names short enough for a message."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

_LONGEST_WORD = 100
_LONGEST_LIST = 40


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
    every = list(names)
    more = f" and {len(every) - _LONGEST_LIST:,} more" if len(every) > _LONGEST_LIST else ""
    return ", ".join(every[:_LONGEST_LIST]) + more
