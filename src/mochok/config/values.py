"""Single values of the configuration: their meaning, and why one is not valid.

Every function takes the written value and returns the value to use, or raises pydantic's error with a message
and a hint, so that all errors are reported together.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

from mochok.strategies.option_types import invalid
from mochok.strategies.paths import is_windows, shorten
from mochok.suggestions import alternatives, did_you_mean, nearest

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_BANDWIDTH = re.compile(r"([0-9]{1,15}(?:\.[0-9]{1,15})?)\s*([kmgt]?i?)(b?)(?:/s|ps)?", re.IGNORECASE)
_BUCKET_FAULTS = (
    (r"[A-Z]", "it must not contain capital letters"),
    (r"_", "it must not contain underscores"),
    (r"[^a-z0-9.-]", "only the letters a-z, digits, dots and hyphens are allowed"),
    (r"^[.-]|[.-]$", "it must begin and end with a letter or a digit"),
    (r"\.\.", "it must not contain two dots in a row"),
    (r"^\d+\.\d+\.\d+\.\d+$", "it must not look like an IP address"),
    (r"^(xn--|sthree-|amzn-s3-demo-)", "names that begin with {} are reserved"),
    (r"(-s3alias|--ol-s3|\.mrap|--x-s3|--table-s3)$", "names that end with {} are reserved"),
)
"""https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html"""


WrongPart = tuple[str | int | None, str | PydanticCustomError, object]
"""Key or index, None for the whole; the error; the wrong part."""


def invalid_parts(parts: Iterable[WrongPart]) -> ValidationError:
    """Errors inside a value."""
    details = [
        InitErrorDetails(type=wrong, loc=() if step is None else (step,), input=part)
        for step, wrong, part in parts
    ]
    return ValidationError.from_exception_data("parts", details)


def resolve_path(path: str, folder: str | Path) -> str:
    """``path`` made absolute against ``folder``; a Windows path or an invalid one does not change."""
    unchanged = not path.strip() or path.startswith("~") or is_windows(path)
    return path if unchanged else os.path.normpath(os.path.join(folder, path))


def checked_path(path: str) -> str:
    """``path``, unless it is empty, contains control characters or begins with ``~``."""
    if not path.strip():
        raise invalid("must not be empty", "write the path")
    if re.search(r"[\x00-\x1f\x7f]", path):
        raise invalid("contains a control character", "in double quotes, double every backslash")
    if re.match(r"~(?:[/\\]|$)", path):
        hint = "write ${HOME} instead, or ${USERPROFILE} on Windows"
        raise invalid("~ is not replaced by the home folder", hint)
    return path


def checked_name(name: str) -> str:
    """A configuration's name: readable, at most 200 characters, one line."""
    if not name.strip():
        raise invalid("must not be empty", "write a name")
    if name != name.strip():
        raise invalid("begins or ends with a space", f"write {name.strip()!r}")
    if re.search(r"[\x00-\x1f\x7f\x80-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]", name):
        raise invalid("contains a control character or a line break", "remove it")
    if len(name) > 200:
        raise invalid("is longer than 200 characters", "shorten it")
    return name


def bytes_per_second(text: str) -> int:
    """``20 MB/s`` as 20,000,000. kB, MB, GB are powers of 1000; KiB, MiB, GiB of 1024."""
    shown = shorten(text)
    match = _BANDWIDTH.fullmatch(text.strip())
    if not match or match[2].lower() == "i":
        hint = "write a number and a unit, such as 20 MB/s or 500 KiB/s"
        raise invalid(f"{shown} is not a bandwidth", hint)
    if not match[3]:
        raise invalid(f"{shown} has no unit", f"write {match[1]} {match[2] or 'M'}B/s")
    if match[3] == "b":
        raise invalid(f"{shown} is in bits, not bytes", f"write {float(match[1]) / 8:g} {match[2]}B/s")
    prefix = match[2].lower()
    value = int(float(match[1]) * (1024 if "i" in prefix else 1000) ** " kmgt".index(prefix[:1] or " "))
    if value < 1024:
        raise invalid(f"{shown} is less than 1 KiB/s", "write a higher limit, such as 20 MB/s")
    return value


def checked_bandwidth(text: object) -> object:
    """The text itself, if :func:`bytes_per_second` understands it."""
    if isinstance(text, int) and not isinstance(text, bool):
        raise invalid("has no unit", 'write a unit, such as "20 MB/s"')
    if isinstance(text, str):
        bytes_per_second(text)
    return text


def checked_timezone(name: str) -> str:
    """An IANA time zone that this machine or the tzdata package has."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise invalid(f"unknown time zone {name!r}", _zone_hint(name)) from error
    return name


def _zone_hint(name: str) -> str:
    """A zone with that city, or with one letter more or less: a zone that is only similar has other hours."""
    zones = available_timezones()
    city = "/" + name.lower().replace(" ", "_")
    near = min((zone for zone in zones if zone.lower().endswith(city)), default="")
    if not re.search(r"[0-9]", name):
        near = near or nearest(name, zones, similarity=0.9)
    return f"did you mean {near}?" if near else "write an IANA name, such as Europe/Madrid"


def weekdays(value: object) -> frozenset[int]:
    """``daily``, ``weekdays`` or a list of ``mon``..``sun`` as weekday numbers, Monday is 0."""
    if isinstance(value, frozenset):
        return value
    if value in ("daily", "weekdays"):
        return frozenset(range(7 if value == "daily" else 5))
    if isinstance(value, str) and value[:3].lower() in WEEKDAYS:
        value = [word.strip() for word in value.split(",")]
    if not isinstance(value, list | tuple) or not value:
        hint = did_you_mean(str(value), ("daily", "weekdays")) or "write a list such as [mon, thu]"
        raise invalid(f"{value!r} is not daily, weekdays or a list of days", hint)
    wrong = [
        (index, _not_a_weekday(word), word)
        for index, word in enumerate(value)
        if str(word).lower() not in WEEKDAYS
    ]
    if wrong:
        raise invalid_parts(wrong)
    return frozenset(WEEKDAYS.index(word.lower()) for word in value)


def _not_a_weekday(word: object) -> PydanticCustomError:
    short = str(word).lower()[:3]
    hint = f"write {short}" if short in WEEKDAYS else f"use {alternatives(WEEKDAYS)}"
    return invalid(f"{word!r} is not a weekday", hint)


def checked_bucket(name: str) -> str:
    """A bucket name that S3 accepts."""
    if name.startswith("s3://"):
        raise invalid("must be a name without s3://", _bucket_hint(name[5:]))
    if name.startswith("arn:"):
        raise invalid("must be a name, not an ARN", "write the name of the bucket")
    if "{" in name:
        raise invalid("must not contain placeholders", "move them to s3_path_structure")
    if "/" in name or "\\" in name:
        raise invalid("must not contain folders", _bucket_hint(name))
    faults = [f"it must have 3 to 63 characters and has {len(name)}"] if not 3 <= len(name) <= 63 else []
    faults += [rule.format(found[0]) for fault, rule in _BUCKET_FAULTS if (found := re.search(fault, name))]
    if faults:
        raise invalid(f"{name!r} is not a valid bucket name: {faults[0]}", _bucket_suggestion(name))
    return name


def _bucket_hint(path: str) -> str:
    bucket, _, folders = path.replace("\\", "/").strip("/").partition("/")
    structure = f", and begin s3_path_structure with {folders}/" if folders else ""
    return f"write bucket_name: {bucket}{structure}"


def _bucket_suggestion(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name.lower()).encode("ascii", "ignore").decode()
    better = re.sub(r"[^a-z0-9.-]+", "-", letters).strip("-.")
    usable = 3 <= len(better) <= 63 and better != name and ".." not in better
    return f"a valid name is {better}" if usable else "choose another name"


def checked_endpoint(url: str) -> str:
    """``http(s)://host[:port]`` of an S3-compatible server. The message does not repeat the address."""
    if not _is_address(url):
        raise invalid("is not the address of a server", "write https://HOST or http://HOST:PORT")
    parts = urlsplit(url)
    if "@" in parts.netloc:
        hint = "put the access key in an AWS profile and name that in aws_profile"
        raise invalid("must not contain a user name or password", hint)
    if parts.path.strip("/") or parts.query or parts.fragment:
        hint = "the bucket goes in bucket_name, folders go in s3_path_structure"
        raise invalid("must end after the host and port", hint)
    return url.rstrip("/")


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        port_is_good = parts.port is None or parts.port > 0
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and port_is_good and " " not in url


def checked_account(text: str) -> str:
    """An AWS account ID."""
    if not re.fullmatch(r"[0-9]{12}", text):
        digits = re.sub(r"[^0-9]", "", text)
        hint = f'write "{digits}"' if len(digits) == 12 else "write the account ID in quotes"
        raise invalid("must be the 12 digits of an AWS account ID", hint)
    return text


def matching(pattern: str, kind: str, hint: str) -> AfterValidator:
    """A validator of a text that matches ``pattern`` as a whole; otherwise it "is not ``kind``"."""

    def validate(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise invalid(f"{shorten(text)} is not {kind}", hint)
        return text

    return AfterValidator(validate)


Role = Annotated[
    str,
    matching(
        r"arn:aws[a-z-]*:iam::[0-9]{12}:role/[\w+=,.@/-]{1,600}",
        "the ARN of an IAM role",
        "write arn:aws:iam::ACCOUNT:role/NAME",
    ),
]
Region = Annotated[
    str, matching(r"[a-z0-9][a-z0-9-]{0,62}", "a region code", "write a code such as eu-west-1")
]
"""New regions appear, so only the form is checked."""
Profile = Annotated[
    str,
    matching(
        r"(?=.*\S)[^\x00-\x1f\x7f\[\]]{1,200}",
        "the name of an AWS profile",
        "write a name from the AWS config file",
    ),
]
