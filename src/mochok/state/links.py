"""The real path of a file that Mochok writes. Users may link it to another folder; another user who can write
to its folder must not redirect a run to any file with a link (as Linux's protected_symlinks).
"""

from __future__ import annotations

import os
import stat
from collections.abc import Collection
from pathlib import Path

from mochok.errors import StateError


def real_path(path: str | os.PathLike[str], users: Collection[int] | None = None) -> Path:
    """``path`` with its links followed. Raises StateError if the file itself is a link made by a user that is
    not in ``users`` (user ids; None: root and the current user).
    """
    if os.name == "posix":
        _refuse_foreign_link(path, users if users is not None else (0, os.geteuid()))
    return Path(os.path.realpath(path))


def _refuse_foreign_link(path: str | os.PathLike[str], users: Collection[int]) -> None:
    try:
        status = os.lstat(path)
    except OSError:
        return  # does not exist, or its folder is closed to us: opening it reports that
    if stat.S_ISLNK(status.st_mode) and status.st_uid not in users:
        raise StateError(
            f"{os.fspath(path)} is a symbolic link made by another user (uid {status.st_uid})",
            hint="check its target; then remove the link or create it yourself",
        )
