"""``mochok completion SHELL`` prints the script with which a shell completes commands, options and names.

The scripts call ``mochok __complete SHELL TEXT``, where ``TEXT`` is the line up to the cursor. It prints one
candidate a line, ready to be inserted, a tab, and its meaning. The candidates are click's; its scripts are
not used, because they break names with spaces, which configurations have.

Each shell passes the line and takes the answer in its own way: bash wants the part that readline replaces,
quoted; PowerShell passes and gets everything percent-encoded, because Windows consoles would garble it; zsh
and fish quote by themselves and pass single words.
"""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, unquote

import click
from click.shell_completion import CompletionItem, ShellComplete

from mochok.cli.commands import program
from mochok.cli.framework import command
from mochok.cli.original import hyphenated
from mochok.cli.output import write_out
from mochok.errors import MochokError

_FOLDER = Path(__file__).with_name("shells")
_SCRIPTS = {"bash": "bash.sh", "zsh": "zsh.zsh", "fish": "fish.fish", "powershell": "powershell.ps1"}
_BASH_SPECIAL = re.compile(r"([^\w@%+=:,./-])")
_POWERSHELL_PLAIN = re.compile(r"[\w./\\-]+")
_CURSOR = "\0"


@command(
    ('eval "$(mochok completion bash)"', "in ~/.bashrc"),
    ("source <(mochok completion zsh)", "in ~/.zshrc, after compinit"),
    ("mochok completion fish > ~/.config/fish/completions/mochok.fish", "once"),
    ("mochok completion powershell | Out-String | Invoke-Expression", "in $PROFILE"),
)
@click.argument(
    "shell", type=click.Choice(tuple(_SCRIPTS)), metavar="SHELL", help="bash, zsh, fish or powershell."
)
def completion(*, shell: str) -> None:
    """Print the script that makes a shell complete commands, options and configurations' names."""
    write_out((_FOLDER / _SCRIPTS[shell]).read_text(encoding="utf-8"))


class Line(NamedTuple):
    """The words before the cursor, and the beginning of the one at the cursor; ``quote`` opened it, or ""."""

    words: list[str]
    begun: str
    quote: str = ""


def print_candidates(arguments: Sequence[str]) -> None:
    """Print what fits. Never fails and prints nothing else: it runs while somebody types."""
    try:
        shell, *texts = arguments
        typed = _line_of(shell, texts)
        words = [hyphenated(word) for word in typed.words]
        found = ShellComplete(program, {}, "mochok", "").get_completions(words, typed.begun)
        lines = [_formatted(shell, item, typed) for item in found if item.type == "plain"]
    except (MochokError, click.ClickException, OSError, ValueError, LookupError):
        return
    sys.stdout.buffer.write("".join(f"{line}\n" for line in lines).encode("utf-8", "replace"))


def _line_of(shell: str, texts: Sequence[str]) -> Line:
    """What was typed after ``mochok``, as ``shell`` passed it."""
    if shell == "bash":
        return split(texts[0], escape="\\")
    if shell == "powershell":
        return split(unquote(texts[0]), escape="`")
    return Line(list(texts[:-1]), texts[-1].lstrip("'\""))


def split(text: str, *, escape: str) -> Line:
    """The words of a command line that may end within quotes; the first, the program, is skipped."""
    for closing in ("", "'", '"'):
        lexer = shlex.shlex(f"{text}{_CURSOR}{closing}", posix=True)
        lexer.whitespace_split, lexer.commenters, lexer.escape = True, "", escape
        with suppress(ValueError):  # this does not close the quotes
            words = list(lexer)
            return Line(words[1:-1], words[-1].removesuffix(_CURSOR), closing)
    raise ValueError(f"no command line: {text!r}")


def _formatted(shell: str, item: CompletionItem[str], line: Line) -> str:
    word, meaning = item.value, " ".join((item.help or "").split())
    prefix = line.begun[: line.begun.find("=") + 1] if line.begun.startswith("--") else ""
    if shell == "bash":
        return _for_bash(word, line)
    if shell == "powershell":
        plain = _POWERSHELL_PLAIN.fullmatch(word)
        quoted = word if plain else "'" + word.replace("'", "''") + "'"
        return f"{quote(prefix + quoted)}\t{quote(meaning or word)}"
    return f"{prefix}{word}\t{meaning}"


def _for_bash(word: str, line: Line) -> str:
    """Readline replaces what follows the last ``=`` or ``:`` outside quotes, and keeps an opening quote."""
    if line.quote == "'":
        return word.replace("'", "'\\''")
    if line.quote:
        return re.sub(r'([\\"$`])', r"\\\1", word)
    value = line.begun.partition("=")[2] if line.begun.startswith("--") else line.begun
    return _BASH_SPECIAL.sub(r"\\\1", word[value.rfind(":") + 1 :])
