"""Diagnostics with their positions in the configuration: one line each; on a terminal the source line too."""

from __future__ import annotations

from dataclasses import asdict

from mochok.cli.output import Printer
from mochok.errors import Diagnostic
from mochok.redact import redacted
from mochok.report.text.formatting import shown

LONGEST_LINE_SHOWN = 160
_STYLES = {"error": "red", "warning": "yellow", "hint": ""}


def to_json(diagnostic: Diagnostic) -> dict[str, object]:
    """The members that ``--json`` prints, without credentials."""
    members = {"level": diagnostic.level, **asdict(diagnostic)}
    return {name: redacted(value) if isinstance(value, str) else value for name, value in members.items()}


def show_diagnostic(diagnostic: Diagnostic, printer: Printer, *, with_level: bool = True) -> None:
    """Print the diagnostic; a terminal also gets the source line and a caret."""
    # Each part is redacted by itself: "secret_key: must be text" as a whole would look like a secret.
    level, style = (f": {diagnostic.level}", _STYLES[diagnostic.level]) if with_level else ("", "")
    path = f"{shown(diagnostic.path)}: " if diagnostic.path else ""
    hint = f" ({shown(diagnostic.hint)})" if diagnostic.hint else ""
    text = f": {path}{shown(diagnostic.message)}{hint}"
    printer.line(f"{shown(diagnostic.position)}{level}", style, rest=text, folded=True)
    if printer.screen.live and diagnostic.line:
        for line in source_lines(diagnostic, printer.screen.width):
            printer.line(line)


def source_lines(diagnostic: Diagnostic, width_columns: int = LONGEST_LINE_SHOWN) -> list[str]:
    """The source line and a caret below the column, as much of it as ``width_columns`` hold.

    Nothing if it cannot be read, is too long or contains a secret.
    """
    try:
        with open(diagnostic.file, encoding="utf-8-sig", errors="replace") as file:
            lines = file.read().splitlines()
    except OSError:
        return []
    text = lines[diagnostic.line - 1] if diagnostic.line <= len(lines) else ""
    if not text.strip() or len(text) > LONGEST_LINE_SHOWN or redacted(text) != text:
        return []
    number = str(diagnostic.line)
    before = shown(text[: diagnostic.column - 1].replace("\t", " "))
    line = shown(text.replace("\t", " "))
    width = max(width_columns - len(f"  {number} | "), 2)
    hidden = max(len(before) - width // 2, 0) if len(line) > width else 0
    return [
        f"  {number} | {line[hidden : hidden + width].rstrip()}",
        f"  {' ' * len(number)} | {' ' * (len(before) - hidden)}^",
    ]
