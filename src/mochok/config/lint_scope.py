"""One configuration, as the lint looks at it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Literal

from mochok.config.diagnostics import KeyPath, path_text
from mochok.config.document import find
from mochok.config.schema import Configuration, Settings
from mochok.errors import Diagnostic, DiagnosticLevel, MochokError
from mochok.model import SyncPaths

SAMPLE_DAY = date(2024, 5, 14)
STRUCTURE: KeyPath = ("destination_config", "s3_path_structure")


@dataclass(frozen=True, slots=True)
class Scope:
    """One configuration, the ``index``-th of its file."""

    settings: Settings
    configuration: Configuration
    index: int

    def diagnostic(self, level: DiagnosticLevel, path: KeyPath, message: str, hint: str) -> Diagnostic:
        full = ("sync_configurations", self.index, *path)
        location = find(self.settings.tree, full).location
        return Diagnostic(*location, path_text(full), message, hint, level)

    def serious(self) -> DiagnosticLevel:
        """What cannot work is an error where it runs, and a warning where it is disabled."""
        return "error" if self.configuration.enabled else "warning"

    def paths(
        self, day: date, day_placeholder: Literal["number", "folder"] | None = None
    ) -> SyncPaths | None:
        """Source and destination on ``day``; None if the strategy refuses that day."""
        request = self.settings.request(self.configuration, day, "host", day_placeholder)
        try:
            return self.configuration.strategy.paths(request)
        except MochokError:
            return None

    def entries(self, names: str) -> list[int]:
        """The indexes of the ``sync_options`` whose name matches the regular expression ``names``."""
        texts = self.configuration.options.texts
        return [index for index, text in enumerate(texts) if re.match(rf"\s*--({names})(?![\w-])", text)]

    def option_path(self, name: str) -> KeyPath:
        """The path of the last ``sync_options`` entry with that name."""
        return ("sync_options", *self.entries(name)[-1:])
