"""Commands and configurations in the pages work: every command parses, every configuration loads."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mochok.cli.commands import COMMANDS, EXIT_CODES
from mochok.config.load import load
from tests.support.command_line import parse

PROJECT = Path(__file__).parents[2]
READMES = [PROJECT / "README.md", PROJECT / "README-ES.md"]
PAGES = [*READMES, *(PROJECT / name for name in ("CONTRIBUTING.md", "CHANGELOG.md"))]
PAGES += sorted((PROJECT / "docs").rglob("*.md"))
BLOCK = re.compile(r"^```(\w+)[^\n`]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TYPED = ("bash", "powershell", "ini", "text", "console")
BETWEEN_COMMANDS = re.compile(r"\s(?:&&|\|\|?|>)\s|;\s")
PROGRAM = re.compile(r"(?<!-name)(?:^|[ =])(?:\S*(?:bin/|Scripts\\))?mochok ([a-z-].*)$")
PLACEHOLDERS = {"N": "7", "[N]": "7", "SECONDS": "60", "SHELL": "bash"}


def blocks(path: Path, *languages: str) -> list[str]:
    return [
        text for language, text in BLOCK.findall(path.read_text(encoding="utf-8")) if language in languages
    ]


def commands(path: Path) -> list[str]:
    """Every ``mochok ...`` in code, in the text's order."""
    text = path.read_text(encoding="utf-8")
    spans = re.findall(r"(?<!`)`(mochok [^`]+)`(?!`)", BLOCK.sub("", text))
    lines = [line for block in blocks(path, *TYPED) for line in block.splitlines()]
    return [*spans, *(command for line in lines for command in in_line(line))]


def in_line(line: str) -> Iterator[str]:
    if found := re.search(r"-Argument '([^']+)'", line):
        yield f"mochok {found[1]}"  # the Windows task scheduler has program and arguments apart
        return
    for part in BETWEEN_COMMANDS.split(line.removeprefix("$ ").partition(" # ")[0]):
        if found := PROGRAM.search(part):
            yield f"mochok {found[1].rstrip()}"


def cases() -> Iterator[Any]:
    for path in PAGES:
        if path.name == "cli.md":
            continue  # printed by the commands themselves
        for command in dict.fromkeys(commands(path)):
            yield pytest.param(command, id=f"{path.name}: {command}")


def options_in_tables() -> list[str]:
    """Such as ``status --gaps``: options that stand alone in a command's row of the table."""
    found = set()
    for line in (line for path in READMES for line in path.read_text(encoding="utf-8").splitlines()):
        if row := re.match(r"\| `mochok ([\w-]+)", line):
            found |= {f"{row[1]} {option}" for option in re.findall(r"`(--[^`]+)`", line)}
    return sorted(found)


@pytest.mark.parametrize("command", list(cases()))
def test_a_command_in_the_pages_is_understood(command: str) -> None:
    words = [PLACEHOLDERS.get(word, word) for word in shlex.split(command)[1:]]
    if words[1:] or words[0] not in {*COMMANDS, "--version"}:  # a command's name alone only speaks of it
        parse(words)


@pytest.mark.parametrize(
    "wrong", ["sync --no-such-option", "no-such-command", "status --gaps often", "explain"]
)
def test_a_wrong_command_would_be_noticed(wrong: str) -> None:
    with pytest.raises(Exception, match=r"(?i)no such|no command|not a valid|missing"):
        parse(wrong.split())


@pytest.mark.parametrize("option", options_in_tables())
def test_an_option_in_the_table_of_commands_is_understood(option: str) -> None:
    parse(shlex.split(option))


@pytest.mark.parametrize(
    ("path", "text"),
    [pytest.param(path, text, id=path.name) for path in READMES for text in blocks(path, "yaml")],
)
def test_a_configuration_in_the_readmes_loads(path: Path, text: str, tmp_path: Path) -> None:
    file = tmp_path / "sync-config.yaml"
    file.write_text(text, encoding="utf-8")
    assert load(file, {}).notices == (), path


@pytest.mark.parametrize("path", READMES, ids=lambda path: path.name)
def test_ci_runs_the_test_line_of_the_readme(path: Path) -> None:
    (line,) = [line for block in blocks(path, "bash") for line in block.splitlines() if "pytest" in line]
    ci = (PROJECT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert f"{line} || exit" in ci


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(PROJECT).as_posix())
def test_every_link_leads_somewhere(path: Path) -> None:
    missing = [link for link in links(path) if not (path.parent / link).exists()]
    assert missing == []


def links(path: Path) -> set[str]:
    """The targets of links into the project, without anchors."""
    found = re.findall(r"\]\(([^)#\s]+)", path.read_text(encoding="utf-8"))
    return {link for link in found if "://" not in link}


@pytest.mark.parametrize("path", READMES, ids=lambda path: path.name)
def test_every_exit_code_is_in_the_readme(path: Path) -> None:
    table = re.findall(r"^\| (\d+) \|", path.read_text(encoding="utf-8"), re.MULTILINE)
    assert table == [str(code) for code in EXIT_CODES]
