"""The configuration file: found, or a commented sample written; loaded, with all its mistakes."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mochok.config.generate import sample_file
from mochok.config.json_schema import SCHEMA_FILE_NAME, json_schema
from mochok.config.load import FILE_NAME, load, user_config_path
from mochok.config.schema import Settings
from mochok.doctor.check import Check
from mochok.errors import ConfigurationError
from mochok.plurals import counted


@dataclass(frozen=True, slots=True)
class Found:
    """``settings`` None: there is nothing to go on with. ``wrote`` is true for a fresh sample."""

    path: Path
    checks: tuple[Check, ...]
    settings: Settings | None = None
    wrote: bool = False


def find_or_write(explicit: str | None, environ: Mapping[str, str], cwd: Path) -> Found:
    """The configuration that a run would take; a sample where it would look first if there is none.

    An existing file is never written to.
    """
    path = _place(explicit, environ, cwd)
    if path.is_dir():
        hint = f"name the file in it, such as {path / FILE_NAME}"
        return Found(path, (Check("error", "configuration", f"{path} is a folder, not a file", hint),))
    if os.path.lexists(path):
        return _loaded(path, (), environ)
    return _written(path, environ)


def _place(explicit: str | None, environ: Mapping[str, str], cwd: Path) -> Path:
    """As ``config.load.find_config`` searches, but a place is an answer even without a file."""
    named = explicit or environ.get("MOCHOK_CONFIG")
    if named:
        return cwd / named
    here = cwd / FILE_NAME
    return user_config_path() if not os.path.lexists(here) and os.path.isfile(user_config_path()) else here


def _written(path: Path, environ: Mapping[str, str]) -> Found:
    try:
        _write_new(path, sample_file())
    except OSError as error:
        hint = "go to a folder that you may write to, or name another place with --config"
        message = f"there is none, and a sample at {path} cannot be written: {error.strerror or error}"
        return Found(path, (Check("error", "configuration", message, hint),))
    hint = "edit it: name your folder and bucket, set enabled: true, then run mochok install again"
    checks = (Check("ok", "configuration", f"there was none; a commented sample is now at {path}", hint),)
    return _loaded(path, (*checks, *_schema_beside(path)), environ, wrote=True)


def _schema_beside(path: Path) -> tuple[Check, ...]:
    """The JSON Schema that the sample's first line names, for editors; nothing depends on it."""
    schema = path.with_name(SCHEMA_FILE_NAME)
    try:
        _write_new(schema, json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n")
    except FileExistsError:
        return ()
    except OSError as error:
        message = f"{schema} cannot be written: {error.strerror or error}"
        return (Check("warning", "schema", message, "mochok schema prints it"),)
    return (Check("ok", "schema", f"{schema} lets editors complete and check the configuration"),)


def _write_new(path: Path, text: str) -> None:
    """Write a file that does not exist yet; raises FileExistsError rather than touch one that does."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "x", encoding="utf-8", newline="\n") as file:
        file.write(text)


def _loaded(
    path: Path, before: tuple[Check, ...], environ: Mapping[str, str], *, wrote: bool = False
) -> Found:
    try:
        settings = load(path, environ)
    except ConfigurationError as error:
        wrong = tuple(
            Check(
                "error",
                "configuration",
                f"{_at(one.file, one.line, one.column, one.path)}{one.message}",
                one.hint,
            )
            for one in error.problems
        )
        return Found(path, (*before, *wrong), wrote=wrote)
    return Found(path, (*before, *_summary(settings, wrote=wrote)), settings, wrote)


def _at(file: str, line: int, column: int, path: str) -> str:
    place = f"{file}:{line}:{column}" if line else file
    return f"{place}: {path}: " if path else f"{place}: "


def _summary(settings: Settings, *, wrote: bool) -> list[Check]:
    enabled = [each.name for each in settings.configurations if each.enabled]
    disabled = [each.name for each in settings.configurations if not each.enabled]
    checks = []
    if not wrote:
        checks.append(Check("ok", "configuration", f"{settings.path} is understood"))
    checks += [Check("note", "configuration", notice) for notice in settings.notices]
    if enabled:
        checks.append(Check("ok", "configurations", f"enabled: {', '.join(enabled)}"))
    else:
        checks.append(
            Check("warning", "configurations", "none is enabled; a run would do nothing", "set enabled: true")
        )
    if disabled:
        told = f"{counted(len(disabled), 'disabled configuration')} not looked at: {', '.join(disabled)}"
        checks.append(Check("note", "configurations", told))
    return checks
