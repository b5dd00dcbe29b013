"""``sync --allow-deletes``: one run may delete more than ``delete_guard`` lets through."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from mochok.config.schema import Configuration, DeleteGuard
from mochok.errors import UsageError


def allowing_deletes(
    configurations: Sequence[Configuration], allowed: str | None
) -> tuple[Configuration, ...]:
    """The configurations, each allowed to delete ``allowed`` objects (a number or all); None: as they are.

    An empty or missing source still deletes nothing: that is no matter of numbers. Raises UsageError.
    """
    if allowed is None:
        return tuple(configurations)
    guard = DeleteGuard(max_percent=100, max_objects=_count(allowed))
    return tuple(one.model_copy(update={"delete_guard": guard}) for one in configurations)


def _count(text: str) -> int:
    word = text.strip().lower()
    if word == "all":
        return sys.maxsize
    if word.isascii() and word.isdecimal():
        return int(word)
    raise UsageError(
        f"--allow-deletes takes a number of objects or all, not {text!r}",
        hint="such as --allow-deletes 1200; `mochok sync --dry-run` tells how many there would be",
    )
