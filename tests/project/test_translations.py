"""The Spanish pages say what the English ones say: the same headings, blocks, code words, rows and links.

Prose may differ as languages do. In code, only comments and ``description`` texts are translated.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from tests.support.pages import DOCS, PROJECT, READMES

SPANISH = DOCS / "es"
TRANSLATED = [*(DOCS / f"{name}.md" for name in ("index", "getting-started", "screens"))]
TRANSLATED += sorted((DOCS / "howto").glob("*.md"))
PAIRS = [READMES, *((page, SPANISH / page.relative_to(DOCS)) for page in TRANSLATED)]
_FENCED = re.compile(r"^```(\w+)([^\n`]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_HIDDEN = re.compile(r"^<!--.*?-->\n", re.MULTILINE | re.DOTALL)
_COMMENT = re.compile(r"(^|\s)\s*# .*$", re.MULTILINE)
_DESCRIPTION = re.compile(r'(description: )".*"')

Pair = tuple[Path, Path]
both = pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair[0].relative_to(PROJECT).as_posix())


def seen(page: Path) -> str:
    """The page without what its readers do not see."""
    return _HIDDEN.sub("", page.read_text(encoding="utf-8"))


def prose(page: Path) -> str:
    return _FENCED.sub("", seen(page))


def code(page: Path) -> list[tuple[str, str, str]]:
    """Language, title and text of each block, without what may be translated."""
    return [(language, title, neutral(text)) for language, title, text in _FENCED.findall(seen(page))]


def neutral(text: str) -> str:
    return _COMMENT.sub("", _DESCRIPTION.sub(r'\1"..."', text))


def headings(page: Path) -> list[str]:
    """``#``, ``##`` ... in their order."""
    return re.findall(r"^(#+) ", prose(page), re.MULTILINE)


def code_words(page: Path) -> set[str]:
    return set(re.findall(r"`([^`\n]+)`", prose(page)))


def shape(page: Path) -> list[str]:
    """What each table row, list entry and picture is, in their order."""
    return re.findall(r"^(\||- |\d\. |\[?!\[)", prose(page), re.MULTILINE)


def links(page: Path) -> list[Path | str]:
    """Where the links lead: of a page that is translated, to its English original."""
    originals = {translated.resolve(): original.resolve() for original, translated in PAIRS}
    found: list[Path | str] = []
    for link in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        target = Path(os.path.normpath(page.parent / link.partition("#")[0]))
        found.append(link if "://" in link else originals.get(target, target))
    return found


def test_every_page_has_its_translation_and_every_translation_its_page() -> None:
    expected = {translated for _, translated in PAIRS[1:]}
    assert set(SPANISH.rglob("*.md")) == expected


@both
def test_headings_are_the_same_in_number_and_level(pair: Pair) -> None:
    english, spanish = map(headings, pair)
    assert spanish == english


@both
def test_commands_and_settings_are_the_same(pair: Pair) -> None:
    english, spanish = map(code, pair)
    assert spanish == english


@both
def test_the_same_code_words_are_named(pair: Pair) -> None:
    english, spanish = map(code_words, pair)
    assert spanish == english


@both
def test_rows_lists_and_pictures_are_the_same(pair: Pair) -> None:
    english, spanish = map(shape, pair)
    assert spanish == english


@both
def test_links_lead_to_the_same_pages(pair: Pair) -> None:
    english, spanish = map(links, pair)
    first = 1 if pair is READMES else 0  # each begins with the way to the other
    assert sorted(map(str, spanish[first:])) == sorted(map(str, english[first:]))


@pytest.mark.parametrize(
    ("english", "spanish", "same"),
    [
        ('  description: "Scans"  # each day', '  description: "Documentos"', True),
        ("mochok sync  # yesterday", "mochok sync  # lo de ayer", True),
        ("mochok sync --quiet", "mochok sync", False),
        ('bucket_name: "example#1"', 'bucket_name: "example#2"', False),
        ("  timezone: UTC", "timezone: UTC", False),
    ],
)
def test_only_comments_and_descriptions_may_differ(english: str, spanish: str, same: bool) -> None:
    assert (neutral(english).rstrip() == neutral(spanish).rstrip()) is same


@pytest.mark.parametrize("page", [spanish for _, spanish in PAIRS], ids=lambda page: page.name)
def test_the_spanish_pages_use_spanish_quotation_marks(page: Path) -> None:
    without_code = re.sub(r"`[^`\n]+`", "", prose(page))
    assert not re.findall(r"[“”]|(?<![\w=])\"", without_code)
    assert without_code.count("«") == without_code.count("»")
