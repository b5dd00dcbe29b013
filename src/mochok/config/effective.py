"""The effective configuration, after includes, defaults and variables, and where each value comes from.

What may be a secret is masked. Apart from that, the lines are YAML with the same meaning.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from mochok.config.diagnostics import KeyPath
from mochok.config.document import ScalarNode, SequenceNode, find
from mochok.config.schema import Configuration, Settings
from mochok.config.values import WEEKDAYS
from mochok.plan.options import SyncOptions, without_keys
from mochok.redact import redacted
from mochok.strategies.contract import Strategy

_ORIGIN_COLUMN = 60
_WITHOUT_VALUE = {
    "timezone": "the system's time zone",
    "aws_profile": "the default credential chain",
    "aws_region": "the profile's region, or the bucket's own",
    "endpoint_url": "AWS",
}


def effective_lines(settings: Settings) -> Iterator[str]:
    """The whole configuration, one value a line, with its file and line (or "default") after a ``#``."""
    yield f"# {settings.path}"
    yield "global:"
    yield from _section(settings, ("global",), settings.global_settings, "  ")
    yield "sync_configurations:"
    for index, configuration in enumerate(settings.configurations):
        lines = list(_section(settings, ("sync_configurations", index), configuration, "  "))
        yield "- " + lines[0][2:]
        yield from lines[1:]


def _section(settings: Settings, path: KeyPath, model: BaseModel, indent: str) -> Iterator[str]:
    for name, field in type(model).model_fields.items():
        yield from _entry(settings, (*path, field.alias or name), getattr(model, name), indent)


def _entry(settings: Settings, path: KeyPath, value: object, indent: str) -> Iterator[str]:
    key = path[-1]
    if isinstance(value, BaseModel):
        yield f"{indent}{key}:"
        if isinstance(value, Strategy):
            node = find(settings.tree, (*path, "type")).node  # the class of a plugin may have another name
            name = node.value if isinstance(node, ScalarNode) else type(value).__name__
            yield _line(f"{indent}  type: {_yaml(name)}", _origin(settings, (*path, "type")))
        yield from _section(settings, path, value, indent + "  ")
    elif isinstance(value, SyncOptions) and value.texts:
        yield f"{indent}{key}:"
        configuration = settings.configurations[int(path[1])]
        for index, shown in enumerate(shown_options(settings, configuration)):
            yield _line(f"{indent}- {_yaml(shown)}", _origin(settings, (*path, index)))
    elif isinstance(value, SyncOptions):
        yield _line(f"{indent}{key}: []", _origin(settings, path))
    elif value is None:
        yield f"{indent}# {key} is not set: {_if_not_set(settings, path)}"
    else:
        yield _line(f"{indent}{key}: {_yaml(_as_written(value))}", _origin(settings, path))


def shown_options(settings: Settings, configuration: Configuration) -> list[str]:
    """The options of one configuration for people: with ``${NAME}`` as in the file, and without keys."""
    texts = configuration.options.texts
    index = [entry.name for entry in settings.configurations].index(configuration.name)
    node = find(settings.tree, ("sync_configurations", index, "sync_options")).node
    items = node.items if isinstance(node, SequenceNode) else ()
    written = {item.value: item.written for item in items if isinstance(item, ScalarNode)}
    return without_keys(written.get(text, text) for text in texts)


def _if_not_set(settings: Settings, path: KeyPath) -> str:
    if path[-1] == "s3_path_structure" and isinstance(path[1], int):
        return f"{_yaml(settings.configurations[path[1]].strategy.default_structure)}, the strategy's default"
    return _WITHOUT_VALUE.get(str(path[-1]), "none")


def _origin(settings: Settings, path: KeyPath) -> str:
    found = find(settings.tree, path)
    if not found.complete:
        return "default"
    node, (file, line, _column) = found.node, found.location
    variable = ""
    if isinstance(node, ScalarNode) and isinstance(node.value, str) and node.value != node.written:
        variable = f", {node.written}"
    return f"{os.path.basename(file)}:{line}{variable}"


def _as_written(value: object) -> Any:
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
    return f"{text.ljust(_ORIGIN_COLUMN)}  # {origin}"
