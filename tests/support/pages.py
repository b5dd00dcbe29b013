"""The pages of the documentation as blocks of code: what a reader copies, types and compares.

Blocks are fenced with three backticks and a language. Instructions for the tests are in HTML comments,
which readers do not see, directly above a block:

- ``not run: REASON``: the block cannot run here; its ``mochok`` lines are parsed all the same;
- ``other output: REASON``: the commands run, but what they print is not compared.

A comment that begins with ``run`` and a line break has commands that prepare what the page requires.
``<!-- today: 2025-01-16 -->`` is the current day of the page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

PROJECT = Path(__file__).parents[2]
DOCS = PROJECT / "docs"
READMES = (PROJECT / "README.md", PROJECT / "README-ES.md")

_PIECE = re.compile(
    r"^<!-- run\n(?P<hidden>.*?)^-->$"
    r"|^<!-- (?P<mark>not run|other output): (?P<reason>.+?) -->$"
    r"|^```(?P<language>\w+)(?P<info>[^\n`]*)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
_TITLE = re.compile(r'title="([^"]+)"')
_TODAY = re.compile(r"^<!-- today: (\d{4}-\d\d-\d\d) -->$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Block:
    """``title`` is the file that the block is the content of, or ""; ``mark`` is "", or see above."""

    language: str
    title: str
    text: str
    line: int
    mark: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Command:
    """One command of a console block and the lines that the page shows as its output."""

    text: str
    output: tuple[str, ...]


def blocks(path: Path) -> Iterator[Block]:
    """Every block of a page, hidden ones too, in order. Raises ValueError for a mark without its block."""
    text = path.read_text(encoding="utf-8")
    mark, reason, mark_end = "", "", 0
    for piece in _PIECE.finditer(text):
        line = text.count("\n", 0, piece.start()) + 1
        if mark and text[mark_end : piece.start()].strip():
            raise ValueError(f"{path}:{line}: the mark {mark!r} is not above a block")
        if piece["mark"]:
            mark, reason, mark_end = piece["mark"], piece["reason"], piece.end()
            continue
        if piece["hidden"] is not None:
            yield Block("bash", "", piece["hidden"], line)
            continue
        title = _TITLE.search(piece["info"])
        yield Block(piece["language"], title[1] if title else "", piece["text"], line, mark, reason)
        mark = ""


def fence_count(path: Path) -> int:
    """How many lines of a page begin or end a block, however they are indented."""
    return len(re.findall(r"^[ >]*```", path.read_text(encoding="utf-8"), re.MULTILINE))


def today_of(path: Path) -> date | None:
    """The current day of the page, None if it does not matter."""
    found = _TODAY.search(path.read_text(encoding="utf-8"))
    return date.fromisoformat(found[1]) if found else None


def console(text: str) -> list[Command]:
    """The commands (``$ ...``, continued with ``> ...``) of a console block. Raises ValueError."""
    commands: list[Command] = []
    for line in text.splitlines():
        if line.startswith("$ "):
            commands.append(Command(line[2:], ()))
        elif not commands:
            raise ValueError(f"a console block begins with '$ ', not with {line!r}")
        elif line.startswith("> ") and not commands[-1].output:
            commands[-1] = Command(f"{commands[-1].text}\n{line[2:]}", ())
        else:
            commands[-1] = Command(commands[-1].text, (*commands[-1].output, line))
    return commands
