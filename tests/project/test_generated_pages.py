"""What is written from the code is committed as the code would write it now."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from scripts.changelog import read_change
from scripts.cli_page import cli_page
from scripts.generate import PAGES, PROJECT

CHANGES = sorted((PROJECT / "changes").iterdir())


@pytest.mark.parametrize("name", PAGES)
def test_a_committed_page_is_what_the_code_says(name: str) -> None:
    assert (PROJECT / name).read_text(encoding="utf-8") == PAGES[name](), "run: python -m scripts.generate"


@pytest.mark.parametrize("command", ["sync", "status", "history", "history show", "install", "clear-logs"])
def test_the_page_of_commands_has_every_command(command: str) -> None:
    assert f"\n## mochok {command}\n" in cli_page()


def test_the_page_of_commands_has_every_exit_code() -> None:
    rows = re.findall(r"^\| (\d+) \|", cli_page(), re.MULTILINE)
    assert rows == ["0", "1", "2", "3", "4", "5", "75", "130"]


@pytest.mark.parametrize("path", CHANGES, ids=lambda path: path.name)
def test_a_change_is_written_for_the_changelog(path: Path) -> None:
    assert read_change(path).text


def test_changes_have_numbers_of_their_own() -> None:
    numbers = [path.name[:4] for path in CHANGES]
    assert sorted(set(numbers)) == numbers


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("sync.md", "0.1.0: New.\n\nText.\n", "must be named like"),
        ("0001-sync.md", "New things\n\nText.\n", "must begin with a line like"),
        ("0001-sync.md", "0.1.0: No full stop\n\nText.\n", "must begin with a line like"),
        ("0001-sync.md", "0.1.0: Nothing said.\n", "wants an empty line"),
        ("0001-sync.md", "0.1.0: No empty line.\nText.\n", "wants an empty line"),
        ("0001-sync.md", f"0.1.0: Too long.\n\n{'word ' * 200}\n", "are too many"),
    ],
)
def test_a_change_that_is_not_is_refused(tmp_path: Path, name: str, content: str, complaint: str) -> None:
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ValueError, match=complaint):
        read_change(path)
