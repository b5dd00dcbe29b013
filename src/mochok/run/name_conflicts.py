"""Files that fail because the bucket still holds what should go: ``a`` next to ``a/b``.

S3 holds both. Servers that keep real folders (SeaweedFS, MinIO) refuse one while the other exists; as nothing
is deleted in a run in which a file failed, such a pair would stay for ever without a warning.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator


def name_conflicts(failed: Iterable[str], stale: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Pairs of a key that ``failed`` and a ``stale`` key, one of which is a folder of the other."""
    stale_keys = set(stale)
    folders = {folder: key for key in sorted(stale_keys, reverse=True) for folder in _folders(key)}
    for key in failed:
        blocking = folders.get(key) or next((above for above in _folders(key) if above in stale_keys), None)
        if blocking is not None:
            yield key, blocking


def _folders(key: str) -> Iterator[str]:
    parts = key.split("/")
    for count in range(1, len(parts)):
        yield "/".join(parts[:count])
