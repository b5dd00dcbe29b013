"""The site builds in two languages without a warning, and loads nothing from other servers."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.support.pages import DOCS, PROJECT

SPANISH = DOCS / "es"
ENGLISH_PAGES = sorted(
    path.relative_to(DOCS).with_suffix(".html")
    for path in DOCS.rglob("*.md")
    if not path.is_relative_to(SPANISH)
)
SPANISH_PAGES = sorted(path.relative_to(SPANISH).with_suffix(".html") for path in SPANISH.rglob("*.md"))
ENGLISH_ONLY = sorted(set(ENGLISH_PAGES) - set(SPANISH_PAGES))

_LOADED = re.compile(
    r"<(?:script|link|img|iframe|source)\b[^>]*?(?:src|href)=[\"']?((?:https?:)?//[^\"' >]+)"
)
_IMPORTED = re.compile(r"(?:@import|url\()\s*[\"']?((?:https?:)?//[^\"')]+)")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)],
        cwd=PROJECT,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def named(page: Path) -> str:
    return page.as_posix()


def settings() -> Any:
    return YAML(typ="safe", pure=True).load((PROJECT / "mkdocs.yml").read_text(encoding="utf-8"))


def navigation(items: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    """Every title with its page, "" for a section."""
    for item in items:
        for title, value in item.items():
            yield title, "" if isinstance(value, list) else value
            if isinstance(value, list):
                yield from navigation(value)


def translations() -> dict[str, str]:
    (plugin,) = [plugin["i18n"] for plugin in settings()["plugins"] if "i18n" in plugin]
    (spanish,) = [each for each in plugin["languages"] if each["locale"] == "es"]
    return dict(spanish["nav_translations"])


def text(site: Path, page: Path) -> str:
    return (site / page).read_text(encoding="utf-8")


def menu(page: str) -> set[str]:
    """The titles in the main menu of a built page."""
    primary = page.partition("md-nav--primary")[2].partition('data-md-type="toc"')[0]
    return {" ".join(title.split()) for title in re.findall(r'<span class="md-ellipsis">([^<]+)<', primary)}


def other_languages(page: str) -> dict[str, str]:
    """The links of the language menu: language -> address."""
    links = re.findall(r'<a href="([^"]+)" hreflang="(\w+)"', page)
    return {language: address for address, language in links}


def test_every_page_is_built_in_both_languages_and_is_in_the_navigation(site: Path) -> None:
    built = [*ENGLISH_PAGES, *(Path("es", page) for page in ENGLISH_PAGES)]
    assert [page for page in built if not (site / page).is_file()] == []
    pages = {page for _title, page in navigation(settings()["nav"]) if page}
    assert pages == {page.with_suffix(".md").as_posix() for page in ENGLISH_PAGES}


def test_every_title_of_the_navigation_has_a_translation() -> None:
    assert set(translations()) == {title for title, _page in navigation(settings()["nav"])}


@pytest.mark.parametrize("page", SPANISH_PAGES, ids=named)
def test_a_spanish_page_has_a_spanish_menu_and_a_link_to_the_english_page(site: Path, page: Path) -> None:
    built, translated = text(site, Path("es", page)), translations()
    assert '<html lang="es"' in built
    assert '<div lang="en">' not in built
    assert translated["How to"] in menu(built)
    assert menu(built) & (set(translated) - set(translated.values())) == set()
    linked = site / "es" / page.parent / other_languages(built)["en"]
    assert linked.resolve() == (site / page).resolve()


@pytest.mark.parametrize("page", ENGLISH_PAGES, ids=named)
def test_an_english_page_has_an_english_menu_and_a_link_to_the_spanish_page(site: Path, page: Path) -> None:
    built, translated = text(site, page), translations()
    assert '<html lang="en"' in built
    assert "How to" in menu(built)
    assert menu(built) & (set(translated.values()) - set(translated)) == set()
    linked = site / page.parent / other_languages(built)["es"]
    assert linked.resolve() == (site / "es" / page).resolve()


@pytest.mark.parametrize("page", ENGLISH_ONLY, ids=named)
def test_a_page_without_a_translation_is_marked_as_english_among_spanish_menus(
    site: Path, page: Path
) -> None:
    built = text(site, Path("es", page))
    assert '<html lang="es"' in built
    assert '<div lang="en">' in built
    assert translations()["How to"] in menu(built)


def test_a_browser_loads_nothing_from_other_servers(site: Path) -> None:
    pages = [path.read_text(encoding="utf-8") for path in site.rglob("*.html")]
    styles = [path.read_text(encoding="utf-8") for path in site.rglob("*.css")]
    assert pages
    assert styles
    assert {address for page in pages for address in _LOADED.findall(page)} == set()
    assert {address for page in [*pages, *styles] for address in _IMPORTED.findall(page)} == set()
    # The theme's script would load a library for diagrams from another server.
    assert [
        path.name for path in DOCS.rglob("*.md") if "```mermaid" in path.read_text(encoding="utf-8")
    ] == []
