"""The delete guard: may so many objects be deleted? Pure."""

from __future__ import annotations

from dataclasses import dataclass

from mochok.plurals import counted


@dataclass(frozen=True, slots=True)
class DeleteGuard:
    """How much a delete phase may remove: percent of the objects that the configuration could delete, and a
    count.
    """

    max_percent: float = 50
    max_objects: int = 1000

    def refusal(self, deletes: int, objects: int) -> str:
        """Why ``deletes`` of ``objects`` are too many, or ""."""
        of_all = f"{deletes} of {counted(objects, 'object', grouped=False)}"
        if deletes > self.max_objects:
            return f"{of_all} would be deleted, more than max_objects: {self.max_objects}"
        if deletes * 100 > self.max_percent * objects:
            share = deletes * 100 / objects
            return f"{of_all} ({share:.0f} %) would be deleted, more than max_percent: {self.max_percent:g}"
        return ""
