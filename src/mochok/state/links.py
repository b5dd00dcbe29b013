"""Where a file of Mochok's own really lies. A user may keep it elsewhere through a symbolic link; a stranger
who can write to its folder must not lead a run that way to somebody's files (as Linux's protected_symlinks).
"""

from __future__ import annotations

import os
import stat
from collections.abc import Collection
from pathlib import Path

from mochok.errors import StateError


def real_path(path: str | os.PathLike[str], users: Collection[int] | None = None) -> Path:
    """``path`` with its links followed. Raises StateError if the file itself is a link made by somebody else
    than ``users`` (numbers; None: root and whoever runs this).
    """
    if os.name == "posix":
        _refuse_strangers_link(path, users if users is not None else (0, os.geteuid()))
    return Path(os.path.realpath(path))


def _refuse_strangers_link(path: str | os.PathLike[str], users: Collection[int]) -> None:
    try:
        status = os.lstat(path)
    except OSError:
        return  # not there yet, or its folder is closed: whoever opens it will find out
    if stat.S_ISLNK(status.st_mode) and status.st_uid not in users:
        raise StateError(
            f"{os.fspath(path)} is a symbolic link that another user (number {status.st_uid}) made",
            hint="look where it leads; remove it, or make it yourself if it is right",
        )
