"""Single values of the configuration: what they mean and why one is wrong.

Every function takes what the user wrote and returns the value, or raises pydantic's error with what is wrong
and, as its hint, what to write instead. So validation goes on, and all errors are reported together.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from pydantic import ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

from mochok.strategies.option_types import invalid
from mochok.strategies.paths import is_windows
from mochok.suggestions import did_you_mean

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_BYTES_PER_UNIT = {
    "": 1,
    "k": 1000,
    "m": 1000**2,
    "g": 1000**3,
    "t": 1000**4,
    "ki": 1024,
    "mi": 1024**2,
    "gi": 1024**3,
    "ti": 1024**4,
}
_BANDWIDTH = re.compile(r"([0-9]{1,15}(?:\.[0-9]{1,15})?)\s*([kmgt]?i?)(b?)(?:/s|ps)?", re.IGNORECASE)
_BUCKET_ENDINGS = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")
_BUCKET_BEGINNINGS = ("xn--", "sthree-", "amzn-s3-demo-")


def invalid_parts(
    parts: Iterable[tuple[str | int | None, str | PydanticCustomError, object]],
) -> ValidationError:
    """Errors inside a value: (key or index, None for the whole; what is wrong; the part)."""
    details = [
        InitErrorDetails(type=wrong, loc=() if step is None else (step,), input=part)
        for step, wrong, part in parts
    ]
    return ValidationError.from_exception_data("parts", details)


def resolve_path(path: str, folder: str | Path) -> str:
    """``path`` made absolute against ``folder``; what is a Windows path or not a good path stays as it is."""
    as_it_is = not path.strip() or path.startswith("~") or is_windows(path)
    return path if as_it_is else os.path.normpath(os.path.join(folder, path))


def checked_path(path: str) -> str:
    """``path``, unless it is empty, holds control characters or begins with ``~``."""
    if not path.strip():
        raise invalid("must not be empty")
    if re.search(r"[\x00-\x1f\x7f]", path):
        raise invalid("holds a control character", "in double quotes write every backslash twice")
    if re.match(r"~(?:[/\\]|$)", path):
        raise invalid(
            "~ is not replaced by the home folder", "write ${HOME}/..., or ${USERPROFILE}\\... on Windows"
        )
    return path


def checked_name(name: str) -> str:
    """A configuration's name: something to read, at most 200 characters, on one line."""
    if not name.strip():
        raise invalid("must not be empty")
    if name != name.strip():
        raise invalid("begins or ends with a space", f"write {name.strip()!r}")
    if re.search(r"[\x00-\x1f\x7f\x80-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]", name):
        raise invalid("holds a control character or a line break")
    if len(name) > 200:
        raise invalid("is longer than 200 characters")
    return name


def bytes_per_second(text: str) -> int:
    """``20 MB/s`` as 20,000,000. kB, MB, GB count in thousands, KiB, MiB, GiB in 1024s."""
    match = _BANDWIDTH.fullmatch(text.strip())
    if not match or (match[2].lower() == "i"):
        raise invalid(
            f"{text!r} is not a bandwidth", "write a number and a unit, such as 20 MB/s or 500 KiB/s"
        )
    if not match[3]:
        raise invalid(f"{text!r} lacks its unit", f"write {match[1]} {match[2] or 'M'}B/s")
    if match[3] == "b":
        raise invalid(
            f"{text!r} counts bits; Mochok counts bytes", f"write {float(match[1]) / 8:g} {match[2]}B/s"
        )
    value = int(float(match[1]) * _BYTES_PER_UNIT[match[2].lower()])
    if value < 1024:
        raise invalid(
            f"{text!r} is less than 1 KiB/s", "nothing would ever arrive; write for example 20 MB/s"
        )
    return value


def checked_bandwidth(text: object) -> object:
    """The text itself, if :func:`bytes_per_second` understands it."""
    if isinstance(text, int) and not isinstance(text, bool):
        raise invalid("lacks a unit", 'write for example "20 MB/s"')
    if isinstance(text, str):
        bytes_per_second(text)
    return text


def checked_timezone(name: str) -> str:
    """An IANA time zone that this machine (or the tzdata package) knows."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        zones = available_timezones()
        hint = did_you_mean(name, zones)
        if not hint and name:
            cities = [zone for zone in zones if zone.lower().endswith("/" + name.lower().replace(" ", "_"))]
            hint = f"did you mean {min(cities)}?" if cities else "write an IANA name such as America/Santiago"
        raise invalid(f"there is no time zone {name!r}", hint) from error
    return name


def weekdays(value: object) -> frozenset[int]:
    """``daily``, ``weekdays`` or a list of ``mon``..``sun`` as weekday numbers, Monday is 0."""
    if isinstance(value, frozenset):
        return value
    if value == "daily":
        return frozenset(range(7))
    if value == "weekdays":
        return frozenset(range(5))
    if isinstance(value, str):
        return weekdays([value]) if value.lower() in WEEKDAYS else _not_weekdays(value)
    if not isinstance(value, list | tuple) or not value:
        return _not_weekdays(value)
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
    hint = f"write {short}" if short in WEEKDAYS else f"known are: {', '.join(WEEKDAYS)}"
    return invalid(f"{word!r} is not a weekday", hint)


def _not_weekdays(value: object) -> frozenset[int]:
    hint = (
        did_you_mean(str(value), ("daily", "weekdays"))
        or "write daily, weekdays, or a list such as [mon, thu]"
    )
    raise invalid(f"{value!r} is not understood", hint)


def checked_bucket(name: str) -> str:
    """A bucket name that S3 accepts.

    Rules: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
    """
    if name.startswith("s3://"):
        bucket, _, prefix = name[5:].partition("/")
        rest = f" and s3_path_structure: {prefix.strip('/')}/..." if prefix.strip("/") else ""
        raise invalid("give the name alone, without s3://", f"write bucket_name: {bucket}{rest}")
    if name.startswith("arn:"):
        raise invalid("an ARN cannot be used here", "give the bucket's own name")
    if "{" in name:
        raise invalid("placeholders cannot stand in a bucket name", "put them into s3_path_structure")
    if "/" in name or "\\" in name:
        bucket, _, prefix = name.replace("\\", "/").strip("/").partition("/")
        raise invalid(
            "a bucket name has no folders",
            f"write bucket_name: {bucket}; {prefix} belongs into s3_path_structure",
        )
    for broken, rule in _bucket_rules(name):
        if broken:
            raise invalid(f"S3 refuses the bucket name {name!r}: {rule}", _bucket_suggestion(name))
    return name


def _bucket_rules(name: str) -> Iterable[tuple[bool, str]]:
    yield not 3 <= len(name) <= 63, f"it must have 3 to 63 characters, this one has {len(name)}"
    yield name != name.lower(), "it must not hold capital letters"
    yield "_" in name, "it must not hold underscores"
    yield (
        re.search(r"[^a-z0-9.-]", name) is not None,
        "only lower-case letters a-z, digits, dots and hyphens are allowed",
    )
    yield not (name[0].isalnum() and name[-1].isalnum()), "it must begin and end with a letter or a digit"
    yield ".." in name, "two dots must not stand side by side"
    yield re.fullmatch(r"\d+\.\d+\.\d+\.\d+", name) is not None, "it must not look like an IP address"
    beginning = next((text for text in _BUCKET_BEGINNINGS if name.startswith(text)), "")
    yield beginning != "", f"names that begin with {beginning} are reserved"
    ending = next((text for text in _BUCKET_ENDINGS if name.endswith(text)), "")
    yield ending != "", f"names that end with {ending} are reserved"


def _bucket_suggestion(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name.lower()).encode("ascii", "ignore").decode()
    better = re.sub(r"[^a-z0-9.-]+", "-", letters).strip("-.")
    usable = 3 <= len(better) <= 63 and better != name and ".." not in better
    return f"a name that S3 accepts is {better}" if usable else ""


def checked_endpoint(url: str) -> str:
    """``http(s)://host[:port]`` of an S3-compatible server. The message never repeats the address."""
    if not _is_address(url):
        raise invalid("is not the address of a server", "write http://host:port or https://host")
    parts = urlsplit(url)
    if "@" in parts.netloc:
        raise invalid(
            "must not hold a user name or password",
            "put the keys into an AWS profile and name it in aws_profile",
        )
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise invalid(
            "must end after the host and port",
            "the bucket belongs into bucket_name, folders into s3_path_structure",
        )
    return url.rstrip("/")


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        port_is_good = parts.port is None or parts.port > 0
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and port_is_good and " " not in url


def checked_account(text: str) -> str:
    """An AWS account number."""
    if not re.fullmatch(r"[0-9]{12}", text):
        digits = re.sub(r"[^0-9]", "", text)
        hint = f'write "{digits}"' if len(digits) == 12 else "it is the account number, in quotes"
        raise invalid("must be the 12 digits of an AWS account", hint)
    return text


def checked_role(text: str) -> str:
    """The ARN of an IAM role."""
    if not re.fullmatch(r"arn:aws[a-z-]*:iam::[0-9]{12}:role/[\w+=,.@/-]+", text):
        raise invalid("is not the ARN of a role", "write arn:aws:iam::ACCOUNT:role/NAME")
    return text


def checked_region(text: str) -> str:
    """A region's name. New regions appear, so only the form is checked."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]*", text):
        raise invalid(f"{text!r} is not a region", "write it like eu-west-1")
    return text


def checked_profile(text: str) -> str:
    """A profile's name as it stands in the AWS files, one line."""
    if not text.strip() or re.search(r"[\x00-\x1f\x7f\[\]]", text):
        raise invalid("is not the name of an AWS profile")
    return text
