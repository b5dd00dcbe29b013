"""How much is reported of a configuration with very many mistakes."""

from __future__ import annotations

from pathlib import Path

import pytest

from mochok.config.diagnostics import MAXIMUM_REPORTED, Diagnostics, Location
from mochok.config.lint import lint
from mochok.config.load import load
from mochok.errors import ConfigurationError, Diagnostic

HEAD = """\
sync_configurations:
- name: "A"
  description: "has many mistakes"
  enabled: true
  local_base_path: "/data"
  sync_strategy: {type: DateFolder}
  destination_config: {bucket_name: company}
"""


def diagnostics_of(folder: Path, text: str) -> list[Diagnostic]:
    path = folder / "sync-config.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        load(path, {})
    return caught.value.diagnostics


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([f"  key{number}: 1" for number in range(3000)], "unknown key"),
        (["  sync_options:", *(f"  - --no{number}" for number in range(3000))], "unknown option --no0"),
        (["  expected_days:", *(f"  - day{number}" for number in range(3000))], "'day0' is not a weekday"),
        (["  sync_options:", *(f"  - ${{X{number}}}" for number in range(3000))], "X0 is not set"),
        ([f"  enabled: {number}" for number in range(3000)], "duplicate key"),
    ],
    ids=["unknown keys", "options", "weekdays", "variables", "duplicate keys"],
)
def test_of_thousands_of_mistakes_the_first_are_reported_and_the_others_counted(
    tmp_path: Path, lines: list[str], message: str
) -> None:
    found = diagnostics_of(tmp_path, HEAD + "\n".join(lines) + "\n")
    assert len(found) == MAXIMUM_REPORTED + 1
    assert message in found[0].message
    assert [each.line for each in found[:-1]] == list(range(found[0].line, found[0].line + 100))
    assert str(found[-1]) == f"{tmp_path / 'sync-config.yaml'}: and 2,900 more (fix these first)"


def test_thousands_of_doubts_are_bounded_too(tmp_path: Path) -> None:
    path = tmp_path / "sync-config.yaml"
    filters = "".join(f"  - --exclude=/{number}\n" for number in range(3000))
    path.write_text(f"{HEAD}  sync_options:\n{filters}", encoding="utf-8")
    found = lint(load(path, {}))
    assert (len(found), found[-1].level) == (MAXIMUM_REPORTED + 1, "warning")
    assert found[-1].message == "and 2,900 more"


def test_an_error_is_never_hidden_behind_warnings() -> None:
    found = Diagnostics()
    for line in range(1, 1000):
        found.add(Diagnostic("a.yaml", line, 1, "", "doubtful", level="warning"))
    found.report(Location("a.yaml", 2000, 1), ("name",), "wrong")
    reported = found.in_file_order("a.yaml")
    assert (reported[-2].line, reported[-2].level) == (2000, "error")
    assert (reported[-1].message, reported[-1].level) == ("and 900 more", "warning")


def test_a_mistake_that_shows_in_every_configuration_is_reported_once() -> None:
    found = Diagnostics()
    for index in range(3):
        found.report(Location("a.yaml", 2, 3), ("sync_configurations", index, "compare"), "wrong")
    assert [each.path for each in found.in_file_order("a.yaml")] == ["sync_configurations[0].compare"]


def test_the_main_file_comes_first() -> None:
    found = Diagnostics()
    for file, line in (("a.yaml", 1), ("main.yaml", 9), ("main.yaml", 2)):
        found.report(Location(file, line, 1), (), "wrong")
    assert [(each.file, each.line) for each in found.in_file_order("main.yaml")] == [
        ("main.yaml", 2),
        ("main.yaml", 9),
        ("a.yaml", 1),
    ]
