"""The configuration file: found and loaded, with all its mistakes, or a commented sample written."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from mochok.config.json_schema import SCHEMA_FILE_NAME, json_schema
from mochok.config.load import FILE_NAME, load, user_config_path
from mochok.config.schema import Settings
from mochok.doctor.check import Check, Level
from mochok.errors import ConfigurationError
from mochok.plurals import counted

_SAMPLE = Path(__file__).with_name("sample.yaml")


@dataclass(frozen=True, slots=True)
class Found:
    """``settings`` None: the configuration cannot be used. ``wrote`` is true for a new sample."""

    path: Path
    checks: tuple[Check, ...]
    settings: Settings | None = None
    wrote: bool = False


def find_or_write(explicit: str | None, environ: Mapping[str, str], cwd: Path) -> Found:
    """The configuration that a run would use, or a new sample where a run would search first."""
    path = _path(explicit, environ, cwd)
    if path.is_dir():
        hint = f"name the file in it, such as {path / FILE_NAME}"
        return Found(path, (_check("error", f"{path} is a folder, not a file", hint),))
    if os.path.lexists(path):
        return _loaded(path, (), environ)
    return _written(path, environ)


def _path(explicit: str | None, environ: Mapping[str, str], cwd: Path) -> Path:
    """As ``config.load.find_config`` searches, but the file need not exist."""
    named = explicit or environ.get("MOCHOK_CONFIG")
    if named:
        return cwd / named
    here = cwd / FILE_NAME
    return user_config_path() if not os.path.lexists(here) and os.path.isfile(user_config_path()) else here


def _written(path: Path, environ: Mapping[str, str]) -> Found:
    try:
        _write_new(path, _SAMPLE.read_text(encoding="utf-8"))
    except OSError as error:
        hint = "go to a folder that you may write to, or name another file with --config"
        message = f"there is no file, and a sample cannot be written to {path}: {error.strerror or error}"
        return Found(path, (_check("error", message, hint),))
    hint = "edit it: name your folder and bucket, set enabled: true, then run mochok install again"
    check = _check("ok", f"there was no file; a commented sample was written to {path}", hint)
    return _loaded(path, (check, *_schema_next_to(path)), environ, wrote=True)


def _schema_next_to(path: Path) -> tuple[Check, ...]:
    """The JSON Schema that the sample's first line names, for editors; nothing else reads it."""
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
    """Write a file that does not exist yet. Raises FileExistsError if it does."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "x", encoding="utf-8", newline="\n") as file:
        file.write(text)


def _loaded(
    path: Path, before: tuple[Check, ...], environ: Mapping[str, str], *, wrote: bool = False
) -> Found:
    try:
        settings = load(path, environ)
    except ConfigurationError as error:
        mistakes = (
            _check("error", str(replace(mistake, hint="")), mistake.hint) for mistake in error.diagnostics
        )
        return Found(path, (*before, *mistakes), wrote=wrote)
    return Found(path, (*before, *_summary(settings, wrote=wrote)), settings, wrote)


def _summary(settings: Settings, *, wrote: bool) -> Iterator[Check]:
    enabled = [entry.name for entry in settings.configurations if entry.enabled]
    disabled = [entry.name for entry in settings.configurations if not entry.enabled]
    if not wrote:
        yield _check("ok", f"{settings.path} is valid")
    for notice in settings.notices:
        yield _check("note", notice)
    if enabled:
        yield Check("ok", "configurations", f"enabled: {', '.join(enabled)}")
    else:
        message = "none is enabled; a run would do nothing"
        yield Check("warning", "configurations", message, "set enabled: true")
    if disabled:
        message = f"{counted(len(disabled), 'disabled configuration')} not checked: {', '.join(disabled)}"
        yield Check("note", "configurations", message)


def _check(level: Level, message: str, hint: str = "") -> Check:
    return Check(level, "configuration", message, hint)
