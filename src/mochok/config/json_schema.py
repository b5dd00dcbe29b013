"""The JSON Schema of the configuration file, for editors: completion, help and errors while typing.

It is made from the models in ``schema.py``, the installed strategies and the table of old keys.
"""

from __future__ import annotations

from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from mochok.config.legacy import RENAMES
from mochok.config.schema import Settings
from mochok.errors import MochokError
from mochok.plan.options import option_names
from mochok.strategies import registry

JsonObject = dict[str, Any]

SCHEMA_FILE_NAME = "sync-config.schema.json"
DIALECT = "https://json-schema.org/draft/2020-12/schema"
_INCLUDE = {
    "type": "array",
    "items": {"type": "string"},
    "description": "Files that are read first; this file overrides their values.",
    "examples": [["common.yaml"]],
}


class _Generator(GenerateJsonSchema):
    """Leaves out what is of no use to an editor: titles of fields, and null as an alternative to the type."""

    def field_title_should_be_set(self, schema: object) -> bool:
        return False

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        members = super().default_schema(schema)
        return {name: value for name, value in members.items() if name != "default" or value is not None}


def json_schema(type_names: tuple[str, ...] | None = None) -> JsonObject:
    """The schema. ``type_names``: the strategies to describe; None for all that are installed."""
    schema = Settings.model_json_schema(by_alias=True, schema_generator=_Generator)
    configuration = schema["$defs"]["Configuration"]
    keys = configuration["properties"]
    choices = [_strategy(name) for name in type_names or registry.names()]
    keys["sync_strategy"]["oneOf"] = [choice for choice in choices if choice]
    keys["expected_days"]["default"] = "daily"
    keys["sync_options"]["items"]["description"] = ", ".join(option_names())
    keys |= {row.old: {"description": f"{row.text(row.key)}.", "deprecated": True} for row in RENAMES}
    schema["properties"]["include"] = _INCLUDE
    schema["properties"]["defaults"] = {
        "type": "object",
        "description": "Merged into every configuration, which overrides these values.",
        "properties": {key: value for key, value in keys.items() if key != "name"},
        "additionalProperties": False,
    }
    schema["properties"]["sync_configurations"]["minItems"] = 1
    schema |= _required_without_sharing(configuration.pop("required"))
    del schema["$defs"]["Destination"]["required"], schema["required"]
    return {"$schema": DIALECT, **schema, "title": "sync-config.yaml of Mochok"}


def _strategy(type_name: str) -> JsonObject | None:
    """The section of a strategy; None for a plugin that cannot be loaded."""
    try:
        found = registry.get(type_name)
    except MochokError:
        return None
    own = found.model_json_schema(schema_generator=_Generator)
    return {
        "type": "object",
        "title": type_name,
        "description": found.summary,
        "properties": {"type": {"const": type_name}, **own.get("properties", {})},
        "required": ["type", *own.get("required", [])],
        "additionalProperties": False,
    }


def _required_without_sharing(required: list[str]) -> JsonObject:
    """A required key of an entry may come from ``defaults``, an included file or an old key instead."""
    always = [key for key in required if key not in ("sync_strategy", "destination_config")]
    nested: JsonObject = {
        "required": [*always, "sync_strategy", "destination_config"],
        "properties": {"destination_config": {"required": ["bucket_name"]}},
    }
    older = {"required": always, "anyOf": [{"required": [row.old]} for row in RENAMES]}
    entries = {"items": {"anyOf": [nested, older]}}
    return {
        "if": {"anyOf": [{"required": ["defaults"]}, {"required": ["include"]}]},
        "else": {"required": ["sync_configurations"], "properties": {"sync_configurations": entries}},
    }
