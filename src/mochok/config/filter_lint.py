"""What is wrong with a list of ``--exclude`` and ``--include`` rules, told without looking at any file.

The last match wins, so a rule is dead when a later rule matches everything that it matches. Whether one
pattern covers another is decided on their text; the answer "no" may be wrong for odd ``[...]`` groups, the
answer "yes" never is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from mochok.plan.filters import FilterRule

_TOKEN = re.compile(r"\[!?\]?[^\]]*\]|.", re.DOTALL)


class FilterFinding(NamedTuple):
    """``position`` counts the rules from 0; ``fatal``: the list as a whole selects nothing."""

    position: int
    message: str
    fatal: bool = False


def lint_filters(rules: Sequence[FilterRule]) -> list[FilterFinding]:
    """Everything that can be said about ``rules``, in their order."""
    if nothing := _selects_nothing(rules):
        return [nothing]
    found = [
        finding
        for index in range(len(rules))
        if (finding := _unmatchable(rules, index) or _dead(rules, index) or _idle(rules, index))
    ]
    return sorted(found)


def covers(general: str, specific: str) -> bool:
    """Whether every path that ``specific`` matches is matched by ``general``."""
    wide, narrow = tuple(_TOKEN.findall(general)), tuple(_TOKEN.findall(specific))

    @cache
    def match(i: int, j: int) -> bool:
        if i == len(wide):
            return j == len(narrow)
        if wide[i] == "*":
            return match(i + 1, j) or (j < len(narrow) and match(i, j + 1))
        if j == len(narrow) or narrow[j] == "*":
            return False
        return (wide[i] in ("?", narrow[j])) and match(i + 1, j + 1)

    if len(wide) * len(narrow) > 10_000:  # nobody writes that; recursion must stay shallow
        return set(general) == {"*"}
    return match(0, 0)


def _dead_because_of(rules: Sequence[FilterRule], index: int) -> FilterRule | None:
    later = rules[index + 1 :]
    return next((rule for rule in reversed(later) if covers(rule.pattern, rules[index].pattern)), None)


def _selects_nothing(rules: Sequence[FilterRule]) -> FilterFinding | None:
    """The last rule that excludes everything, unless a living ``--include`` follows it."""
    everything = [
        index for index, rule in enumerate(rules) if not rule.include and set(rule.pattern) == {"*"}
    ]
    if not everything:
        return None
    last = everything[-1]
    after = range(last + 1, len(rules))
    if any(rules[index].include and _dead_because_of(rules, index) is None for index in after):
        return None
    includes = [rule.option for rule in rules[:last] if rule.include]
    advice = f"put {rules[last].option} before {includes[0]}" if includes else "add an --include after it"
    message = f"selects no file: the last match wins, and {rules[last].option} matches everything; {advice}"
    return FilterFinding(last, message, fatal=True)


def _unmatchable(rules: Sequence[FilterRule], index: int) -> FilterFinding | None:
    """Patterns are compared with the path below the source folder, such as ``sub/file.txt``."""
    rule = rules[index]
    pattern = rule.pattern
    better = re.sub(r"^(\./|/)+", "", pattern)
    better = f"{better}*" if better.endswith("/") else better
    if better == pattern:
        return None
    message = f"{rule.option} never matches a file: patterns are compared with paths such as sub/file.txt"
    return FilterFinding(index, f"{message}; write {better}" if better else message)


def _dead(rules: Sequence[FilterRule], index: int) -> FilterFinding | None:
    winner = _dead_because_of(rules, index)
    if winner is None:
        return None
    rule = rules[index]
    if winner == rule:
        return FilterFinding(index, f"{rule.option} is there twice; the last match wins, so remove this one")
    message = f"{rule.option} never decides: the last match wins, and {winner.option} also matches all of it"
    return FilterFinding(index, message)


def _idle(rules: Sequence[FilterRule], index: int) -> FilterFinding | None:
    """Everything takes part from the start, so an ``--include`` needs an ``--exclude`` before it."""
    rule = rules[index]
    if not rule.include or any(not earlier.include for earlier in rules[:index]):
        return None
    message = f"{rule.option} changes nothing, because every file takes part from the start"
    return FilterFinding(index, f"{message}; to send only these, put --exclude=* before it")
