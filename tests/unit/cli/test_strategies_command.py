"""What `mochok strategies` tells."""

from __future__ import annotations

import re
from importlib import metadata

import pytest

from mochok.cli.app import run
from mochok.strategies import registry
from mochok.strategies.placeholders import PLACEHOLDERS

OWN = ("DateFolder", "FullDirectory", "DateRange", "CustomPattern")


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert run(["strategies", *arguments]) == 0
    return re.sub(r"\s+", " ", capsys.readouterr().out)


def test_every_strategy_is_told_with_its_use_and_every_option_with_its_default(
    capsys: pytest.CaptureFixture[str],
) -> None:
    output = told(capsys)

    for one in registry.describe():
        assert one.name in output
        assert one.summary[1:] in output
        for option in one.options:
            assert f"{option.name} {option.type}, default {option.default}" in output


def test_the_paths_of_a_sample_day_are_computed(capsys: pytest.CaptureFixture[str]) -> None:
    output = told(capsys).replace("C:\\Data", "/srv/data").replace("\\", "/")

    assert "/srv/data/2025-01-15 -> s3://BUCKET/2025/01/15/" in output
    assert "with date_folder_format: yyyyMMdd /srv/data/20250115 ->" in output
    assert "(files modified 2025-01-08 to 2025-01-15)" in output
    assert "/srv/data/2025/01 -> s3://BUCKET/custom/2025/01/" in output


def test_every_placeholder_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    output = told(capsys)

    assert [each.name for each in PLACEHOLDERS if each.name not in output] == []


@pytest.mark.parametrize("flag", ["--show-examples", "-ShowExamples", "-showexamples"])
def test_the_examples_are_the_files_themselves(capsys: pytest.CaptureFixture[str], flag: str) -> None:
    assert run(["strategies", flag]) == 0
    output = capsys.readouterr().out

    for name in OWN:
        assert registry.example(name).rstrip("\n") in output


class _Entry:
    """An installed plugin's entry point, as importlib.metadata hands it out."""

    dist = None

    def __init__(self, name: str, loaded: object) -> None:
        self.name = name
        self.value = f"plugin:{name}"
        self._loaded = loaded

    def load(self) -> object:
        if isinstance(self._loaded, Exception):
            raise self._loaded
        return self._loaded


def test_a_plugin_that_cannot_be_loaded_is_told_and_hides_nothing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = _Entry("Broken", ImportError("no module named x\x1b[31m"))
    monkeypatch.setattr(metadata, "entry_points", lambda group: [broken])

    output = told(capsys, "--show-examples")

    assert "Broken (from plugin:Broken) cannot be used:" in output
    assert "no module named x\\x1b[31m" in output
    assert "DateFolder" in output


def test_a_plugin_whose_paths_fail_is_told_without_a_traceback(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Failing(registry.get("FullDirectory")):  # type: ignore[misc] # a class made at run time
        def paths(self, request: object) -> object:
            raise KeyError("nothing")

    monkeypatch.setattr(metadata, "entry_points", lambda group: [_Entry("Failing", Failing)])

    assert "unknown without its options: it failed with KeyError: 'nothing'" in told(capsys)
