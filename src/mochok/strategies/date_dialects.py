"""What is wrong with a date format, and what was meant.

Common mistakes are strftime (``%Y-%m-%d``), Java and moment (``YYYY-MM-DD``), and words without quotes. Each
is recognised and translated to .NET, so that the hint can be pasted.
"""

from __future__ import annotations

import re
from itertools import pairwise

from mochok.errors import OptionError

_TOKEN = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|\\.|([A-Za-z])\1*|.""", re.DOTALL)
_WORD = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|\\.|([A-Za-z]+)""", re.DOTALL)
"""A literal, or (the group) a word without quotes."""
_DANGLING_ESCAPE = "\\"
_DATE_WORDS = re.compile(r"yyyy|yy|MMMM|MMM|MM|dddd|ddd|dd")
_STRFTIME = {
    "Y": "yyyy", "y": "yy", "m": "MM", "-m": "M", "d": "dd", "-d": "d", "e": "d",
    "b": "MMM", "h": "MMM", "B": "MMMM",
    "a": "ddd", "A": "dddd", "F": "yyyy-MM-dd",
}  # fmt: skip
_OTHER_DIALECTS = {
    "YYYY": "yyyy", "YY": "yy", "uuuu": "yyyy", "DD": "dd", "D": "d", "EEEE": "dddd", "EEE": "ddd",
    "LL": "MM", "yyy": "yyyy", "mm": "MM",
}  # fmt: skip
_MEANINGS = {"mm": "means minutes; MM is the month"}
_DATE_TOKENS = frozenset(["d", "dd", "ddd", "dddd", "M", "MM", "MMM", "MMMM", "y", "yy", "yyyy"])
_TIME_LETTERS = frozenset("hHmsfFtzK")
_LONE = {
    "d": "write dd, or d'' for a day without a leading zero",
    "M": "write MM, or M'' for a month without a leading zero",
    "y": "write yyyy, or yy for two digits",
}


def tokens(text: str) -> list[str]:
    """The format cut into quoted literals, escapes, runs of one letter, and single other characters."""
    return [match[0] for match in _TOKEN.finditer(text)]


def is_literal(token: str) -> bool:
    """Whether .NET shows this unquoted token as it is, and it cannot be mistaken for anything else."""
    return not re.match(r"[A-Za-z'\"\\%]", token)


def error_in_whole(text: str) -> OptionError | None:
    """A mistake that only the whole format shows: a single standard letter, or strftime."""
    if re.fullmatch(r"[A-Za-z]", text):
        message = (
            f"the date format {text!r} is a .NET standard format, which depends on the system's language"
        )
        return OptionError(message, hint=_LONE.get(text, "write a custom format such as yyyy-MM-dd"))
    return _strftime_error(text) if "%" in tokens(text) else None


def error_in_token(token: str, text: str) -> OptionError:
    """Why ``token`` is not allowed in the format ``text``."""
    if token[0] in "'\"":
        message = f"the date format {text!r} has a quote that is not closed"
        return OptionError(message, hint=f"close it, or write \\{token}")
    if token == _DANGLING_ESCAPE:
        return OptionError(f"the date format {text!r} ends with a backslash", hint="remove it")
    subject = f"{token!r} in the date format {text!r}"
    if suggestion := _dialect_suggestion(text):
        meaning = _MEANINGS.get(token, "is not a .NET date specifier")
        return OptionError(f"{subject} {meaning}", hint=f"write {suggestion}")
    if all(part[0] in _TIME_LETTERS for part in tokens(text) if not _is_fine(part)):
        hint = f"remove it, or put it in quotes as literal text: '{token}'"
        return OptionError(f"{subject} is a time of day, which a day's folder does not have", hint=hint)
    message = f"{_foreign_word(text)!r} in the date format {text!r} is not part of a date"
    return OptionError(message, hint=f"put words in quotes: write {_quoted(text)}")


def _strftime_error(text: str) -> OptionError:
    message = f"the date format {text!r} contains %, which is strftime; Mochok uses .NET date formats"
    translated = re.sub(r"%(-?[A-Za-z])", lambda match: _STRFTIME.get(match[1], match[0]), text)
    if "%" in translated or not all(_is_fine(token) for token in tokens(translated)):
        return OptionError(message, hint="write a format such as yyyy-MM-dd; write '%' for a literal %")
    return OptionError(message, hint=f"write {translated}" + ("''" if len(translated) == 1 else ""))


def _dialect_suggestion(text: str) -> str:
    """The same format in .NET's spelling, "" if it cannot be translated as a whole."""
    shortened = [re.sub(r"^([ydM])\1{4,}$", r"\1\1\1\1", token) for token in tokens(text)]
    translated = [_OTHER_DIALECTS.get(token, token) for token in shortened]
    if "mm" in tokens(text) and sum(token.startswith("M") for token in translated) > 1:
        return ""  # the month is there already, so mm does mean minutes
    return "".join(translated) if all(_is_fine(token) for token in translated) else ""


def _is_fine(token: str) -> bool:
    return token in _DATE_TOKENS or is_literal(token) or (token[0] in "'\"\\" and len(token) > 1)


def _foreign_word(text: str) -> str:
    """The first word with a letter that no date format has, as a whole: ``Backup``, not ``B``."""
    words = (match[1] for match in _WORD.finditer(text) if match[1])
    return next(word for word in words if any(not _is_fine(token) for token in tokens(word)))


def _quoted(text: str) -> str:
    """The format with every foreign word in quotes: ``Backup_yyyyMMdd`` becomes ``'Backup'_yyyyMMdd``."""
    return _WORD.sub(lambda match: _quoted_word(match[1]) if match[1] else match[0], text)


def _quoted_word(word: str) -> str:
    if all(token in _DATE_TOKENS for token in tokens(word)):
        return word
    ends = [0, *(end for match in _DATE_WORDS.finditer(word) for end in match.span()), len(word)]
    cuts = [word[start:end] for start, end in pairwise(ends)]
    return "".join(f"'{cut}'" if index % 2 == 0 and cut else cut for index, cut in enumerate(cuts))
