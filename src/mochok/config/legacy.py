"""Spellings of older files: they keep working, each with one notice that names the new key.

All of it is in one table. A new key that is there as well wins. To rename a key, add a row.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from mochok.config.document import Entry, MappingNode, ScalarNode, SequenceNode, is_empty
from mochok.errors import MochokError
from mochok.strategies import registry


@dataclass(frozen=True, slots=True)
class Rename:
    """``old`` in a configuration became ``section.key`` in version ``since`` of Mochok."""

    old: str
    section: str
    key: str
    since: str
    message: str


_Notice = tuple[tuple[str, int], str]
_MOVED = "{old} is an older spelling; write {section}: {key}:"
_MODE = "mode_config is an older spelling; write {key}: below sync_strategy:"

RENAMES = (
    Rename("sync_mode", "sync_strategy", "type", "0.1", _MOVED),
    Rename("mode_config", "sync_strategy", "*", "0.1", _MODE),
    Rename("date_folder_format", "sync_strategy", "date_folder_format", "0.1", _MOVED),
    Rename("bucket_name", "destination_config", "bucket_name", "0.1", _MOVED),
    Rename("aws_profile", "destination_config", "aws_profile", "0.1", _MOVED),
    Rename("aws_region", "destination_config", "aws_region", "0.1", _MOVED),
    Rename("s3_path_structure", "destination_config", "s3_path_structure", "0.1", _MOVED),
)


def modernise(root: MappingNode) -> tuple[MappingNode, list[str]]:
    """The tree in today's spelling, and the notices (``file:line: text``), in file order."""
    notices: list[_Notice] = []
    entries = dict(root.entries)
    if (defaults := entries.get("defaults")) and isinstance(defaults.node, MappingNode):
        node = _modernise_entry(defaults.node, notices, complete=False)
        entries["defaults"] = Entry(defaults.key_place, node)
    listed = entries.get("sync_configurations")
    if listed and isinstance(listed.node, SequenceNode):
        items = tuple(
            _modernise_entry(item, notices, complete="defaults" not in entries)
            if isinstance(item, MappingNode)
            else item
            for item in listed.node.items
        )
        node_list = SequenceNode(listed.node.place, items)
        entries["sync_configurations"] = Entry(listed.key_place, node_list)
    return MappingNode(root.place, entries), [text for _place, text in sorted(notices)]


def _modernise_entry(item: MappingNode, notices: list[_Notice], *, complete: bool) -> MappingNode:
    """``complete`` False: what is missing may still come from ``defaults``."""
    old_rows = [row for row in RENAMES if row.old in item.entries and _is_understood(row, item)]
    if not old_rows:
        return item
    entries = {key: entry for key, entry in item.entries.items() if all(key != row.old for row in old_rows)}
    for row in old_rows:
        for key, entry in _renamed(row, item.entries[row.old]):
            _place(entries, row, key, entry)
            notices.append(_notice(entry, row.message.format(old=row.old, section=row.section, key=key)))
    modern = MappingNode(item.place, entries)
    if complete:
        _assume_date_folder(modern, notices)
    _drop_options_without_effect(modern, old_rows, item, notices)
    return modern


def _is_understood(row: Rename, item: MappingNode) -> bool:
    """A section of options must be one; anything else stays, and is an unknown key with its place."""
    node = item.entries[row.old].node
    return row.key != "*" or isinstance(node, MappingNode) or is_empty(node)


def _renamed(row: Rename, entry: Entry) -> list[tuple[str, Entry]]:
    if row.key != "*":
        return [(row.key, entry)]
    return list(entry.node.entries.items()) if isinstance(entry.node, MappingNode) else []


def _place(entries: dict[str, Entry], row: Rename, key: str, entry: Entry) -> None:
    section = entries.get(row.section)
    if section is None or is_empty(section.node):
        entries[row.section] = Entry(entry.key_place, MappingNode(entry.key_place, {key: entry}))
    elif isinstance(section.node, MappingNode):
        merged = {**section.node.entries}
        merged.setdefault(key, entry)
        entries[row.section] = Entry(section.key_place, MappingNode(section.node.place, merged))


def _assume_date_folder(item: MappingNode, notices: list[_Notice]) -> None:
    """The first versions knew day folders only, so a file in their spelling means those."""
    section = item.entries.get("sync_strategy")
    options = section.node.entries if section and isinstance(section.node, MappingNode) else {}
    if "type" in options:
        return
    type_entry = Entry(item.place, ScalarNode(item.place, "DateFolder", "DateFolder"))
    place = section.key_place if section else item.place
    item.entries["sync_strategy"] = Entry(place, MappingNode(place, {"type": type_entry, **options}))
    notices.append(_notice(type_entry, "no strategy is given; write sync_strategy: type: DateFolder"))


def _drop_options_without_effect(
    item: MappingNode, rows: list[Rename], before: MappingNode, notices: list[_Notice]
) -> None:
    """An old flat key such as ``date_folder_format`` stood beside any mode; only some modes read it. What no
    strategy reads stays, and is an unknown key.
    """
    section = item.entries.get("sync_strategy")
    if not section or not isinstance(section.node, MappingNode):
        return
    type_entry = section.node.entries.get("type")
    known, anywhere = _known_options(type_entry), _options_of_any_strategy()
    flat = [
        key
        for row in rows
        if row.section == "sync_strategy"
        for key, _ in _renamed(row, before.entries[row.old])
    ]
    for key in flat:
        if known is not None and key not in known and key in anywhere and key in section.node.entries:
            entry = section.node.entries.pop(key)
            notices.append(_notice(entry, f"{key} has no effect with this strategy; remove it"))


def _options_of_any_strategy() -> set[str]:
    found = {"type"}
    for name in registry.names():
        with suppress(MochokError):  # a plug-in that cannot be loaded
            found |= registry.get(name).model_fields.keys()
    return found


def _known_options(type_entry: Entry | None) -> set[str] | None:
    if type_entry is None or not isinstance(type_entry.node, ScalarNode):
        return None
    try:
        return {"type", *registry.get(str(type_entry.node.value)).model_fields}
    except MochokError:  # validation reports the type with its place
        return None


def _notice(entry: Entry, text: str) -> _Notice:
    place = entry.key_place
    return (place.file, place.line), f"{place.file}:{place.line}: {text}"
