"""Putting files and sections together: ``include`` first, then ``defaults`` into every configuration.

Sections are merged key by key and the nearer value wins; lists are replaced, unless the key ends with ``+``,
which appends to the list below. The ``sync_configurations`` of included files come before the file's own.
Every value keeps its location, so a mistake in an included file is reported there. Top-level keys that begin
with ``x-`` only hold anchors.
"""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator
from pathlib import Path

from mochok.config.diagnostics import Diagnostics
from mochok.config.document import Entry, MappingNode, Node, ScalarNode, SequenceNode, is_empty
from mochok.config.syntax import read_tree

_MAXIMUM_FILES = 50
_ENDINGS = (".yaml", ".yml")
_ONLY_ANCHORS = "x-"
_APPENDS = "+"


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
        upward = (*including, os.path.realpath(path))
        for name in self._include_names(tree):
            for target in self._targets(name, path.parent, upward):
                if self._may_include(name, target, upward):
                    included = self.read(target, str(target), upward)
                    result = merged(result, included) if included else result
        own = {
            key: entry
            for key, entry in tree.entries.items()
            if key != "include" and not key.startswith(_ONLY_ANCHORS)
        }
        return merged(result, MappingNode(tree.location, own))

    def _include_names(self, tree: MappingNode) -> list[ScalarNode]:
        entry = tree.entries.get("include")
        if entry is None or is_empty(entry.node):
            return []
        nodes = entry.node.items if isinstance(entry.node, SequenceNode) else (entry.node,)
        names = [node for node in nodes if isinstance(node, ScalarNode) and isinstance(node.value, str)]
        if len(names) < len(nodes):
            message, hint = "must be a list of file names", "write include: [common.yaml] or [conf.d/*.yaml]"
            self._found.report(entry.node.location, ("include",), message, hint)
        return names

    def _targets(self, name: ScalarNode, folder: Path, including: tuple[str, ...]) -> Iterator[Path]:
        """The files that ``name`` means: itself, those in a folder, or those that match a pattern, by name.

        Of several, those that include this file, or were read before, are not meant.
        """
        target = folder / str(name.value)
        if os.path.isdir(target):
            found, what = [str(target / each) for each in os.listdir(target)], f"the folder {target} has no"
            found = [
                each for each in found if each.endswith(_ENDINGS) and not Path(each).name.startswith(".")
            ]
        elif glob.has_magic(str(name.value)) and not os.path.lexists(target):
            found, what = glob.glob(str(name.value), root_dir=folder, recursive=True), f"{target} matches no"
            found = [str(folder / each) for each in found]
        else:
            yield target
            return
        if not found:
            hint = "check the path; a relative one starts at this file's folder"
            self._found.report(name.location, ("include",), f"{what} YAML file", hint)
        known = {*including, *map(os.path.realpath, self.files)}
        yield from (Path(each) for each in sorted(found) if os.path.realpath(each) not in known)

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
    """``over`` laid over ``under``: sections key by key, ``sync_configurations`` one after the other.

    ``over`` may have a list with the name ``KEY+``, which continues the list ``KEY`` of ``under``.
    """
    entries = dict(under.entries)
    for key, entry in sorted(over.entries.items(), key=lambda item: item[0].endswith(_APPENDS)):
        base = key.removesuffix(_APPENDS)
        if base != key and (longer := _appended(entries, (base, key), entry)):
            entries |= longer
            continue
        below = entries.get(key)
        node = _laid(key, below.node, entry.node) if below else entry.node
        entries[key] = Entry(entry.key_location, node)
        entries.pop(f"{key}{_APPENDS}", None)
    return MappingNode(over.location, entries)


def _appended(entries: dict[str, Entry], keys: tuple[str, ...], entry: Entry) -> dict[str, Entry]:
    """The first of ``keys`` that is a list in ``entries``, with the list ``entry`` at its end; or nothing."""
    for key in keys:
        below = entries.get(key)
        if below and isinstance(below.node, SequenceNode) and isinstance(entry.node, SequenceNode):
            longer = SequenceNode(entry.node.location, below.node.items + entry.node.items)
            return {key: Entry(entry.key_location, longer)}
    return {}


def _completed(section: MappingNode) -> MappingNode:
    """``section`` with each list ``KEY+`` that continues no other one as ``KEY``; what is no list stays."""
    entries = dict(section.entries)
    for key, entry in section.entries.items():
        base = key.removesuffix(_APPENDS)
        free = base != key and (base not in entries or is_empty(entries[base].node))
        if free and isinstance(entry.node, SequenceNode):
            entries[base] = entries.pop(key)
    return section._replace(entries=entries)


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
    shared = MappingNode(root.location, {})
    if defaults and isinstance(defaults.node, MappingNode):
        shared = _shareable(defaults.node, found)
    elif defaults and not is_empty(defaults.node):
        hint = "write the shared keys below it, indented"
        found.report(defaults.node.location, ("defaults",), "must be a section", hint)
    if listed and isinstance(listed.node, SequenceNode):
        items = (
            _completed(merged(shared, item)) if isinstance(item, MappingNode) else item
            for item in listed.node.items
        )
        entries["sync_configurations"] = listed._replace(node=listed.node._replace(items=tuple(items)))
    return MappingNode(root.location, entries)


def _shareable(defaults: MappingNode, found: Diagnostics) -> MappingNode:
    if name := defaults.entries.get("name"):
        message = "not allowed in defaults: every configuration needs its own"
        found.report(name.key_location, ("defaults", "name"), message, "remove it")
    return defaults._replace(entries={key: entry for key, entry in defaults.entries.items() if key != "name"})
