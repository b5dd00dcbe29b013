"""The ordered walk of a source folder.

Files come in the order in which the server lists keys, so that both sides can be joined without keeping
either in memory; only the names of one folder at a time are. Nothing is opened. What is unreadable or has an
invalid name is skipped and reported, and the walk continues (rules S-10 to S-20 of ``aws s3 sync``, with
loops detected and names checked).
"""

from __future__ import annotations

import errno
import os
import re
import stat
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from mochok.errors import SourceError
from mochok.model import KeyOrder, LeftOut, SourceFile
from mochok.open_files import are_exhausted, patiently, too_many
from mochok.similar import KINDS, Kind, problem, risks
from mochok.source_files import Symlinks, change_time_ns

MAX_KEY_BYTES = 1024
MAX_LINK_EXPANSION = 10_000
_SURROGATE = re.compile("[\ud800-\udfff]")
"""How Python decodes a byte that is not UTF-8 (PEP 383)."""


@dataclass(slots=True)
class Budget:
    """How many names walks may still read; they end when ``left`` is 0."""

    left: int

    def spend(self, entries: Iterable[os.DirEntry[str]]) -> Iterator[os.DirEntry[str]]:
        """As many of ``entries`` as may be read."""
        for entry in entries:
            if self.left <= 0:
                return
            self.left -= 1
            yield entry


@dataclass(frozen=True, slots=True)
class ScanSettings:
    """``prefix_bytes``: length of the destination prefix, which counts towards a key's 1,024 bytes.

    ``budget``: for a count that need not be complete; None reads everything. ``max_link_expansion``: how many
    names links may reach in folders that a link has reached before. ``kept_apart``: which kinds of similar
    names the server keeps apart, called when a folder has some.
    """

    order: KeyOrder = KeyOrder.BYTES
    symlinks: Symlinks = "follow"
    prefix_bytes: int = 0
    budget: Budget | None = None
    max_link_expansion: int = MAX_LINK_EXPANSION
    kept_apart: Callable[[], frozenset[Kind]] = lambda: KINDS


@dataclass(frozen=True, slots=True)
class _Folder:
    """``real``: its path holds no link, as far as the walk knows."""

    path: str
    key: str
    identity: tuple[int, int]
    real: bool


_Open = tuple[_Folder, Iterator[str]]
"""A folder, and those of its names that are still to be read."""


def check_source(root: str) -> None:
    """Raise SourceError unless ``root`` is a folder that can be listed."""
    try:
        with patiently(lambda: os.scandir(root)):
            return
    except FileNotFoundError:
        hint = "check the path, and that its disk or share is mounted"
        raise SourceError(f"the source folder {root} does not exist", hint=hint) from None
    except NotADirectoryError:
        hint = "use the folder that contains it"
        raise SourceError(f"the source {root} is not a folder", hint=hint) from None
    except OSError as error:
        if are_exhausted(error):
            raise too_many(error) from error
        hint = "give the user who runs mochok permission to read it"
        raise SourceError(f"the source folder {root} cannot be read: {error.strerror}", hint=hint) from error


def scan(root: str, settings: ScanSettings, on_left_out: Callable[[LeftOut], None]) -> Iterator[SourceFile]:
    """Every regular file below ``root`` in key order; ``on_left_out`` gets what is skipped or ignored.

    Raises SourceError if the root itself cannot be listed, or if links lead to the same folders more often
    than ``max_link_expansion`` allows; a link as the root is followed in every mode.
    """
    return _Walk(root, settings, on_left_out).files()


class _Walk:
    def __init__(self, root: str, settings: ScanSettings, on_left_out: Callable[[LeftOut], None]) -> None:
        self.root = root
        self.real_root = os.path.realpath(root)
        self.settings = settings
        self.marker = settings.order.value
        self.on_left_out = on_left_out
        self.linked: set[tuple[int, int]] = set()
        self.expansion = 0
        self.began_ns = time.time_ns()

    def files(self) -> Iterator[SourceFile]:
        check_source(self.root)
        names = self.names(self.root, "") or []
        root = _Folder(os.path.join(self.root, ""), "", _identity(os.stat(self.root)), real=True)
        stack = [(root, iter(names))]
        while stack:
            folder, iterator = stack[-1]
            yield from self.files_until_folder(folder, iterator, stack)

    def files_until_folder(
        self, folder: _Folder, names: Iterator[str], stack: list[_Open]
    ) -> Iterator[SourceFile]:
        """The files of one folder up to its next sub-folder, which is pushed; pops at the folder's end."""
        path, key, marker = folder.path, folder.key, self.marker
        most = MAX_KEY_BYTES - self.settings.prefix_bytes - len(key.encode())
        for name in names:
            if name[-1] == marker:
                inner = self.enter(folder, name[:-1], stack)
                if inner is not None:
                    stack.append(inner)
                    return
                continue
            try:
                status = os.stat(path + name)
            except OSError as error:
                self.skip(key + name, _file_problem(error))
                continue
            if not stat.S_ISREG(status.st_mode):
                self.not_regular(key + name, status)
            elif len(name) * 4 > most and len(name.encode()) > most:
                self.skip(key + name, "the key would be longer than S3's 1,024 bytes")
            else:
                ctime_ns = changed_ns = change_time_ns(status)
                if ctime_ns > self.began_ns:
                    ctime_ns = 0  # it changes right now, or its file system has a clock in this field
                size_bytes, mtime_ns = status.st_size, status.st_mtime_ns
                yield SourceFile(key + name, path + name, size_bytes, mtime_ns, ctime_ns, changed_ns)
        stack.pop()

    def enter(self, folder: _Folder, name: str, stack: list[_Open]) -> _Open | None:
        path, key = folder.path + name, folder.key + name + "/"
        try:
            identity = _identity(os.stat(path))
        except OSError as error:
            self.skip(key, _file_problem(error))
            return None
        if any(outer.identity == identity for outer, _names in stack):
            self.skip(key, "a symbolic link back to one of its parent folders")
            return None
        names = self.names(path, key)
        if names is None:
            return None
        real = folder.real and not os.path.islink(path)
        if not real:
            self.count_expansion(identity, key, names)
        return _Folder(path + os.sep, key, identity, real), iter(names)

    def count_expansion(self, identity: tuple[int, int], key: str, names: list[str]) -> None:
        """A link was followed to this folder: a few folders that link to each other have countless paths."""
        if identity not in self.linked:
            self.linked.add(identity)
            return
        self.expansion += 1 + len(names)
        most = self.settings.max_link_expansion
        if self.expansion > most:
            raise SourceError(
                f"symbolic links lead to the same folders again and again: {key} and what was found before "
                f"it are more than {most:,} repeated names (max_link_expansion); stopped",
                hint="remove links that lead to one another, set symlinks: ignore, or raise the limit",
            )

    def names(self, path: str, key: str) -> list[str] | None:
        """The folder's names in order, those of folders with the order's marker; None if it is unreadable."""
        names: list[str] = []
        budget = self.settings.budget
        try:
            with patiently(lambda: os.scandir(path)) as entries:
                for entry in budget.spend(entries) if budget else entries:
                    name = entry.name
                    if not name.isascii() and _SURROGATE.search(name):
                        readable = os.fsencode(name).decode("utf-8", "backslashreplace")
                        self.skip(key + readable, "the name is not valid UTF-8")
                    elif entry.is_symlink():
                        self.add_link(names, entry, key)
                    else:
                        names.append(name + self.marker if entry.is_dir(follow_symlinks=False) else name)
        except OSError as error:
            if are_exhausted(error):
                raise too_many(error) from error
            self.skip(key, f"the folder cannot be read: {error.strerror}")
            return None
        names.sort()
        return self.kept_apart(names, key)

    def kept_apart(self, names: list[str], key: str) -> list[str]:
        """``names`` without those that the server may take for others."""
        at_risk = risks(name.removesuffix(self.marker) for name in names)
        if not at_risk:
            return names
        kept_apart = self.settings.kept_apart()
        for name, kinds in at_risk.items():
            if unproven := sorted(kinds - kept_apart):
                self.skip(key + name, problem(unproven[0]))
        return [
            name for name in names if at_risk.get(name.removesuffix(self.marker), kept_apart) <= kept_apart
        ]

    def add_link(self, names: list[str], entry: os.DirEntry[str], key: str) -> None:
        if self.settings.symlinks == "ignore":
            return
        if self.settings.symlinks == "inside" and not self.is_inside(entry.path):
            self.skip(key + entry.name, "a symbolic link out of the source folder")
            return
        try:
            names.append(entry.name + self.marker if entry.is_dir() else entry.name)
        except OSError as error:
            self.skip(key + entry.name, _file_problem(error))

    def is_inside(self, path: str) -> bool:
        target = os.path.realpath(path)
        return target == self.real_root or target.startswith(os.path.join(self.real_root, ""))

    def not_regular(self, key: str, status: os.stat_result) -> None:
        if stat.S_ISDIR(status.st_mode):
            self.skip(key, "it became a folder during the scan")
        else:
            self.on_left_out(LeftOut(key, "a device, socket or FIFO", passed_over=True))

    def skip(self, key: str, problem: str) -> None:
        self.on_left_out(LeftOut(key, problem))


def _identity(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino


def _file_problem(error: OSError) -> str:
    known = {
        errno.ENOENT: "a broken symbolic link, or deleted during the scan",
        errno.ELOOP: "a symbolic link to itself",
        errno.EACCES: "no permission to read it",
        errno.ENAMETOOLONG: "the path is too long for this system",
    }
    return known.get(error.errno or 0, error.strerror or str(error))
