"""One result of ``mochok install``."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal

from mochok.errors import MochokError
from mochok.redact import redacted

Level = Literal["ok", "note", "warning", "error"]


@dataclass(frozen=True, slots=True)
class Check:
    """``level`` "error": a run cannot work. ``subject`` is what was checked, ``hint`` what to do, or ""."""

    level: Level
    subject: str
    message: str
    hint: str = ""

    def to_json(self) -> dict[str, str]:
        """The members that ``--json`` prints, without credentials."""
        return {name: redacted(text) for name, text in asdict(self).items()}


def failed(subject: str, error: MochokError, level: Level = "error") -> Check:
    """The check that ended with ``error``."""
    return Check(level, subject, error.message, error.hint)
