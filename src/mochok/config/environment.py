"""``${NAME}`` and ``${NAME:-default}`` in values, as in shells; ``\\${`` stays ``${``.

Only values are replaced, never keys, and only once: a variable's value is not searched for references.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from mochok.config.diagnostics import MAXIMUM_REPORTED, Diagnostics, KeyPath
from mochok.config.document import MappingNode, Node, ScalarNode, SequenceNode
from mochok.suggestions import did_you_mean

_REFERENCE = re.compile(r"\\\$\{|\$\{(?P<inside>[^}]*)(?P<close>\}?)")
_INSIDE = re.compile(r"(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?::-(?P<default>.*))?", re.DOTALL)


def substitute(root: MappingNode, environ: Mapping[str, str], found: Diagnostics) -> MappingNode:
    """The tree with every reference replaced. An unset variable without default is reported."""

    def replaced(node: Node, path: KeyPath) -> Node:
        if isinstance(node, SequenceNode):
            items = (replaced(item, (*path, index)) for index, item in enumerate(node.items))
            return node._replace(items=tuple(items))
        return section(node, path) if isinstance(node, MappingNode) else _scalar(node, path, environ, found)

    def section(node: MappingNode, path: KeyPath) -> MappingNode:
        entries = node.entries.items()
        return node._replace(
            entries={key: entry._replace(node=replaced(entry.node, (*path, key))) for key, entry in entries}
        )

    return section(root, ())


def _scalar(node: ScalarNode, path: KeyPath, environ: Mapping[str, str], found: Diagnostics) -> ScalarNode:
    if not isinstance(node.value, str) or "${" not in node.value:
        return node

    def value_of(match: re.Match[str]) -> str:
        if match["inside"] is None:
            return "${"
        inside = _INSIDE.fullmatch(match["inside"]) if match["close"] else None
        if inside is None:
            message = f"{match[0]!r} is not a valid reference to an environment variable"
            found.report(node.location, path, message, r"write ${NAME}, or \${ for a literal ${")
            return match[0]
        value = environ.get(inside["name"])
        if inside["default"] is not None:
            return value or inside["default"]
        if value is None:
            message = f"the environment variable {inside['name']} is not set"
            found.report(node.location, path, message, _unset_hint(inside["name"], environ, found))
            return match[0]
        return value

    return node._replace(value=_REFERENCE.sub(value_of, node.value))


def _unset_hint(name: str, environ: Mapping[str, str], found: Diagnostics) -> str:
    near = did_you_mean(name, environ) if len(found) < MAXIMUM_REPORTED else ""  # it takes its time
    return near or f"set it, or write ${{{name}:-default}}"
