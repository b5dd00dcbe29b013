"""``sync_options``: the options of ``aws s3 sync``, in both of its spellings.

Each entry is ``--name``, ``--name=value``, ``--name value`` in one string, or ``--name`` followed by an
entry with the value. An unknown option is an error and never ignored: whoever wrote it expects an effect.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from mochok.errors import OptionError
from mochok.plan.filters import FilterRule
from mochok.suggestions import alternatives, did_you_mean

STORAGE_CLASSES = (
    "STANDARD", "REDUCED_REDUNDANCY", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING",
    "GLACIER", "DEEP_ARCHIVE", "GLACIER_IR", "EXPRESS_ONEZONE", "OUTPOSTS",
)  # fmt: skip
ACLS = (
    "private", "public-read", "public-read-write", "authenticated-read",
    "aws-exec-read", "bucket-owner-read", "bucket-owner-full-control", "log-delivery-write",
)  # fmt: skip
CHECKSUMS = ("crc64nvme", "crc32", "crc32c", "sha256", "none")
_SSE = "x-amz-server-side-encryption"
_CUSTOMER = f"{_SSE}-customer-"
_GRANTS = {
    "read": "x-amz-grant-read",
    "readacl": "x-amz-grant-read-acp",
    "writeacl": "x-amz-grant-write-acp",
    "full": "x-amz-grant-full-control",
}
_HIDDEN = "***"
_SECRET = re.compile(r"^(\s*--sse-c-key[=\s]\s*)(?!fileb?://).+", re.DOTALL)


@dataclass(frozen=True, slots=True)
class SyncOptions:
    """The meaning of ``sync_options``. None means "not given". Headers are (name, value) pairs to send.

    ``headers`` are sent when an object is created, ``key_headers`` (SSE-C, request payer) with every request
    for an object.
    """

    delete: bool = False
    filters: tuple[FilterRule, ...] = ()
    size_only: bool = False
    dry_run: bool = False
    follow_symlinks: bool | None = None
    content_type: str | None = None
    guess_mime_type: bool = True
    headers: tuple[tuple[str, str], ...] = ()
    key_headers: tuple[tuple[str, str], ...] = ()
    checksum: str | None = None
    page_size: int | None = None
    region: str | None = None
    endpoint_url: str | None = None
    profile: str | None = None
    sign_requests: bool = True
    verify_tls: bool = True
    ca_bundle: str | None = None
    read_timeout_seconds: int | None = None
    connect_timeout_seconds: int | None = None
    texts: tuple[str, ...] = field(default=(), compare=False)


@dataclass(slots=True)
class _Draft:
    fields: dict[str, Any] = field(default_factory=dict)
    filters: list[FilterRule] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    key_headers: dict[str, str] = field(default_factory=dict)


_Apply = Callable[[_Draft, str, str], None]
"""Puts an option into the draft: (draft, the option's name, its value)."""


@dataclass(frozen=True, slots=True)
class _Option:
    """``value``: "none", "one", "optional" or "many"; ``default`` replaces an optional value."""

    apply: _Apply
    value: str = "one"
    default: str = ""


def parse_options(options: Sequence[str]) -> tuple[SyncOptions, list[OptionError]]:
    """The meaning of ``options``, and every mistake with the index of its entry."""
    draft = _Draft()
    errors: list[OptionError] = []
    for index, name, value in _entries(options, errors):
        try:
            _apply(draft, name, value)
        except OptionError as error:
            errors.append(OptionError(error.message, hint=error.hint, index=index))
    errors += _conflicts(draft)
    understood = SyncOptions(
        **draft.fields,
        filters=tuple(draft.filters),
        headers=tuple(draft.headers.items()),
        key_headers=tuple(draft.key_headers.items()),
        texts=tuple(options),
    )
    return understood, errors


def without_keys(texts: Iterable[str]) -> list[str]:
    """``texts`` with the key of ``--sse-c-key`` hidden."""
    shown, hidden = [], False
    for text in texts:
        is_value = hidden and not text.strip().startswith("--")
        shown.append(_HIDDEN if is_value else _SECRET.sub(rf"\1{_HIDDEN}", text))
        hidden = text.strip() == "--sse-c-key"
    return shown


def option_names() -> tuple[str, ...]:
    """Every known option, sorted."""
    return tuple(sorted(_OPTIONS))


def spelled(key: str, values: Sequence[str]) -> str:
    """``key`` as the entry of ``sync_options`` that sets it to each of ``values``; "" if it is no option."""
    name = f"--{key.replace('_', '-')}"
    name = "--dryrun" if name == "--dry-run" else name
    option = _OPTIONS.get(name)
    if option is None:
        return ""
    if name == "--sse-c-key":
        values = ["fileb://PATH"]  # a key must not be repeated
    texts = [name] if option.value == "none" else [f"{name}={value}" for value in values or ["VALUE"]]
    return f"sync_options: {json.dumps(texts, ensure_ascii=False)}"


def _entries(options: Sequence[str], errors: list[OptionError]) -> Iterator[tuple[int, str, str | None]]:
    index = 0
    while index < len(options):
        start, text = index, options[index].strip()
        index += 1
        if not text.startswith("--"):
            errors.append(_not_an_option(text, start))
            continue
        name, value = _split(text)
        option = _OPTIONS.get(name)
        if option and value is None and option.value != "none":
            words = []
            while index < len(options) and not options[index].strip().startswith("--"):
                words.append(options[index].strip())
                index += 1
                if option.value != "many":
                    break
            value = " ".join(words) if words else None
        yield start, name, value


def _not_an_option(text: str, index: int) -> OptionError:
    meant = f"--{text.lstrip('-')}"
    known = _split(meant)[0] in _OPTIONS
    hint = f"write {meant}" if known else "options begin with --, such as --exclude=*.tmp"
    return OptionError(f"{text!r} is not an option", hint=hint, index=index)


def _split(text: str) -> tuple[str, str | None]:
    end = min((position for sign in "= \t" if (position := text.find(sign)) > 0), default=len(text))
    value = text[end + 1 :].strip() if end < len(text) else None
    if value and value[0] in "\"'" and value[-1] == value[0] and len(value) > 1:
        value = value[1:-1]
    return text[:end], value


def _apply(draft: _Draft, name: str, value: str | None) -> None:
    option = _OPTIONS.get(name)
    if option is None:
        hint = did_you_mean(name, _OPTIONS) or f"known options: {' '.join(option_names())}"
        raise OptionError(f"unknown option {name}", hint=hint)
    if option.value == "none" and value is not None:
        raise OptionError(f"{name} takes no value, but got {value!r}", hint=f"write just {name}")
    if option.value in ("one", "many") and value is None:
        raise OptionError(f"{name} needs a value", hint=f"write {name}=VALUE")
    option.apply(draft, name, option.default if value is None else value)


def _conflicts(draft: _Draft) -> list[OptionError]:
    headers = {**draft.headers, **draft.key_headers}
    algorithm, key = f"{_CUSTOMER}algorithm" in headers, f"{_CUSTOMER}key" in headers
    kms_without_sse = f"{_SSE}-aws-kms-key-id" in headers and not headers.get(_SSE, "").startswith("aws:kms")
    grants = any(name in headers for name in _GRANTS.values())
    conflicts = (
        (algorithm != key, "--sse-c and --sse-c-key need each other", "give both or neither"),
        (algorithm and _SSE in headers, "--sse and --sse-c exclude each other", "keep one of them"),
        (kms_without_sse, "--sse-kms-key-id needs --sse=aws:kms", "add --sse=aws:kms"),
        (grants and "x-amz-acl" in headers, "--acl and --grants exclude each other", "keep one of them"),
    )
    return [OptionError(message, hint=hint) for conflict, message, hint in conflicts if conflict]


def _set(field_name: str, value: object) -> _Apply:
    return lambda draft, _option, _text: draft.fields.__setitem__(field_name, value)


def _text(field_name: str) -> _Apply:
    return lambda draft, _option, text: draft.fields.__setitem__(field_name, text)


def _number(field_name: str, lowest: int, highest: int) -> _Apply:
    def apply(draft: _Draft, option: str, text: str) -> None:
        is_number = text.isascii() and text.isdigit() and len(text) < 10
        if not is_number or not lowest <= int(text) <= highest:
            raise OptionError(f"{option} must be a whole number from {lowest} to {highest}, not {text!r}")
        draft.fields[field_name] = int(text)

    return apply


def _header(header: str, allowed: Sequence[str] = (), *, with_every_request: bool = False) -> _Apply:
    def apply(draft: _Draft, option: str, text: str) -> None:
        headers = draft.key_headers if with_every_request else draft.headers
        headers[header] = _checked(option, text, allowed)

    return apply


def _checked(option: str, text: str, allowed: Sequence[str] = ()) -> str:
    if allowed and text not in allowed:
        hint = did_you_mean(text, allowed) or f"use {alternatives(allowed)}"
        given = "this value" if option == "--sse-c" else repr(text)  # it may be a key, meant for --sse-c-key
        raise OptionError(f"{option} does not accept {given}", hint=hint)
    if any(ord(character) < 32 or ord(character) == 127 for character in text):
        raise OptionError(
            f"{option} contains a control character, which HTTP headers do not allow", hint="remove it"
        )
    if not text.isascii():
        hint = "use ASCII only"
        raise OptionError(f"{option} contains non-ASCII characters, which S3 headers do not allow", hint=hint)
    return text


def _filter(*, include: bool) -> _Apply:
    return lambda draft, _option, text: draft.filters.append(FilterRule(include, text))


def _grants(draft: _Draft, option: str, text: str) -> None:
    for grant in text.split():
        permission, _, grantee = grant.partition("=")
        kind, equals, identity = grantee.partition("=")
        if permission not in _GRANTS or not equals:
            hint = "write PERMISSION=TYPE=ID, with read, readacl, writeacl or full as PERMISSION"
            raise OptionError(f"{option}: {grant!r} is not a grant", hint=hint)
        name, value = _GRANTS[permission], f'{kind}="{_checked(option, identity)}"'
        draft.headers[name] = f"{draft.headers[name]},{value}" if name in draft.headers else value


def _metadata(draft: _Draft, option: str, text: str) -> None:
    for name, value in _metadata_pairs(option, text).items():
        key = _checked(option, str(name)).strip().lower()
        if not key or any(character in key for character in ' :\t"(),/;<=>?@[\\]{}'):
            hint = "use letters, digits and hyphens"
            raise OptionError(f"{option}: {name!r} is not a valid HTTP header name", hint=hint)
        draft.headers[f"x-amz-meta-{key}"] = _checked(option, str(value))


def _metadata_pairs(option: str, text: str) -> Mapping[str, object]:
    if text.lstrip().startswith("{"):
        import json  # rarely needed

        try:
            pairs: Mapping[str, object] = json.loads(text)
        except (ValueError, RecursionError) as error:
            hint = 'write {"name": "value", "name2": "value2"}'
            raise OptionError(f"{option} is not valid JSON: {error}", hint=hint) from error
        return pairs
    parts = [part.partition("=") for part in text.split(",") if part.strip()]
    if any(not equals for _name, equals, _value in parts):
        raise OptionError(f"{option}: {text!r} is not a list of pairs", hint="write name=value,name2=value2")
    return {name: value for name, _equals, value in parts}


def _expires(draft: _Draft, option: str, text: str) -> None:
    from email.utils import format_datetime  # rarely needed

    try:
        moment = datetime.fromisoformat(text)
        aware = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        hint = "write an ISO 8601 time such as 2027-01-31T00:00:00Z"
        raise OptionError(f"{option}: {text!r} is not a time", hint=hint) from error
    draft.headers["Expires"] = format_datetime(aware, usegmt=True)


def _customer_key(draft: _Draft, option: str, text: str) -> None:
    import base64
    import hashlib  # both rarely needed

    key = _read_key_file(option, text[8:]) if text.startswith("fileb://") else text.encode()
    if len(key) != 32:
        hint = f"put a 32-byte key in a file and write {option}=fileb://PATH"
        raise OptionError(f"{option} must be 32 bytes long (AES-256), not {len(key)}", hint=hint)
    draft.key_headers[f"{_CUSTOMER}key"] = base64.b64encode(key).decode()
    digest = hashlib.md5(key, usedforsecurity=False).digest()  # the S3 API requires it
    draft.key_headers[f"{_CUSTOMER}key-MD5"] = base64.b64encode(digest).decode()


def _read_key_file(option: str, path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read(1024)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = getattr(error, "strerror", None) or str(error)
        raise OptionError(f"{option}: cannot read {path!r}: {reason}", hint="check the path") from error


def _checksum(draft: _Draft, option: str, text: str) -> None:
    draft.fields["checksum"] = _checked(option, text.lower(), CHECKSUMS)


def _nothing(_draft: _Draft, _option: str, _text: str) -> None:
    """Accepted because scripts around aws use it; it has no meaning for an upload here."""


_OPTIONS: dict[str, _Option] = {
    "--delete": _Option(_set("delete", True), "none"),
    "--exclude": _Option(_filter(include=False)),
    "--include": _Option(_filter(include=True)),
    "--size-only": _Option(_set("size_only", True), "none"),
    "--dryrun": _Option(_set("dry_run", True), "none"),
    "--follow-symlinks": _Option(_set("follow_symlinks", True), "none"),
    "--no-follow-symlinks": _Option(_set("follow_symlinks", False), "none"),
    "--storage-class": _Option(_header("x-amz-storage-class", STORAGE_CLASSES)),
    "--acl": _Option(_header("x-amz-acl", ACLS)),
    "--grants": _Option(_grants, "many"),
    "--sse": _Option(_header(_SSE, ("AES256", "aws:kms", "aws:kms:dsse")), "optional", "AES256"),
    "--sse-kms-key-id": _Option(_header(f"{_SSE}-aws-kms-key-id")),
    "--sse-c": _Option(
        _header(f"{_CUSTOMER}algorithm", ("AES256",), with_every_request=True), "optional", "AES256"
    ),
    "--sse-c-key": _Option(_customer_key),
    "--metadata": _Option(_metadata),
    "--content-type": _Option(_text("content_type")),
    "--no-guess-mime-type": _Option(_set("guess_mime_type", False), "none"),
    "--content-encoding": _Option(_header("Content-Encoding")),
    "--content-disposition": _Option(_header("Content-Disposition")),
    "--content-language": _Option(_header("Content-Language")),
    "--cache-control": _Option(_header("Cache-Control")),
    "--expires": _Option(_expires),
    "--website-redirect": _Option(_header("x-amz-website-redirect-location")),
    "--request-payer": _Option(
        _header("x-amz-request-payer", ("requester",), with_every_request=True), "optional", "requester"
    ),
    "--checksum-algorithm": _Option(_checksum),
    "--page-size": _Option(_number("page_size", 1, 1000)),
    "--region": _Option(_text("region")),
    "--endpoint-url": _Option(_text("endpoint_url")),
    "--profile": _Option(_text("profile")),
    "--no-sign-request": _Option(_set("sign_requests", False), "none"),
    "--no-verify-ssl": _Option(_set("verify_tls", False), "none"),
    "--ca-bundle": _Option(_text("ca_bundle")),
    "--cli-read-timeout": _Option(_number("read_timeout_seconds", 0, 86400)),
    "--cli-connect-timeout": _Option(_number("connect_timeout_seconds", 0, 86400)),
    "--quiet": _Option(_nothing, "none"),
    "--no-progress": _Option(_nothing, "none"),
    "--only-show-errors": _Option(_nothing, "none"),
    "--exact-timestamps": _Option(_nothing, "none"),
    "--source-region": _Option(_nothing),
    "--ignore-glacier-warnings": _Option(_nothing, "none"),
    "--force-glacier-transfer": _Option(_nothing, "none"),
}
