"""Days that have data in the source and are older than a configuration's history."""

from __future__ import annotations

import os
import shlex
from dataclasses import dataclass
from datetime import date
from typing import Literal

from mochok.plurals import counted

Kind = Literal["day folder", "folder", "day with files"]
""" "folder" for a period, such as a month."""
_PLURALS = {"day folder": "day folders", "folder": "folders", "day with files": "days with files"}
_QUOTED = frozenset('"$`\\!%\n')


@dataclass(frozen=True, slots=True)
class EarlierDays:
    """``count`` of a configuration's folders or days with files (``kind``), from ``first`` to ``last``."""

    name: str
    kind: Kind
    count: int
    first: date
    last: date

    @property
    def command(self) -> str:
        """What uploads them."""
        return f"mochok sync --from {self.first} --to {self.last} --only {_quoted(self.name)}"

    def __str__(self) -> str:
        what = counted(self.count, f"earlier {self.kind} was", f"earlier {_PLURALS[self.kind]} were")
        return f"{what} never uploaded: {self.command}"


def _quoted(name: str) -> str:
    """As shells read it."""
    return shlex.quote(name) if _QUOTED & set(name) and os.name != "nt" else f'"{name}"'
