"""``--exclude`` and ``--include`` with the semantics of ``aws s3 sync``.

The last rule that matches wins; a file that no rule matches is included. Patterns are ``fnmatch`` patterns
(``*`` also matches ``/``, ``?``, ``[seq]``, ``[!seq]``) for the path relative to the source folder. In aws,
the pattern is appended to the source folder's own path; here a ``[`` in that folder's name has no meaning.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FilterRule:
    """One ``--include`` (``include`` true) or ``--exclude``, with its pattern as written."""

    include: bool
    pattern: str

    @property
    def option(self) -> str:
        """The rule as it is written in ``sync_options``."""
        return f"--{'include' if self.include else 'exclude'}={self.pattern}"


def compile_pattern(pattern: str, *, ignore_case: bool) -> re.Pattern[str]:
    """The regular expression of an ``fnmatch`` pattern; ``ignore_case`` as on Windows."""
    slashed = pattern.replace("\\", "/") if ignore_case else pattern
    return re.compile(fnmatch.translate(slashed), re.IGNORECASE if ignore_case else 0)


def selector(rules: Sequence[FilterRule], *, ignore_case: bool = False) -> Callable[[str], bool]:
    """A function that says whether a relative key is included. Costs nothing without rules."""
    if not rules:
        return lambda _key: True
    newest_first = [
        (compile_pattern(rule.pattern, ignore_case=ignore_case).match, rule.include)
        for rule in reversed(rules)
    ]

    def selected(key: str) -> bool:
        for matches, include in newest_first:
            if matches(key):
                return include
        return True

    return selected


def deciding_rule(
    rules: Sequence[FilterRule], key: str, *, ignore_case: bool = False
) -> tuple[int, FilterRule] | None:
    """The last rule that matches ``key``, and its position; None if no rule matches."""
    for index in range(len(rules) - 1, -1, -1):
        if compile_pattern(rules[index].pattern, ignore_case=ignore_case).match(key):
            return index, rules[index]
    return None
