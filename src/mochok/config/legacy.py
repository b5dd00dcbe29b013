"""Keys of older files: they keep working, each with one notice that names the new key.

All of them are in one table. A new key that is given as well wins. To rename a key, add a row.
"""

from __future__ import annotations

from dataclasses import dataclass

from mochok.config.diagnostics import Location
from mochok.config.document import Entry, MappingNode, ScalarNode, SequenceNode, is_empty
from mochok.strategies import registry


@dataclass(frozen=True, slots=True)
class Rename:
    """``old`` in a configuration became ``section.key`` in version ``since``; * is every key of a section."""

    old: str
    section: str
    key: str
    since: str

    def text(self, key: str) -> str:
        """The notice; ``key`` is the new key."""
        return f"{self.old} is an old key; use {self.section}.{key}"


_Notice = tuple[str, int, str]
"""File and line, for the order; and the text."""
RENAMES = (
    Rename("sync_mode", "sync_strategy", "type", "0.1"),
    Rename("mode_config", "sync_strategy", "*", "0.1"),
    Rename("date_folder_format", "sync_strategy", "date_folder_format", "0.1"),
    Rename("bucket_name", "destination_config", "bucket_name", "0.1"),
    Rename("aws_profile", "destination_config", "aws_profile", "0.1"),
    Rename("aws_region", "destination_config", "aws_region", "0.1"),
    Rename("s3_path_structure", "destination_config", "s3_path_structure", "0.1"),
)


def migrate_legacy(root: MappingNode) -> tuple[MappingNode, list[str]]:
    """The tree with today's keys, and the notices (``file:line: text``), in file order."""
    notices: list[_Notice] = []
    entries = dict(root.entries)
    if (defaults := entries.get("defaults")) and isinstance(defaults.node, MappingNode):
        entries["defaults"] = defaults._replace(node=_migrated(defaults.node, notices, complete=False))
    listed = entries.get("sync_configurations")
    if listed and isinstance(listed.node, SequenceNode):
        complete = "defaults" not in entries
        items = [
            _migrated(item, notices, complete=complete) if isinstance(item, MappingNode) else item
            for item in listed.node.items
        ]
        entries["sync_configurations"] = listed._replace(node=listed.node._replace(items=tuple(items)))
    return root._replace(entries=entries), [text for _file, _line, text in sorted(notices)]


def _migrated(item: MappingNode, notices: list[_Notice], *, complete: bool) -> MappingNode:
    """``complete`` False: what is missing may still come from ``defaults``."""
    rows = [row for row in RENAMES if row.old in item.entries and _is_understood(row, item)]
    if not rows:
        return item
    old_keys = {row.old for row in rows}
    entries = {key: entry for key, entry in item.entries.items() if key not in old_keys}
    options = []
    for row in rows:
        for key, entry in _renamed(row, item.entries[row.old]):
            _move(entries, row.section, key, entry)
            notices.append(_notice(entry, row.text(key)))
            options += [key] if row.section == "sync_strategy" else []
    if complete:
        _assume_date_folder(entries, item.location, notices)
    _drop_options_without_effect(entries, options, notices)
    return item._replace(entries=entries)


def _is_understood(row: Rename, item: MappingNode) -> bool:
    """A section of options must be one; anything else stays, and is an unknown key with its location."""
    node = item.entries[row.old].node
    return row.key != "*" or isinstance(node, MappingNode) or is_empty(node)


def _renamed(row: Rename, entry: Entry) -> list[tuple[str, Entry]]:
    if row.key != "*":
        return [(row.key, entry)]
    return list(entry.node.entries.items()) if isinstance(entry.node, MappingNode) else []


def _move(entries: dict[str, Entry], name: str, key: str, entry: Entry) -> None:
    """Put ``key`` into the section ``name``, unless the section has it already."""
    section = entries.get(name)
    if section is None or is_empty(section.node):
        entries[name] = Entry(entry.key_location, MappingNode(entry.key_location, {key: entry}))
    elif isinstance(section.node, MappingNode):
        node = section.node._replace(entries={key: entry} | section.node.entries)
        entries[name] = section._replace(node=node)


def _assume_date_folder(entries: dict[str, Entry], location: Location, notices: list[_Notice]) -> None:
    """The first versions had day folders only, so a file with their keys means those."""
    section = entries.get("sync_strategy")
    if section and isinstance(section.node, MappingNode) and "type" in section.node.entries:
        return
    entry = Entry(location, ScalarNode(location, "DateFolder", "DateFolder"))
    _move(entries, "sync_strategy", "type", entry)
    text = "no strategy is given, so DateFolder is used; write sync_strategy: {type: DateFolder}"
    notices.append(_notice(entry, text))


def _drop_options_without_effect(
    entries: dict[str, Entry], options: list[str], notices: list[_Notice]
) -> None:
    """A key such as ``date_folder_format`` was allowed with any mode, though only some read it.

    What no strategy reads stays, and is an unknown key.
    """
    section = entries.get("sync_strategy")
    if not section or not isinstance(section.node, MappingNode):
        return
    kept = dict(section.node.entries)
    strategy = kept["type"].node if "type" in kept else None
    known = registry.keys_of(str(strategy.value)) if isinstance(strategy, ScalarNode) else ()
    for key in options:
        if not known or key in known or key not in kept:
            continue
        if any(key in registry.keys_of(name) for name in registry.names()):
            notices.append(_notice(kept.pop(key), f"{key} has no effect with this strategy; remove it"))
    entries["sync_strategy"] = section._replace(node=section.node._replace(entries=kept))


def _notice(entry: Entry, text: str) -> _Notice:
    file, line, _column = entry.key_location
    return file, line, f"{file}:{line}: {text}"
