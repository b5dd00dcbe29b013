"""Who else can change the configuration? Whoever can decides what is read here and where it is sent."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from mochok.config.document import MappingNode, Node, SequenceNode


def distrust(path: Path, tree: Node) -> list[str]:
    """One sentence for each file of the configuration, or its folder, that strangers can change (POSIX)."""
    if os.name != "posix":
        return []
    files = dict.fromkeys([str(path), *_files(tree)])
    return [notice for file in files for notice in _of(Path(file))]


def _files(node: Node) -> Iterator[str]:
    """The files that ``include`` brought in, as far as they say anything."""
    yield node.place.file
    if isinstance(node, MappingNode):
        for entry in node.entries.values():
            yield entry.key_place.file
            yield from _files(entry.node)
    elif isinstance(node, SequenceNode):
        for item in node.items:
            yield from _files(item)


def _of(path: Path) -> Iterator[str]:
    try:
        file, folder = path.stat(), path.parent.stat()
    except OSError:
        return  # it has just been read; whatever happened since is not about trust
    if file.st_mode & stat.S_IWOTH:
        yield f"{path} may be changed by every user of this machine; take that away with: chmod o-w"
    if folder.st_mode & stat.S_IWOTH and not folder.st_mode & stat.S_ISVTX:
        yield (
            f"every user of this machine may put another file in the place of {path}; "
            f"take that away with: chmod o-w {path.parent.absolute()}"
        )
    if os.geteuid() == 0 and file.st_uid != 0:
        yield (
            f"{path} belongs to the user {file.st_uid}, who thereby decides what root reads and sends; "
            "give it to root (chown), or run as that user"
        )
