"""The configuration file: found and loaded, with all its mistakes, or a commented sample written."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from mochok.config.json_schema import SCHEMA_FILE_NAME, json_schema
from mochok.config.load import load, named_path, no_current_folder, user_config_path
from mochok.config.schema import Settings
from mochok.config.side_files import FILE_NAME, USUAL_NAMES, default_names
from mochok.doctor.check import Check, Level
from mochok.errors import ConfigurationError, UsageError
from mochok.plurals import counted

_SAMPLE = Path(__file__).with_name("sample.yaml")
_WINDOWS_SOURCE, _POSIX_SOURCE = r"'C:\Data\Documents'", '"/srv/documents"'


@dataclass(frozen=True, slots=True)
class Found:
    """``settings`` None: the configuration cannot be used. ``wrote`` is true for a new sample."""

    path: Path
    checks: tuple[Check, ...]
    settings: Settings | None = None
    wrote: bool = False

    @property
    def idle(self) -> bool:
        """Whether a run would do nothing, because no configuration is enabled."""
        return self.settings is not None and not any(entry.enabled for entry in self.settings.configurations)


def find_or_write(explicit: str | None, environ: Mapping[str, str], cwd: Path | None) -> Found:
    """The configuration that a run would use, or a new sample where a run would search first.

    Raises UsageError if the folder for the sample does not exist, which is most likely misspelt.
    """
    path = _path(explicit, environ, cwd)
    if os.path.isdir(path):
        hint = f"name the file in it, such as {path / FILE_NAME}"
        return Found(path, (_check("error", f"{path} is a folder, not a file", hint),))
    if os.path.lexists(path):
        return _loaded(path, (), environ)
    if not os.path.isdir(path.parent):
        hint = "check the path; to write a sample there, create the folder first"
        raise UsageError(f"{path} does not exist, and neither does the folder {path.parent}", hint=hint)
    return _written(path, environ)


def _path(explicit: str | None, environ: Mapping[str, str], cwd: Path | None) -> Path:
    """As ``config.load.find_config`` searches, but the file need not exist."""
    if named := named_path(explicit, environ, cwd):
        return named
    if cwd is not None and (os.path.lexists(cwd / FILE_NAME) or not os.path.isfile(user_config_path())):
        return cwd / FILE_NAME
    if os.path.isfile(user_config_path()):
        return user_config_path()
    raise no_current_folder()


def _written(path: Path, environ: Mapping[str, str]) -> Found:
    try:
        _write_new(path, sample_text(path, windows=os.name == "nt"))
    except OSError as error:
        hint = "go to a folder that you may write to, or name another file with --config"
        message = f"there is no file, and a sample cannot be written to {path}: {error.strerror or error}"
        return Found(path, (_check("error", message, hint),))
    hint = "edit it: name your folder and bucket, set enabled: true, then run mochok install again"
    check = _check("ok", f"there was no file; a commented sample was written to {path}", hint)
    return _loaded(path, (check, *_schema_next_to(path)), environ, wrote=True)


def sample_text(path: Path, *, windows: bool) -> str:
    """The commented sample for the file ``path``: its side files' names, a source folder of that system."""
    text = _SAMPLE.read_text(encoding="utf-8")
    for key, name in default_names(path, ()).items():
        text = text.replace(f'{key}: "{USUAL_NAMES[key]}"', f'{key}: "{name}"')
    return text if windows else text.replace(_WINDOWS_SOURCE, _POSIX_SOURCE)


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
        yield Check("error", "configurations", message, "set enabled: true in one of them")
    if disabled:
        message = f"{counted(len(disabled), 'disabled configuration')} not checked: {', '.join(disabled)}"
        yield Check("note", "configurations", message)


def _check(level: Level, message: str, hint: str = "") -> Check:
    return Check(level, "configuration", message, hint)
