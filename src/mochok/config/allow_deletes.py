"""``sync --allow-deletes``: one run may delete more than ``delete_guard`` allows."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from mochok.config.schema import Configuration, DeleteGuard
from mochok.errors import UsageError


def allowing_deletes(
    configurations: Sequence[Configuration], allowed: str | None
) -> tuple[Configuration, ...]:
    """The configurations, each with ``allowed`` (a number or all) as its limit; None changes nothing.

    An empty or missing source still deletes nothing. Raises UsageError.
    """
    if allowed is None:
        return tuple(configurations)
    guard = DeleteGuard(max_percent=100, max_objects=_count(allowed))
    return tuple(configuration.model_copy(update={"delete_guard": guard}) for configuration in configurations)


def _count(text: str) -> int:
    word = text.strip().lower()
    if word == "all":
        return sys.maxsize
    if word.isascii() and word.isdecimal():
        return int(word)
    raise UsageError(
        f"--allow-deletes needs a number of objects or all, not {text!r}",
        hint="write --allow-deletes 1200, for example; `mochok sync --dry-run` shows the number",
    )
