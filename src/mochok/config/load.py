"""Finding the configuration file and turning it into settings, or into a list of all its mistakes.

Steps: read the files (``syntax``, ``merge``), rename old keys (``legacy``), replace ``${NAME}``
(``environment``), merge ``defaults`` into each configuration, validate (``schema``), try every strategy on a
date, and report the mistakes in file order. Nothing is written or sent.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from mochok.config.diagnostics import Diagnostics, KeyPath, Location
from mochok.config.document import MappingNode, Node, ScalarNode, SequenceNode, find, is_empty
from mochok.config.environment import substitute
from mochok.config.legacy import migrate_legacy
from mochok.config.merge import apply_defaults, read_with_includes
from mochok.config.schema import Configuration, Settings
from mochok.config.syntax import PATH_KEYS
from mochok.config.trust import check_permissions
from mochok.config.values import resolve_path
from mochok.errors import ConfigurationError, MochokError, UsageError
from mochok.strategies.contract import Request
from mochok.strategies.paths import is_windows

FILE_NAME = "sync-config.yaml"
_SAMPLE_DATE = date(2024, 2, 29)


def user_config_path() -> Path:
    """The configuration file in the user's configuration folder."""
    import platformdirs  # not needed where the file is named

    return Path(platformdirs.user_config_dir("mochok", appauthor=False)) / FILE_NAME


def find_config(explicit: str | None, environ: Mapping[str, str], cwd: Path) -> Path:
    """``--config``, ``$MOCHOK_CONFIG``, ``./sync-config.yaml`` or the user's file. Raises UsageError."""
    named = explicit or environ.get("MOCHOK_CONFIG")
    if named:
        return _named(cwd / named, "--config" if explicit else "MOCHOK_CONFIG")
    candidates = [cwd / FILE_NAME, user_config_path()]
    for path in candidates:
        if os.path.isfile(path):
            return path
    hint = "name it with --config PATH, write one with `mochok install`, or try `mochok demo`"
    raise UsageError(f"no configuration file: neither {candidates[0]} nor {candidates[1]} exists", hint=hint)


def _named(path: Path, origin: str) -> Path:
    subject = f"the configuration file {path} (from {origin})"
    try:
        is_folder = stat.S_ISDIR(os.stat(path).st_mode)
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        why = "does not exist" if isinstance(error, FileNotFoundError) else f"cannot be read: {reason}"
        raise UsageError(f"{subject} {why}", hint="check the path") from error
    if is_folder:
        hint = f"name the file in it, such as {path / FILE_NAME}"
        raise UsageError(f"{subject} is a folder", hint=hint)
    return path


def load(path: Path, environ: Mapping[str, str]) -> Settings:
    """The settings in ``path``. Raises ConfigurationError with every mistake, in file order."""
    found = Diagnostics()
    read, files = read_with_includes(path, str(path), found)
    settings = None
    if read is not None:
        migrated, notices = migrate_legacy(read)
        tree = apply_defaults(substitute(migrated, environ, found), found)
        _report_equal_names(tree, found)
        settings = _validated(path, tree, [*notices, *check_permissions(files)], found)
    if settings is None or len(found):
        raise ConfigurationError(found.in_file_order(str(path)))
    return settings


def _validated(path: Path, tree: MappingNode, notices: list[str], found: Diagnostics) -> Settings | None:
    content = {"global": {}, **to_python(tree)}
    try:
        valid = Settings.model_validate(content, context={"folder": Path(os.path.abspath(path)).parent})
    except ValidationError as error:
        from mochok.config.explain import report_errors  # needed for mistakes only

        report_errors(error, tree, found)
        return None
    settings = valid.with_source(path, tuple(notices), tree)
    for index, configuration in enumerate(settings.configurations):
        _try_strategy(configuration, index, settings, found)
    return settings


def to_python(node: Node, key: str = "") -> Any:
    """The tree as pydantic takes it: dicts, lists and values.

    A key without a value counts as not given. A relative path starts at the folder of the file it is in.
    """
    if isinstance(node, MappingNode):
        return {
            name: to_python(entry.node, name)
            for name, entry in node.entries.items()
            if not is_empty(entry.node)
        }
    if isinstance(node, SequenceNode):
        return [to_python(item) for item in node.items]
    if key in PATH_KEYS and isinstance(node.value, str):
        return resolve_path(node.value, os.path.dirname(os.path.abspath(node.location.file)))
    return node.value


def _report_equal_names(tree: MappingNode, found: Diagnostics) -> None:
    listed = find(tree, ("sync_configurations",))
    items = listed.node.items if listed.complete and isinstance(listed.node, SequenceNode) else ()
    first_locations: dict[str, Location] = {}
    for index, item in enumerate(items):
        _location, name, complete = find(item, ("name",))
        if not complete or not isinstance(name, ScalarNode) or not isinstance(name.value, str):
            continue
        if (first := first_locations.get(name.value)) is None:
            first_locations[name.value] = name.location
        else:
            of_file = "" if first.file == name.location.file else f" of {first.file}"
            message = f"the name {name.written!r} is already used in line {first.line}{of_file}"
            path = ("sync_configurations", index, "name")
            found.report(name.location, path, message, "give each configuration its own name")


def _try_strategy(configuration: Configuration, index: int, settings: Settings, found: Diagnostics) -> None:
    """Report what the strategy raises for a sample date: unknown placeholders, paths that escape."""
    section: KeyPath = ("sync_configurations", index)
    key = "s3_path_structure"
    request = settings.request(configuration, _SAMPLE_DATE, "host")
    source_only = replace(request, path_structure=None)
    # If it also fails with a good base path, that is not the reason. A name may be invalid on Windows only.
    good_base = "C:\\base" if is_windows(request.base_path) else "/base"
    error = _path_error(configuration, source_only)
    if error is None:
        section = (*section, "destination_config")
        error = _path_error(configuration, request)
    elif _path_error(configuration, replace(source_only, base_path=good_base)) is None:
        key = "local_base_path"
    else:
        section, key = (*section, "sync_strategy"), "custom_local_pattern"
    if error is not None:
        target = find(settings.tree, (*section, key))
        path = (*section, key) if target.complete else section
        found.report(target.location, path, error.message, error.hint)


def _path_error(configuration: Configuration, request: Request) -> MochokError | None:
    try:
        configuration.strategy.paths(request)
    except MochokError as error:
        return error
    return None
