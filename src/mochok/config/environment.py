"""``${NAME}`` and ``${NAME:-default}`` in values, as shells know them; ``\\${`` stays ``${``.

Only values are replaced, never keys, and only once: what a variable holds is not looked into again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from mochok.config.document import (
    Entry,
    MappingNode,
    Node,
    PathStep,
    ScalarNode,
    SequenceNode,
    path_text,
    problem,
)
from mochok.config.values import did_you_mean
from mochok.errors import Problem

_REFERENCE = re.compile(r"\\\$\{|\$\{(?P<inside>[^}]*)(?P<close>\}?)")
_INSIDE = re.compile(r"(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?::-(?P<default>.*))?", re.DOTALL)


def substitute(
    node: Node, environ: Mapping[str, str], problems: list[Problem], path: tuple[PathStep, ...] = ()
) -> Node:
    """A tree with every reference replaced. An unset variable without default is a problem."""
    if isinstance(node, SequenceNode):
        items = [substitute(item, environ, problems, (*path, i)) for i, item in enumerate(node.items)]
        return SequenceNode(node.place, tuple(items))
    if isinstance(node, MappingNode):
        entries = {
            key: Entry(entry.key_place, substitute(entry.node, environ, problems, (*path, key)))
            for key, entry in node.entries.items()
        }
        return MappingNode(node.place, entries)
    return _scalar(node, environ, problems, path)


def _scalar(
    node: ScalarNode, environ: Mapping[str, str], problems: list[Problem], path: tuple[PathStep, ...]
) -> ScalarNode:
    if not isinstance(node.value, str) or "${" not in node.value:
        return node

    def replaced(match: re.Match[str]) -> str:
        if match["inside"] is None:
            return "${"
        inside = _INSIDE.fullmatch(match["inside"]) if match["close"] else None
        if inside is None:
            message = f"{match[0]!r} is not a reference to an environment variable"
            problems.append(
                problem(node.place, path_text(path), message, r"write ${NAME}, or \${ for a plain ${")
            )
            return match[0]
        value = environ.get(inside["name"])
        if inside["default"] is not None:
            return value or inside["default"]
        if value is None:
            message = f"the environment variable {inside['name']} is not set"
            hint = did_you_mean(inside["name"], environ) or f"set it, or write ${{{inside['name']}:-default}}"
            problems.append(problem(node.place, path_text(path), message, hint))
            return match[0]
        return value

    return ScalarNode(node.place, _REFERENCE.sub(replaced, node.value), node.written)
