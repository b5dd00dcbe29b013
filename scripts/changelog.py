"""CHANGELOG.md, built from the files of ``changes/``: one file for each change that a user notices.

A file is named ``NNNN-some-words.md``. Its first line is ``VERSION: What is new, in one sentence.``; after an
empty line follows a short paragraph for the user: what to do with it, what it replaces, what to mind.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FILE_NAME = re.compile(r"\d{4}-[a-z0-9]+(?:-[a-z0-9]+)*\.md")
FIRST_LINE = re.compile(r"(?P<version>\d+\.\d+\.\d+): (?P<title>\S.*[.!])")
TEXT_LENGTH_MOST = 700
WIDTH = 110

_HEAD = """\
<!-- By `python -m scripts.generate` from changes/; change those files instead. -->
# Changelog

What users notice, newest version first.
"""


@dataclass(frozen=True, slots=True)
class Change:
    """One file of ``changes/``."""

    version: str
    title: str
    text: str


def read_change(path: Path) -> Change:
    """Read one file. Raises ValueError that names the file and the rule it breaks."""
    if not FILE_NAME.fullmatch(path.name):
        raise ValueError(f"{path.name}: must be named like 0012-some-words.md")
    first, _, rest = path.read_text(encoding="utf-8").partition("\n")
    found = FIRST_LINE.fullmatch(first)
    if found is None:
        raise ValueError(f"{path.name}: must begin with a line like '0.1.0: What is new.'")
    text = rest.strip()
    if not rest.startswith("\n") or not text:
        raise ValueError(f"{path.name}: wants an empty line and then a paragraph for the user")
    if len(text) > TEXT_LENGTH_MOST:
        raise ValueError(
            f"{path.name}: {len(text)} characters are too many ({TEXT_LENGTH_MOST}); link to docs/"
        )
    return Change(found["version"], found["title"], text)


def changelog(folder: Path) -> str:
    """The whole CHANGELOG.md from the files of ``folder``. Raises ValueError as :func:`read_change`."""
    changes = [read_change(path) for path in sorted(folder.glob("*.md"))]
    versions = sorted({change.version for change in changes}, key=_numbers, reverse=True)
    return "\n".join([_HEAD, *(line for version in versions for line in _section(version, changes))])


def _section(version: str, changes: list[Change]) -> Iterator[str]:
    yield f"## {version}\n"
    for change in changes:
        if change.version == version:
            text = " ".join(change.text.split())
            yield textwrap.fill(f"- **{change.title}** {text}", WIDTH, subsequent_indent="  ",
                                break_long_words=False, break_on_hyphens=False)  # fmt: skip
    yield ""


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in version.split("."))
