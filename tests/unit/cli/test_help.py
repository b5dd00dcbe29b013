"""What somebody finds who asks for help, or types a command that does not exist."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

import mochok.cli
from mochok.cli.app import run
from mochok.cli.commands import COMMANDS, program
from tests.support.command_line import parse

LOADED = """
import sys
from mochok.cli.app import run
from mochok.cli.commands import COMMANDS
run(sys.argv[1:])
loaded = [name for name in COMMANDS if "mochok.cli." + name.replace("-", "_") in sys.modules]
print(loaded, "pydantic" in sys.modules)
"""


def examples() -> Iterator[tuple[str, str]]:
    """Each command's path, and the examples in its help."""
    context = click.Context(program, info_name="mochok", **program.context_settings)
    commands = [(name, program.get_command(context, name)) for name in COMMANDS]
    for path, command in commands:
        assert command is not None
        if isinstance(command, click.Group):
            commands += [(f"{path} {name}", inner) for name, inner in command.commands.items()]
        text = command.get_help(click.Context(command, info_name=path, parent=context, max_content_width=200))
        for line in text.partition("Examples:\n")[2].splitlines():
            yield path, line


@pytest.mark.parametrize("path", [*COMMANDS, "history show"])
def test_every_command_has_two_to_four_examples(path: str) -> None:
    assert 2 <= len([line for name, line in examples() if name == path and "mochok" in line]) <= 4


@pytest.mark.parametrize("line", [line for _path, line in examples() if "mochok" in line], ids=str.strip)
def test_an_example_is_understood(line: str) -> None:
    found = re.search(r"mochok ([^>|)]*?)(?:  |$|[>|)])", line)
    assert found is not None

    parse(shlex.split(found[1]))


@pytest.mark.parametrize("arguments", [["--help"], ["status", "--help"]])
def test_help_loads_no_more_commands_than_it_shows_and_no_models(arguments: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOADED, *arguments], capture_output=True, text=True, check=True, timeout=60
    )

    assert done.stdout.splitlines()[-1] == f"{arguments[:-1]} False"


@pytest.mark.parametrize(
    ("typed", "hint"),
    [
        ("run", "to upload: mochok sync"),
        ("backup", "to upload: mochok sync"),
        ("init", "to write a commented configuration: mochok install"),
        ("restore", "Mochok only uploads; to restore"),
        ("check", "mochok validate"),
        ("test", "mochok install"),
        ("config", "mochok validate"),
        ("version", "mochok --version"),
        ("list", "mochok history"),
        ("LS", "mochok history"),
        ("verify", "mochok status --gaps"),
        ("snyc", "did you mean mochok sync?"),
        ("Statsu", "did you mean mochok status?"),
        ("xyzzy", "mochok --help lists the commands"),
    ],
)
def test_an_unknown_command_names_the_right_one(
    typed: str, hint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([typed]) == 2

    error = capsys.readouterr().err
    assert f"there is no command '{typed}'" in error
    assert hint in error


def test_help_on_an_unknown_command_names_the_right_one_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["help", "run"]) == 2

    assert "to upload: mochok sync" in capsys.readouterr().err


@pytest.mark.parametrize("name", COMMANDS)
def test_no_command_imports_another(name: str) -> None:
    module = name.replace("-", "_")
    text = (Path(mochok.cli.__file__).parent / f"{module}.py").read_text("utf-8")
    others = {other.replace("-", "_") for other in COMMANDS} - {module}

    assert not others & set(re.findall(r"from mochok\.cli\.(\w+) import", text))
