"""The seam for strategies.

A strategy is a frozen pydantic model whose fields are its options: error messages, the JSON Schema, the
reference page and ``mochok strategies`` show their types, defaults, descriptions and examples. A strategy is
pure: no file system, no clock, no environment. The same input gives the same result on every platform.

To add one, subclass :class:`Strategy` and register it under the entry-point group ``mochok.strategies``;
the entry point's name is the value of ``type:``. ``mochok.strategies.option_types`` has types for options
that are date formats or patterns; placeholders and joining are in ``mochok.strategies.placeholders`` and
``mochok.strategies.paths``.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from mochok.model import DateWindow, SyncPaths


@dataclass(frozen=True, slots=True)
class Request:
    """The input of a strategy.

    ``base_path`` is ``local_base_path`` made absolute (a Windows path stays as written); ``path_structure``
    is ``s3_path_structure``, None if not given; ``hostname`` is this machine's name; with ``day_placeholder``
    "folder", ``{day}`` in a DateFolder's destination is the folder's name, as in the original.
    ``found_folder`` is the source that fits ``SyncPaths.source_glob``, relative to the base path with ``/``;
    "" as long as it was not searched or found.
    """

    config_name: str
    base_path: str
    target_date: date
    path_structure: str | None
    hostname: str
    day_placeholder: Literal["number", "folder"] = "number"
    found_folder: str = ""


class Strategy(BaseModel, ABC):
    """Base of all strategies. Options are the subclass's fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    summary: ClassVar[str]
    """When to use it, in one sentence, for ``mochok strategies``."""
    default_structure: ClassVar[str]
    """``s3_path_structure`` if the configuration has none."""
    advised_structure: ClassVar[str] = ""
    """A structure that serves most configurations better than the default, "" if the default does."""
    dated_by_run: ClassVar[bool] = False
    """True if the source has no data by day: a run uploads it as it is, so its data day is the run's date,
    and past days cannot be backfilled."""
    example: ClassVar[str] = ""
    """A commented ``sync-config.yaml`` for ``mochok strategies --show-examples``; "" for none. (Those of
    Mochok's own strategies are files in ``examples/``.)"""

    @abstractmethod
    def paths(self, request: Request) -> SyncPaths:
        """The source folder and the destination prefix for ``request.target_date``.

        Raises PathError for an unknown placeholder, a value with a separator, or an invalid path.
        """

    @property
    def usual_structure(self) -> str:
        """``s3_path_structure`` if the configuration has none, with these options."""
        return self.default_structure

    @property
    def is_undated(self) -> bool:
        """``dated_by_run``, with these options."""
        return self.dated_by_run

    def period(self, day: date) -> DateWindow:
        """The days whose files are in the same source as those of ``day``, and belong to no single one."""
        return DateWindow(day, day)

    def structure(self, request: Request) -> str:
        """``s3_path_structure``, or this strategy's default."""
        return self.usual_structure if request.path_structure is None else request.path_structure
