"""The commented sample of ``mochok install``, the page of all keys and the JSON Schema, from the models."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

from mochok.config import schema as models
from mochok.config.json_schema import SCHEMA_FILE_NAME, json_schema
from mochok.config.legacy import RENAMES
from mochok.plan.options import option_names
from mochok.strategies import registry
from mochok.strategies.placeholders import PLACEHOLDERS

BUILT_IN = ("DateFolder", "FullDirectory", "DateRange", "CustomPattern")

_SAMPLE_HEAD = """\
# yaml-language-server: $schema={schema}
#
# Configuration of Mochok. Keys after a # are optional and show their default or an example.
# Paths are relative to this file's folder. ${{NAME}} and ${{NAME:-default}} are environment variables,
# ${{file:PATH}} is the content of a file.
# Check this file with `mochok validate`; `mochok sync --dry-run` shows what a run would do.
"""
_SAMPLE_TAIL = """
# Defaults for all configurations; a value in a configuration wins:
# defaults:
#   compare: ledger
#
# Other files to read first:
# include: [common.yaml]
"""
_ACTIVE = {
    "GlobalSettings": ("log_retention_months", "log_directory", "state_file"),
    "Destination": ("bucket_name", "aws_profile", "s3_path_structure"),
    "Configuration": (
        "name",
        "description",
        "enabled",
        "local_base_path",
        "sync_strategy",
        "destination_config",
        "sync_options",
    ),
}


def sample_file() -> str:
    """A ``sync-config.yaml`` to start from; it loads, and its one configuration is not enabled yet."""
    schema = json_schema(BUILT_IN)
    head = _SAMPLE_HEAD.format(schema=SCHEMA_FILE_NAME)
    lines = ["", "global:", *_sample_section(schema, "GlobalSettings", "  ")]
    lines += ["sync_configurations:", *_sample_configuration(schema)]
    return head + "\n".join(lines).rstrip() + "\n" + _SAMPLE_TAIL


def _sample_configuration(schema: dict[str, Any]) -> Iterator[str]:
    lines = list(_sample_section(schema, "Configuration", "  "))
    first = next(index for index, line in enumerate(lines) if not line.lstrip().startswith("#"))
    yield from lines[:first]
    yield "- " + lines[first][2:]
    yield from lines[first + 1 :]


def _sample_section(schema: dict[str, Any], name: str, indent: str) -> Iterator[str]:
    for key, field in schema["$defs"][name]["properties"].items():
        if field.get("deprecated"):
            continue
        active = key in _ACTIVE.get(name, ())
        yield from _comment(_description(schema, field), indent)
        section = field.get("$ref", "").rpartition("/")[2]
        if section and active:
            yield f"{indent}{key}:"
            yield from _sample_section(schema, section, indent + "  ")
            continue
        value = _sample_value(schema, key, field)
        yield from _sample_entry(key, value, indent if active else f"{indent}# ")
        yield ""


def _sample_value(schema: dict[str, Any], key: str, field: Mapping[str, Any]) -> Any:
    if key == "enabled":
        return False  # a fresh sample must not send anything yet
    if "$ref" in field:
        properties = schema["$defs"][field["$ref"].rpartition("/")[2]]["properties"]
        return {name: each["default"] for name, each in properties.items()}
    return field["default"] if field.get("default") is not None else field["examples"][0]


def _sample_entry(key: str, value: Any, indent: str) -> Iterator[str]:
    if isinstance(value, dict):
        yield f"{indent}{key}:"
        for name, each in sorted(value.items(), key=lambda item: item[0] != "type"):
            yield f"{indent}  {name}: {_yaml(each)}"
    else:
        yield f"{indent}{key}: {_yaml(value)}"


def _comment(text: str, indent: str) -> list[str]:
    prefix = f"{indent}# "
    return textwrap.wrap(text, 100, initial_indent=prefix, subsequent_indent=prefix)


def _description(schema: Mapping[str, Any], field: Mapping[str, Any]) -> str:
    section = field.get("$ref", "").rpartition("/")[2]
    own = field.get("description") or (schema["$defs"][section]["description"] if section else "")
    choices = f" One of: {', '.join(field['enum'])}." if "enum" in field else ""
    return f"{own}{choices}"


def _yaml(value: Any) -> str:
    """``value`` as YAML on one line."""
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    if isinstance(value, list):
        return "[" + ", ".join(_yaml(item) for item in value) + "]"
    if isinstance(value, str):
        return f"'{value}'" if "\\" in value else f'"{value}"'
    return str(value)


def reference_page() -> str:
    """``docs/reference/configuration.md``."""
    schema = json_schema(BUILT_IN)
    parts = [
        _PAGE_HEAD,
        _table("global", "Settings for the whole run. The section is optional.", schema, "GlobalSettings"),
        _table("sync_configurations", "One entry for each folder to synchronise.", schema, "Configuration"),
        _table("destination_config", "The bucket and how to reach it.", schema, "Destination"),
        _table("delete_guard", schema["$defs"]["DeleteGuard"]["description"], schema, "DeleteGuard"),
        _strategies(),
        _placeholders(),
        _options(),
        _older_spellings(),
    ]
    return "\n".join(parts)


_PAGE_HEAD = r"""<!-- By `python -m scripts.generate` from config/schema.py; change that instead. -->
# Configuration file

Mochok uses the first of these files: `--config PATH`, the file in the variable `MOCHOK_CONFIG`,
`sync-config.yaml` in the current folder, `sync-config.yaml` in the user's configuration folder. Paths in it
are relative to the file's own folder; a Windows path (drive letter or `\\server`) is used as written.

The file is UTF-8 and YAML 1.2: `no`, `on` and dates are text; booleans are `true` and `false`. Write Windows
paths in single quotes (`'C:\Data'`), or double every backslash in double quotes. All mistakes are reported
together as `file:line:column: key: what is wrong`, and nothing runs (exit code 2).

- `${NAME}` and `${NAME:-default}` in a value are replaced by environment variables, `${file:PATH}` by the
  content of a file; `\${` is a literal `${`. [Secrets and variables](../howto/secrets.md) has the rules.
- `defaults:` is merged into every configuration. Sections are merged key by key and the configuration's own
  value wins; lists are replaced. Options of a strategy are merged unless the configuration names another
  strategy.
- `include: [common.yaml]` reads other files first. Their configurations come before those of this file; for
  everything else, this file wins. Paths in an included file are relative to that file's folder.

[sync-config.schema.json](sync-config.schema.json) is the JSON Schema of the file. Editors use it if the
file's first line is `# yaml-language-server: $schema=sync-config.schema.json`.
"""


def _table(title: str, text: str, schema: dict[str, Any], section: str) -> str:
    model = schema["$defs"][section]
    required = _required_keys(section)
    rows = [
        f"| `{key}` | {_type_words(field)} | {_default_words(key, field, required)} |"
        f" {_cell(_description(schema, field))} | {_example(field)} |"
        for key, field in model["properties"].items()
        if not field.get("deprecated")
    ]
    head = "| key | type | default | meaning | example |\n|---|---|---|---|---|"
    return "\n".join([f"## {title}\n", f"{text}\n", head, *rows, ""])


def _required_keys(section: str) -> tuple[str, ...]:
    fields = getattr(models, section).model_fields
    return tuple(field.alias or name for name, field in fields.items() if field.is_required())


def _type_words(field: Mapping[str, Any]) -> str:
    if "$ref" in field or field.get("type") == "object" or "properties" in field:
        return "section"
    if "enum" in field:
        return "choice"
    words = {"string": "text", "integer": "whole number", "boolean": "true or false", "array": "list"}
    return words.get(str(field.get("type")), "text or list")


def _default_words(key: str, field: Mapping[str, Any], required: tuple[str, ...]) -> str:
    if key in required:
        return "required"
    return f"`{_plain(field['default'])}`" if field.get("default") is not None else ""


def _example(field: Mapping[str, Any]) -> str:
    if not field.get("examples") or isinstance(field["examples"][0], dict):
        return ""
    return f"`{_plain(field['examples'][0])}`"


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else _yaml(value)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _strategies() -> str:
    lines = ["## sync_strategy\n", "`type` names the strategy; the other keys are its options.\n"]
    for each in (one for one in registry.describe() if one.name in BUILT_IN):
        lines += [f"### {each.name}\n", f"{each.summary[:1].upper()}{each.summary[1:]}."]
        lines += [f"Without `s3_path_structure` the files go to `{each.default_structure}`.\n"]
        if each.options:
            lines += ["| option | type | default | meaning | example |", "|---|---|---|---|---|"]
        lines += [
            f"| `{option.name}` | {_cell(option.type)} | `{option.default}` | {_cell(option.description)} |"
            f" `{option.example}` |"
            for option in each.options
        ]
        lines += [""] if each.options else []
    return "\n".join(lines)


def _placeholders() -> str:
    head = "## Placeholders\n\nIn `s3_path_structure` and `custom_local_pattern`.\n"
    rows = [f"| `{each.name}` | {_cell(each.meaning)} | `{each.example}` |" for each in PLACEHOLDERS]
    return "\n".join([head, "| placeholder | meaning | example |", "|---|---|---|", *rows, ""])


def _options() -> str:
    text = (
        "Both `--name=value` and `--name value` are accepted; the value may also be the next list entry."
        " For `--exclude` and `--include`, the last match wins. Any other option is an error.\n"
    )
    return f"## sync_options\n\n{text}\n" + " ".join(f"`{name}`" for name in option_names()) + "\n"


def _older_spellings() -> str:
    head = "## Old keys\n\nThey keep working, each with a notice. If both are set, the new key wins.\n"
    rows = [
        f"| `{row.old}{'.*' if row.key == '*' else ''}` | `{row.section}.{row.key}` | {row.since} |"
        for row in RENAMES
    ]
    return "\n".join([head, "| old key | new key | since |", "|---|---|---|", *rows, ""])


def schema_text() -> str:
    """The JSON Schema with Mochok's own strategies, as committed next to the reference page."""
    return json.dumps(json_schema(BUILT_IN), indent=2, ensure_ascii=False) + "\n"
