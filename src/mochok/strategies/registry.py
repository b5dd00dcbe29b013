"""The known strategies: Mochok's own, and those of other packages.

Mochok's own are in one table and are imported on first use. Other packages register a subclass of
``Strategy`` under the entry-point group ``mochok.strategies``; they are looked up only for a name that is not
Mochok's own, or to list all. A plugin cannot replace one of Mochok's own.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from importlib import import_module, metadata
from pathlib import Path
from typing import Literal, NamedTuple, get_args, get_origin

from pydantic.fields import FieldInfo

from mochok.errors import MochokError, PrerequisiteError, UsageError
from mochok.strategies.contract import Strategy
from mochok.strategies.placeholders import check_pattern
from mochok.suggestions import alternatives, did_you_mean

GROUP = "mochok.strategies"
"""The entry-point group for strategies of other packages."""

_BUILT_IN = {
    "DateFolder": "date_folder",
    "FullDirectory": "full_directory",
    "DateRange": "date_range",
    "CustomPattern": "custom_pattern",
}
"""Type name, which is also the class's name -> module in this package; ``_`` is ``-`` in ``examples/``."""

_TYPE_WORDS = {str: "text", int: "whole number", float: "number", bool: "true or false"}


class OptionDescription(NamedTuple):
    """One option: ``type`` in words ("text", "mtime | path"), ``default`` and ``example`` as in YAML."""

    name: str
    type: str
    default: str
    description: str
    example: str
    required: bool = False


class StrategyDescription(NamedTuple):
    """What ``mochok strategies`` shows. ``distribution`` is the plugin's package, "" for Mochok's own.

    ``problem`` says why a plugin cannot be used, "" if it can; otherwise the rest is empty.
    """

    name: str
    summary: str
    default_structure: str
    options: tuple[OptionDescription, ...]
    distribution: str = ""
    problem: str = ""


def create(type_name: str, options: Mapping[str, object]) -> Strategy:
    """The strategy ``type_name`` with ``options`` (the rest of the ``sync_strategy`` section).

    Raises as :func:`get` does, and pydantic.ValidationError for options.
    """
    return get(type_name).model_validate(dict(options))


def get(type_name: str) -> type[Strategy]:
    """The class registered as ``type_name``.

    Raises UsageError if there is none, PrerequisiteError for a plugin that cannot be loaded.
    """
    if module := _BUILT_IN.get(type_name):
        own: type[Strategy] = getattr(import_module(f"mochok.strategies.{module}"), type_name)
        return own
    plugins = [plugin for plugin in _plugins() if plugin.name == type_name]
    if not plugins:
        hint = did_you_mean(type_name, names()) or f"use {alternatives(names())}"
        raise UsageError(f"unknown strategy type {type_name!r}", hint=hint)
    if len(plugins) > 1:
        owners = " and ".join(sorted(_distribution(plugin) for plugin in plugins))
        hint = "uninstall all but one of them"
        raise PrerequisiteError(f"the strategy {type_name!r} is registered by {owners}", hint=hint)
    return _loaded(plugins[0])


def names() -> tuple[str, ...]:
    """Every type name: Mochok's own first, then those of plugins in alphabetical order."""
    return (*_BUILT_IN, *sorted({plugin.name for plugin in _plugins()} - set(_BUILT_IN)))


def keys_of(type_name: str) -> tuple[str, ...]:
    """What a ``sync_strategy`` section with this type may hold; () for a type that cannot be loaded."""
    try:
        return ("type", *get(type_name).model_fields)
    except MochokError:
        return ()


def describe() -> tuple[StrategyDescription, ...]:
    """All strategies, in the order of :func:`names`; a broken plugin with its problem."""
    return tuple(_description(name) for name in names())


def example(type_name: str) -> str:
    """A commented ``sync-config.yaml`` for ``type_name``; "" for a plugin without. Raises as :func:`get`."""
    if type_name not in _BUILT_IN:
        return get(type_name).example
    from importlib import resources  # needed for examples only

    packaged = resources.files("mochok") / "examples"  # in an installed wheel
    folder = packaged if packaged.is_dir() else Path(__file__).parents[3] / "examples"
    return (folder / f"{_BUILT_IN[type_name].replace('_', '-')}.yaml").read_text(encoding="utf-8")


def _plugins() -> tuple[metadata.EntryPoint, ...]:
    return tuple(metadata.entry_points(group=GROUP))


def _distribution(plugin: metadata.EntryPoint) -> str:
    return f"{plugin.dist.name} {plugin.dist.version}" if plugin.dist else plugin.value


def _loaded(plugin: metadata.EntryPoint) -> type[Strategy]:
    subject = f"the strategy {plugin.name!r} of the package {_distribution(plugin)}"
    try:
        found = plugin.load()
    except Exception as error:  # importing a plugin runs its code, which can fail in any way
        raise PrerequisiteError(
            f"{subject} cannot be loaded: {type(error).__name__}: {error}",
            hint="update or reinstall that package, or remove it",
        ) from error
    if reason := _unfit(found):
        hint = "report it to its author"
        raise PrerequisiteError(f"{subject} cannot be used: {plugin.value} {reason}", hint=hint)
    checked: type[Strategy] = found
    return checked


def _unfit(found: object) -> str:
    """Why ``found`` is not a strategy, "" if it is one."""
    if not isinstance(found, type) or not issubclass(found, Strategy):
        return "is not a subclass of mochok.strategies.contract.Strategy"
    if inspect.isabstract(found):
        return "has no method paths()"
    for name in ("summary", "default_structure"):
        if not isinstance(getattr(found, name, None), str):
            return f"has no text {name}"
    try:
        check_pattern(found.default_structure, local=False)
    except MochokError as error:
        return f"has an invalid default_structure: {error}"
    return ""


def _description(type_name: str) -> StrategyDescription:
    owners = ", ".join(_distribution(plugin) for plugin in _plugins() if plugin.name == type_name)
    distribution = "" if type_name in _BUILT_IN else owners
    try:
        found = get(type_name)
    except MochokError as error:
        return StrategyDescription(type_name, "", "", (), distribution=distribution, problem=str(error))
    options = tuple(_option(name, field) for name, field in found.model_fields.items())
    return StrategyDescription(
        type_name, found.summary, found.default_structure, options, distribution=distribution
    )


def _option(name: str, field: FieldInfo) -> OptionDescription:
    return OptionDescription(
        name=name,
        type=_type_words(field.annotation),
        default="" if field.is_required() else str(field.get_default(call_default_factory=True)),
        description=field.description or "",
        example=str(field.examples[0]) if field.examples else "",
        required=field.is_required(),
    )


def _type_words(annotation: object) -> str:
    if get_origin(annotation) is Literal:
        return " | ".join(str(value) for value in get_args(annotation))
    if isinstance(annotation, type):
        return _TYPE_WORDS.get(annotation, annotation.__name__)
    return str(annotation)
