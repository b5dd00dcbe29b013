"""The source folders of the enabled configurations, as this user sees them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date

from mochok.config.jobs import source_folder, sync_paths
from mochok.config.schema import Configuration, Settings
from mochok.doctor.check import Check, failed
from mochok.errors import MochokError
from mochok.queries.misfits import misfit
from mochok.scan import check_source
from mochok.strategies.paths import is_windows


def source(settings: Settings, configuration: Configuration, target_date: date) -> Iterator[Check]:
    """The base path, then the folder of ``target_date``, then whether any name fits the date format."""
    subject, base = f"source of {configuration.name}", configuration.local_base_path
    if is_windows(base) and os.name != "nt":
        hint = "run mochok on the Windows machine, or set local_base_path to a path of this machine"
        yield Check("error", subject, f"{base} is a Windows path, and this is not Windows", hint)
        return
    try:
        check_source(base)
        paths = sync_paths(configuration, settings, target_date)
        if not os.path.lexists(paths.source):
            yield _missing(subject, configuration, paths.source, target_date)
            yield from _misfit(subject, settings, configuration, target_date)
            return
        check_source(paths.source)
        source_folder(configuration, paths).check()
    except MochokError as error:
        yield failed(subject, error)
        return
    day = "" if paths.source == base else f" (the folder of {target_date})"
    yield Check("ok", subject, f"{paths.source}{day} is readable")
    yield from _misfit(subject, settings, configuration, target_date)


def _misfit(
    subject: str, settings: Settings, configuration: Configuration, target_date: date
) -> Iterator[Check]:
    if found := misfit(configuration, settings, target_date):
        yield Check("warning" if found.likely else "note", subject, found.message, found.hint)


def _missing(subject: str, configuration: Configuration, folder: str, target_date: date) -> Check:
    message = f"{configuration.local_base_path} is readable; {folder} does not exist"
    if configuration.missing_source == "fail":
        hint = "a run for that day would fail; with missing_source: skip it would be skipped"
        return Check("warning", subject, message, hint)
    if target_date not in configuration.expected:
        return Check("ok", subject, f"{message}, and none is expected for {target_date}")
    return Check("note", subject, f"{message}; a run for {target_date} would skip it")
