"""Keeping credentials out of everything that is written: the last step before a line leaves.

Covered: AWS access key ids (shortened, so that they can be distinguished), values of ``X-Amz-*`` query
parameters and headers, ``Authorization`` headers, session tokens of AWS STS, ``user:password@`` in URLs,
what follows ``secret``, ``password`` or ``token`` and a ``:`` or ``=``, the value of ``--sse-c-key``, and
every value of 8 characters or more that the configuration took from a variable or a file (:func:`learn`).
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from urllib.parse import quote, quote_plus

from mochok.model import Failure, SyncResult

HIDDEN = "***"
SHORTEST_LEARNED = 8
_PATH_CHARACTERS = 300
_NO_PATH = r"\s\"'(\[{,;=&?"
_PATH_AT_END = re.compile(
    rf"(?:^|[{_NO_PATH}])(?:(?:[A-Za-z]:\\|\\\\)[^{_NO_PATH}]*|[^{_NO_PATH}]*/[^{_NO_PATH}\\]*)\Z"
)
_DATE = re.compile(r"\d{4}-\d\d-\d\d")

_Rule = tuple[tuple[str, ...], re.Pattern[str], str | Callable[[re.Match[str]], str]]


def _shortened(match: re.Match[str]) -> str:
    return f"{match[0][:4]}...{match[0][-4:]}"


def _unless_a_path(match: re.Match[str]) -> str:
    """Hide the value, but not the reason behind a path, as in ``/run/token: no permission``."""
    before = match.string[max(match.start() - _PATH_CHARACTERS, 0) : match.start()]
    is_path = re.search(r"\w:\s*\Z", match[1]) and _PATH_AT_END.search(before)
    return match[0] if is_path else f"{match[1]}{match[2] or ''}{HIDDEN}"


# Each rule: words of which one must occur (a cheap test, in lower case), the pattern, the replacement.
_RULES: tuple[_Rule, ...] = (
    (("authorization",), re.compile(r"(?i)(authorization[\"']?\s*[:=]\s*[\"']?)[^\"'\r\n]+"), rf"\1{HIDDEN}"),
    (("bearer ",), re.compile(r"(?i)\b(bearer\s+)[\w.~+/=-]{8,}"), rf"\1{HIDDEN}"),
    (
        ("x-amz-",),
        re.compile(r"(?i)\b(x-amz-(?!request-id|id-2)[\w-]+[\"']?\s*[:=]\s*[\"']?)[^\s&\"',;]+"),
        rf"\1{HIDDEN}",
    ),
    (
        ("signature", "accesskeyid"),
        re.compile(r"(?i)([?&](?:signature|awsaccesskeyid)=)[^\s&\"']+"),
        rf"\1{HIDDEN}",
    ),
    (
        ("secret", "password", "passwd", "token"),
        re.compile(
            r"(?i)((?:secret(?:[ _-]?access)?(?:[ _-]?key)?|passw(?:or)?d|token)[\"']?\s*[:=]\s*)"
            r"(?!\$\{|\d+:\d+:)"  # ${NAME}, and the line and column of a file with such a name
            r"([\"'])?(?(2)(?:(?!\2)[^\r\n])+|[^\s&\"',;]+)"
        ),
        _unless_a_path,
    ),
    (
        ("sse-c-key",),
        re.compile(
            r"(?i)(sse-c-key(?:\s*=\s*|[\"']?[\s,]\s*(?=[\"']?\S{20}))[\"']?)(?!fileb?://|--)[^\s\"',\]]+"
        ),  # a key is long; a word behind "--sse-c-key" in a sentence is not
        rf"\1{HIDDEN}",
    ),
    (("akia", "asia"), re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"), _shortened),
    (("iqojb3jpz2lu", "fwogzxiv"), re.compile(r"(?:IQoJb3JpZ2lu|FwoGZXIv)[\w+/=-]{20,}"), HIDDEN),
    (("://",), re.compile(r"(://[^/\s:@]*:)[^/\s@]+(?=@)"), rf"\1{HIDDEN}"),
)


_learned: list[str] = []
"""What was learned, the longest first: one value may contain another."""


def learn(values: Iterable[str]) -> None:
    """Hide ``values`` from now on, as they are and as messages quote them: URL-encoded, escaped, or in parts.

    What has fewer than 8 characters is not hidden, as it may be a part of any word; neither is a date.
    """
    parts = {part for value in values for part in _parts(value) if len(part.strip()) >= SHORTEST_LEARNED}
    spellings = (text for part in parts if not _DATE.fullmatch(part) for text in _spellings(part))
    known = {*_learned, *spellings}
    _learned[:] = sorted(known, key=len, reverse=True)


def _parts(value: str) -> Iterator[str]:
    """The value, its lines, and the values of pairs (``name=value`` or JSON)."""
    yield value
    yield " ".join(value.split())
    yield from value.splitlines()
    yield from re.findall(r"=\s*([^\s,=\"']+)", value)
    with suppress(ValueError, RecursionError):
        pairs = json.loads(value)
        yield from map(str, pairs.values() if isinstance(pairs, dict) else ())


def _spellings(text: str) -> Iterator[str]:
    yield from (text, text.strip(), repr(text)[1:-1], json.dumps(text)[1:-1])
    yield from (quote(text), quote(text, safe=""), quote_plus(text))
    yield b64encode(text.encode()).decode()  # as the key of --sse-c-key is sent


def without_learned(text: str) -> str:
    """``text`` without the values that were learned; the same object if there are none in it."""
    for value in _learned:
        if value in text:
            text = text.replace(value, HIDDEN)
    return text


def redacted(text: str) -> str:
    """``text`` without credentials; the same object if there are none in it."""
    text = without_learned(text)
    lowered = text.lower()
    for words, pattern, replacement in _RULES:
        for word in words:
            if word in lowered:
                hidden = pattern.sub(replacement, text)
                text = text if hidden == text else hidden
                break
    return text


def redacted_result(result: SyncResult) -> SyncResult:
    """``result`` without credentials, which a server may repeat, in its texts; keys and paths stay."""
    return replace(
        result,
        message=redacted(result.message),
        hint=redacted(result.hint),
        failures=tuple(Failure(failure.key, redacted(failure.message)) for failure in result.failures),
        warnings=tuple(map(redacted, result.warnings)),
    )
