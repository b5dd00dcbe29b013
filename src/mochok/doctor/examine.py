"""All checks in their order, each as soon as its result is known."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path

from mochok.clock import Clock, SystemClock
from mochok.config.schema import Settings
from mochok.doctor import machine
from mochok.doctor.check import Check, Level
from mochok.doctor.configuration import Found
from mochok.doctor.sources import source
from mochok.errors import EXIT_PREREQUISITE, EXIT_SUCCESS, PrerequisiteError
from mochok.plurals import counted
from mochok.wire.linting import findings


def examine(found: Found, *, with_probe: bool) -> Iterator[Check]:
    """Check machine, configuration, folders, sources and destinations."""
    yield from machine.program()
    yield from found.checks
    settings = found.settings
    if settings is None:
        return
    clock: Clock = SystemClock(settings.global_settings.zone)
    if not found.wrote:
        yield from _lint(settings)
    yield machine.time_zone(settings.global_settings, clock.now())
    yield from machine.folders(settings.global_settings)
    yield from _configurations(settings, clock, with_probe=with_probe)


def examine_in(environ: Mapping[str, str], config: Path, *, with_probe: bool) -> list[Check]:
    """The same in a process with ``environ``, for AWS libraries. Raises PrerequisiteError if it fails."""
    command = [sys.executable, "-m", "mochok", "install", "--json", "--config", str(config)]
    command += ["--probe"] if with_probe else []
    done = subprocess.run(command, env=environ, stdout=subprocess.PIPE, check=False)  # noqa: S603 - no shell
    if done.returncode not in (EXIT_SUCCESS, EXIT_PREREQUISITE):
        message = f"the checks without this session ended with exit code {done.returncode}"
        raise PrerequisiteError(message, hint="mochok install checks with it")
    return [Check(**check) for check in json.loads(done.stdout)["checks"]]


def _lint(settings: Settings) -> Iterator[Check]:
    diagnostics = findings(settings)
    if diagnostics:
        only_hints = all(diagnostic.level == "hint" for diagnostic in diagnostics)
        level: Level = "note" if only_hints else "warning"
        message = f"{counted(len(diagnostics), 'diagnostic')} for {settings.path}"
        yield Check(level, "configuration", message, "mochok validate shows them, with line and column")


def _configurations(settings: Settings, clock: Clock, *, with_probe: bool) -> Iterator[Check]:
    from mochok.doctor.destinations import Examination, targets  # loads the engine and botocore

    enabled = [configuration for configuration in settings.configurations if configuration.enabled]
    yesterday = clock.now() - timedelta(days=1)
    for configuration in enabled:
        yield from source(settings, configuration, yesterday.date())
    yield from Examination(with_probe=with_probe).checks(targets(settings, enabled, yesterday))
