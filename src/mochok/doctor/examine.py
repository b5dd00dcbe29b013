"""All checks in their order, each as soon as it is known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from mochok.clock import Clock, SystemClock
from mochok.config.schema import Settings
from mochok.doctor import machine
from mochok.doctor.check import Check, Level
from mochok.doctor.configuration import Found, find_or_write
from mochok.doctor.sources import source
from mochok.plurals import counted
from mochok.wire.linting import findings


@dataclass(frozen=True, slots=True)
class Question:
    """What to look at. ``environ`` serves the configuration; the AWS libraries read the process's own."""

    config: str | None
    environ: Mapping[str, str]
    folder: Path
    with_probe: bool = False


def examine(question: Question, found: Found) -> Iterator[Check]:
    """The checks after the configuration was found: machine, file, folders, sources, destinations."""
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
    yield from _configurations(settings, clock, with_probe=question.with_probe)


def find(question: Question) -> Found:
    """The configuration, or a sample in its place."""
    return find_or_write(question.config, question.environ, question.folder)


def _lint(settings: Settings) -> Iterator[Check]:
    remarks = findings(settings)
    if not remarks:
        return
    errors = sum(each.level == "error" for each in remarks)
    level: Level = "warning" if errors or any(each.level == "warning" for each in remarks) else "note"
    told = f"{counted(len(remarks), 'remark')} on {settings.path}"
    yield Check(level, "configuration", told, "mochok validate shows them with their places")


def _configurations(settings: Settings, clock: Clock, *, with_probe: bool) -> Iterator[Check]:
    from mochok.doctor.places import Examination, targets  # loads the engine and botocore

    enabled = [each for each in settings.configurations if each.enabled]
    yesterday = clock.now() - timedelta(days=1)
    for configuration in enabled:
        yield from source(settings, configuration, yesterday.date())
    yield from Examination(settings, with_probe=with_probe).checks(targets(settings, enabled, yesterday))
