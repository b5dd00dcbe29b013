"""Putting files and sections together: ``include`` first, then ``defaults`` into every configuration.

Sections are merged key by key and what stands nearer wins; lists are replaced, except that the
``sync_configurations`` of included files come before the file's own. Every value keeps its place, so a
mistake in an included file is reported there.
"""

from __future__ import annotations

import os
from pathlib import Path

from mochok.config.document import Entry, MappingNode, Node, ScalarNode, SequenceNode, is_empty, problem
from mochok.config.syntax import read_tree
from mochok.errors import Problem
from mochok.strategies.paths import is_windows

_MAXIMUM_FILES = 50
_PATH_KEYS = ("log_directory", "state_file", "ledger_file", "local_base_path")
_NOT_SHARED = ("name",)


def read_with_includes(path: Path, file: str, problems: list[Problem]) -> MappingNode | None:
    """The tree of ``path`` with everything it includes; None if the file itself cannot be used."""
    return _Reader(path, problems).read(path, file, ())


class _Reader:
    def __init__(self, main: Path, problems: list[Problem]) -> None:
        self._main_folder = os.path.dirname(os.path.abspath(main))
        self._problems = problems
        self._files_read = 0

    def read(self, path: Path, file: str, chain: tuple[str, ...]) -> MappingNode | None:
        """``chain``: the real paths of the files that led here."""
        self._files_read += 1
        tree = read_tree(path, file, self._problems)
        if tree is None:
            return None
        if chain:
            tree = _with_absolute_paths(tree, path)
        own_chain = (*chain, os.path.realpath(path))
        result = MappingNode(tree.place)
        for name in self._include_names(tree):
            included = self._included(name, path, own_chain)
            if included is not None:
                result = merged(result, included)
        own = {key: entry for key, entry in tree.entries.items() if key != "include"}
        return merged(result, MappingNode(tree.place, own))

    def _include_names(self, tree: MappingNode) -> list[ScalarNode]:
        entry = tree.entries.get("include")
        if entry is None or is_empty(entry.node):
            return []
        nodes = entry.node.items if isinstance(entry.node, SequenceNode) else (entry.node,)
        names = [node for node in nodes if isinstance(node, ScalarNode) and isinstance(node.value, str)]
        if len(names) < len(nodes):
            message = "must be a list of file names"
            self._problems.append(problem(entry.node.place, "include", message, "such as [common.yaml]"))
        return names

    def _included(self, name: ScalarNode, including: Path, chain: tuple[str, ...]) -> MappingNode | None:
        target = including.parent / str(name.value)
        if os.path.realpath(target) in chain:
            message = f"{name.value} is already being read: the files include each other"
            self._problems.append(problem(name.place, "include", message, "remove one of the includes"))
            return None
        if self._files_read >= _MAXIMUM_FILES:
            message = f"more than {_MAXIMUM_FILES} files are included"
            self._problems.append(problem(name.place, "include", message))
            return None
        if not os.path.isfile(target):
            message = f"there is no file {target}"
            self._problems.append(
                problem(name.place, "include", message, "paths start at this file's folder")
            )
            return None
        return self.read(target, str(target), chain)


def merged(under: MappingNode, over: MappingNode) -> MappingNode:
    """``over`` laid over ``under``: sections key by key, ``sync_configurations`` one after the other."""
    entries = dict(under.entries)
    for key, entry in over.entries.items():
        below = entries.get(key)
        entries[key] = entry if below is None else Entry(entry.key_place, _laid(key, below.node, entry.node))
    return MappingNode(over.place, entries)


def _laid(key: str, under: Node, over: Node) -> Node:
    if is_empty(over):
        return under
    if isinstance(under, MappingNode) and isinstance(over, MappingNode):
        return over if key == "sync_strategy" and _types_differ(under, over) else merged(under, over)
    if key == "sync_configurations" and isinstance(under, SequenceNode) and isinstance(over, SequenceNode):
        return SequenceNode(over.place, under.items + over.items)
    return over


def _types_differ(under: MappingNode, over: MappingNode) -> bool:
    """Options of one strategy mean nothing to another, so a different type takes none over."""
    own, shared = over.entries.get("type"), under.entries.get("type")
    if own is None or shared is None:
        return False
    return not (
        isinstance(own.node, ScalarNode)
        and isinstance(shared.node, ScalarNode)
        and own.node.value == shared.node.value
    )


def apply_defaults(root: MappingNode, problems: list[Problem]) -> MappingNode:
    """The tree without ``defaults``, each configuration laid over them."""
    entries = dict(root.entries)
    defaults = entries.pop("defaults", None)
    listed = entries.get("sync_configurations")
    if defaults is None or is_empty(defaults.node):
        return MappingNode(root.place, entries)
    if not isinstance(defaults.node, MappingNode):
        problems.append(problem(defaults.node.place, "defaults", "must be a section with keys of its own"))
        return MappingNode(root.place, entries)
    shared = _shareable(defaults.node, problems)
    if listed and isinstance(listed.node, SequenceNode):
        items = tuple(
            merged(shared, item) if isinstance(item, MappingNode) else item for item in listed.node.items
        )
        entries["sync_configurations"] = Entry(listed.key_place, SequenceNode(listed.node.place, items))
    return MappingNode(root.place, entries)


def _shareable(defaults: MappingNode, problems: list[Problem]) -> MappingNode:
    for key in _NOT_SHARED:
        if entry := defaults.entries.get(key):
            message = "cannot be shared: every configuration needs its own"
            problems.append(problem(entry.key_place, f"defaults.{key}", message, "remove it from defaults"))
    own = {key: entry for key, entry in defaults.entries.items() if key not in _NOT_SHARED}
    return MappingNode(defaults.place, own)


def _with_absolute_paths(node: MappingNode, path: Path) -> MappingNode:
    """In an included file relative paths start at that file's folder, not at the including one's."""
    folder = os.path.dirname(os.path.abspath(path))
    entries = {
        key: Entry(entry.key_place, _absolute(key, entry.node, folder, path))
        for key, entry in node.entries.items()
    }
    return MappingNode(node.place, entries)


def _absolute(key: str, node: Node, folder: str, path: Path) -> Node:
    if isinstance(node, MappingNode):
        return _with_absolute_paths(node, path)
    if isinstance(node, SequenceNode):
        return SequenceNode(node.place, tuple(_absolute("", item, folder, path) for item in node.items))
    value = node.value
    if (
        key not in _PATH_KEYS
        or not isinstance(value, str)
        or not value
        or value[0] in "~$"
        or is_windows(value)
    ):
        return node
    return ScalarNode(node.place, os.path.normpath(os.path.join(folder, value)), node.written)
