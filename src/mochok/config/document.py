"""A YAML file as a tree that remembers where everything stands.

Only what a configuration needs: mappings, lists and plain values of the YAML 1.2 core schema (``no``,
``on`` and dates stay text). Tags are refused, aliases are counted, so no file can run code or grow without
bound. ruamel.yaml parses; the tree is built here from its events, because building it ourselves gives
positions for keys and values alike and reports every duplicate key at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml import events as yaml_events

from mochok.errors import Problem

MAXIMUM_FILE_BYTES = 1024 * 1024
MAXIMUM_ALIASES = 1_000
MAXIMUM_DEPTH = 50
MAXIMUM_NODES = 200_000

_NULL = re.compile(r"~|null|Null|NULL|")
_BOOLEAN = re.compile(r"true|True|TRUE|false|False|FALSE")
_INTEGER = re.compile(r"[-+]?[0-9]{1,18}")
_BASED_INTEGER = re.compile(r"0o[0-7]{1,18}|0x[0-9a-fA-F]{1,15}")
_FLOAT = re.compile(
    r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"
)

PathStep = str | int
Value = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands: ``line`` and ``column`` count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class ScalarNode:
    """One value. ``written`` is the text in the file, before ``${...}`` is replaced."""

    place: Place
    value: Value
    written: str


@dataclass(frozen=True, slots=True)
class SequenceNode:
    """A list."""

    place: Place
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """A key's place and its value."""

    key_place: Place
    node: Node


@dataclass(frozen=True, slots=True)
class MappingNode:
    """A section: keys and values in the order of the file."""

    place: Place
    entries: dict[str, Entry] = field(default_factory=dict)


Node = ScalarNode | SequenceNode | MappingNode


class RefusedDocumentError(Exception):
    """The file goes beyond a limit; reading stops with this one problem."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


def path_text(path: tuple[PathStep, ...]) -> str:
    """``("sync_configurations", 0, "name")`` as ``sync_configurations[0].name``."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def problem(place: Place, path: str, message: str, hint: str = "") -> Problem:
    """A Problem at ``place``."""
    return Problem(
        file=place.file, line=place.line, column=place.column, path=path, message=message, hint=hint
    )


def plain(node: Node) -> Any:
    """The tree as dicts, lists and values. A key without a value counts as not given."""
    if isinstance(node, ScalarNode):
        return node.value
    if isinstance(node, SequenceNode):
        return [plain(item) for item in node.items]
    return {key: plain(entry.node) for key, entry in node.entries.items() if not is_empty(entry.node)}


def is_empty(node: Node) -> bool:
    """True for ``key:`` without a value, ``~`` and ``null``."""
    return isinstance(node, ScalarNode) and node.value is None


def find(root: Node, path: tuple[PathStep, ...]) -> tuple[Place, Node, bool]:
    """The deepest part of ``path`` that exists: its key's place, its node, and whether that is all of it."""
    place, node = root.place, root
    for step in path:
        if isinstance(node, MappingNode) and step in node.entries:
            entry = node.entries[str(step)]
            place, node = entry.key_place, entry.node
        elif isinstance(node, SequenceNode) and isinstance(step, int) and step < len(node.items):
            node = node.items[step]
            place = node.place
        else:
            return place, node, False
    return place, node, True


def parse(text: str, file: str, problems: list[Problem]) -> Node:
    """The tree of ``text``. Mistakes that leave a tree behind are added to ``problems``.

    Raises ruamel's YAMLError for text that is no YAML, and RefusedDocumentError beyond the limits.
    """
    events = YAML(typ="safe", pure=True).parse(text)
    return _Composer(events, file, problems).document()


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
    lower = text.lower()
    return float(lower.replace(".inf", "inf").replace(".nan", "nan")) if _FLOAT.fullmatch(lower) else text


def _tag_text(tag: object) -> str:
    return str(tag).replace("tag:yaml.org,2002:", "!!", 1)


class _Composer:
    """Builds the tree from parser events; one use each."""

    def __init__(self, events: Iterator[Any], file: str, problems: list[Problem]) -> None:
        self._events = events
        self._file = file
        self._problems = problems
        self._anchors: dict[str, tuple[Node, int]] = {}
        self._aliases = 0
        self._nodes = 0

    def document(self) -> Node:
        """The first document; a second one is a problem."""
        root: Node | None = None
        for event in self._events:
            if isinstance(event, yaml_events.DocumentStartEvent):
                if root is not None:
                    self._report(event, (), "a second document begins here; one file holds one configuration")
                    break
                root = self._node(next(self._events), (), 0)
        return root or MappingNode(Place(self._file, 1, 1))

    def _node(self, event: Any, path: tuple[PathStep, ...], depth: int) -> Node:
        if isinstance(event, yaml_events.AliasEvent):
            return self._alias(event, path)
        first_node = self._nodes
        self._count(event, 1)
        if depth > MAXIMUM_DEPTH:
            self._refuse(event, f"sections are nested more than {MAXIMUM_DEPTH} deep")
        if event.ctag is not None:
            self._report(
                event, path, f"the tag {_tag_text(event.ctag)} is not allowed here", "leave the tag away"
            )
        node = self._container(event, path, depth)
        if event.anchor is not None:
            self._anchors[event.anchor] = (node, self._nodes - first_node)
        return node

    def _container(self, event: Any, path: tuple[PathStep, ...], depth: int) -> Node:
        place = self._place(event)
        if isinstance(event, yaml_events.ScalarEvent):
            value = event.value if event.style else scalar_value(event.value)
            return ScalarNode(place, value, event.value)
        if isinstance(event, yaml_events.SequenceStartEvent):
            return SequenceNode(place, tuple(self._items(path, depth)))
        mapping = MappingNode(place)
        self._fill(mapping, path, depth)
        return mapping

    def _items(self, path: tuple[PathStep, ...], depth: int) -> Iterator[Node]:
        index = 0
        while not isinstance(event := next(self._events), yaml_events.SequenceEndEvent):
            yield self._node(event, (*path, index), depth + 1)
            index += 1

    def _fill(self, mapping: MappingNode, path: tuple[PathStep, ...], depth: int) -> None:
        merged: list[Node] = []
        while not isinstance(event := next(self._events), yaml_events.MappingEndEvent):
            key = self._key(event, path, depth)
            node = self._node(next(self._events), (*path, key), depth + 1)
            if key == "<<":
                merged += node.items if isinstance(node, SequenceNode) else [node]
            elif key in mapping.entries:
                first = mapping.entries[key].key_place
                self._report(event, (*path, key), f"the key is there twice, first in line {first.line}")
            else:
                mapping.entries[key] = Entry(self._place(event), node)
        for node in merged:
            self._merge(mapping, node, (*path, "<<"))

    def _merge(self, mapping: MappingNode, node: Node, path: tuple[PathStep, ...]) -> None:
        if not isinstance(node, MappingNode):
            self._report_at(node.place, path, "<< merges sections only", "write an alias of a section: *name")
            return
        for name, entry in node.entries.items():
            mapping.entries.setdefault(name, entry)

    def _key(self, event: Any, path: tuple[PathStep, ...], depth: int) -> str:
        node = self._node(event, path, depth + 1)
        if isinstance(node, ScalarNode):
            return node.written
        self._report(event, path, "a key must be plain text", 'write a value such as "{year}" in quotes')
        return ""

    def _alias(self, event: Any, path: tuple[PathStep, ...]) -> Node:
        self._aliases += 1
        if self._aliases > MAXIMUM_ALIASES:
            self._refuse(event, f"there are more than {MAXIMUM_ALIASES} aliases (*name)")
        if event.anchor not in self._anchors:
            hint = "a value that begins with * must stand in quotes"
            self._report(event, path, f"there is no anchor &{event.anchor} for *{event.anchor}", hint)
            return ScalarNode(self._place(event), f"*{event.anchor}", f"*{event.anchor}")
        node, size = self._anchors[event.anchor]
        self._count(event, size)
        return node

    def _count(self, event: Any, size: int) -> None:
        self._nodes += size
        if self._nodes > MAXIMUM_NODES:
            self._refuse(event, f"the file holds more than {MAXIMUM_NODES:,} values, aliases counted out")

    def _place(self, event: Any) -> Place:
        return Place(self._file, event.start_mark.line + 1, event.start_mark.column + 1)

    def _report(self, event: Any, path: tuple[PathStep, ...], message: str, hint: str = "") -> None:
        self._report_at(self._place(event), path, message, hint)

    def _report_at(self, place: Place, path: tuple[PathStep, ...], message: str, hint: str) -> None:
        self._problems.append(problem(place, path_text(path), message, hint))

    def _refuse(self, event: Any, message: str) -> None:
        raise RefusedDocumentError(problem(self._place(event), "", message))
