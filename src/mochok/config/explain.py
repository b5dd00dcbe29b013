"""pydantic's errors in the user's words, each at its location in the file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from pydantic import BaseModel, ValidationError

from mochok.config import expectations
from mochok.config.diagnostics import MAXIMUM_REPORTED, Diagnostics, KeyPath, Location
from mochok.config.document import Found, MappingNode, ScalarNode, SequenceNode, find
from mochok.config.environment import inserted_by
from mochok.config.legacy import RENAMES
from mochok.config.schema import Configuration, DeleteGuard, Destination, GlobalSettings
from mochok.plan.options import spelled
from mochok.redact import HIDDEN, SHORTEST_LEARNED
from mochok.strategies import registry
from mochok.suggestions import alternatives, did_you_mean, nearest

TOP_LEVEL = ("global", "defaults", "include", "sync_configurations")
_SECTIONS: Mapping[str, type[BaseModel]] = {
    "global": GlobalSettings,
    "destination_config": Destination,
    "delete_guard": DeleteGuard,
    "sync_configurations": Configuration,
}
_KEYS = {
    section: tuple(field.alias or name for name, field in model.model_fields.items())
    for section, model in _SECTIONS.items()
}
_KEYS["expected_days"] = expectations.KEYS
_SECRET_WORDS = ("secret", "password", "access_key", "session_token")
_DELETE_GUARD_HINT = (
    "write {max_percent: 50, max_objects: 1000}, or {max_percent: 100, max_objects: 999999999} for no limit"
)
_MISSING_HINTS = {
    "sync_configurations": "write it; `mochok strategies --show-examples` prints examples",
    "type": "write type: DateFolder, FullDirectory, DateRange or CustomPattern",
    "name": "write name: and a unique name",
    "description": "write description: and what it is for",
    "enabled": "write enabled: true or enabled: false",
    "local_base_path": "write local_base_path: and the source folder",
    "sync_strategy": "write sync_strategy: and, indented below it, type: DateFolder or another strategy",
    "destination_config": "write destination_config: and, indented below it, bucket_name:",
    "bucket_name": "write bucket_name: and the name of the bucket",
}
_QUOTED = r"""(?<!\w)(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
_WORD = re.compile(r"[^\s,=:\"']{4,}")
_TRUE = ("true", "yes", "on", "y", "1")
_FALSE = ("false", "no", "off", "n", "0")


class _Mistake(NamedTuple):
    """One of pydantic's errors, with what its path leads to."""

    kind: str
    context: Mapping[str, Any]
    text: str
    path: KeyPath
    found: Found

    @property
    def location(self) -> Location:
        return self.found.key_location if self.kind == "extra_forbidden" else self.found.location

    @property
    def identity(self) -> tuple[object, ...]:
        """The same for one mistake in ``defaults``, in whichever configuration it shows."""
        path = self.path[2:] if self.path[:1] == ("sync_configurations",) else self.path
        return self.location, path, self.kind, self.text

    @property
    def written(self) -> str | None:
        """The value as it is written in the file, None if there is no single value."""
        node = self.found.node
        return node.written if self.found.complete and isinstance(node, ScalarNode) else None


def report_errors(error: ValidationError, root: MappingNode, found: Diagnostics) -> None:
    """Report pydantic's errors where nothing was reported before; count those beyond MAXIMUM_REPORTED."""
    reported_before = found.locations
    unique: dict[object, _Mistake] = {}
    for details in error.errors(include_url=False, include_input=False):
        path = details["loc"]
        context = details.get("ctx", {})
        mistake = _Mistake(details["type"], context, details["msg"], path, find(root, path))
        if mistake.location not in reported_before:
            unique.setdefault(mistake.identity, mistake)
    main_file = root.location.file
    ordered = sorted(unique.values(), key=lambda wrong: (wrong.location.file != main_file, wrong.location))
    shown = ordered[:MAXIMUM_REPORTED]
    found.omit(len(ordered) - len(shown))
    unknown = [mistake.path for mistake in shown if mistake.kind == "extra_forbidden"]
    meant = {(*path[:-1], nearest(str(path[-1]), keys_at(path[:-1], root))) for path in unknown}
    for mistake in shown:
        if mistake.kind == "missing" and mistake.path in meant:
            continue  # it is only misspelt
        message, hint = _without_secrets(mistake, *_words(mistake, root))
        found.report(mistake.location, mistake.path, message, hint)


def _without_secrets(mistake: _Mistake, message: str, hint: str) -> tuple[str, str]:
    """An inserted value may be a secret: show ``${NAME}``, and no suggestion made from it.

    A message quotes what it repeats of a value. Outside of quotes are Mochok's own words, and so only what is
    long enough to be no part of them is hidden there.
    """
    node = mistake.found.node
    if not isinstance(node, ScalarNode) or not (origin := inserted_by(node.written)):
        return message, hint
    if mistake.kind != "mochok":  # such a message has what is written in the file
        return message, f"correct {origin}"
    value = str(node.value)
    words = [word for word in _WORD.findall(value) if word not in node.written]
    long = sorted((word for word in words if len(word) >= SHORTEST_LEARNED), key=len, reverse=True)

    def hidden(match: re.Match[str]) -> str:
        content = match[0][1:-1]
        if match[0][0] not in "'\"":
            return HIDDEN
        part = content in value or content in repr(value) or any(word in content for word in words)
        inserted = content == value or (part and content not in node.written)
        return repr(node.written) if inserted else match[0]

    pattern = "|".join((_QUOTED, *map(re.escape, long)))
    return re.sub(pattern, hidden, message), f"correct {origin}"


def keys_at(section: KeyPath, root: MappingNode) -> tuple[str, ...]:
    """The keys that a section may hold, () if unknown."""
    if not section:
        return TOP_LEVEL
    if section[-1] == "sync_strategy":
        node = find(root, (*section, "type")).node
        return registry.keys_of(str(node.value)) if isinstance(node, ScalarNode) else ()
    return _KEYS.get("sync_configurations" if isinstance(section[-1], int) else section[-1], ())


def _unknown_key(path: KeyPath, root: MappingNode) -> tuple[str, str]:
    key, known = str(path[-1]), keys_at(path[:-1], root)
    if any(word in key.lower() for word in _SECRET_WORDS):
        return "this file must not contain keys or passwords", "use an AWS profile and name it in aws_profile"
    if any(key == row.old for row in RENAMES if row.key == "*"):  # otherwise it would have been renamed
        return "must be a section", "use sync_strategy instead"
    if meant := _meant(path, known, root):
        return meant
    if path[-2:-1] == ("sync_strategy",) and known == ("type",):
        return "this strategy has no options", "remove it"
    return "unknown key", f"known keys: {', '.join(known)}" if known else "remove it"


def _no_list(key: str) -> tuple[str, str]:
    return f"{key} continues a list, and this is none", f"write a list below it, or {key.removesuffix('+')}"


def _meant(path: KeyPath, known: tuple[str, ...], root: MappingNode) -> tuple[str, str] | None:
    """Message and hint for a key that is an option, is misspelt or belongs to another section."""
    key = str(path[-1])
    near, homes = nearest(key, known), [name for name, keys in _KEYS.items() if key in keys]
    renamed = near and (near.endswith(key) or key.endswith(near))  # aws_region, symlinks
    values = _written_values(path, root)
    if not homes and not renamed and (option := spelled(key, values)):
        return "unknown key: this is an option", "remove it" if values == ["false"] else f"write {option}"
    if near and key.removesuffix("+") in known:
        return _no_list(key)
    if near:
        return "unknown key", f"did you mean {near}?"
    return ("this key is not allowed here", f"move it to {homes[0]}") if homes else None


def _written_values(path: KeyPath, root: MappingNode) -> list[str]:
    node = find(root, path).node
    items = node.items if isinstance(node, SequenceNode) else (node,)
    return [item.written for item in items if isinstance(item, ScalarNode) and item.written]


def _words(mistake: _Mistake, root: MappingNode) -> tuple[str, str]:
    """Message and hint."""
    kind, context, path = mistake.kind, mistake.context, mistake.path
    if kind == "mochok":
        return context["message"], context["hint"]
    if kind == "missing":
        return "is missing", _MISSING_HINTS.get(str(path[-1]), "")
    if kind == "extra_forbidden":
        return _unknown_key(path, root)
    if kind in ("model_type", "dict_type"):
        return "must be a section", _section_hint(path)
    if kind in ("tuple_type", "list_type", "frozen_set_type"):
        return "must be a list", "begin each entry with a dash and a space"
    return _wrong_value(mistake)


def _section_hint(path: KeyPath) -> str:
    if path[-1] == "delete_guard":
        return _DELETE_GUARD_HINT
    keys = _KEYS.get(str(path[-1]))
    return f"write its keys below it, indented: {', '.join(keys)}" if keys else "write KEY: VALUE lines"


def _wrong_value(mistake: _Mistake) -> tuple[str, str]:
    kind, context, written = mistake.kind, mistake.context, mistake.written
    shown = "" if written is None else f", not {written!r}"
    if kind in ("literal_error", "enum"):
        return _not_a_choice(str(context["expected"]), written)
    if kind.startswith("bool"):
        return _not_a_boolean(written)
    if kind == "string_type":
        return _not_text(mistake)
    if kind.startswith(("int", "float")):
        return _not_a_number(mistake)
    for limit, words in (("ge", "must be at least"), ("le", "must be at most")):
        if limit in context:
            return f"{words} {context[limit]}{shown}", ""
    return mistake.text.removeprefix("Value error, "), ""


def _not_a_choice(expected: str, written: str | None) -> tuple[str, str]:
    allowed = [word.strip("'") for word in expected.replace(" or ", ", ").split(", ")]
    shown = "this" if written is None else repr(written)
    if near := did_you_mean(written or "", allowed):
        return f"{shown} is not one of {', '.join(allowed)}", near
    return f"{shown} is not allowed", f"write {alternatives(allowed)}"


def _not_a_boolean(written: str | None) -> tuple[str, str]:
    word = (written or "").lower()
    if word in ("true", "false"):
        return f"must be true or false, not the text {written!r}", "remove the quotes"
    message = "must be true or false" if written is None else f"{written!r} is not true or false"
    return message, f"write {'true' if word in _TRUE else 'false' if word in _FALSE else 'true or false'}"


def _not_a_number(mistake: _Mistake) -> tuple[str, str]:
    node, written = mistake.found.node, mistake.written
    if not (written or "").strip().isdecimal():
        shown = "" if written is None else f", not {written!r}"
        return f"must be a whole number{shown}", ""
    if isinstance(node, ScalarNode) and isinstance(node.value, str):
        return f"must be a whole number, not {written!r}", "remove the quotes"
    return f"{written} is too large", "write a smaller number"


def _not_text(mistake: _Mistake) -> tuple[str, str]:
    node = mistake.found.node
    if isinstance(node, ScalarNode):
        kind = "true or false" if isinstance(node.value, bool) else "a number"
        return f"must be text, but {node.written} without quotes is {kind}", f'write "{node.written}"'
    if isinstance(node, MappingNode):
        return "must be text, but { } without quotes is a section", "put the whole value in quotes"
    return "must be text", "put it in quotes"
