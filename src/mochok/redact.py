"""Keeping credentials out of everything that is written: the last step before a line leaves.

Covered: AWS access key ids (shortened, so that they can be distinguished), values of ``X-Amz-*`` query
parameters and headers, ``Authorization`` headers, session tokens of AWS STS, ``user:password@`` in URLs,
what follows ``secret``, ``password`` or ``token`` and a ``:`` or ``=``, and the value of ``--sse-c-key``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from mochok.model import Failure, SyncResult

HIDDEN = "***"

_Rule = tuple[tuple[str, ...], re.Pattern[str], str | Callable[[re.Match[str]], str]]


def _shortened(match: re.Match[str]) -> str:
    return f"{match[0][:4]}...{match[0][-4:]}"


# Each rule: words of which one must occur (a cheap test, in lower case), the pattern, the replacement.
_RULES: tuple[_Rule, ...] = (
    (("authorization",), re.compile(r"(?i)(authorization[\"']?\s*[:=]\s*[\"']?)[^\"'\r\n]+"), rf"\1{HIDDEN}"),
    (("bearer ",), re.compile(r"(?i)\b(bearer\s+)[\w.~+/=-]{8,}"), rf"\1{HIDDEN}"),
    (("x-amz-",), re.compile(r"(?i)\b(x-amz-[\w-]+[\"']?\s*[:=]\s*[\"']?)[^\s&\"',;]+"), rf"\1{HIDDEN}"),
    (
        ("signature", "accesskeyid"),
        re.compile(r"(?i)([?&](?:signature|awsaccesskeyid)=)[^\s&\"']+"),
        rf"\1{HIDDEN}",
    ),
    (
        ("secret", "password", "passwd", "token"),
        re.compile(
            r"(?i)((?:secret(?:[ _-]?access)?(?:[ _-]?key)?|passw(?:or)?d|token)[\"']?\s*[:=]\s*)"
            r"([\"'])?(?(2)(?:(?!\2)[^\r\n])+|[^\s&\"',;]+)"
        ),
        rf"\1\2{HIDDEN}",
    ),
    (
        ("sse-c-key",),
        re.compile(
            r"(?i)(sse-c-key(?:\s*=\s*|[\"']?[\s,]\s*(?=[\"']?\S{20}))[\"']?)(?!fileb?://|--)[^\s\"',\]]+"
        ),  # a key is long; a word behind "--sse-c-key" in a sentence is not
        rf"\1{HIDDEN}",
    ),
    (("akia", "asia"), re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{12,124}\b"), _shortened),
    (("iqojb3jpz2lu", "fwogzxiv"), re.compile(r"(?:IQoJb3JpZ2lu|FwoGZXIv)[\w+/=-]{20,}"), HIDDEN),
    (("://",), re.compile(r"(://[^/\s:@]*:)[^/\s@]+(?=@)"), rf"\1{HIDDEN}"),
)


def redacted(text: str) -> str:
    """``text`` without credentials; the same object if there are none in it."""
    lowered = text.lower()
    for words, pattern, replacement in _RULES:
        for word in words:
            if word in lowered:
                text = pattern.sub(replacement, text)
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
