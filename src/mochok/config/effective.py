"""The configuration as it works after includes, defaults, older spellings and variables, with its origins.

Every value stands with the place that it came from, or with the default that applied. What might be a
secret is masked. Apart from masked values, the lines are YAML that means the same again.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from mochok.config.document import MappingNode, PathStep, Place, ScalarNode, find
from mochok.config.schema import Configuration, Settings
from mochok.config.values import WEEKDAYS
from mochok.plan.options import SyncOptions
from mochok.redact import redacted
from mochok.strategies.contract import Strategy

_ORIGIN_COLUMN = 60


def effective_lines(settings: Settings) -> Iterator[str]:
    """The whole configuration, one value a line, its origin behind a ``#``."""
    yield f"# {settings.path}"
    yield "global:"
    yield from _section(settings, ("global",), settings.global_settings, "  ")
    yield "sync_configurations:"
    for index, configuration in enumerate(settings.configurations):
        lines = list(_section(settings, ("sync_configurations", index), configuration, "  "))
        yield "- " + lines[0][2:]
        yield from lines[1:]


def _section(settings: Settings, path: tuple[PathStep, ...], model: BaseModel, indent: str) -> Iterator[str]:
    for name in type(model).model_fields:
        yield from _entry(settings, (*path, name), getattr(model, name), model, indent)


def _entry(
    settings: Settings, path: tuple[PathStep, ...], value: object, owner: BaseModel, indent: str
) -> Iterator[str]:
    key = path[-1]
    if isinstance(value, Strategy):
        yield f"{indent}{key}:"
        yield _line(
            f"{indent}  type: {_yaml(type_name(settings, path, value))}", _origin(settings, (*path, "type"))
        )
        yield from _section(settings, path, value, indent + "  ")
    elif isinstance(value, BaseModel):
        yield f"{indent}{key}:"
        yield from _section(settings, path, value, indent + "  ")
    elif isinstance(value, SyncOptions):
        yield from _options(settings, path, value, indent)
    elif value is None:
        yield f"{indent}# {key} is not set: {_if_not_set(str(key), settings, path)}"
    else:
        yield _line(f"{indent}{key}: {_yaml(_plain(value))}", _origin(settings, path))


def type_name(settings: Settings, path: tuple[PathStep, ...], strategy: Strategy) -> str:
    """The word that the file uses for the strategy: a plugin's class may be called otherwise."""
    if settings.tree is not None:
        _place, node, complete = find(settings.tree, (*path, "type"))
        if complete and isinstance(node, ScalarNode):
            return str(node.value)
    return type(strategy).__name__


def _options(
    settings: Settings, path: tuple[PathStep, ...], options: SyncOptions, indent: str
) -> Iterator[str]:
    if not options.texts:
        yield _line(f"{indent}{path[-1]}: []", _origin(settings, path))
        return
    yield f"{indent}{path[-1]}:"
    for index, shown in enumerate(options.shown_texts):
        yield _line(f"{indent}- {_yaml(shown)}", _origin(settings, (*path, index)))


def _if_not_set(key: str, settings: Settings, path: tuple[PathStep, ...]) -> str:
    if key == "s3_path_structure" and isinstance(path[1], int):
        configuration: Configuration = settings.configurations[path[1]]
        return f"{_yaml(configuration.strategy.default_structure)}, the strategy's own"
    words = {
        "timezone": "the machine's own",
        "aws_profile": "AWS's own search",
        "aws_region": "the profile's, else where the bucket is found",
        "endpoint_url": "AWS",
        "bandwidth_limit": "none",
    }
    return words.get(key, "none")


def _origin(settings: Settings, path: tuple[PathStep, ...]) -> str:
    if settings.tree is None:
        return ""
    place, node, complete = find(settings.tree, path)
    if not complete:
        return "default"
    if isinstance(node, (ScalarNode, MappingNode)) or not isinstance(path[-1], int):
        place = node.place
    variable = isinstance(node, ScalarNode) and isinstance(node.value, str) and node.value != node.written
    return f"{_place(place)}{', ' + node.written if variable and isinstance(node, ScalarNode) else ''}"


def _place(place: Place) -> str:
    return f"{os.path.basename(place.file)}:{place.line}"


def _plain(value: object) -> Any:
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, frozenset):
        return "daily" if len(value) == len(WEEKDAYS) else [WEEKDAYS[day] for day in sorted(value)]
    return list(value) if isinstance(value, tuple) else value


def _yaml(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(str, value))}]"
    return json.dumps(redacted(value), ensure_ascii=False) if isinstance(value, str) else json.dumps(value)


def _line(text: str, origin: str) -> str:
    return f"{text.ljust(_ORIGIN_COLUMN)}  # {origin}" if origin else text
