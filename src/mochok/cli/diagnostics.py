"""Diagnostics with their positions in the configuration: one line each; on a terminal the source line too."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from mochok.cli.output import Printer
from mochok.config.lint import Finding
from mochok.errors import Problem
from mochok.redact import redacted
from mochok.report.text.formatting import shown

LONGEST_LINE_SHOWN = 160
_STYLES = {"error": "red", "warning": "yellow", "hint": ""}


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """``level`` is error, warning or hint; ``line`` and ``column`` count from 1, 0 is the file as a whole."""

    level: str
    file: str
    line: int
    column: int
    path: str
    message: str
    hint: str = ""

    def to_json(self) -> dict[str, object]:
        """The members that ``--json`` prints, without credentials."""
        members = asdict(self).items()
        return {name: redacted(value) if isinstance(value, str) else value for name, value in members}

    def _position(self) -> str:
        return shown(f"{self.file}:{self.line}:{self.column}" if self.line else self.file)

    def _text(self) -> str:
        # Each part is redacted by itself: "secret_key: must be text" as a whole would look like a secret.
        path = f"{shown(self.path)}: " if self.path else ""
        hint = f" ({shown(self.hint)})" if self.hint else ""
        return f"{path}{shown(self.message)}{hint}"

    def show(self, printer: Printer, *, with_level: bool = True) -> None:
        """Print it; a terminal also gets the source line and a caret."""
        level = f": {self.level}" if with_level else ""
        style = _STYLES[self.level] if with_level else ""
        printer.line(f"{self._position()}{level}", style, rest=f": {self._text()}", folded=True)
        if printer.screen.live and self.line:
            for line in self.source_lines(printer.screen.width):
                printer.line(line)

    def source_lines(self, width_columns: int = LONGEST_LINE_SHOWN) -> list[str]:
        """The source line and a caret below the column, as much of it as ``width_columns`` hold.

        Nothing if it cannot be read, is too long or contains a secret.
        """
        try:
            with open(self.file, encoding="utf-8-sig", errors="replace") as file:
                lines = file.read().splitlines()
        except OSError:
            return []
        text = lines[self.line - 1] if self.line <= len(lines) else ""
        if not text.strip() or len(text) > LONGEST_LINE_SHOWN or redacted(text) != text:
            return []
        number = str(self.line)
        before = shown(text[: self.column - 1].replace("\t", " "))
        line = shown(text.replace("\t", " "))
        width = max(width_columns - len(f"  {number} | "), 2)
        hidden = max(len(before) - width // 2, 0) if len(line) > width else 0
        return [
            f"  {number} | {line[hidden : hidden + width].rstrip()}",
            f"  {' ' * len(number)} | {' ' * (len(before) - hidden)}^",
        ]


def of_mistake(mistake: Problem) -> Diagnostic:
    """A mistake that the loader found."""
    return Diagnostic(
        "error", mistake.file, mistake.line, mistake.column, mistake.path, mistake.message, mistake.hint
    )


def of_finding(finding: Finding) -> Diagnostic:
    """What the lint found."""
    return Diagnostic(**asdict(finding))
