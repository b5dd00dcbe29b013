"""Putting files and sections together: ``include`` first, then ``defaults`` into every configuration.

Sections are merged key by key and the nearer value wins; lists are replaced, except that the
``sync_configurations`` of included files come before the file's own. Every value keeps its location, so a
mistake in an included file is reported there.
"""

from __future__ import annotations

import os
from pathlib import Path

from mochok.config.diagnostics import Diagnostics
from mochok.config.document import Entry, MappingNode, Node, ScalarNode, SequenceNode, is_empty
from mochok.config.syntax import read_tree

_MAXIMUM_FILES = 50


def read_with_includes(
    path: Path, file: str, found: Diagnostics
) -> tuple[MappingNode | None, tuple[str, ...]]:
    """The tree of ``path`` and its includes (None if the file itself is unusable), and the files read."""
    reader = _Reader(found)
    return reader.read(path, file, ()), tuple(reader.files)


class _Reader:
    def __init__(self, found: Diagnostics) -> None:
        self._found = found
        self.files: list[str] = []

    def read(self, path: Path, file: str, including: tuple[str, ...]) -> MappingNode | None:
        """``including``: the real paths of the files that include this one."""
        self.files.append(file)
        tree = read_tree(path, file, self._found)
        if tree is None:
            return None
        result = MappingNode(tree.location, {})
        for name in self._include_names(tree):
            target = path.parent / str(name.value)
            if self._may_include(name, target, (*including, os.path.realpath(path))):
                included = self.read(target, str(target), (*including, os.path.realpath(path)))
                result = merged(result, included) if included else result
        own = {key: entry for key, entry in tree.entries.items() if key != "include"}
        return merged(result, MappingNode(tree.location, own))

    def _include_names(self, tree: MappingNode) -> list[ScalarNode]:
        entry = tree.entries.get("include")
        if entry is None or is_empty(entry.node):
            return []
        nodes = entry.node.items if isinstance(entry.node, SequenceNode) else (entry.node,)
        names = [node for node in nodes if isinstance(node, ScalarNode) and isinstance(node.value, str)]
        if len(names) < len(nodes):
            message, hint = "must be a list of file names", "write include: [common.yaml]"
            self._found.report(entry.node.location, ("include",), message, hint)
        return names

    def _may_include(self, name: ScalarNode, target: Path, including: tuple[str, ...]) -> bool:
        if os.path.realpath(target) in including:
            message, hint = f"circular include of {name.value}", "remove one of the includes"
        elif len(self.files) >= _MAXIMUM_FILES:
            message, hint = f"more than {_MAXIMUM_FILES} files are included", "merge some of them"
        elif not os.path.isfile(target):
            message = f"the file {target} does not exist"
            hint = "check the path; a relative one starts at this file's folder"
        else:
            return True
        self._found.report(name.location, ("include",), message, hint)
        return False


def merged(under: MappingNode, over: MappingNode) -> MappingNode:
    """``over`` laid over ``under``: sections key by key, ``sync_configurations`` one after the other."""
    entries = dict(under.entries)
    for key, entry in over.entries.items():
        below = entries.get(key)
        node = _laid(key, below.node, entry.node) if below else entry.node
        entries[key] = Entry(entry.key_location, node)
    return MappingNode(over.location, entries)


def _laid(key: str, under: Node, over: Node) -> Node:
    if is_empty(over):
        return under
    if isinstance(under, MappingNode) and isinstance(over, MappingNode):
        return over if key == "sync_strategy" and _types_differ(under, over) else merged(under, over)
    if key == "sync_configurations" and isinstance(under, SequenceNode) and isinstance(over, SequenceNode):
        return SequenceNode(over.location, under.items + over.items)
    return over


def _types_differ(under: MappingNode, over: MappingNode) -> bool:
    """Options of one strategy mean nothing to another, so a different type does not inherit them."""
    nodes = [section.entries["type"].node for section in (under, over) if "type" in section.entries]
    return len({node.value if isinstance(node, ScalarNode) else None for node in nodes}) > 1


def apply_defaults(root: MappingNode, found: Diagnostics) -> MappingNode:
    """The tree without ``defaults``, each configuration laid over them."""
    entries = dict(root.entries)
    defaults = entries.pop("defaults", None)
    listed = entries.get("sync_configurations")
    if defaults and isinstance(defaults.node, MappingNode):
        shared = _shareable(defaults.node, found)
        if listed and isinstance(listed.node, SequenceNode):
            items = [
                merged(shared, item) if isinstance(item, MappingNode) else item for item in listed.node.items
            ]
            entries["sync_configurations"] = listed._replace(node=listed.node._replace(items=tuple(items)))
    elif defaults and not is_empty(defaults.node):
        hint = "write the shared keys below it, indented"
        found.report(defaults.node.location, ("defaults",), "must be a section", hint)
    return MappingNode(root.location, entries)


def _shareable(defaults: MappingNode, found: Diagnostics) -> MappingNode:
    if name := defaults.entries.get("name"):
        message = "not allowed in defaults: every configuration needs its own"
        found.report(name.key_location, ("defaults", "name"), message, "remove it")
    return defaults._replace(entries={key: entry for key, entry in defaults.entries.items() if key != "name"})
