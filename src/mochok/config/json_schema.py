"""The JSON Schema of the configuration file, for editors: completion, help and errors while typing.

It is made from the models in ``schema.py``, the installed strategies and the table of old keys.
"""

from __future__ import annotations

from typing import Any

from mochok.config.legacy import RENAMES
from mochok.config.schema import Settings
from mochok.errors import MochokError
from mochok.plan.options import option_names
from mochok.strategies import registry

JsonObject = dict[str, Any]

SCHEMA_FILE_NAME = "sync-config.schema.json"
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def json_schema(type_names: tuple[str, ...] | None = None) -> JsonObject:
    """The schema. ``type_names``: the strategies to describe; None for all that are installed."""
    schema = Settings.model_json_schema(by_alias=True)
    configuration = schema["$defs"]["Configuration"]
    configuration["properties"]["sync_strategy"] |= _strategies(type_names or registry.names())
    configuration["properties"]["expected_days"]["default"] = "daily"
    configuration["properties"]["sync_options"]["items"]["description"] = ", ".join(option_names())
    _accept_old_keys(configuration)
    required = configuration.pop("required")
    schema["$defs"]["Destination"].pop("required")
    schema["properties"]["include"] = _include()
    schema["properties"]["defaults"] = _defaults(configuration)
    schema["properties"]["sync_configurations"]["minItems"] = 1
    schema |= _required_without_sharing(required)
    schema.pop("required", None)
    _tidy(schema)
    return {"$schema": DIALECT, **schema, "title": "sync-config.yaml of Mochok"}


def _strategies(type_names: tuple[str, ...]) -> JsonObject:
    choices = [choice for name in type_names if (choice := _strategy(name))]
    return {"oneOf": choices}


def _strategy(type_name: str) -> JsonObject | None:
    """The section of a strategy; None for a plugin that cannot be loaded."""
    try:
        found = registry.get(type_name)
    except MochokError:
        return None
    own = found.model_json_schema()
    return {
        "type": "object",
        "title": type_name,
        "description": found.summary,
        "properties": {"type": {"const": type_name}, **own.get("properties", {})},
        "required": ["type", *own.get("required", [])],
        "additionalProperties": False,
    }


def _accept_old_keys(configuration: JsonObject) -> None:
    for row in RENAMES:
        configuration["properties"][row.old] = {"description": f"{row.text(row.key)}.", "deprecated": True}


def _include() -> JsonObject:
    return {
        "type": "array",
        "items": {"type": "string"},
        "description": "Files that are read first; this file overrides their values.",
        "examples": [["common.yaml"]],
    }


def _defaults(configuration: JsonObject) -> JsonObject:
    shared = {key: value for key, value in configuration["properties"].items() if key != "name"}
    return {
        "type": "object",
        "description": "Merged into every configuration, which overrides these values.",
        "properties": shared,
        "additionalProperties": False,
    }


def _required_without_sharing(required: list[str]) -> JsonObject:
    """A required key of an entry may come from ``defaults``, an included file or an old key instead."""
    always = [key for key in required if key not in ("sync_strategy", "destination_config")]
    nested: JsonObject = {
        "required": [*always, "sync_strategy", "destination_config"],
        "properties": {"destination_config": {"required": ["bucket_name"]}},
    }
    older = {
        "required": always,
        "anyOf": [{"required": [row.old]} for row in RENAMES],
    }
    entries = {"items": {"anyOf": [nested, older]}}
    return {
        "if": {"anyOf": [{"required": ["defaults"]}, {"required": ["include"]}]},
        "else": {"required": ["sync_configurations"], "properties": {"sync_configurations": entries}},
    }


def _tidy(node: Any) -> None:
    """Remove what is of no use to an editor: generated titles, and null as an alternative to the type."""
    if isinstance(node, list):
        for item in node:
            _tidy(item)
    if not isinstance(node, dict):
        return
    if (
        isinstance(node.get("title"), str)
        and "const" not in node
        and "oneOf" not in node
        and " " in node["title"]
    ):
        node.pop("title")
    choices = node.get("anyOf", [])
    if {"type": "null"} in choices and len(choices) == 2:
        node.pop("anyOf")
        node |= next(choice for choice in choices if choice != {"type": "null"})
        node.pop("default", None)
    for value in list(node.values()):
        _tidy(value)
