"""Finding strategies: Mochok's own, and those that another installed package brings."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

from mochok.errors import UsageError
from mochok.strategies import registry

PROGRAM = """
import json, sys
sys.path.insert(0, sys.argv[1])
from datetime import date
from mochok.errors import MochokError
from mochok.strategies import registry
from mochok.strategies.contract import Request

def answer(question):
    try:
        return question()
    except MochokError as error:
        return {"error": str(error), "exit_code": error.exit_code}

def use(name):
    request = Request("Night", "/data", date(2024, 3, 15), None, "files01")
    paths = registry.create(name, {"depth": 3}).paths(request)
    return {"source": paths.source, "prefix": paths.prefix}

def describe():
    found = {one.name: one for one in registry.describe()}
    return {name: [one.summary, one.distribution, one.problem, [option.name for option in one.options]]
            for name, one in found.items()}

names = sys.argv[2:]
print(json.dumps({
    "names": registry.names(),
    "described": describe(),
    "used": {name: answer(lambda: use(name)) for name in names},
    "examples": {name: answer(lambda: registry.example(name)) for name in names},
}))
"""

PLUGIN = """
from typing import ClassVar
from pydantic import Field
from mochok.model import SyncPaths
from mochok.strategies import paths
from mochok.strategies.contract import Request, Strategy
from mochok.strategies.placeholders import Values, destination

class FiscalYear(Strategy):
    summary: ClassVar[str] = "folders by fiscal year"
    default_structure: ClassVar[str] = "fiscal/{year}"
    example: ClassVar[str] = "# one configuration"
    depth: int = Field(default=1, description="levels below the year")

    def paths(self, request: Request) -> SyncPaths:
        prefix = destination(self.structure(request), Values.of(request))
        source = paths.join_local(request.base_path, f"FY24/{self.depth}")
        return SyncPaths(source, prefix, (request.target_date,))

class WithoutPaths(Strategy):
    summary: ClassVar[str] = "x"
    default_structure: ClassVar[str] = "x"

class WithoutSummary(FiscalYear):
    summary = None

class WrongStructure(FiscalYear):
    default_structure: ClassVar[str] = "{nonsense}"
"""


def install(site: Path, distribution: str, module_text: str, entry_points: dict[str, str]) -> None:
    """Put a package into ``site`` as an installer would: its module and its dist-info."""
    module = distribution.replace("-", "_")
    (site / f"{module}.py").write_text(module_text, encoding="utf-8")
    information = site / f"{module}-1.2.dist-info"
    information.mkdir()
    (information / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.2\n")
    lines = "\n".join(f"{name} = {module}{attribute}" for name, attribute in entry_points.items())
    (information / "entry_points.txt").write_text(f"[mochok.strategies]\n{lines}\n")


def ask(site: Path, *names: str) -> dict[str, Any]:
    """What a fresh Python that sees ``site`` answers about the strategies ``names``."""
    command = [sys.executable, "-c", textwrap.dedent(PROGRAM), str(site), *names]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def test_an_installed_plugin_is_used_listed_and_described(tmp_path: Path) -> None:
    install(tmp_path, "acme-fiscal", PLUGIN, {"FiscalYear": ":FiscalYear"})
    answer = ask(tmp_path, "FiscalYear")
    assert answer["used"]["FiscalYear"] == {"source": "/data/FY24/3", "prefix": "fiscal/2024"}
    assert answer["names"] == ["DateFolder", "FullDirectory", "DateRange", "CustomPattern", "FiscalYear"]
    assert answer["described"]["FiscalYear"] == ["folders by fiscal year", "acme-fiscal 1.2", "", ["depth"]]
    assert answer["examples"]["FiscalYear"] == "# one configuration"


@pytest.mark.parametrize(
    ("module_text", "attribute", "words"),
    [
        ("import a_module_that_is_nowhere", ":X", "ModuleNotFoundError: No module named"),
        ("1 / 0", ":X", "ZeroDivisionError"),
        ("def x(:", ":X", "SyntaxError"),
        ("", ":X", "AttributeError"),
        ("X = 7", ":X", "is not a subclass of mochok.strategies.contract.Strategy"),
        (PLUGIN, ":WithoutPaths", "has no method paths()"),
        (PLUGIN, ":WithoutSummary", "has no text summary"),
        (PLUGIN, ":WrongStructure", "unknown placeholder {nonsense}"),
    ],
)  # fmt: skip
def test_a_broken_plugin_is_named_with_its_package_and_does_not_hide_the_others(
    tmp_path: Path, module_text: str, attribute: str, words: str
) -> None:
    install(tmp_path, "acme-broken", module_text, {"Broken": attribute})
    answer = ask(tmp_path, "Broken")
    error = answer["used"]["Broken"]["error"]
    assert "the strategy 'Broken' of the package acme-broken 1.2" in error
    assert words in error
    assert answer["described"]["Broken"][1:3] == ["acme-broken 1.2", error]
    assert answer["described"]["DateFolder"][2] == ""


def test_a_name_that_two_packages_claim_belongs_to_neither(tmp_path: Path) -> None:
    install(tmp_path, "acme-one", PLUGIN, {"FiscalYear": ":FiscalYear"})
    install(tmp_path, "acme-two", PLUGIN, {"FiscalYear": ":FiscalYear"})
    error = ask(tmp_path, "FiscalYear")["used"]["FiscalYear"]["error"]
    assert "acme-one 1.2 and acme-two 1.2" in error


def test_a_plugin_cannot_take_over_a_name_of_mochoks_own(tmp_path: Path) -> None:
    install(tmp_path, "acme-greedy", PLUGIN, {"DateFolder": ":FiscalYear"})
    answer = ask(tmp_path)
    assert answer["names"] == ["DateFolder", "FullDirectory", "DateRange", "CustomPattern"]
    assert answer["described"]["DateFolder"][1] == ""
    assert answer["described"]["DateFolder"][3] == ["date_folder_format", "culture"]


@pytest.mark.parametrize(
    ("type_name", "hint"),
    [
        ("datefolder", "did you mean DateFolder?"),
        ("zzz", "use DateFolder, FullDirectory, DateRange or CustomPattern"),
    ],
)
def test_an_unknown_type_is_answered_with_the_one_that_was_meant_or_all(type_name: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        registry.create(type_name, {})
    assert caught.value.hint == hint


def test_every_option_is_described_with_type_default_meaning_and_example() -> None:
    options = [option for strategy in registry.describe() for option in strategy.options]
    assert all(option.type and option.default and option.description and option.example for option in options)
    by_name = {option.name: option for option in options}
    assert by_name["date_source"].type == "mtime | path | filename"
    assert by_name["date_range_days_back"].default == "7"


@pytest.mark.parametrize("strategy", registry.describe(), ids=lambda strategy: strategy.name)
def test_the_described_example_of_every_option_is_valid(strategy: registry.StrategyDescription) -> None:
    for option in strategy.options:
        value: object = int(option.example) if option.type == "whole number" else option.example
        registry.create(strategy.name, {option.name: value})
