"""Replacing a file so that a crash at any moment leaves the old or the new content, never a mix."""

from __future__ import annotations

import contextlib
import os
import stat
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from mochok.open_files import patiently

REPLACE_PATIENCE_SECONDS = 2.0
_NOFOLLOW = getattr(os, "O_NOFOLLOW", 0)
_BINARY = getattr(os, "O_BINARY", 0)


def write_atomically(path: Path, content: bytes) -> None:
    """Replace ``path`` by ``content``: write ``<name>.tmp``, fsync, rename, fsync the folder.

    A new file gets mode 0600; a replaced one keeps its mode and, where allowed, its owner and group, so that
    a user who could read it still can after root has written it. Only the holder of the run lock writes, so
    the temporary name is fixed. Raises OSError; ``path`` is then untouched.
    """
    temporary, previous = path.with_name(path.name + ".tmp"), None
    temporary.unlink(missing_ok=True)
    try:
        with contextlib.suppress(FileNotFoundError):
            previous = path.stat()
        _write_durably(temporary, content, previous)
        replace_patiently(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
    _sync_folder(path.parent)


def _write_durably(path: Path, content: bytes, previous: os.stat_result | None) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NOFOLLOW | _BINARY
    descriptor = patiently(lambda: os.open(path, flags, 0o600))
    with open(descriptor, "wb") as file:
        if previous is not None and os.name == "posix":
            try:
                os.fchown(descriptor, previous.st_uid, previous.st_gid)
            except OSError:  # only root gives files away
                with contextlib.suppress(OSError):
                    os.fchown(descriptor, -1, previous.st_gid)
            with contextlib.suppress(OSError):
                os.fchmod(descriptor, stat.S_IMODE(previous.st_mode))
        file.write(content)
        file.flush()
        os.fsync(descriptor)


def replace_patiently(
    source: Path,
    target: Path,
    *,
    replace: Callable[[Path, Path], None] = os.replace,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """``os.replace``; on Windows retried for 2 s while a reader or virus scanner has ``target`` open."""
    deadline_seconds = REPLACE_PATIENCE_SECONDS if os.name == "nt" else 0.0
    pause_seconds = 0.01
    while True:
        try:
            return replace(source, target)
        except PermissionError:
            if deadline_seconds <= 0:
                raise
        sleep(pause_seconds)
        deadline_seconds -= pause_seconds
        pause_seconds = min(pause_seconds * 2, 0.2)


def _sync_folder(folder: Path) -> None:
    """Make the rename itself durable, where the system can (not on Windows, nor on some file systems)."""
    if os.name != "posix":
        return
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def aside_name(path: Path, word: str) -> Path:
    """An unused name ``<path>.<word>-<timestamp>``, in the machine's local time."""
    stamp = datetime.now().astimezone().strftime("%Y%m%dT%H%M%S")
    candidate = path.with_name(f"{path.name}.{word}-{stamp}")
    count = 1
    while os.path.lexists(candidate):
        count += 1
        candidate = path.with_name(f"{path.name}.{word}-{stamp}-{count}")
    return candidate
