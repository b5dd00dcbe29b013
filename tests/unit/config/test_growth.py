"""Reading and checking a configuration grows with its length, not with its square: calls are counted."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mochok.config.effective import effective_lines
from mochok.config.lint import lint
from mochok.config.load import load
from mochok.errors import ConfigurationError
from tests.support.growth import MOST, growth

SIZE = 12
Made = Callable[[int], dict[str, Any]]


def entry(number: int = 0, **changes: Any) -> dict[str, Any]:
    return {
        "name": f"C{number:04}",
        "description": "d",
        "enabled": True,
        "local_base_path": f"data/{number:04}",
        "sync_strategy": {"type": "DateFolder"},
        "destination_config": {"bucket_name": "company-documents", "s3_path_structure": f"{number:04}"},
    } | changes


def whole(*entries: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"sync_configurations": list(entries)} | more


def options(text: str) -> Made:
    return lambda count: whole(entry(sync_options=[text.format(number) for number in range(count)]))


SHAPES: dict[str, Made] = {
    "configurations": lambda count: whole(*(entry(number) for number in range(count))),
    "equal names": lambda count: whole(*(entry() for _ in range(count))),
    "equal destinations": lambda count: whole(
        *(entry(number, destination_config={"bucket_name": "company-documents"}) for number in range(count))
    ),
    "excludes": options("--exclude=folder-{}/*.tmp"),
    "excludes of everything": options("--exclude=*{}*"),
    "includes": options("--include=*.t{}"),
    "unknown options": options("--bogus{}"),
    "unknown keys": lambda count: whole(entry() | {f"key{number}": 1 for number in range(count)}),
    "unset variables": options("--cache-control=${{UNSET{}}}"),
    "missing includes": lambda count: whole(entry(), include=[f"missing{number}" for number in range(count)]),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_ten_times_as_much_takes_about_ten_times_as_long(tmp_path: Path, shape: str) -> None:
    def check(count: int) -> None:
        path = tmp_path / f"{count}.yaml"
        try:
            settings = load(path, {})
        except ConfigurationError:
            return
        lint(settings)
        list(effective_lines(settings))

    for count in (SIZE, 10 * SIZE):
        (tmp_path / f"{count}.yaml").write_text(json.dumps(SHAPES[shape](count)), encoding="utf-8")
    assert growth(check, SIZE) < MOST


@pytest.mark.parametrize("changes", [{"name": "x" * 50_000}, {"local_base_path": "/" + "x/" * 50_000}])
def test_a_long_value_is_not_repeated_as_a_whole(tmp_path: Path, changes: dict[str, Any]) -> None:
    check_is_short(tmp_path, whole(entry(**changes)))


@pytest.mark.parametrize("value", ["x" * 50_000, "X\n" * 20_000, "9" * 50_000])
@pytest.mark.parametrize("key", ["bucket_name", "endpoint_url", "aws_region", "role_arn", "addressing_style"])
def test_a_long_value_in_the_destination_is_not_repeated_as_a_whole(
    tmp_path: Path, key: str, value: str
) -> None:
    destination = {"bucket_name": "company-documents"} | {key: value}
    check_is_short(tmp_path, whole(entry(destination_config=destination)))


def test_a_long_time_zone_is_not_repeated_as_a_whole(tmp_path: Path) -> None:
    check_is_short(tmp_path, whole(entry(), **{"global": {"timezone": "Europe/" + "x" * 50_000}}))


def test_a_long_key_is_not_repeated_as_a_whole(tmp_path: Path) -> None:
    check_is_short(tmp_path, whole(entry() | {"x" * 50_000: 1}))


def check_is_short(folder: Path, document: dict[str, Any]) -> None:
    path = folder / "sync-config.yaml"
    path.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        load(path, {})
    assert len(str(caught.value)) < 5000
