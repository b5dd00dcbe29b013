"""What is wrong with a list of ``--exclude`` and ``--include`` rules, found without reading any folder.

The last match wins, so a rule has no effect when a later rule matches everything that it matches. Whether one
pattern covers another is decided on their text; the answer "no" may be wrong for odd ``[...]`` groups and in
a list that is too large to examine, the answer "yes" never is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from mochok.plan.filters import FilterRule

MAXIMUM_STEPS = 1_000_000
"""About a second."""
_TOKEN = re.compile(r"\[!?\]?[^\]]*\]|.", re.DOTALL)


class FilterDiagnostic(NamedTuple):
    """``position`` counts the rules from 0; ``fatal``: the list as a whole selects nothing."""

    position: int
    message: str
    hint: str
    fatal: bool = False


class PatternTree:
    """Patterns, one tree node a token, so that all that cover another pattern are found in one pass over it.

    ``steps`` counts the nodes that were made and visited; beyond MAXIMUM_STEPS nothing more is found.
    """

    def __init__(self) -> None:
        self._root = _Node("")
        self.steps = 0

    def add(self, pattern: str, rank: int) -> None:
        """Add a pattern; of equal ones the first counts."""
        if self.steps > MAXIMUM_STEPS:
            return
        node = self._root
        for token in _TOKEN.findall(pattern):
            if token not in node.following:
                self.steps += 1
                node.following[token] = _Node(token)
            node = node.following[token]
        node.rank = rank if node.rank is None else node.rank

    def covering(self, pattern: str) -> int | None:
        """The highest rank of the patterns that match every path that ``pattern`` matches."""
        nodes = _with_stars([self._root])
        for token in _TOKEN.findall(pattern):
            self.steps += len(nodes)
            if self.steps > MAXIMUM_STEPS:
                return None
            nodes = _with_stars(_after(token, nodes))
        return max((node.rank for node in nodes if node.rank is not None), default=None)


@dataclass(slots=True, eq=False)
class _Node:
    """A token, what may follow it, and the rank of the pattern that ends here."""

    text: str
    following: dict[str, _Node] = field(default_factory=dict)
    rank: int | None = None


def _after(text: str, nodes: Iterable[_Node]) -> Iterator[_Node]:
    """Where a token leads: a ``*`` matches every token, a ``?`` all but ``*``, any other only itself."""
    for node in nodes:
        if node.text == "*":
            yield node
        if text != "*":
            yield from (node.following[step] for step in {text, "?"} if step in node.following)


def _with_stars(nodes: Iterable[_Node]) -> list[_Node]:
    """The nodes and, because a ``*`` also matches nothing, each ``*`` that follows; each node once."""
    reached: dict[_Node, None] = {}
    for node in nodes:
        star: _Node | None = node
        while star is not None and star not in reached:
            reached[star] = None
            star = star.following.get("*")
    return list(reached)


def lint_filters(rules: Sequence[FilterRule]) -> list[FilterDiagnostic]:
    """Everything that is wrong with ``rules``, in their order."""
    winners = _winners(rules)
    if nothing := _selects_nothing(rules, winners):
        return [nothing]
    first_exclude = next((index for index, rule in enumerate(rules) if not rule.include), len(rules))
    found = (
        _unmatchable(rule, index)
        or _without_effect(rule, index, winners[index])
        or _idle(rule, index, first_exclude)
        for index, rule in enumerate(rules)
    )
    return [diagnostic for diagnostic in found if diagnostic]


def _winners(rules: Sequence[FilterRule]) -> list[FilterRule | None]:
    """For each rule the last one after it that matches everything that it matches."""
    tree = PatternTree()
    winners: list[FilterRule | None] = []
    for index in range(len(rules) - 1, -1, -1):
        winner = tree.covering(rules[index].pattern)
        winners.append(None if winner is None else rules[winner])
        tree.add(rules[index].pattern, index)
    return winners[::-1]


def _selects_nothing(
    rules: Sequence[FilterRule], winners: Sequence[FilterRule | None]
) -> FilterDiagnostic | None:
    """The last rule that excludes everything, unless an ``--include`` with an effect follows it."""
    everything = [i for i, rule in enumerate(rules) if not rule.include and set(rule.pattern) == {"*"}]
    if not everything:
        return None
    last = everything[-1]
    if any(rules[i].include and winners[i] is None for i in range(last + 1, len(rules))):
        return None
    option = rules[last].option
    includes = (rule.option for rule in rules[:last] if rule.include)
    hint = f"put {option} before {first}" if (first := next(includes, "")) else "add an --include after it"
    message = f"selects no file: the last match wins, and {option} matches everything"
    return FilterDiagnostic(last, message, hint, fatal=True)


def _unmatchable(rule: FilterRule, index: int) -> FilterDiagnostic | None:
    """Patterns are compared with the path below the source folder, such as ``sub/file.txt``."""
    better = re.sub(r"^(\./|/)+", "", rule.pattern)
    better = f"{better}*" if better.endswith("/") else better
    if better == rule.pattern:
        return None
    message = f"{rule.option} matches no file: patterns are compared with paths such as sub/file.txt"
    hint = f"write {replace(rule, pattern=better).option}" if better else "remove it"
    return FilterDiagnostic(index, message, hint)


def _without_effect(rule: FilterRule, index: int, winner: FilterRule | None) -> FilterDiagnostic | None:
    if winner is None:
        return None
    if winner == rule:
        message = f"{rule.option} is listed again later, and the last match wins"
        return FilterDiagnostic(index, message, "remove it")
    message = f"{rule.option} has no effect: the last match wins, and {winner.option} matches the same files"
    return FilterDiagnostic(index, message, f"remove it, or move it behind {winner.option}")


def _idle(rule: FilterRule, index: int, first_exclude: int) -> FilterDiagnostic | None:
    """Every file is included from the start, so an ``--include`` needs an ``--exclude`` before it."""
    if not rule.include or first_exclude < index:
        return None
    message = f"{rule.option} has no effect: every file is included from the start"
    return FilterDiagnostic(index, message, "to upload only these files, put --exclude=* before it")
