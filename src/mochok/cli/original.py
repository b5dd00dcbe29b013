"""The PowerShell original's spellings: ``-TargetDate``, ``-JsonOutput``, ``"clear logs"`` and so on.

PowerShell ignores case, writes names without hyphens and takes ``-Name:value``; so does this, for every
option and command there is (a test compares the tables with the commands). Options whose number may be left
out (``--catch-up [N]``) get their usual one here, because the command line library knows no such options.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

OPTIONS = (
    "--all", "--allow-deletes", "--as-scheduled", "--calendar", "--catch-up", "--config", "--days",
    "--dry-run", "--dryrun", "--from", "--gaps", "--help", "--jobs", "--json", "--json-output", "--keep",
    "--keep-last-days", "--limit", "--lock-wait", "--log-json", "--only", "--only-last-execution", "--probe",
    "--quiet", "--remove-directory", "--serve", "--show", "--show-examples", "--strict", "--target-date",
    "--to", "--verbose", "--version",
)  # fmt: skip
COMMANDS = (
    "clear-logs", "completion", "demo", "doctor", "explain", "help", "history", "install", "schema", "status",
    "strategies", "sync", "validate",
)  # fmt: skip
_PASCAL = re.compile(r"-(?:[A-Z][a-z]+){2,}")
_CAPITAL = re.compile(r"(?=[A-Z])")
_OPTIONAL_NUMBERS = {"--catch-up": "30", "--gaps": "30", "--calendar": "1"}
_BY_PLAIN_NAME = {option.replace("-", ""): option for option in reversed(OPTIONS)} | {"?": "--help"}
_COMMAND_OF = {command: command for command in COMMANDS} | {
    "clear logs": "clear-logs", "clearlogs": "clear-logs", "clear_logs": "clear-logs"
}  # fmt: skip


def modern(words: Sequence[str]) -> list[str]:
    """The same command line in today's spelling. What follows ``--`` stays as it is."""
    merged = _merge_clear_logs(words)
    end = merged.index("--") if "--" in merged else len(merged)
    result: list[str] = []
    for position, word in enumerate(merged[:end]):
        if position == 0 and word.lower() in _COMMAND_OF:
            result.append(_COMMAND_OF[word.lower()])
            continue
        result += _option(word)
        if result[-1] in _OPTIONAL_NUMBERS and not "".join(merged[position + 1 : position + 2]).isdigit():
            result.append(_OPTIONAL_NUMBERS[result[-1]])  # the option stands alone: its usual number
    return result + merged[end:]


def _option(word: str) -> list[str]:
    """``-TargetDate:2025-01-15`` as ``--target-date 2025-01-15``; any other word as it is.

    What looks like an option of PowerShell's and is none becomes ``--target-day``, for a good error message.
    """
    flag, colon, value = word.partition(":")
    if not flag.startswith("-") or flag in OPTIONS:
        return [word]
    option = _BY_PLAIN_NAME.get(flag.lstrip("-").replace("-", "").lower())
    if option is None:
        return [f"-{_CAPITAL.sub('-', word[1:]).lower()}"] if _PASCAL.fullmatch(word) else [word]
    return [option, value] if colon and value else [option]


def _merge_clear_logs(words: Sequence[str]) -> list[str]:
    if [word.lower() for word in words[:2]] == ["clear", "logs"]:
        return ["clear-logs", *words[2:]]
    return list(words)
