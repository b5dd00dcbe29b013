"""Joining and checking paths as text, the same on every platform; nothing here asks the machine.

A path that begins with a drive letter or ``\\\\server`` is a Windows path and grows with ``\\``; every other
one is POSIX and grows with ``/``. What is appended may be written with either separator.
"""

from __future__ import annotations

import re
import unicodedata

from mochok.errors import PathError

LONGEST_PREFIX_BYTES = 1022
"""S3 keys hold 1,024 bytes; the prefix must leave room for ``/`` and one more."""
LONGEST_LOCAL_PATH = 4096

_DRIVE = re.compile(r"[A-Za-z]:")
_SEPARATORS = re.compile(r"[\\/]+")
_ROOT = re.compile(r"[A-Za-z]:[\\/]+|\\\\[^\\/]+|/(?!/)")
_WINDOWS_FORBIDDEN = re.compile(r'[<>:"|?*]')
_WINDOWS_DEVICE = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE)


def is_windows(path: str) -> bool:
    """Whether ``path`` is spelled as a Windows path: a drive letter or ``\\\\server`` in front."""
    return bool(_DRIVE.match(path)) or path.startswith("\\\\")


def is_absolute(path: str) -> bool:
    """Whether ``path`` names one place wherever one stands: ``/x``, ``C:\\x``, ``C:/x``, ``\\\\host\\x``."""
    return bool(_ROOT.match(path)) or bool(re.fullmatch(r"[A-Za-z]:", path))


def split_root(path: str) -> tuple[str, str]:
    """An absolute path's root (``C:\\``, ``\\\\server``, ``/``) and what follows it."""
    match = _ROOT.match(path)
    return (match[0], path[match.end() :]) if match else (path, "")


def join_local(base: str, relative: str) -> str:
    """``base`` and, below it, the folders that ``relative`` names with ``/`` or ``\\``.

    Runs of separators count as one. Raises PathError if ``base`` is not absolute, or for a folder that
    would leave it (``..``) or that the base's platform cannot hold.
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
        raise PathError(f"the local path {joined[:60]!r}... has {len(joined):,} characters; that is too long")
    return joined


def split_segments(text: str) -> list[str]:
    """The folder names in ``text``; empty ones do not count."""
    return [segment for segment in _SEPARATORS.split(text) if segment]


def check_segment(segment: str, whole: str, *, windows: bool) -> None:
    """Raises PathError if ``segment``, a part of ``whole``, cannot be the name of a folder."""
    if segment in {".", ".."}:
        raise PathError(
            f"{shorten(whole)} holds the path segment {segment!r}, which would leave the folder it stands in",
            hint="write the folders' names in full",
        )
    if has_control_characters(segment):
        raise PathError(f"{shorten(whole)} holds a control character", hint="remove it")
    if windows and (_WINDOWS_FORBIDDEN.search(segment) or segment[-1] in ". "):
        raise PathError(
            f"{shorten(segment)} cannot be a folder's name on Windows",
            hint='none of < > : " | ? * anywhere, no dot or space at the end',
        )
    if windows and _WINDOWS_DEVICE.fullmatch(segment):
        raise PathError(
            f"{shorten(segment)} is a device on Windows, not a folder", hint="choose another name"
        )


def check_destination(prefix: str) -> str:
    """``prefix`` without a trailing ``/``. Raises PathError if it would make strange or unsafe keys."""
    if prefix.startswith("/"):
        raise PathError(
            f"the destination {shorten(prefix)} begins with /",
            hint='leave the / out; "" stands for the whole bucket',
        )
    if "\\" in prefix:
        raise PathError(
            f"the destination {shorten(prefix)} holds a backslash; S3 separates with /",
            hint=f"write {shorten(_SEPARATORS.sub('/', prefix).lstrip('/'))}",
        )
    trimmed = prefix.removesuffix("/")
    if "//" in prefix:
        raise PathError(f"the destination {shorten(prefix)} holds //", hint="write one / between two names")
    for segment in trimmed.split("/") if trimmed else []:
        check_segment(segment, prefix, windows=False)
    length_bytes = len(trimmed.encode())
    if length_bytes > LONGEST_PREFIX_BYTES:
        raise PathError(
            f"the destination {shorten(prefix)} has {length_bytes:,} bytes",
            hint=f"S3 keys hold 1,024 bytes in all; use at most {LONGEST_PREFIX_BYTES:,} of them",
        )
    return trimmed


def has_control_characters(text: str) -> bool:
    """Whether ``text`` holds control characters (C0, DEL, C1) or lone surrogates."""
    return any(unicodedata.category(character) in {"Cc", "Cs"} for character in text)


def shorten(text: str) -> str:
    """``text`` in quotes, escaped, cut after 80 characters: fit for a message."""
    return repr(text) if len(text) <= 80 else f"{text[:77]!r}..."


def _check_base(base: str) -> None:
    if not is_absolute(base) and not base.startswith("//"):
        raise PathError(f"the folder {shorten(base)} is not an absolute path", hint="write it in full")
    if "\0" in base:
        raise PathError(f"the folder {shorten(base)} holds a NUL character", hint="remove it")
    if ".." in (split_segments(base) if is_windows(base) else base.split("/")):
        raise PathError(f"the folder {shorten(base)} holds the path segment '..'", hint="write it in full")
