"""Who else can change the configuration: they decide what is read on this machine and where it is sent."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path


def check_permissions(files: Iterable[str]) -> list[str]:
    """One sentence for each file, or its folder, that other users can change (POSIX only)."""
    if os.name != "posix":
        return []
    return [notice for file in dict.fromkeys(files) for notice in _of(Path(file))]


def _of(path: Path) -> Iterator[str]:
    try:
        file, folder = path.stat(), path.parent.stat()
    except OSError:
        return  # it was read a moment ago; whatever happened since has nothing to do with permissions
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
