"""`mochok validate`: findings with their places, exit codes, JSON, and the effective configuration."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from mochok.cli.app import run
from mochok.cli.diagnostics import source_lines
from mochok.config.effective import effective_lines
from mochok.config.load import load
from mochok.errors import Diagnostic

RIGHT = """\
global:
  timezone: "UTC"
sync_configurations:
- name: "A"
  description: "d"
  enabled: true
  local_base_path: "data"
  sync_strategy: {type: DateFolder}
  destination_config:
    bucket_name: "bucket-a"
    s3_path_structure: "a/{year}/{month}/{day}"
"""
DOUBTFUL = RIGHT + '  sync_options: ["--include=*.log", "--exclude=*.tmp", "--exclude=*.tmp"]\n'
IMPOSSIBLE = RIGHT + '  sync_options: ["--include=*.log", "--exclude=*"]\n'
BAD = Path(__file__).parents[1] / "config" / "bad"
ORIGINAL = Path(__file__).parents[1] / "config" / "original-style.yaml"


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("MOCHOK_CONFIG", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    return tmp_path / "sync-config.yaml"


def validated(capsys: pytest.CaptureFixture[str], exit_code: int, *arguments: str) -> str:
    assert run(["validate", *arguments]) == exit_code
    return capsys.readouterr().out


def as_json(capsys: pytest.CaptureFixture[str], exit_code: int, *arguments: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(validated(capsys, exit_code, "--json", *arguments))
    assert document["schema"] == "mochok.validate/1"
    assert document["exit_code"] == exit_code
    return document


@pytest.mark.parametrize("content", ["", "\n"])
def test_an_empty_file_that_is_inserted_is_a_warning(
    file: Path, capsys: pytest.CaptureFixture[str], content: str
) -> None:
    word = file.parent / "word"
    word.write_text(content, encoding="utf-8")
    word.chmod(0o600)
    file.write_text(RIGHT + "  sync_options: ['--metadata=partner=${file:word}']\n", encoding="utf-8")

    (found,) = as_json(capsys, 2, "--strict")["findings"]

    assert (found["level"], found["line"]) == ("warning", 12)
    assert found["message"] == f"the file {word} is empty, so nothing is inserted"


def test_a_file_without_mistakes_has_no_problems(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text(RIGHT, "utf-8")

    assert "no problems found" in validated(capsys, 0, "--strict")
    assert as_json(capsys, 0)["findings"] == []


def test_every_mistake_is_an_error_with_its_place(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text(RIGHT.replace("true", "perhaps").replace("DateFolder", "DateFoldr"), "utf-8")

    output = validated(capsys, 2)

    assert re.search(r"sync-config\.yaml:6:12: error: sync_configurations\[0\]\.enabled: ", output)
    assert re.search(r"sync-config\.yaml:8:25: error: .*did you mean DateFolder\?", output)
    assert output.endswith(": 2 errors\n")


def test_filters_that_select_nothing_are_an_error(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text(IMPOSSIBLE, "utf-8")

    assert "last match wins" in validated(capsys, 2)


def test_warnings_count_only_if_strict(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text(DOUBTFUL, "utf-8")

    levels = {finding["level"] for finding in as_json(capsys, 0)["findings"]}

    assert "warning" in levels
    assert "error" not in levels
    assert as_json(capsys, 2, "--strict")["findings"]


def test_json_has_places_messages_and_hints(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text(RIGHT.replace("description", "descripton"), "utf-8")

    findings = as_json(capsys, 2)["findings"]

    place = (findings[0]["line"], findings[0]["column"], findings[0]["path"])
    assert place == (5, 3, "sync_configurations[0].descripton")
    assert "did you mean description?" in findings[0]["hint"]


def test_the_originals_configuration_is_told_which_of_its_filters_select_nothing(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_text(ORIGINAL.read_text("utf-8"), "utf-8")

    document = as_json(capsys, 2)

    nothing = {
        finding["path"].split(".")[0]
        for finding in document["findings"]
        if "sync_options" in finding["path"] and "select" in finding["message"]
    }
    assert len(nothing) == 3
    assert any("destination_config.bucket_name" in notice for notice in document["notices"])


@pytest.mark.parametrize("name", sorted(path.stem for path in BAD.glob("*.yaml")))
def test_every_mistake_of_the_collection_is_told(
    name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(BAD)
    monkeypatch.setenv("DATA_FOLDER", "/data")
    monkeypatch.setenv("SECRET_VALUE", "s3cr3t Value")

    output = validated(capsys, 2, "--config", f"{name}.yaml")

    expected = (BAD / f"{name}.expected").read_text("utf-8").splitlines()
    for line in expected:
        place, _, what = line.partition(": ")
        assert f"{place}: error: {what}" in output.replace(f"{BAD}{os.sep}", "")
    assert len(output.splitlines()) == len(expected) + 1


def test_a_missing_file_is_bad_usage(file: Path) -> None:
    assert run(["validate", "--config", "nowhere.yaml"]) == 2
    assert run(["validate"]) == 2


def test_the_effective_configuration_shows_where_each_value_is_from(
    file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_BUCKET", "bucket-of-the-environment")
    file.with_name("common.yaml").write_text("defaults:\n  missing_source: fail\n", "utf-8")
    text = "include: [common.yaml]\n" + RIGHT.replace("bucket-a", "${TEST_BUCKET}")
    file.write_text(text, "utf-8")

    output = re.sub(" +", " ", validated(capsys, 0, "--show"))

    assert 'bucket_name: "bucket-of-the-environment" # sync-config.yaml:11, ${TEST_BUCKET}' in output
    assert 'missing_source: "fail" # common.yaml:2' in output
    assert 'date_folder_format: "yyyy-MM-dd" # default' in output
    assert "# aws_profile is not set: the default credential chain" in output


def test_secrets_are_masked_in_the_effective_configuration(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key = "0123456789abcdef0123456789abcdef"
    options = f'  sync_options: ["--sse-c=AES256", "--sse-c-key={key}"]\n'
    file.write_text(RIGHT + options, "utf-8")
    assert key not in validated(capsys, 0, "--show")
    options = f'  sync_options: ["--sse-c", "AES256", "--sse-c-key", "{key}"]\n'
    file.write_text(RIGHT + options, "utf-8")

    output = validated(capsys, 0, "--show")

    assert key not in output
    assert "***" in output


@pytest.mark.parametrize("name", ["date-folder", "full-directory", "date-range", "custom-pattern"])
def test_the_effective_configuration_means_the_same_again(file: Path, name: str) -> None:
    file.write_text((Path(__file__).parents[3] / "examples" / f"{name}.yaml").read_text("utf-8"), "utf-8")
    settings = load(file, {})

    file.write_text("\n".join(effective_lines(settings)) + "\n", "utf-8")
    again = load(file, {})

    assert again.configurations == settings.configurations
    assert again.global_settings == settings.global_settings


def test_the_line_is_shown_with_a_caret_below_its_column(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text("a: 1\n  ñandú: wrong\n", "utf-8")

    lines = source_lines(Diagnostic(str(path), 2, 10, "", "m"))

    assert lines == ["  2 |   ñandú: wrong", "    |          ^"]


def test_a_narrow_terminal_shows_the_part_of_the_line_around_the_caret(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(f"{'a' * 60}: wrong {'b' * 60}\n", "utf-8")

    line, caret = source_lines(Diagnostic(str(path), 1, 63, "", "m"), 40)

    assert len(line) <= 40
    assert line[caret.index("^") :].startswith("wrong")


def test_a_line_that_holds_a_secret_is_not_shown(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text("aws_secret_access_key: abcdefgh\n", "utf-8")

    assert source_lines(Diagnostic(str(path), 1, 1, "", "m")) == []


def test_the_schema_is_json_that_knows_every_strategy(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["schema"]) == 0
    text = capsys.readouterr().out

    assert json.loads(text)["$schema"].startswith("https://json-schema.org/")
    assert all(name in text for name in ("DateFolder", "FullDirectory", "DateRange", "CustomPattern"))
