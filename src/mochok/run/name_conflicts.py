"""Files that fail because the bucket still holds what should go: ``a`` beside ``a/b``.

S3 holds both. Servers that keep real folders (SeaweedFS, MinIO) refuse the one while the other is there; as
nothing is deleted in a run in which a file failed, such a pair would stay for ever unless somebody is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator


def name_conflicts(failed: Iterable[str], stale: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Pairs of a key that ``failed`` and a ``stale`` one of which one is a folder of the other, each once."""
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
