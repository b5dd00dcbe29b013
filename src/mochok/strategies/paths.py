"""Joining and checking paths as text, the same on every platform; no file system is read.

A path that begins with a drive letter or ``\\\\server`` is a Windows path and grows with ``\\``; every other
one is POSIX and grows with ``/``. Appended folders may be written with either separator.
"""

from __future__ import annotations

import re
import unicodedata

from mochok.errors import PathError

LONGEST_PREFIX_BYTES = 1022
"""S3 keys hold 1,024 bytes; a prefix leaves at least two of them, for ``/`` and a name."""
LONGEST_LOCAL_PATH = 4096

_DRIVE = re.compile(r"[A-Za-z]:")
_SEPARATORS = re.compile(r"[\\/]+")
_ROOT = re.compile(r"[A-Za-z]:[\\/]+|\\\\[^\\/]+|/(?!/)")
_WINDOWS_FORBIDDEN = re.compile(r'[<>:"|?*]')
_WINDOWS_DEVICE = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE)


def is_windows(path: str) -> bool:
    """Whether ``path`` begins as a Windows path: with a drive letter or ``\\\\server``."""
    return bool(_DRIVE.match(path)) or path.startswith("\\\\")


def is_absolute(path: str) -> bool:
    """Whether ``path`` does not depend on a current folder: ``/x``, ``C:\\x``, ``C:/x``, ``\\\\host\\x``."""
    return bool(_ROOT.match(path)) or bool(re.fullmatch(r"[A-Za-z]:", path))


def split_root(path: str) -> tuple[str, str]:
    """An absolute path's root (``C:\\``, ``\\\\server``, ``/``) and what follows it."""
    match = _ROOT.match(path)
    return (match[0], path[match.end() :]) if match else (path, "")


def join_local(base: str, relative: str) -> str:
    """``base`` and, below it, the folders of ``relative``, which are separated by ``/`` or ``\\``.

    Raises PathError if ``base`` is not absolute, and for a folder that leaves it (``..``) or is not valid on
    the base's platform.
    """
    _check_base(base)
    windows = is_windows(base)
    separator = "\\" if windows else "/"
    segments = split_segments(relative)
    for segment in segments:
        check_segment(segment, relative, windows=windows)
    trimmed = base.rstrip("\\/" if windows else "/")
    if not segments:
        return trimmed + separator if re.fullmatch(r"([A-Za-z]:)?", trimmed) else trimmed
    joined = separator.join([trimmed, *segments])
    if len(joined) > LONGEST_LOCAL_PATH:
        message = f"the local path {shorten(joined)} has {len(joined):,} characters"
        raise PathError(message, hint=f"use at most {LONGEST_LOCAL_PATH:,}")
    return joined


def split_segments(text: str) -> list[str]:
    """The folder names in ``text``, without empty ones."""
    return [segment for segment in _SEPARATORS.split(text) if segment]


def check_segment(segment: str, whole: str, *, windows: bool) -> None:
    """Raises PathError if ``segment``, a part of ``whole``, is not a valid folder name."""
    if segment in {".", ".."}:
        hint = "write the names of the folders in full"
        raise PathError(f"{shorten(whole)} contains {segment!r}", hint=hint)
    if has_control_characters(segment):
        raise PathError(f"{shorten(whole)} contains a control character", hint="remove it")
    if windows and (_WINDOWS_FORBIDDEN.search(segment) or segment[-1] in ". "):
        hint = 'remove < > : " | ? * and a dot or space at the end'
        raise PathError(f"{shorten(segment)} is not a valid folder name on Windows", hint=hint)
    if windows and _WINDOWS_DEVICE.fullmatch(segment):
        raise PathError(f"{shorten(segment)} is a device name on Windows", hint="choose another folder name")


def check_destination(prefix: str, pattern: str) -> str:
    """``prefix``, which ``pattern`` gave, without a trailing ``/``. Raises PathError for unsafe keys."""
    subject = f"the destination {shorten(pattern)}"
    if prefix.startswith("/"):
        raise PathError(f"{subject} begins with /", hint='remove the /; "" is the whole bucket')
    if "\\" in prefix:
        raise PathError(f"{subject} contains a backslash", hint="write / between folders")
    if "//" in prefix:
        raise PathError(f"{subject} contains //", hint="write one / between two folders")
    trimmed = prefix.removesuffix("/")
    for segment in trimmed.split("/") if trimmed else []:
        check_segment(segment, pattern, windows=False)
    if (length_bytes := len(trimmed.encode())) > LONGEST_PREFIX_BYTES:
        hint = f"use at most {LONGEST_PREFIX_BYTES:,} bytes: a whole S3 key has 1,024"
        raise PathError(f"{subject} has {length_bytes:,} bytes", hint=hint)
    return trimmed


def has_control_characters(text: str) -> bool:
    """Whether ``text`` contains control characters (C0, DEL, C1) or lone surrogates."""
    return any(unicodedata.category(character) in {"Cc", "Cs"} for character in text)


def shorten(text: str) -> str:
    """``text`` for a message: in quotes, escaped, and cut after 80 characters."""
    return repr(text) if len(text) <= 80 else f"{text[:77]!r}..."


def _check_base(base: str) -> None:
    subject = f"the folder {shorten(base)}"
    if not is_absolute(base) and not base.startswith("//"):
        raise PathError(f"{subject} is not an absolute path", hint="write the path in full")
    if "\0" in base:
        raise PathError(f"{subject} contains a NUL character", hint="remove it")
    if ".." in (split_segments(base) if is_windows(base) else base.split("/")):
        raise PathError(f"{subject} contains '..'", hint="write the path in full, without '..'")
