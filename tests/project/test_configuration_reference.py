"""The reference page, the JSON Schema and the sample come from the schema and may not drift from it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
from ruamel.yaml import YAML

from mochok.config.json_schema import SCHEMA_FILE_NAME, json_schema
from mochok.config.load import load
from mochok.config.schema import Configuration, DeleteGuard, Destination, GlobalSettings
from scripts.configuration_page import sample_file, schema_text

PROJECT = Path(__file__).parents[2]
BAD = PROJECT / "tests" / "unit" / "config" / "bad"
SCHEMA = json_schema(("DateFolder", "FullDirectory", "DateRange", "CustomPattern"))


def accepts(text: str) -> bool:
    content: Any = YAML(typ="safe", pure=True).load(text)
    return bool(jsonschema.Draft202012Validator(SCHEMA).is_valid(content))


@pytest.mark.parametrize("model", [GlobalSettings, Destination, DeleteGuard, Configuration])
def test_every_key_has_a_description_and_an_example(model: type[Any]) -> None:
    for name, field in model.model_fields.items():
        assert field.description, name
        assert field.description.endswith("."), name
        assert field.examples or name in ("destination_config", "delete_guard"), name


def test_the_json_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(json.loads(schema_text()))


def test_the_sample_loads_and_sends_nothing_until_it_is_enabled(tmp_path: Path) -> None:
    sample = sample_file()
    (tmp_path / "sync-config.yaml").write_text(sample, encoding="utf-8")
    settings = load(tmp_path / "sync-config.yaml", {})
    assert sample.startswith(f"# yaml-language-server: $schema={SCHEMA_FILE_NAME}\n")
    assert [each.enabled for each in settings.configurations] == [False]
    assert not settings.configurations[0].options.delete
    assert settings.notices == ()
    assert accepts(sample)


def test_every_commented_line_of_the_sample_can_be_switched_on(tmp_path: Path) -> None:
    keys: tuple[str, ...] = (
        "#   max",
        "# ledger",
        "# timezone",
        "# parallel",
        "# bandwidth",
        "# history",
        "# day_placeholder",
    )
    keys += ("# aws_region", "# endpoint", "# addressing", "# role", "# expected_b", "# create", "# checksum")
    keys += ("# compare", "# reconcile", "# missing", "# delete_guard", "# symlinks", "# expected_days")
    lines = []
    for line in sample_file().splitlines():
        on = line.replace("# ", "", 1)
        lines.append(on if line.startswith(" ") and line.lstrip().startswith(keys) and ":" in line else line)
    (tmp_path / "sync-config.yaml").write_text("\n".join(lines), encoding="utf-8")
    settings = load(tmp_path / "sync-config.yaml", {})
    assert settings.global_settings.timezone == "America/Santiago"
    assert settings.configurations[0].destination_config.expected_bucket_owner == "123456789012"
    assert accepts("\n".join(lines))


@pytest.mark.parametrize("path", sorted((PROJECT / "examples").glob("*.yaml")), ids=lambda path: path.name)
def test_the_examples_load_and_editors_accept_them(path: Path) -> None:
    assert load(path, {}).configurations
    assert accepts(path.read_text(encoding="utf-8"))


def test_editors_accept_a_file_of_the_original() -> None:
    original = PROJECT / "tests" / "unit" / "config" / "original-style.yaml"
    assert accepts(original.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "name",
    [
        "boolean-yes",
        "choice-misspelt",
        "configurations-are-a-section",
        "key-in-wrong-section",
        "key-misspelt",
        "name-missing",
        "numbers-out-of-range",
        "sections-missing",
        "strategy-misspelt",
        "strategy-option-misspelt",
        "weekdays-misspelt",
    ],
)
def test_editors_show_the_mistakes_that_a_schema_can_know(name: str) -> None:
    assert not accepts((BAD / f"{name}.yaml").read_text(encoding="utf-8"))
