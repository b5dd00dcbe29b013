"""Messages, help and pages use the words of the glossary in CONTRIBUTING.md, which is read here."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support.pages import DOCS, PROJECT, READMES

CONTRIBUTING = PROJECT / "CONTRIBUTING.md"
SPANISH = sorted((DOCS / "es").rglob("*.md"))
ENGLISH_PAGES = [READMES[0], CONTRIBUTING, *(PROJECT / name for name in ("SECURITY.md", "CHANGELOG.md"))]
ENGLISH_PAGES += sorted(set(DOCS.rglob("*.md")) - set(SPANISH))
ENGLISH_PAGES += [*sorted((PROJECT / "examples").iterdir()), PROJECT / "mkdocs.yml"]
SPANISH_PAGES = [READMES[1], *SPANISH]
SOURCES = sorted((PROJECT / "src" / "mochok").rglob("*.py"))
_SECTION = re.compile(r"^### Glossary$.*?(?=^## )", re.MULTILINE | re.DOTALL)
_LEDGER = re.compile(r"libros?\s+de\s+envíos(?P<explained>\s+\(ledger)?")


class Text(NamedTuple):
    """Text for people, and the line in its file where it begins."""

    line: int
    text: str


def glossary(head: str) -> list[str]:
    """The phrases of the right column of the glossary's table whose left column is called ``head``."""
    (section,) = _SECTION.findall(CONTRIBUTING.read_text(encoding="utf-8"))
    table = section.partition(f"| {head} |")[2].partition("\n\n")[0]
    return [phrase for row in table.splitlines()[2:] for phrase in re.findall(r"`([^`]+)`", row)]


def pattern(phrases: list[str]) -> re.Pattern[str]:
    """Matches each phrase as whole words in any case, however the text is wrapped."""
    parts = [re.escape(phrase).replace(r"\*", r"\w*").replace(r"\ ", r"\s+") for phrase in phrases]
    return re.compile(rf"(?<!\w)(?:{'|'.join(parts)})(?!\w)", re.IGNORECASE)


def found(path: Path, texts: Iterator[Text], phrases: re.Pattern[str]) -> list[str]:
    """``file:line: phrase`` for each phrase in the texts."""
    return [
        f"{path.relative_to(PROJECT).as_posix()}:{line + text.count(chr(10), 0, match.start())}: {match[0]}"
        for line, text in texts
        for match in phrases.finditer(text)
    ]


def page(path: Path) -> Iterator[Text]:
    """A page without the glossary itself; the lines keep their numbers."""
    text = path.read_text(encoding="utf-8")
    yield Text(1, _SECTION.sub(lambda section: "\n" * section[0].count("\n"), text))


def messages(source: str) -> Iterator[Text]:
    """The string literals of a module, and the docstrings that are a command's help; no other docstrings."""
    tree = ast.parse(source)
    silent = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    helps = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.decorator_list and isinstance(node.body[0], ast.Expr)
        if any(isinstance(each, ast.Call) for each in node.decorator_list)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in silent - helps:
            yield Text(node.lineno, node.value)


@pytest.mark.parametrize("path", ENGLISH_PAGES, ids=lambda path: path.relative_to(PROJECT).as_posix())
def test_an_english_page_uses_the_words_of_the_glossary(path: Path) -> None:
    assert found(path, page(path), pattern(glossary("write"))) == []


@pytest.mark.parametrize("path", SPANISH_PAGES, ids=lambda path: path.relative_to(PROJECT).as_posix())
def test_a_spanish_page_uses_the_words_of_the_glossary(path: Path) -> None:
    assert found(path, page(path), pattern(glossary("escriba"))) == []


@pytest.mark.parametrize("path", SPANISH_PAGES, ids=lambda path: path.relative_to(PROJECT).as_posix())
def test_a_spanish_page_explains_the_ledger_when_it_is_first_mentioned(path: Path) -> None:
    first = _LEDGER.search(path.read_text(encoding="utf-8"))
    assert first is None or first["explained"]


def test_messages_and_help_use_the_words_of_the_glossary() -> None:
    phrases = pattern(glossary("write"))
    every = [found(path, messages(path.read_text(encoding="utf-8")), phrases) for path in SOURCES]
    assert [line for lines in every for line in lines] == []


def test_the_glossary_has_phrases_in_both_languages() -> None:
    assert {"told", "look* once more"} <= set(glossary("write"))
    assert {"noches sin luz", "el ledger"} <= set(glossary("escriba"))


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("A run is At work.", True),
        ("it looks\nonce more", True),
        ("it is told", True),
        ("test_it_is_told_in_seconds", False),
        ("at workplaces", False),
    ],
)
def test_a_phrase_is_found_as_whole_words(text: str, fits: bool) -> None:
    assert bool(pattern(["at work", "look* once more", "told"]).search(text)) is fits


def test_messages_are_literals_and_help_but_no_other_docstrings() -> None:
    source = '''
"""A module."""
def plain():
    """A function."""
    return f"{count} files" + "sent"
@command(help="Print it.")
def help():
    """What it does."""
'''
    assert {text for _line, text in messages(source)} == {"What it does.", " files", "sent", "Print it."}
