"""A YAML file as a tree in which every key and value keeps its location.

Only what a configuration needs: mappings, lists and plain values of the YAML 1.2 core schema (``no``,
``on`` and dates stay text). Tags are refused and aliases are counted, so no file can run code or grow without
bound. ruamel.yaml parses; the tree is built here from its events, which have positions for keys and values
alike, and so every duplicate key is reported at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple, NoReturn

from ruamel.yaml import YAML
from ruamel.yaml import events as yaml_events

from mochok.config.diagnostics import Diagnostics, KeyPath, Location

MAXIMUM_FILE_BYTES = 1024 * 1024
MAXIMUM_ALIASES = 1_000
MAXIMUM_DEPTH = 50
MAXIMUM_NODES = 200_000

_NULL = re.compile(r"~|null|Null|NULL|")
_BOOLEAN = re.compile(r"true|True|TRUE|false|False|FALSE")
_INTEGER = re.compile(r"[-+]?[0-9]{1,18}")
_BASED_INTEGER = re.compile(r"0o[0-7]{1,18}|0x[0-9a-fA-F]{1,15}")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:e[-+]?[0-9]+)?|[-+]?\.inf|\.nan", re.IGNORECASE)

Value = str | int | float | bool | None


class ScalarNode(NamedTuple):
    """One value. ``written`` is the text in the file, before ``${...}`` is replaced."""

    location: Location
    value: Value
    written: str


class SequenceNode(NamedTuple):
    """A list."""

    location: Location
    items: tuple[Node, ...]


class Entry(NamedTuple):
    """A key's location and its value."""

    key_location: Location
    node: Node


class MappingNode(NamedTuple):
    """A section: keys and values in the order of the file."""

    location: Location
    entries: dict[str, Entry]


Node = ScalarNode | SequenceNode | MappingNode


class Found(NamedTuple):
    """The deepest part of a path that exists; ``complete``: that is all of it."""

    key_location: Location
    node: Node
    complete: bool

    @property
    def location(self) -> Location:
        """The value's location, or that of the section in which it is missing."""
        return self.node.location if self.complete else self.key_location


class RefusedDocumentError(Exception):
    """The file exceeds a limit, which has been reported; reading stops."""


def scalars(node: Node, path: KeyPath = ()) -> Iterator[tuple[KeyPath, ScalarNode]]:
    """Every value of the tree with its path, in the order of the file."""
    if isinstance(node, ScalarNode):
        yield path, node
    elif isinstance(node, SequenceNode):
        for index, item in enumerate(node.items):
            yield from scalars(item, (*path, index))
    else:
        for key, entry in node.entries.items():
            yield from scalars(entry.node, (*path, key))


def is_empty(node: Node) -> bool:
    """True for ``key:`` without a value, ``~`` and ``null``."""
    return isinstance(node, ScalarNode) and node.value is None


def find(root: Node, path: KeyPath) -> Found:
    """What ``path`` leads to."""
    location, node = root.location, root
    for step in path:
        if isinstance(node, MappingNode) and step in node.entries:
            location, node = node.entries[str(step)]
        elif isinstance(node, SequenceNode) and isinstance(step, int) and step < len(node.items):
            node = node.items[step]
            location = node.location
        else:
            return Found(location, node, complete=False)
    return Found(location, node, complete=True)


def parse(text: str, file: str, found: Diagnostics) -> Node:
    """The tree of ``text``; mistakes are reported to ``found``. Raises YAMLError or RefusedDocumentError."""
    return _Composer(YAML(typ="safe", pure=True).parse(text), file, found).document()


def scalar_value(text: str) -> Value:
    """What an unquoted value means in YAML 1.2's core schema."""
    if _NULL.fullmatch(text):
        return None
    if _BOOLEAN.fullmatch(text):
        return text[0] in "tT"
    if _INTEGER.fullmatch(text):
        return int(text)
    if _BASED_INTEGER.fullmatch(text):
        return int(text, 0)
    if _FLOAT.fullmatch(text):
        return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))
    return text


class _Composer:
    """Builds the tree from parser events; one use each."""

    def __init__(self, events: Iterator[Any], file: str, found: Diagnostics) -> None:
        self._events = events
        self._file = file
        self._found = found
        self._anchors: dict[str, tuple[Node, int]] = {}
        self._aliases = 0
        self._nodes = 0

    def document(self) -> Node:
        """The first document; a second one is an error."""
        root: Node | None = None
        for event in self._events:
            if isinstance(event, yaml_events.DocumentStartEvent):
                if root is not None:
                    self._report(event, (), "a second YAML document begins here", "remove the --- line")
                    break
                root = self._node(next(self._events), (), 0)
        return root or MappingNode(Location(self._file, 1, 1), {})

    def _node(self, event: Any, path: KeyPath, depth: int) -> Node:
        if isinstance(event, yaml_events.AliasEvent):
            return self._alias(event, path)
        first_node = self._nodes
        self._count(event, 1)
        if depth > MAXIMUM_DEPTH:
            message = f"more than {MAXIMUM_DEPTH} levels of sections"
            self._refuse(event, message, "check the brackets and braces")
        if event.ctag is not None:
            tag = str(event.ctag).replace("tag:yaml.org,2002:", "!!", 1)
            self._report(event, path, f"the YAML tag {tag} is not allowed", "remove the tag")
        node = self._container(event, path, depth)
        if event.anchor is not None:
            self._anchors[event.anchor] = (node, self._nodes - first_node)
        return node

    def _container(self, event: Any, path: KeyPath, depth: int) -> Node:
        location = self._location(event)
        if isinstance(event, yaml_events.ScalarEvent):
            value = event.value if event.style else scalar_value(event.value)
            return ScalarNode(location, value, event.value)
        if isinstance(event, yaml_events.SequenceStartEvent):
            return SequenceNode(location, tuple(self._items(path, depth)))
        return MappingNode(location, self._entries(path, depth))

    def _items(self, path: KeyPath, depth: int) -> Iterator[Node]:
        index = 0
        while not isinstance(event := next(self._events), yaml_events.SequenceEndEvent):
            yield self._node(event, (*path, index), depth + 1)
            index += 1

    def _entries(self, path: KeyPath, depth: int) -> dict[str, Entry]:
        entries: dict[str, Entry] = {}
        merged: list[Node] = []
        while not isinstance(event := next(self._events), yaml_events.MappingEndEvent):
            key = self._key(event, path, depth)
            node = self._node(next(self._events), (*path, key), depth + 1)
            if key == "<<":
                merged += node.items if isinstance(node, SequenceNode) else [node]
            elif key in entries:
                message = f"duplicate key, first used in line {entries[key].key_location.line}"
                self._report(event, (*path, key), message, "remove one of them")
            else:
                entries[key] = Entry(self._location(event), node)
        for node in merged:
            if isinstance(node, MappingNode):
                entries = {**node.entries, **entries}
            else:
                hint = "write an alias of a section: <<: *NAME"
                self._found.report(node.location, (*path, "<<"), "<< can only merge sections", hint)
        return entries

    def _key(self, event: Any, path: KeyPath, depth: int) -> str:
        node = self._node(event, path, depth + 1)
        if isinstance(node, ScalarNode):
            return node.written
        self._report(event, path, "a key must be text", "put a value that begins with { or [ in quotes")
        return ""

    def _alias(self, event: Any, path: KeyPath) -> Node:
        self._aliases += 1
        if self._aliases > MAXIMUM_ALIASES:
            self._refuse(event, f"more than {MAXIMUM_ALIASES:,} YAML aliases", "share values with defaults:")
        if event.anchor not in self._anchors:
            message = f"*{event.anchor} is a YAML alias, but there is no anchor &{event.anchor}"
            self._report(event, path, message, "put a value that begins with * in quotes")
            return ScalarNode(self._location(event), f"*{event.anchor}", f"*{event.anchor}")
        node, size = self._anchors[event.anchor]
        self._count(event, size)
        return node

    def _count(self, event: Any, size: int) -> None:
        self._nodes += size
        if self._nodes > MAXIMUM_NODES:
            message = f"more than {MAXIMUM_NODES:,} values, with aliases expanded"
            self._refuse(event, message, "split the file")

    def _location(self, event: Any) -> Location:
        return Location(self._file, event.start_mark.line + 1, event.start_mark.column + 1)

    def _report(self, event: Any, path: KeyPath, message: str, hint: str) -> None:
        self._found.report(self._location(event), path, message, hint)

    def _refuse(self, event: Any, message: str, hint: str) -> NoReturn:
        self._report(event, (), message, hint)
        raise RefusedDocumentError
