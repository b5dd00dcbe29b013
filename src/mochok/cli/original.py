"""The PowerShell original's spellings: ``-TargetDate``, ``-JsonOutput``, ``"clear logs"`` and so on.

PowerShell ignores case and takes ``-Name:value``; so does this. Options whose number may be left out
(``--catch-up [N]``) get their usual one here, because the command line library knows no such options.
"""

from __future__ import annotations

from collections.abc import Sequence

_FLAGS = {
    "-targetdate": "--target-date",
    "-onlylastexecution": "--only-last-execution",
    "-jsonoutput": "--json-output",
    "-showexamples": "--show-examples",
    "-removedirectory": "--remove-directory",
    "-keeplastdays": "--keep-last-days",
}
_OPTIONAL_NUMBERS = {"--catch-up": "30", "--gaps": "30", "--calendar": "1"}
_COMMANDS = {"clear logs": "clear-logs", "clearlogs": "clear-logs", "clear_logs": "clear-logs"}


def modern(words: Sequence[str]) -> list[str]:
    """The same command line in today's spelling."""
    merged = _merge_clear_logs(words)
    result: list[str] = []
    for position, word in enumerate(merged):
        flag, colon, value = word.partition(":")
        if position == 0:
            result.append(_COMMANDS.get(word.lower(), word))
        elif flag.lower() in _FLAGS:
            result.append(_FLAGS[flag.lower()])
            if colon and value:
                result.append(value)
        else:
            result.append(word)
        if result[-1] in _OPTIONAL_NUMBERS and not "".join(merged[position + 1 : position + 2]).isdigit():
            result.append(_OPTIONAL_NUMBERS[result[-1]])  # the option stands alone: its usual number
    return result


def _merge_clear_logs(words: Sequence[str]) -> list[str]:
    if [word.lower() for word in words[:2]] == ["clear", "logs"]:
        return ["clear-logs", *words[2:]]
    return list(words)
