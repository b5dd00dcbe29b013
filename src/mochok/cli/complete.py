"""What may stand where the cursor is: ``mochok __complete SHELL TEXT``, which the scripts of
``mochok completion`` call. It prints one candidate a line, ready to be inserted, a tab, and what it means.

``TEXT`` is the command line up to the cursor. Each shell hands it over and takes the answer in its own way:
bash wants the part that readline replaces, quoted; PowerShell gets and gives everything percent-encoded,
because Windows consoles would garble it; zsh and fish quote by themselves and hand over single words.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, unquote

from mochok.cli.original import modern

_DAYS = (("today", ""), ("yesterday", "as without the option"))
_VALUES: dict[str, tuple[tuple[str, str], ...]] = {
    "--target-date": _DAYS,
    "--from": _DAYS,
    "--to": _DAYS,
    "--allow-deletes": (("all", "any number of objects"),),
    "run": (("last", "the latest run"),),
    "shell": (("bash", ""), ("zsh", ""), ("fish", ""), ("powershell", "")),
}
_NAME_OF_HISTORY = ("history", "--config")
_BASH_SPECIAL = re.compile(r"([^\w@%+=:,./-])")
_POWERSHELL_PLAIN = re.compile(r"[\w./\\-]+")


class Candidate(NamedTuple):
    """One word that fits, not yet quoted, and what it means ("" if that is plain)."""

    word: str
    meaning: str = ""


class Line(NamedTuple):
    """The words before the cursor, and what the word at the cursor has so far; ``quote`` opened it, or ""."""

    words: list[str]
    begun: str
    quote: str = ""


def answer(arguments: Sequence[str]) -> None:
    """Print what fits. Never fails and never says anything else: it runs while somebody types."""
    try:
        shell, *texts = arguments
        line = line_of(shell, texts)
        lines = [_formatted(shell, each, line) for each in candidates_of(line)]
    except Exception:  # whatever it is, a line of text on the prompt would not help
        return
    sys.stdout.buffer.write("".join(f"{each}\n" for each in lines).encode("utf-8", "replace"))


def line_of(shell: str, texts: Sequence[str]) -> Line:
    """What was typed after ``mochok``, as ``shell`` handed it over."""
    if shell == "bash":
        return split(texts[0], escape="\\")
    if shell == "powershell":
        return split(unquote(texts[0]), escape="`")
    return Line(list(texts[:-1]), texts[-1].lstrip("'\""))


def split(text: str, *, escape: str) -> Line:
    """The words of a command line that may end within quotes; the first, the program, is left out."""
    words, word, quoted, begun = list[str](), "", "", False
    characters = iter(text)
    for character in characters:
        if character == escape and quoted != "'":
            word, begun = word + next(characters, ""), True
        elif character == quoted:
            quoted = ""
        elif character in "'\"" and not quoted:
            quoted, begun = character, True
        elif character.isspace() and not quoted:
            words += [word] if begun else []
            word, begun = "", False
        else:
            word, begun = word + character, True
    return Line(words[1:], word, quoted)


def candidates_of(line: Line) -> list[Candidate]:
    """What fits at the cursor, in the order of the help."""
    from typer.main import get_command  # loads every command

    from mochok.cli.app import app

    option, equals, value = line.begun.partition("=")
    begun = value if equals and option.startswith("--") else line.begun
    words = _apart(modern([*line.words, option] if begun is not line.begun else line.words))
    place = _Place(get_command(app))
    for word in words:
        place.read(word)
    return [each for each in place.candidates(words, begun) if _fits(each.word, begun)]


def _apart(words: Sequence[str]) -> list[str]:
    """``--name=value`` as two words."""
    result: list[str] = []
    for word in words:
        option, equals, value = word.partition("=")
        result += [option, value] if equals and option.startswith("--") else [word]
    return result


class _Place:
    """Where in the commands the cursor is."""

    def __init__(self, root: Any) -> None:
        self._command = root
        self._path: tuple[str, ...] = ()
        self._arguments = 0
        self._option: Any = None
        self._lost = False

    def read(self, word: str) -> None:
        if self._option is not None:
            self._option = None
        elif word.startswith("-") and word != "--":
            self._option = next((each for each in _options(self._command) if word in each.opts), None)
            if self._option is not None and (self._option.is_flag or self._option.count):
                self._option = None
        elif word in getattr(self._command, "commands", {}):
            self._command, self._path = self._command.commands[word], (*self._path, word)
            self._arguments = 0
        else:
            self._lost = self._lost or hasattr(self._command, "commands")
            self._arguments += 1

    def candidates(self, words: Sequence[str], begun: str) -> Iterator[Candidate]:
        if self._lost:
            return
        if self._option is not None:
            yield from self._values(self._option.opts, words)
        elif begun.startswith("-"):
            for option in _options(self._command):
                yield Candidate(next(name for name in option.opts if name[:2] == "--"), option.help or "")
            yield Candidate("--help", "Show this message and exit.")
        elif hasattr(self._command, "commands"):
            yield from _commands(self._command)
        else:
            yield from self._argument(words)

    def _values(self, names: Sequence[str], words: Sequence[str]) -> Iterator[Candidate]:
        if "--only" in names or (*self._path[:1], names[0]) == _NAME_OF_HISTORY:
            yield from _configurations(words)
        for name in names:
            yield from (Candidate(*each) for each in _VALUES.get(name, ()))

    def _argument(self, words: Sequence[str]) -> Iterator[Candidate]:
        arguments = [each for each in self._command.params if each.param_type_name == "argument"]
        if self._arguments >= len(arguments):
            return
        name = arguments[self._arguments].name
        if name == "command":
            yield from _commands_of_root()
        elif name == "name":
            yield from _configurations(words)
        yield from (Candidate(*each) for each in _VALUES.get(name, ()))


def _options(command: Any) -> list[Any]:
    return [each for each in command.params if each.param_type_name == "option" and not each.hidden]


def _commands(group: Any) -> Iterator[Candidate]:
    for name, command in group.commands.items():
        if not command.hidden:
            yield Candidate(name, command.get_short_help_str(limit=80))


def _commands_of_root() -> Iterator[Candidate]:
    from typer.main import get_command

    from mochok.cli.app import app

    yield from _commands(get_command(app))


def _configurations(words: Sequence[str]) -> Iterator[Candidate]:
    """The names in the configuration file that the command would use."""
    from mochok.config.load import find_config, load  # loads pydantic and ruamel.yaml

    files = [after for option, after in pairwise(words) if option in ("--config", "-c")]
    named = os.path.expanduser(files[-1]) if files else None
    for configuration in load(find_config(named, os.environ, Path.cwd()), os.environ).configurations:
        yield Candidate(configuration.name, configuration.description)


def _fits(word: str, begun: str) -> bool:
    return word.casefold().startswith(begun.casefold())


def _formatted(shell: str, candidate: Candidate, line: Line) -> str:
    word, meaning = candidate.word, " ".join(candidate.meaning.split())
    prefix = line.begun[: line.begun.find("=") + 1] if line.begun.startswith("--") else ""
    if shell == "bash":
        return _for_bash(word, line)
    if shell == "powershell":
        plain = _POWERSHELL_PLAIN.fullmatch(word)
        shown = word if plain else "'" + word.replace("'", "''") + "'"
        return f"{quote(prefix + shown)}\t{quote(meaning or word)}"
    return f"{prefix}{word}\t{meaning}"


def _for_bash(word: str, line: Line) -> str:
    """Readline replaces what follows the last ``=`` or ``:`` outside quotes, and keeps an opening quote."""
    if line.quote == "'":
        return word.replace("'", "'\\''")
    if line.quote:
        return re.sub(r'([\\"$`])', r"\\\1", word)
    value = line.begun.partition("=")[2] if line.begun.startswith("--") else line.begun
    return _BASH_SPECIAL.sub(r"\\\1", word[value.rfind(":") + 1 :])
