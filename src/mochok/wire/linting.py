"""The lint, told what it wants to know here: AWS profiles and regions, and what ``state.json`` remembers."""

from __future__ import annotations

from datetime import date

from mochok.config.lint import lint
from mochok.config.schema import Settings
from mochok.errors import Diagnostic, MochokError
from mochok.state.state_file import StateFile


def findings(settings: Settings) -> list[Diagnostic]:
    """All findings, in file order. What cannot be read is left out of account; ``install`` tells of it."""
    return lint(settings, profiles=_profiles(), regions=_regions(), recorded=_recorded(settings))


def _regions() -> frozenset[str]:
    from mochok.storage.botocore_credentials import known_regions  # loads botocore

    return known_regions()


def _profiles() -> frozenset[str] | None:
    from mochok.storage.botocore_credentials import known_profiles  # loads botocore

    try:
        return known_profiles()
    except MochokError:
        return None


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
