"""The pictures of the terminal: each is used in a page, loads nothing, and shows no developer's machine."""

from __future__ import annotations

import os
import re
import socket
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from mochok.demo.server import S3Server
from scripts.pictures.files import IMAGES, lasting

PROJECT = Path(__file__).parents[2]
PICTURES = sorted(IMAGES.glob("*.svg"))
PAGES = [*PROJECT.glob("README*.md"), *(PROJECT / "docs").rglob("*.md")]
SVG = "{http://www.w3.org/2000/svg}"
SHOWN_FOLDERS = ("/var/lib/mochok", "/srv/invoices", "/srv/web-shop", "/var/log/erp")


def shown(picture: Path) -> list[str]:
    """The texts in it, in their order."""
    return [each.text or "" for each in ET.parse(picture).getroot().iter(f"{SVG}text")]


def test_every_kind_of_picture_is_there() -> None:
    kinds = ("sync", "progress", "dry-run", "status", "calendar", "gaps", "refused", "mistakes")
    narrow = ("sync", "progress", "status", "calendar", "mistakes")
    assert {path.stem for path in PICTURES} == {*kinds, *(f"{name}-narrow" for name in narrow)}


@pytest.mark.parametrize("path", PICTURES, ids=lambda path: path.stem)
def test_a_picture_begins_with_the_command_and_shows_what_it_printed(path: Path) -> None:
    prompt, command, *printed = shown(path)
    assert prompt == "$"
    assert re.match(r"mochok (sync|status|validate)\b", command)
    assert len(printed) > 5


@pytest.mark.parametrize("path", PICTURES, ids=lambda path: path.stem)
def test_a_picture_needs_nothing_from_outside(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"<(script|style|image|use|a|foreignObject)\b|@import|@font-face|url\(|href", text)
    assert re.findall(r"https?://[^\s\"<]+", text) == ["http://www.w3.org/2000/svg"]


@pytest.mark.parametrize("path", PICTURES, ids=lambda path: path.stem)
def test_a_picture_names_no_machine(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    folders = re.findall(r"(?<![\w.:/-])/[a-z]+/[\w.-]+(?:/[\w.-]+)?", " ".join(shown(path)))
    assert all(folder.startswith(SHOWN_FOLDERS) for folder in folders), folders
    assert not re.search(r"/tmp\b|/work\b|/home/|/root\b|127\.0\.0\.1|localhost", text)
    assert socket.gethostname() not in text


@pytest.mark.parametrize("path", PICTURES, ids=lambda path: path.stem)
def test_a_picture_is_as_wide_as_its_lines(path: Path) -> None:
    root = ET.parse(path).getroot()
    ends = [float(each.attrib["x"]) + float(each.attrib["textLength"]) for each in root.iter(f"{SVG}text")]
    assert max(ends) <= float(root.attrib["width"])


@pytest.mark.parametrize("path", PICTURES, ids=lambda path: path.stem)
def test_a_picture_is_shown_in_a_page(path: Path) -> None:
    pages = [page.name for page in PAGES if f"images/{path.name}" in page.read_text(encoding="utf-8")]
    assert pages


@pytest.mark.skipif(os.name == "nt", reason="a pseudo-terminal of POSIX")
def test_a_run_today_is_drawn_as_the_picture_shows_it(server: S3Server) -> None:
    from scripts.pictures.machine import machine  # needs POSIX
    from scripts.pictures.scenes import mistakes

    with machine(server) as host:
        drawn = dict(mistakes(host))
    assert drawn == {name: (IMAGES / f"{name}.svg").read_text(encoding="utf-8") for name in drawn}
    assert set(drawn) == {"mistakes", "mistakes-narrow"}


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        ("2026-11-21: 6 uploaded (667.8 kB, 0.3 s)", "2026-11-22: 6 uploaded (667.8 kB, 1.4 s)", True),
        ("20261122T213032-d073 at 21:30:32", "20270103T010203-0a1b at 01:02:03", True),
        ("6 uploaded", "7 uploaded", False),
        ("667.8 kB", "668.8 kB", False),
    ],
)
def test_a_picture_is_made_anew_only_for_what_lasts(old: str, new: str, same: bool) -> None:
    assert (lasting(old) == lasting(new)) is same
