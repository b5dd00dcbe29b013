"""One finding of ``mochok install``."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Literal

from mochok.errors import MochokError
from mochok.redact import redacted

Level = Literal["ok", "note", "warning", "error"]


@dataclass(frozen=True, slots=True)
class Check:
    """``level``: "ok" is as it should be, "note" is worth knowing, "warning" wants a look, with "error" a run
    could not work. ``subject`` is what was looked at, ``hint`` what to do ("" if nothing).
    """

    level: Level
    subject: str
    message: str
    hint: str = ""


def failed(subject: str, error: MochokError, level: Level = "error") -> Check:
    """The check that ended with ``error``."""
    return Check(level, subject, error.message, error.hint)


def could_run(checks: Iterable[Check]) -> bool:
    """Whether a run could work: no error among ``checks``."""
    return all(check.level != "error" for check in checks)


def plain(check: Check) -> dict[str, str]:
    """``check`` as JSON shows it: ``level``, ``subject``, ``message``, ``hint``."""
    return {name: redacted(text) for name, text in asdict(check).items()}
