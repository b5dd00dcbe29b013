"""Who else can change the configuration, and so decide what is read on this machine and where it is sent."""

from __future__ import annotations

import os
import shlex
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path


def check_permissions(files: Iterable[str]) -> list[str]:
    """One sentence for each file, or its folder, that other users can change (POSIX only)."""
    if os.name != "posix":
        return []
    return [notice for file in dict.fromkeys(files) for notice in _notices(Path(file))]


def _notices(path: Path) -> Iterator[str]:
    try:
        file, folder = path.stat(), path.parent.stat()
    except OSError:
        return  # it was read a moment ago; what happened since has nothing to do with permissions
    quoted, quoted_folder = shlex.quote(str(path)), shlex.quote(str(path.parent.absolute()))
    if file.st_mode & stat.S_IWOTH:
        yield f"{path} is writable by every user; fix with: chmod o-w {quoted}"
    if folder.st_mode & stat.S_IWOTH and not folder.st_mode & stat.S_ISVTX:
        yield f"{path} can be replaced by every user; fix with: chmod o-w {quoted_folder}"
    if os.geteuid() == 0 and file.st_uid != 0:
        yield (
            f"{path} is owned by user {file.st_uid}, not by root, and decides what root reads and uploads;"
            f" fix with: chown root {quoted}"
        )
