"""Finding the configuration file and turning it into settings, or into a list of all its mistakes.

Steps: read the files (``syntax``, ``merge``), bring older spellings up to date (``legacy``), lay each
configuration over ``defaults``, replace ``${NAME}`` (``environment``), validate (``schema``), try every
strategy on a date, and put whatever was wrong into file order. Nothing is created, opened for writing or
sent.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from pydantic import ValidationError

from mochok.config.document import (
    MappingNode,
    PathStep,
    Place,
    ScalarNode,
    SequenceNode,
    find,
    path_text,
    plain,
    problem,
)
from mochok.config.environment import substitute
from mochok.config.explain import problems_of
from mochok.config.legacy import modernise
from mochok.config.merge import apply_defaults, read_with_includes
from mochok.config.schema import Configuration, Settings
from mochok.config.trust import distrust
from mochok.errors import ConfigurationError, MochokError, Problem, UsageError
from mochok.strategies.contract import Request
from mochok.strategies.paths import is_windows

FILE_NAME = "sync-config.yaml"
_SAMPLE_DATE = date(2024, 2, 29)


def user_config_path() -> Path:
    """The configuration file in the user's configuration folder."""
    import platformdirs  # not needed where the file is named

    return Path(platformdirs.user_config_dir("mochok", appauthor=False)) / FILE_NAME


def find_config(explicit: str | None, environ: Mapping[str, str], cwd: Path) -> Path:
    """The configuration file: ``--config``, ``$MOCHOK_CONFIG``, ``./sync-config.yaml``, the user's folder.

    A file that was named must exist; only the last two are searched. Raises UsageError that names every
    place looked in.
    """
    named = explicit or environ.get("MOCHOK_CONFIG")
    if named:
        return _named(cwd / named, "--config" if explicit else "MOCHOK_CONFIG")
    places = [Path(cwd) / FILE_NAME, user_config_path()]
    for place in places:
        if os.path.isfile(place):
            return place
    looked = " or ".join(str(place) for place in places)
    raise UsageError(
        f"there is no configuration file; looked for {looked}",
        hint="write one with `mochok install`, name one with --config or MOCHOK_CONFIG, or try `mochok demo`",
    )


def _named(path: Path, origin: str) -> Path:
    what = f"the configuration file {path} (from {origin})"
    try:
        is_folder = stat.S_ISDIR(os.stat(path).st_mode)
    except (OSError, ValueError) as error:
        why = "does not exist" if isinstance(error, FileNotFoundError) else f"cannot be read: {_words(error)}"
        raise UsageError(f"{what} {why}", hint="check the path") from error
    if is_folder:
        hint = f"name the file in it, such as {path / FILE_NAME}"
        raise UsageError(f"{what} is a folder, not a file", hint=hint)
    return path


def _words(error: OSError | ValueError) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def load(path: Path, environ: Mapping[str, str]) -> Settings:
    """The settings in ``path``. Raises ConfigurationError with every mistake, in file order."""
    problems: list[Problem] = []
    read = read_with_includes(path, str(path), problems)
    if read is None:
        raise ConfigurationError(_ordered(problems, str(path)))
    modern, notices = modernise(read)
    replaced = substitute(modern, environ, problems)
    tree = apply_defaults(replaced, problems) if isinstance(replaced, MappingNode) else modern
    settings = _validated(path, tree, [*notices, *distrust(path, read)], problems)
    if settings is None or problems:
        raise ConfigurationError(_ordered(problems, str(path)))
    return settings


def _validated(path: Path, tree: MappingNode, notices: list[str], problems: list[Problem]) -> Settings | None:
    problems += _equal_names(tree)
    folder = Path(os.path.abspath(path)).parent
    content = {"global": {}, **plain(tree)}
    try:
        settings = Settings.model_validate(content, context={"folder": folder})
    except ValidationError as error:
        unset = {(found.file, found.line, found.column) for found in problems}
        found_problems = problems_of([dict(part) for part in error.errors()], tree)
        problems += [each for each in found_problems if (each.file, each.line, each.column) not in unset]
        return None
    problems += [
        found
        for index, configuration in enumerate(settings.configurations)
        for found in _strategy_problems(configuration, index, settings, tree)
    ]
    return settings.with_source(path, tuple(notices), tree)


def _equal_names(tree: MappingNode) -> list[Problem]:
    entry = tree.entries.get("sync_configurations")
    items = entry.node.items if entry and isinstance(entry.node, SequenceNode) else ()
    first_places: dict[str, Place] = {}
    found = []
    for index, item in enumerate(items):
        name = item.entries.get("name") if isinstance(item, MappingNode) else None
        if name is None or not isinstance(name.node, ScalarNode) or not isinstance(name.node.value, str):
            continue
        if (first := first_places.get(name.node.value)) is not None:
            where = "" if first.file == name.node.place.file else f" of {first.file}"
            message = f"the name {name.node.written!r} is already used in line {first.line}{where}"
            loc = path_text(("sync_configurations", index, "name"))
            found.append(problem(name.node.place, loc, message, "every configuration needs its own name"))
        else:
            first_places[name.node.value] = name.node.place
    return found


def _strategy_problems(
    configuration: Configuration, index: int, settings: Settings, tree: MappingNode
) -> list[Problem]:
    """What the strategy says to a sample date: unknown placeholders, paths that escape."""
    base: tuple[PathStep, ...] = ("sync_configurations", index)
    structure = configuration.destination_config.s3_path_structure
    own = _path_error(configuration, settings, None)
    if own is not None and _path_error(_with_plain_base(configuration), settings, None) is None:
        return [_at(tree, base, "local_base_path", own)]
    if own is not None:
        return [_at(tree, (*base, "sync_strategy"), "custom_local_pattern", own)]
    error = _path_error(configuration, settings, structure)
    return [_at(tree, (*base, "destination_config"), "s3_path_structure", error)] if error else []


def _with_plain_base(configuration: Configuration) -> Configuration:
    """What still fails now is no fault of the base path; a name may be one on Windows alone."""
    base = "C:\\base" if is_windows(configuration.local_base_path) else "/base"
    return configuration.model_copy(update={"local_base_path": base})


def _path_error(
    configuration: Configuration, settings: Settings, structure: str | None
) -> MochokError | None:
    request = Request(
        config_name=configuration.name,
        base_path=configuration.local_base_path,
        target_date=_SAMPLE_DATE,
        path_structure=structure,
        hostname="host",
        day_placeholder=settings.global_settings.day_placeholder,
    )
    try:
        configuration.strategy.paths(request)
    except MochokError as error:
        return error
    return None


def _at(tree: MappingNode, section: tuple[PathStep, ...], key: str, error: MochokError) -> Problem:
    key_place, node, complete = find(tree, (*section, key))
    loc = (*section, key) if complete else section
    return problem(node.place if complete else key_place, path_text(loc), error.message, error.hint)


def _ordered(problems: list[Problem], main_file: str) -> list[Problem]:
    """Each problem once, the main file's first, then by position."""
    return sorted(
        {_identity(each): each for each in reversed(problems)}.values(),
        key=lambda each: (each.file != main_file, each.file, each.line, each.column, each.path),
    )


def _identity(each: Problem) -> tuple[str, int, int, str, str]:
    """A mistake in ``defaults`` is found once for each configuration; only the index differs."""
    path = each.path.partition("]")[2] if each.path.startswith("sync_configurations[") else each.path
    return (each.file, each.line, each.column, path, each.message)
