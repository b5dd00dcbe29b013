"""``sync_options``: the options of ``aws s3 sync``, in both of its spellings.

Each entry is ``--name``, ``--name=value``, ``--name value`` in one string, or ``--name`` followed by an
entry with the value. An option that Mochok does not know is an error, never passed over: an admin who
wrote it expects it to work.
"""

from __future__ import annotations

import base64
import difflib
import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from mochok.errors import OptionError
from mochok.plan.filters import FilterRule

STORAGE_CLASSES = (
    "STANDARD",
    "REDUCED_REDUNDANCY",
    "STANDARD_IA",
    "ONEZONE_IA",
    "INTELLIGENT_TIERING",
    "GLACIER",
    "DEEP_ARCHIVE",
    "GLACIER_IR",
    "EXPRESS_ONEZONE",
    "OUTPOSTS",
)
ACLS = (
    "private",
    "public-read",
    "public-read-write",
    "authenticated-read",
    "aws-exec-read",
    "bucket-owner-read",
    "bucket-owner-full-control",
    "log-delivery-write",
)
CHECKSUMS = ("crc64nvme", "crc32", "crc32c", "sha256", "none")
_GRANTS = {
    "read": "x-amz-grant-read",
    "readacl": "x-amz-grant-read-acp",
    "writeacl": "x-amz-grant-write-acp",
    "full": "x-amz-grant-full-control",
}


@dataclass(frozen=True, slots=True)
class SyncOptions:
    """What ``sync_options`` ask for. None means "not given"; headers are ready to send.

    ``headers`` go with every object that is created. ``key_headers`` (SSE-C, request payer) go with every
    request that touches an object. Both are (name, value) pairs.
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

    @property
    def shown_texts(self) -> tuple[str, ...]:
        """``texts`` for people: one for one, with the key of ``--sse-c-key`` hidden."""
        shown, hidden = [], False
        for text in self.texts:
            is_value = hidden and not text.strip().startswith("--")
            shown.append(_HIDDEN if is_value else _SECRET.sub(rf"\1{_HIDDEN}", text))
            hidden = text.strip() == "--sse-c-key"
        return tuple(shown)


_HIDDEN = "***"
_SECRET = re.compile(r"^(\s*--sse-c-key[=\s]\s*)(?!fileb?://).+", re.DOTALL)


@dataclass(slots=True)
class _Draft:
    fields: dict[str, Any] = field(default_factory=dict)
    filters: list[FilterRule] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    key_headers: dict[str, str] = field(default_factory=dict)


_Apply = Callable[[_Draft, str], None]


@dataclass(frozen=True, slots=True)
class _Option:
    """``value``: "none", "one", "optional" or "many"; ``default`` stands in for an omitted optional value."""

    apply: _Apply
    value: str = "one"
    default: str = ""


def parse_options(options: Sequence[str]) -> tuple[SyncOptions, list[OptionError]]:
    """Understand ``options``; every mistake is returned with the index of its entry."""
    draft = _Draft()
    errors: list[OptionError] = []
    for index, name, value in _entries(options, errors):
        try:
            _apply(draft, name, value)
        except OptionError as error:
            errors.append(OptionError(error.message, hint=error.hint, index=index))
    errors += _conflicts(draft)
    return _finish(draft, tuple(options)), errors


def option_names() -> tuple[str, ...]:
    """Every option that is understood, sorted."""
    return tuple(sorted(_OPTIONS))


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
    return OptionError(
        f"{text!r} is not an option", hint="options begin with --, such as --exclude=*.tmp", index=index
    )


def _split(text: str) -> tuple[str, str | None]:
    end = min((position for sign in "= \t" if (position := text.find(sign)) > 0), default=len(text))
    value = text[end + 1 :].strip() if end < len(text) else None
    if value and value[0] in "\"'" and value[-1] == value[0] and len(value) > 1:
        value = value[1:-1]
    return text[:end], value


def _apply(draft: _Draft, name: str, value: str | None) -> None:
    option = _OPTIONS.get(name)
    if option is None:
        raise _unknown(name)
    if option.value == "none":
        if value is not None:
            raise OptionError(f"{name} takes no value, but got {value!r}", hint=f"write just {name}")
        option.apply(draft, "")
    elif value is None and option.value != "optional":
        raise OptionError(f"{name} needs a value", hint=f"write {name}=VALUE")
    else:
        option.apply(draft, option.default if value is None else value)


def _unknown(name: str) -> OptionError:
    near = difflib.get_close_matches(name, _OPTIONS, n=1, cutoff=0.6)
    hint = f"did you mean {near[0]}?" if near else f"known are: {' '.join(option_names())}"
    return OptionError(f"{name} is not an option that Mochok knows", hint=hint)


def _conflicts(draft: _Draft) -> list[OptionError]:
    errors = []
    headers = {**draft.headers, **draft.key_headers}
    customer = "x-amz-server-side-encryption-customer-"
    if (customer + "algorithm" in headers) != (customer + "key" in headers):
        errors.append(OptionError("--sse-c and --sse-c-key belong together", hint="give both or neither"))
    if customer + "algorithm" in headers and "x-amz-server-side-encryption" in headers:
        errors.append(OptionError("--sse and --sse-c exclude each other", hint="keep one of them"))
    kms_key = "x-amz-server-side-encryption-aws-kms-key-id"
    if kms_key in headers and not headers.get("x-amz-server-side-encryption", "").startswith("aws:kms"):
        errors.append(OptionError("--sse-kms-key-id needs --sse=aws:kms", hint="add --sse=aws:kms"))
    if "x-amz-acl" in headers and any(name in headers for name in _GRANTS.values()):
        errors.append(OptionError("--acl and --grants exclude each other", hint="keep one of them"))
    return errors


def _finish(draft: _Draft, texts: tuple[str, ...]) -> SyncOptions:
    return SyncOptions(
        **draft.fields,
        filters=tuple(draft.filters),
        headers=tuple(draft.headers.items()),
        key_headers=tuple(draft.key_headers.items()),
        texts=texts,
    )


def _set(name: str, value: object) -> _Apply:
    return lambda draft, _text: draft.fields.__setitem__(name, value)


def _text(name: str) -> _Apply:
    return lambda draft, text: draft.fields.__setitem__(name, text)


def _number(name: str, option: str, lowest: int, highest: int) -> _Apply:
    def apply(draft: _Draft, text: str) -> None:
        known = text.isascii() and text.isdigit() and len(text) < 10
        if not known or not lowest <= int(text) <= highest:
            raise OptionError(f"{option} must be a whole number from {lowest} to {highest}, not {text!r}")
        draft.fields[name] = int(text)

    return apply


def _header(name: str, option: str, allowed: Sequence[str] = ()) -> _Apply:
    def apply(draft: _Draft, text: str) -> None:
        draft.headers[name] = _checked(option, text, allowed)

    return apply


def _key_header(name: str, option: str, allowed: Sequence[str]) -> _Apply:
    def apply(draft: _Draft, text: str) -> None:
        draft.key_headers[name] = _checked(option, text, allowed)

    return apply


def _checked(option: str, text: str, allowed: Sequence[str]) -> str:
    if allowed and text not in allowed:
        near = difflib.get_close_matches(text.upper(), [word.upper() for word in allowed], n=1)
        meant = next((word for word in allowed if near and word.upper() == near[0]), None)
        hint = f"did you mean {meant}?" if meant else f"allowed are: {', '.join(allowed)}"
        given = "this value" if option == "--sse-c" else repr(text)  # it may be a key, meant for --sse-c-key
        raise OptionError(f"{option} does not know {given}", hint=hint)
    if any(ord(character) < 32 or ord(character) == 127 for character in text):
        raise OptionError(f"{option} holds a control character, which no HTTP header can carry")
    if not text.isascii():
        raise OptionError(
            f"{option} holds characters beyond ASCII", hint="S3 headers are ASCII; encode the value first"
        )
    return text


def _filter(*, include: bool) -> _Apply:
    return lambda draft, text: draft.filters.append(FilterRule(include, text))


def _grants(draft: _Draft, text: str) -> None:
    for grant in text.split():
        permission, _, grantee = grant.partition("=")
        if permission not in _GRANTS or "=" not in grantee:
            raise OptionError(
                f"--grants does not understand {grant!r}",
                hint="write PERMISSION=TYPE=ID, PERMISSION one of read, readacl, writeacl, full",
            )
        kind, _, identity = grantee.partition("=")
        name, value = _GRANTS[permission], f'{kind}="{_checked("--grants", identity, ())}"'
        draft.headers[name] = f"{draft.headers[name]},{value}" if name in draft.headers else value


def _metadata(draft: _Draft, text: str) -> None:
    for name, value in _metadata_pairs(text).items():
        key = _checked("--metadata", str(name), ()).strip().lower()
        if not key or any(character in key for character in ' :\t"(),/;<=>?@[\\]{}'):
            raise OptionError(f"--metadata: {name!r} is not a name that an HTTP header can carry")
        draft.headers[f"x-amz-meta-{key}"] = _checked("--metadata", str(value), ())


def _metadata_pairs(text: str) -> Mapping[object, object]:
    if text.lstrip().startswith("{"):
        try:
            pairs = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise OptionError(f"--metadata is not valid JSON: {error}") from error
        return pairs if isinstance(pairs, dict) else {}
    parts = [part.partition("=") for part in text.split(",") if part.strip()]
    if any(not sign for _name, sign, _value in parts):
        raise OptionError(f"--metadata does not understand {text!r}", hint="write name=value,name2=value2")
    return {name: value for name, _sign, value in parts}


def _expires(draft: _Draft, text: str) -> None:
    try:
        moment = datetime.fromisoformat(text)
        aware = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise OptionError(
            f"--expires does not understand {text!r}", hint="write an ISO time such as 2027-01-31T00:00:00Z"
        ) from error
    draft.headers["Expires"] = format_datetime(aware, usegmt=True)


def _customer_key(draft: _Draft, text: str) -> None:
    key = _read_key_file(text[8:]) if text.startswith("fileb://") else text.encode()
    if len(key) != 32:
        raise OptionError(
            f"--sse-c-key must be 32 bytes long (AES-256), this one has {len(key)}",
            hint="keep it in a file and write --sse-c-key=fileb://PATH",
        )
    prefix = "x-amz-server-side-encryption-customer-key"
    draft.key_headers[prefix] = base64.b64encode(key).decode()
    digest = hashlib.md5(key, usedforsecurity=False).digest()  # what the S3 API asks for
    draft.key_headers[prefix + "-MD5"] = base64.b64encode(digest).decode()


def _read_key_file(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read(1024)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = getattr(error, "strerror", None) or str(error)
        raise OptionError(f"--sse-c-key: cannot read {path!r}: {reason}") from error


def _checksum(draft: _Draft, text: str) -> None:
    draft.fields["checksum"] = _checked("--checksum-algorithm", text.lower(), CHECKSUMS)


def _nothing(_draft: _Draft, _text: str) -> None:
    """Accepted because scripts around aws use it; it has no meaning for an upload here."""


_SSE = "x-amz-server-side-encryption"
_OPTIONS: dict[str, _Option] = {
    "--delete": _Option(_set("delete", True), "none"),
    "--exclude": _Option(_filter(include=False)),
    "--include": _Option(_filter(include=True)),
    "--size-only": _Option(_set("size_only", True), "none"),
    "--dryrun": _Option(_set("dry_run", True), "none"),
    "--follow-symlinks": _Option(_set("follow_symlinks", True), "none"),
    "--no-follow-symlinks": _Option(_set("follow_symlinks", False), "none"),
    "--storage-class": _Option(_header("x-amz-storage-class", "--storage-class", STORAGE_CLASSES)),
    "--acl": _Option(_header("x-amz-acl", "--acl", ACLS)),
    "--grants": _Option(_grants, "many"),
    "--sse": _Option(_header(_SSE, "--sse", ("AES256", "aws:kms", "aws:kms:dsse")), "optional", "AES256"),
    "--sse-kms-key-id": _Option(_header(_SSE + "-aws-kms-key-id", "--sse-kms-key-id")),
    "--sse-c": _Option(
        _key_header(_SSE + "-customer-algorithm", "--sse-c", ("AES256",)), "optional", "AES256"
    ),
    "--sse-c-key": _Option(_customer_key),
    "--metadata": _Option(_metadata),
    "--content-type": _Option(_text("content_type")),
    "--no-guess-mime-type": _Option(_set("guess_mime_type", False), "none"),
    "--content-encoding": _Option(_header("Content-Encoding", "--content-encoding")),
    "--content-disposition": _Option(_header("Content-Disposition", "--content-disposition")),
    "--content-language": _Option(_header("Content-Language", "--content-language")),
    "--cache-control": _Option(_header("Cache-Control", "--cache-control")),
    "--expires": _Option(_expires),
    "--website-redirect": _Option(_header("x-amz-website-redirect-location", "--website-redirect")),
    "--request-payer": _Option(
        _key_header("x-amz-request-payer", "--request-payer", ("requester",)), "optional", "requester"
    ),
    "--checksum-algorithm": _Option(_checksum),
    "--page-size": _Option(_number("page_size", "--page-size", 1, 1000)),
    "--region": _Option(_text("region")),
    "--endpoint-url": _Option(_text("endpoint_url")),
    "--profile": _Option(_text("profile")),
    "--no-sign-request": _Option(_set("sign_requests", False), "none"),
    "--no-verify-ssl": _Option(_set("verify_tls", False), "none"),
    "--ca-bundle": _Option(_text("ca_bundle")),
    "--cli-read-timeout": _Option(_number("read_timeout_seconds", "--cli-read-timeout", 0, 86400)),
    "--cli-connect-timeout": _Option(_number("connect_timeout_seconds", "--cli-connect-timeout", 0, 86400)),
    "--quiet": _Option(_nothing, "none"),
    "--no-progress": _Option(_nothing, "none"),
    "--only-show-errors": _Option(_nothing, "none"),
    "--exact-timestamps": _Option(_nothing, "none"),
    "--source-region": _Option(_nothing),
    "--ignore-glacier-warnings": _Option(_nothing, "none"),
    "--force-glacier-transfer": _Option(_nothing, "none"),
}
