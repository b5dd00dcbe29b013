"""The seam for strategies.

A strategy is a frozen pydantic model whose fields are its options: type, default, description and example
stand in one place and show up in error messages, in the JSON Schema, in the reference page and in
``mochok strategies``. A strategy decides purely: no file system, no clock, no environment. The same input
gives the same answer on every platform.

To add one, subclass :class:`Strategy` and register it under the entry-point group ``mochok.strategies``;
the entry point's name is the word that users write as ``type:``. Options that are date formats or patterns
have ready types in ``mochok.strategies.option_types``; placeholders and joining are in
``mochok.strategies.placeholders`` and ``mochok.strategies.paths``.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from mochok.model import SyncPaths


@dataclass(frozen=True, slots=True)
class Request:
    """What a strategy may know.

    ``base_path`` is ``local_base_path`` made absolute (a Windows path stays as written);
    ``path_structure`` is the user's ``s3_path_structure``, None if not given; ``hostname`` is this
    machine's name; ``day_placeholder`` "folder" makes ``{day}`` in a DateFolder's destination the
    folder's name, as the original's code did.
    """

    config_name: str
    base_path: str
    target_date: date
    path_structure: str | None
    hostname: str
    day_placeholder: Literal["number", "folder"] = "number"


class Strategy(BaseModel, ABC):
    """Base of all strategies. Options are the subclass's fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    summary: ClassVar[str]
    """One sentence for ``mochok strategies``: when to use it."""
    default_structure: ClassVar[str]
    """``s3_path_structure`` if the configuration gives none."""
    dated_by_run: ClassVar[bool] = False
    """True if the source has no days of its own: a sync proves only what stood there when it ran, so its data
    day is the calendar date of the run, and a past day can never be filled later."""
    example: ClassVar[str] = ""
    """A commented ``sync-config.yaml`` for ``mochok strategies --show-examples``; "" for none.
    (Mochok's own strategies have theirs as files in ``examples/``.)"""

    @abstractmethod
    def paths(self, request: Request) -> SyncPaths:
        """The source folder and the destination prefix for ``request.target_date``.

        Raises PathError for an unknown placeholder, a value that escapes, or an impossible path.
        """

    def structure(self, request: Request) -> str:
        """The user's ``s3_path_structure``, or this strategy's default."""
        return self.default_structure if request.path_structure is None else request.path_structure
