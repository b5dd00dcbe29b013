"""What the pages show works: commands run, their output is as shown, configurations load, policies parse."""

from __future__ import annotations

import configparser
import json
import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from mochok.config.load import load
from mochok.demo.server import S3Server
from tests.support.page_run import run_page, same
from tests.support.pages import DOCS, PROJECT, READMES, Block, blocks, console, fence_count, today_of

PAGES = [READMES[0], *sorted(path for path in DOCS.rglob("*.md") if "es" not in path.relative_to(DOCS).parts)]
GENERATED = {"cli.md", "configuration.md", "reliability.md"}
RUN = {"bash", "console"}
NOT_RUN = {"powershell", "ini"}  # an ini with a title is written for the commands that follow
LANGUAGES = {*RUN, *NOT_RUN, "yaml", "json", "text", "sql"}
MINIMAL: dict[str, Any] = {
    "name": "Minimal",
    "description": "What a fragment of a page is merged into",
    "enabled": True,
    "local_base_path": "/srv/data",
    "sync_strategy": {"type": "DateFolder"},
    "destination_config": {"bucket_name": "example-bucket"},
}


def named(path: Path) -> str:
    return path.relative_to(PROJECT).as_posix()


def every(*languages: str) -> list[Any]:
    return list(_every(*languages))


def _every(*languages: str) -> Iterator[Any]:
    for path in PAGES:
        for block in blocks(path):
            if block.language in languages:
                yield pytest.param(block, id=f"{named(path)}:{block.line}")


def runs(path: Path) -> bool:
    return any(block.language in RUN and block.mark != "not run" for block in blocks(path))


def whole(fragment: dict[str, Any]) -> dict[str, Any]:
    """A fragment of a page as a whole configuration file."""
    if "sync_configurations" in fragment:
        return fragment
    if "global" in fragment or "defaults" in fragment:
        return fragment | {"sync_configurations": [MINIMAL]}
    merged = {key: {**MINIMAL.get(key, {}), **value} if isinstance(value, dict) else value
              for key, value in fragment.items()}  # fmt: skip
    return {"sync_configurations": [MINIMAL | merged]}


@pytest.mark.skipif(os.name == "nt", reason="the pages' commands are for bash")
@pytest.mark.parametrize("path", [path for path in PAGES if runs(path)], ids=named)
def test_the_commands_of_a_page_work_and_print_what_it_shows(path: Path, server: S3Server) -> None:
    with tempfile.TemporaryDirectory(prefix="page-") as folder:  # short, so that no path is folded
        for block, shown in run_page(path, Path(folder), server):
            for one in shown if block.mark != "other output" else ():
                output = "\n".join(one.output)
                assert same(one.command.output, one.output), (
                    f"line {block.line}: {one.command.text}\n{output}"
                )


@pytest.mark.parametrize("path", PAGES, ids=named)
def test_every_block_of_a_page_is_one_that_the_tests_know(path: Path) -> None:
    found = [block for block in blocks(path) if block.title or block.language]
    hidden = path.read_text(encoding="utf-8").count("<!-- run\n")
    assert fence_count(path) == 2 * (len(found) - hidden), "a fence is indented or has no language"
    assert {block.language for block in found} <= LANGUAGES
    idle = [block for block in found if block.language in NOT_RUN and block.mark != "not run"]
    unmarked = [block.line for block in idle if block.language != "ini" or not block.title]
    assert unmarked == [], "a block that cannot run needs <!-- not run: REASON -->"


@pytest.mark.parametrize("path", [path for path in PAGES if runs(path)], ids=named)
def test_a_page_with_days_says_when_it_plays_and_writes_them_in_full(path: Path) -> None:
    text = "".join(block.text for block in blocks(path) if block.language in RUN)
    assert today_of(path) or not re.search(r"\b20\d\d-\d\d-\d\d\b", text), "say <!-- today: YYYY-MM-DD -->"
    assert re.findall(r"\b20\d\d-\d\d\b(?!-\d\d)", text) == [], "only whole days can be moved to today"


@pytest.mark.parametrize("block", every("yaml"))
def test_a_configuration_in_a_page_loads_without_notices(block: Block, tmp_path: Path) -> None:
    content: Any = YAML(typ="safe", pure=True).load(block.text)
    file = tmp_path / "sync-config.yaml"
    text = block.text if "sync_configurations" in content else json.dumps(whole(content))
    file.write_text(text, encoding="utf-8")
    expected = block.mark == "other output"  # a file of the original: older keys have notices
    assert bool(load(file, {"HOSTNAME": "files01"}).notices) == expected


@pytest.mark.parametrize("block", every("json"))
def test_a_document_in_a_page_is_json_and_a_policy_allows_single_actions(block: Block) -> None:
    content = json.loads(block.text)
    for statement in content.get("Statement", ()):
        actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
        assert statement["Effect"] in ("Allow", "Deny")
        assert all(action.partition(":")[0] in ("s3", "kms") for action in actions)
        assert not [action for action in actions if "*" in action], "least privilege names its actions"


@pytest.mark.parametrize("block", every("ini"))
def test_a_unit_or_a_profile_in_a_page_can_be_parsed(block: Block) -> None:
    parser = configparser.ConfigParser(strict=True, interpolation=None)
    parser.read_string(block.text)
    assert parser.sections()


@pytest.mark.parametrize("block", every("console"))
def test_a_console_block_begins_with_a_command(block: Block) -> None:
    assert console(block.text)


@pytest.mark.parametrize(
    ("shown", "printed", "fits"),
    [
        (["a", "b"], ["a", "b"], True),
        (["took 1.5 s"], ["took 0.1 s"], True),
        (["a", "...", "d"], ["a", "b", "c", "d"], True),
        (["...", "b", "..."], ["a", "b", "c"], True),
        (["a"], ["a", "b"], False),
        (["a", "...", "e"], ["a", "b", "c", "d"], False),
        (["...", "2 files", "..."], ["a", "3 files", "c"], False),
    ],
)
def test_output_that_is_not_as_shown_is_noticed(shown: list[str], printed: list[str], fits: bool) -> None:
    assert same(shown, printed) is fits
