"""Mistakes and findings with their places: one line each; on a terminal the line itself, with a caret."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from mochok.redact import redacted
from mochok.report.text.formatting import shown

if TYPE_CHECKING:
    from mochok.cli.output import Voice
    from mochok.config.lint import Finding
    from mochok.errors import Problem

LONGEST_LINE_SHOWN = 160
_STYLES = {"error": "red", "warning": "yellow", "hint": ""}


@dataclass(frozen=True, slots=True)
class Remark:
    """``level`` is error, warning or hint; ``line`` and ``column`` count from 1, 0 is the file as a whole."""

    level: str
    file: str
    line: int
    column: int
    path: str
    message: str
    hint: str = ""


def of_problem(problem: Problem) -> Remark:
    """A mistake of the loader."""
    return Remark(
        "error", problem.file, problem.line, problem.column, problem.path, problem.message, problem.hint
    )


def of_finding(finding: Finding) -> Remark:
    """A finding of the lint."""
    return Remark(
        finding.level, finding.file, finding.line, finding.column, finding.path, finding.message, finding.hint
    )


def as_plain(remark: Remark) -> dict[str, object]:
    """For JSON."""
    return {
        name: redacted(value) if isinstance(value, str) else value for name, value in asdict(remark).items()
    }


def show_remark(voice: Voice, remark: Remark) -> None:
    """Print it; a terminal also gets the offending line."""
    voice.sentence(f"{_place(remark)}: {remark.level}", _STYLES[remark.level], rest=f": {_words(remark)}")
    point_at(voice, remark)


def line_of(remark: Remark) -> str:
    """``file:line:column: path: what is wrong (what to do)``, without the level."""
    return f"{_place(remark)}: {_words(remark)}"


def _place(remark: Remark) -> str:
    return shown(f"{remark.file}:{remark.line}:{remark.column}" if remark.line else remark.file)


def _words(remark: Remark) -> str:
    # Each part is made safe for itself: "secret_key: must be text" as a whole would look like a secret.
    subject = f"{shown(remark.path)}: " if remark.path else ""
    hint = f" ({shown(remark.hint)})" if remark.hint else ""
    return f"{subject}{shown(remark.message)}{hint}"


def point_at(voice: Voice, remark: Remark) -> None:
    """On a terminal, show the line that is meant and a caret below its place."""
    if voice.screen.live and remark.line:
        for line in pointed_line(remark, voice.screen.width):
            voice.say(line)


def pointed_line(remark: Remark, width_columns: int = LONGEST_LINE_SHOWN) -> list[str]:
    """The line and a caret below the column, as much of it as ``width_columns`` hold.

    Nothing if it cannot be read, is too long or holds a secret.
    """
    try:
        with open(remark.file, encoding="utf-8-sig", errors="replace") as file:
            lines = file.read().splitlines()
    except OSError:
        return []
    text = lines[remark.line - 1] if remark.line <= len(lines) else ""
    if not text.strip() or len(text) > LONGEST_LINE_SHOWN or redacted(text) != text:
        return []
    number = str(remark.line)
    before = shown(text[: remark.column - 1].replace("\t", " "))
    line = shown(text.replace("\t", " "))
    room = max(width_columns - len(f"  {number} | "), 2)
    hidden = max(len(before) - room // 2, 0) if len(line) > room else 0
    return [
        f"  {number} | {line[hidden : hidden + room].rstrip()}",
        f"  {' ' * len(number)} | {' ' * (len(before) - hidden)}^",
    ]
