"""The documentation builds as a site without a warning, and a reader's browser asks nobody else."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.pages import DOCS, PROJECT

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


def test_every_page_is_built_and_in_the_navigation(site: Path) -> None:
    pages = {path.relative_to(DOCS).with_suffix(".html") for path in DOCS.rglob("*.md")}
    assert [page for page in sorted(pages) if not (site / page).is_file()] == []
    navigation = (PROJECT / "mkdocs.yml").read_text(encoding="utf-8")
    assert [
        page for page in sorted(pages) if f": {page.with_suffix('.md').as_posix()}\n" not in navigation
    ] == []


def test_a_reader_loads_nothing_from_elsewhere(site: Path) -> None:
    pages = [path.read_text(encoding="utf-8") for path in site.rglob("*.html")]
    styles = [path.read_text(encoding="utf-8") for path in site.rglob("*.css")]
    assert pages
    assert styles
    assert {address for text in pages for address in _LOADED.findall(text)} == set()
    assert {address for text in [*pages, *styles] for address in _IMPORTED.findall(text)} == set()
    # What the theme's script would fetch for them is fetched only where they are.
    assert [
        path.name for path in DOCS.rglob("*.md") if "```mermaid" in path.read_text(encoding="utf-8")
    ] == []
