"""Objects that belong to another configuration, and are therefore never deleted by this one. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mochok.plan.filters import FilterRule, selector


@dataclass(frozen=True, slots=True)
class Protected:
    """The destination of the configuration ``name``, as seen from the prefix of another one.

    ``pattern``: a regular expression for its folders below that prefix, for every date; "" if both have the
    same prefix. Then its ``filters`` decide which objects are its own.
    """

    name: str
    pattern: str
    filters: tuple[FilterRule, ...] = ()


def owner(others: Sequence[Protected], *, ignore_case: bool = False) -> Callable[[str], str] | None:
    """A function that gives the configuration to which a key belongs, or ""; None if there are no others."""
    if not others:
        return None
    rules = [
        (re.compile(other.pattern).match, selector(other.filters, ignore_case=ignore_case), other.name)
        for other in others
    ]
    any_of_them = re.compile("|".join(f"(?:{other.pattern})" for other in others)).match

    def owner_of(key: str) -> str:
        if not any_of_them(key):
            return ""
        return next((name for matches, selects, name in rules if matches(key) and selects(key)), "")

    return owner_of
