"""Opening a source file so that only that file is read.

Between the walk and the moment at which a file is sent, whoever may write to the source can put a symbolic
link, a FIFO or a device in its path. So a file is opened once, what was opened is checked, and everybody who
needs its content reads from that descriptor. Nothing is opened that is no regular file, and no open waits.
"""

from __future__ import annotations

import errno
import os
import stat
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, Self

from mochok.errors import FileLeftOutError, MochokError, SourceError
from mochok.open_files import are_exhausted, too_many

Symlinks = Literal["follow", "inside", "ignore"]
BLOCK_BYTES = 1024 * 1024

_READ = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0) | getattr(os, "O_BINARY", 0)
_NOFOLLOW = getattr(os, "O_NOFOLLOW", 0)
_FOLDER = os.O_RDONLY | getattr(os, "O_PATH", 0) | getattr(os, "O_DIRECTORY", 0)
_RELATIVE = os.open in os.supports_dir_fd and _NOFOLLOW != 0
_DESCRIPTORS = "/proc/self/fd"
_REOPENS = sys.platform == "linux" and os.access(_DESCRIPTORS, os.R_OK | os.X_OK)
"""Linux with /proc: the file of a descriptor can be opened again by a path."""


@dataclass(slots=True, eq=False)
class OpenedFile:
    """A regular file, open for reading from its beginning. ``status`` is its state when it was opened."""

    descriptor: int
    status: os.stat_result

    @property
    def path(self) -> str | None:
        """A path that leads to this very file until it is closed; None where the system has none."""
        return f"{_DESCRIPTORS}/{self.descriptor}" if _REOPENS else None

    def read(self) -> bytes:
        """The content in one piece, without a copy if one read gets it. Otherwise like ``blocks``."""
        return b"".join(self.blocks(self.status.st_size))

    def blocks(self, block_bytes: int = BLOCK_BYTES) -> Iterator[bytes]:
        """The content, but no more than the size of ``status``. Raises FileLeftOutError."""
        left = self.status.st_size
        try:
            while left and (block := os.read(self.descriptor, min(left, block_bytes))):
                left -= len(block)
                yield block
        except OSError as error:
            raise unreadable(error) from error

    def close(self) -> None:
        """Close it; call it once."""
        os.close(self.descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()


@dataclass(frozen=True, slots=True)
class SourceFolder:
    """The folder ``path`` of one job, and which symbolic links in the paths of its files are followed.

    ``base`` is ``path`` or a folder above it, as the configuration names it: it is trusted, also if it is a
    link. "ignore": no part of a path below ``base`` may be a link. "inside": links are followed as long as
    ``path`` is inside ``base``, and the file inside ``path``. "follow" accepts every path.
    """

    base: str = ""
    path: str = ""
    symlinks: Symlinks = "follow"

    def check(self) -> None:
        """Raise SourceError if a link leads to the folder that must not be followed."""
        if self.symlinks == "follow" or self._real(self.path) is not None:
            return
        how = "is behind a symbolic link" if self.symlinks == "ignore" else f"leads out of {self.base}"
        raise SourceError(
            f"the source folder {self.path} {how}, which symlinks: {self.symlinks} does not allow",
            hint="replace the link by the folder itself, or set symlinks: follow",
        )

    def open(self, path: str, *, relative: bool = _RELATIVE) -> OpenedFile:
        """Open the file at ``path``, which is below the folder.

        Raises FileLeftOutError, or TooManyOpenFilesError if it should be tried again in a moment.
        ``relative``: the system can open a name relative to a folder that is open.
        """
        try:
            if self.symlinks == "follow":
                return _opened(path)
            return self._open_below(path) if relative else self._open_and_prove(path)
        except OSError as error:
            raise unreadable(error) from error

    def _open_and_prove(self, path: str) -> OpenedFile:
        """Open, then see whether the path leads to that very file, and where: for Windows."""
        opened = _opened(path)
        if self._leads_to(path, opened.status):
            return opened
        opened.close()
        raise self._replaced()

    def _open_below(self, path: str) -> OpenedFile:
        """Without following any link below ``base``. For "inside" a path with links is resolved before."""
        try:
            return _open_without_links(self.base, path)
        except OSError as error:
            # A link is ENOTDIR as a folder, ELOOP as a file (EMLINK on FreeBSD).
            if error.errno not in (errno.ENOTDIR, errno.ELOOP, errno.EMLINK):
                raise
            real = self._real(path)
            if real is None:
                raise self._replaced() from error
            if self.symlinks == "ignore":
                raise
        return _open_without_links(os.path.realpath(self.base), real)

    def _leads_to(self, path: str, status: os.stat_result) -> bool:
        real = self._real(path)
        try:
            return real is not None and os.path.samestat(os.stat(real), status)
        except OSError:
            return False

    def _real(self, path: str) -> str | None:
        """Where ``path`` leads at this moment; None if it must not be followed there."""
        base, real = os.path.realpath(self.base), os.path.realpath(path)
        if self.symlinks == "ignore":
            exact = os.path.join(base, *_names_below(self.base, path))
            return real if _is_within(real, exact) and _is_within(exact, real) else None
        source = os.path.realpath(self.path)
        return real if _is_within(source, base) and _is_within(real, source) else None

    def _replaced(self) -> FileLeftOutError:
        out = " out of the source folder" if self.symlinks == "inside" else ""
        return FileLeftOutError(f"it was replaced by a symbolic link{out}")


ANYWHERE = SourceFolder()
"""Opens every regular file."""


def change_time_ns(status: os.stat_result) -> int:
    """When the file was changed in any way, which no program can set; 0 where the system does not keep it."""
    return 0 if os.name == "nt" else status.st_ctime_ns


def unreadable(error: OSError) -> MochokError:
    """``error`` as the reason why a file is skipped, or as a reason to wait."""
    if are_exhausted(error):
        return too_many(error)
    known = {
        errno.ENOENT: "the file vanished before it was sent whole",
        errno.EACCES: "no permission to read it",
        errno.EPERM: "no permission to read it",
    }
    # The engine's own FileNotFoundError comes without a number and without words.
    number = error.errno or (errno.ENOENT if isinstance(error, FileNotFoundError) else 0)
    return FileLeftOutError(known.get(number, f"it cannot be read: {error.strerror or error}"))


def _open_without_links(base: str, path: str) -> OpenedFile:
    """Step by step below ``base``, so that no name that is replaced meanwhile leads elsewhere."""
    names = _names_below(base, path)
    if not names:
        raise FileLeftOutError("it is not a regular file any more")
    *folders, name = names
    folder = os.open(base, _FOLDER)
    try:
        for each in folders:
            inner = os.open(each, _FOLDER | _NOFOLLOW, dir_fd=folder)
            os.close(folder)
            folder = inner
        return _opened(name, folder, _NOFOLLOW)
    finally:
        os.close(folder)


def _opened(name: str, folder: int | None = None, nofollow: int = 0) -> OpenedFile:
    """Open a regular file: the only place that does (on Windows: in the way in which Python opens files).

    What is no regular file is not even opened, unless it is put there in this very moment: opening some
    devices has an effect.
    """
    _check_regular(os.stat(name, dir_fd=folder, follow_symlinks=not nofollow))
    descriptor = os.open(name, _READ | nofollow, dir_fd=folder)
    try:
        status = os.fstat(descriptor)
        _check_regular(status)
    except BaseException:
        os.close(descriptor)
        raise
    return OpenedFile(descriptor, status)


def _check_regular(status: os.stat_result) -> None:
    if stat.S_ISLNK(status.st_mode):
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
    if not stat.S_ISREG(status.st_mode):
        raise FileLeftOutError("it is not a regular file any more")


def is_below(base: str, path: str) -> bool:
    """Whether ``path`` is ``base`` or, as it is written, below it."""
    return os.path.join(path, "").startswith(os.path.join(base, ""))


def _names_below(base: str, path: str) -> list[str]:
    """The names that lead from ``base`` to ``path``."""
    names = path[len(os.path.join(base, "")) :].split(os.sep)
    if os.pardir in names or not is_below(base, path):
        raise FileLeftOutError("it is not below the source folder")
    return [name for name in names if name]


def _is_within(path: str, folder: str) -> bool:
    return is_below(os.path.normcase(folder), os.path.normcase(path))
