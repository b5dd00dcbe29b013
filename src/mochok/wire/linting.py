"""The lint with what it needs to know: AWS profiles and regions, ``state.json``, and the names that exist."""

from __future__ import annotations

import os
from datetime import date, datetime

from mochok.config.diagnostics import Diagnostics
from mochok.config.environment import empty_files
from mochok.config.lint import Misfit, lint, lint_elsewhere, lint_names
from mochok.config.neighbours import shared_files
from mochok.config.schema import Settings
from mochok.errors import Diagnostic, MochokError
from mochok.queries.elsewhere import elsewhere
from mochok.queries.misfits import misfit
from mochok.queries.overview import open_history
from mochok.state.state_file import StateFile


def findings(settings: Settings) -> list[Diagnostic]:
    """All findings, in file order. What cannot be read is ignored here; ``install`` reports it."""
    from mochok.storage.botocore_credentials import (
        known_profiles,
        known_regions,
        profile_files,
    )  # loads botocore

    try:
        profiles = known_profiles()
    except MochokError:
        profiles = None
    found = lint(
        settings,
        profiles=profiles,
        regions=known_regions(),
        recorded=_recorded(settings),
        windows=os.name == "nt",
        aws_files=profile_files(),
    )
    found += lint_names(settings, _misfits(settings))
    found += lint_elsewhere(settings, _elsewhere(settings))
    found += shared_files(settings, os.environ)
    found += empty_files(settings.tree)
    return Diagnostics(found).in_file_order(str(settings.path))


def _misfits(settings: Settings) -> dict[str, Misfit]:
    today = datetime.now(settings.global_settings.zone).date()
    found = {entry.name: misfit(entry, settings, today) for entry in settings.configurations if entry.enabled}
    return {name: wrong for name, wrong in found.items() if wrong is not None}


def _elsewhere(settings: Settings) -> dict[str, str]:
    """The sentence of each configuration whose days went to another destination."""
    with open_history(settings, lambda _fault: None) as ledger:
        enabled = [entry for entry in settings.configurations if entry.enabled]
        return {entry.name: elsewhere(settings, entry, ledger) for entry in enabled}


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
