"""Is the source folder at the end of a run the one that it was at the beginning?

A disk that is unmounted in the middle leaves an empty folder behind, or none, as if all its files had been
deleted: a run must not take that for a success, and never for a reason to delete objects.
"""

from __future__ import annotations

import os

from mochok.errors import SourceError


class SourceWatch:
    """Remembers which folder ``path`` is when it is made."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._device, self._inode = _identity(path)

    def check(self, *, left_out: int) -> None:
        """Raise SourceError if another folder, or none, is there now.

        Another device is proof enough. Another inode counts only if files were ``left_out`` as well: some
        network file systems give a folder new numbers from time to time.
        """
        device, inode = _identity(self._path)
        if device == self._device and (inode == self._inode or not left_out):
            return
        raise SourceError(
            f"the source folder {self._path} was unmounted or replaced during the run; nothing was deleted",
            hint="mount it and run again; uploaded files stay in S3",
        )


def _identity(path: str) -> tuple[int, int]:
    try:
        status = os.stat(path)
    except OSError:
        return -1, -1
    return status.st_dev, status.st_ino
