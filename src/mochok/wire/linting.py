"""The lint with what it needs to know: AWS profiles and regions, and the successes in ``state.json``."""

from __future__ import annotations

from datetime import date

from mochok.config.diagnostics import Diagnostics
from mochok.config.environment import empty_files
from mochok.config.lint import lint
from mochok.config.schema import Settings
from mochok.errors import Diagnostic, MochokError
from mochok.state.state_file import StateFile


def findings(settings: Settings) -> list[Diagnostic]:
    """All findings, in file order. What cannot be read is ignored here; ``install`` reports it."""
    from mochok.storage.botocore_credentials import known_profiles, known_regions  # loads botocore

    try:
        profiles = known_profiles()
    except MochokError:
        profiles = None
    found = lint(settings, profiles=profiles, regions=known_regions(), recorded=_recorded(settings))
    return Diagnostics([*found, *empty_files(settings.tree)]).in_file_order(str(settings.path))


def _recorded(settings: Settings) -> dict[str, tuple[date, str]]:
    try:
        state, _notices = StateFile(settings.global_settings.state_file).peek()
    except MochokError:
        return {}
    return {
        name: (success.date, success.s3_path)
        for name, success in state.successes.items()
        if success.date is not None and success.s3_path
    }
