"""Counting what an action does, so that a test can tell linear from quadratic without a clock."""

from __future__ import annotations

import sys
from collections.abc import Callable

GROWTH = 10
MOST = 13
"""Ten times the input may take thirteen times the calls: room for logarithms, none for squares."""


class Name(str):
    """A name whose comparisons are Python's calls, so that those inside of ``in`` and ``index`` count."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return str.__eq__(self, other) is True

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return str.__hash__(self)


def calls(action: Callable[[], object]) -> int:
    """How many functions are called, of Python and of C, while ``action`` runs."""
    count = 0

    def seen(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(seen)
    try:
        action()
    finally:
        sys.setprofile(before)
    return count


def growth(action: Callable[[int], object], size: int) -> float:
    """How many times more calls ``action`` makes for ten times ``size``; once before, to fill caches."""
    action(size)
    few, many = calls(lambda: action(size)), calls(lambda: action(size * GROWTH))
    return many / few
