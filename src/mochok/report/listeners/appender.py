"""Appends whole lines to files: buffered, safe for several writers; a fault never stops the run.

Lines wait until 64 KiB or one second have gathered, so 10,000 small files cost a handful of writes. Each
block of whole lines is one ``write`` with O_APPEND, so on POSIX two processes that share a file interleave
whole lines. The file is opened for each block: one that an administrator moves or deletes is not written to
any more. A block that cannot be written is dropped, and the first such fault reported once.
"""

from __future__ import annotations

import os
import stat
import threading
import time
from collections.abc import Callable
from pathlib import Path

from mochok.open_files import patiently

MOST_WAIT_SECONDS = 5.0
"""While too many files are open."""
BLOCK_SIZE_BYTES = 64 * 1024
MAX_DELAY_SECONDS = 1.0
_BASE_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
_NEVER_FOLLOW = getattr(os, "O_NOFOLLOW", 0)
_NONBLOCK = getattr(os, "O_NONBLOCK", 0)


class Appender:
    """Appends lines to one file at a time; safe in several threads.

    ``own_file`` True: the file is one that Mochok named itself; a link or a pipe with that name is refused.
    False: the user named it, and may have meant a pipe. ``warn`` is called once at most.
    """

    def __init__(
        self,
        *,
        warn: Callable[[str], None],
        own_file: bool = True,
        monotonic_seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._warn = warn
        self._own_file = own_file
        self._monotonic_seconds = monotonic_seconds
        self._lock = threading.RLock()
        self._path: Path | None = None
        self._lines: list[str] = []
        self._characters = 0
        self._written_seconds = monotonic_seconds()
        self._warned = False

    def add(self, path: Path, line: str) -> None:
        """Append ``line`` (without its end) to ``path``, now or a little later."""
        with self._lock:
            if path is not self._path and path != self._path:
                self.flush()
                self._path = path
            self._lines.append(line)
            self._characters += len(line) + 1
            if self._characters >= BLOCK_SIZE_BYTES:
                self.flush()
            else:
                self.tick()

    def tick(self) -> None:
        """Write what has waited long enough; called whenever anything happens."""
        if self._monotonic_seconds() - self._written_seconds >= MAX_DELAY_SECONDS:
            self.flush()

    def flush(self) -> None:
        """Write everything now."""
        with self._lock:
            lines, self._lines, self._characters = self._lines, [], 0
            self._written_seconds = self._monotonic_seconds()
            if not lines or self._path is None:
                return
            try:
                self._append(self._path, ("\n".join(lines) + "\n").encode("utf-8", "backslashreplace"))
            except OSError as error:
                if not self._warned:
                    self._warned = True
                    reason = f"{error.strerror or error} (the sync itself is not affected)"
                    self._warn(f"lines are missing in {self._path}: {reason}")

    def _append(self, path: Path, block: bytes) -> None:
        flags = _BASE_FLAGS | ((_NEVER_FOLLOW | _NONBLOCK) if self._own_file else 0)
        try:
            descriptor = patiently(lambda: os.open(path, flags, 0o640), MOST_WAIT_SECONDS)
        except FileNotFoundError:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor = os.open(path, flags, 0o640)
        try:
            if self._own_file and not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise OSError(f"{path} is not a regular file")
            while block:
                block = block[os.write(descriptor, block) :]
        finally:
            os.close(descriptor)
