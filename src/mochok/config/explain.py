"""pydantic's errors in the user's words, each at its place in the file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from mochok.config.document import MappingNode, PathStep, ScalarNode, find, path_text, problem
from mochok.config.schema import Configuration, DeleteGuard, Destination, GlobalSettings
from mochok.config.values import did_you_mean, nearest
from mochok.errors import Problem

TOP_LEVEL = ("global", "defaults", "include", "sync_configurations")
_SECTIONS: Mapping[str, tuple[str, ...]] = {
    "global": tuple(GlobalSettings.model_fields),
    "destination_config": tuple(Destination.model_fields),
    "delete_guard": tuple(DeleteGuard.model_fields),
    "sync_configurations[]": tuple(Configuration.model_fields),
}
_SECRET_WORDS = ("secret", "password", "access_key", "session_token")
_PREFIX = "Value error, "
_LIMITS = {
    "greater_than_equal": ("ge", "must be at least"),
    "greater_than": ("gt", "must be more than"),
    "less_than_equal": ("le", "must be at most"),
    "less_than": ("lt", "must be less than"),
}
_SECTION = ("must be a section with keys of its own", "indent its keys below it")
_LIST = ("must be a list", "begin each entry with a dash")
_SECTION_HINTS = {
    "delete_guard": "write {max_percent: 50, max_objects: 1000}, or 100 and a large number to let all pass"
}
_SECTION_KINDS = ("model_type", "model_attributes_type", "dict_type")
_SHAPES = {
    **dict.fromkeys(_SECTION_KINDS, _SECTION),
    "tuple_type": _LIST,
    "list_type": _LIST,
    "frozen_set_type": _LIST,
}


def problems_of(errors: Iterable[Mapping[str, Any]], root: MappingNode) -> list[Problem]:
    """One Problem for each error, with the errors inside nested ones brought to the surface."""
    flat = list(_flatten(errors, (), ()))
    misspelt = {
        (*error["loc"][:-1], near)
        for error, known in flat
        if error["type"] == "extra_forbidden" and (near := _nearest(error["loc"], known))
    }
    return [
        _problem(error, known, root)
        for error, known in flat
        if error["type"] != "missing" or tuple(error["loc"]) not in misspelt
    ]


def _nearest(loc: tuple[PathStep, ...], known: tuple[str, ...]) -> str:
    """The key that was probably meant: it is not missing as well, only misspelt."""
    return nearest(str(loc[-1]), known or keys_at(loc[:-1]))


def _flatten(
    errors: Iterable[Mapping[str, Any]], prefix: tuple[PathStep, ...], known: tuple[str, ...]
) -> Iterable[tuple[dict[str, Any], tuple[str, ...]]]:
    for error in errors:
        loc = (*prefix, *error["loc"])
        context = error.get("ctx") or {}
        if error["type"] == "mochok_nested":
            yield from _flatten(context["errors"], loc, tuple(context["known"]))
        else:
            yield {**error, "loc": loc, "ctx": context}, known


def _problem(error: Mapping[str, Any], known: tuple[str, ...], root: MappingNode) -> Problem:
    loc: tuple[PathStep, ...] = tuple(error["loc"])
    alias = {"global_settings": "global", "configurations": "sync_configurations"}
    loc = tuple(alias.get(step, step) if isinstance(step, str) else step for step in loc)
    key_place, node, complete = find(root, loc)
    at_key = not complete or error["type"] == "extra_forbidden"
    place = key_place if at_key else node.place
    written = node.written if complete and isinstance(node, ScalarNode) else None
    message, hint = _words(error, loc, known or keys_at(loc[:-1]), written)
    if complete and isinstance(node, ScalarNode):
        message, hint = _hide_environment(node, message, hint)
    return problem(place, path_text(loc), message, hint)


def _hide_environment(node: ScalarNode, message: str, hint: str) -> tuple[str, str]:
    """A value that came from the environment may be a secret: show ``${NAME}``, and no suggestion from it."""
    value = node.value
    if not isinstance(value, str) or value == node.written or not value:
        return message, hint
    shown = message.replace(repr(value)[1:-1], node.written).replace(value, node.written)
    return shown, "the value comes from the environment"


def keys_at(section: tuple[PathStep, ...]) -> tuple[str, ...]:
    """The keys that a section may hold, () if unknown."""
    if not section:
        return TOP_LEVEL
    if isinstance(section[-1], int):
        return _SECTIONS["sync_configurations[]"]
    return _SECTIONS.get(section[-1], ())


def unknown_key(key: str, known: tuple[str, ...]) -> tuple[str, str]:
    """Message and hint for a key that its section does not have."""
    if any(word in key.lower() for word in _SECRET_WORDS):
        return "Mochok takes no keys or passwords from this file", "name an AWS profile in aws_profile"
    if near := did_you_mean(key, known):
        return "there is no such key here", near
    homes = [name.removesuffix("[]") for name, keys in _SECTIONS.items() if key in keys]
    if homes:
        return "there is no such key here", f"it belongs into {homes[0]}"
    return "there is no such key here", f"known are: {', '.join(known)}" if known else "remove it"


def _words(
    error: Mapping[str, Any], loc: tuple[PathStep, ...], known: tuple[str, ...], written: str | None
) -> tuple[str, str]:
    kind, context = error["type"], error["ctx"]
    if kind in ("mochok", "mochok_option"):
        return context["message"], context["hint"]
    if kind == "missing":
        return "is missing", _missing_hint(loc)
    if kind == "extra_forbidden":
        return unknown_key(str(loc[-1]), known)
    if kind in _SECTION_KINDS and isinstance(loc[-1], str) and (keys := keys_at(loc)):
        return _SECTION[0], _SECTION_HINTS.get(loc[-1], f"its keys are: {', '.join(keys)}")
    return _wrong_value(error, written)


def _wrong_value(error: Mapping[str, Any], written: str | None) -> tuple[str, str]:
    kind, context = error["type"], error["ctx"]
    if kind in ("literal_error", "enum"):
        return _literal(error, written)
    if kind.startswith("bool"):
        return _not_a_boolean(written)
    if kind == "string_type":
        return _not_a_text(error.get("input"), written)
    if kind.startswith(("int", "float")):
        hint = "write it without quotes" if (written or "").strip().isdigit() else ""
        return f"must be a whole number{_shown(written)}", hint
    if kind in _LIMITS:
        name, words = _LIMITS[kind]
        return f"{words} {context[name]}{_shown(written)}", ""
    return _SHAPES.get(kind) or (str(error["msg"]).removeprefix(_PREFIX), "")


def _shown(written: str | None) -> str:
    return "" if written is None else f", not {written!r}"


def _missing_hint(loc: tuple[PathStep, ...]) -> str:
    hints = {
        "sync_configurations": "let `mochok install` write a sample",
        "type": "write one of DateFolder, FullDirectory, DateRange, CustomPattern",
        "name": "every configuration needs a unique name",
        "enabled": "write true or false",
        "local_base_path": "write the source folder",
        "sync_strategy": "write type: DateFolder or another strategy below it",
        "destination_config": "write bucket_name: below it",
    }
    return hints.get(str(loc[-1]), "")


def _literal(error: Mapping[str, Any], written: str | None) -> tuple[str, str]:
    expected = str(error["ctx"].get("expected", ""))
    allowed = [word.strip("'") for word in expected.replace(" or ", ", ").split(", ")]
    near = did_you_mean(str(written or ""), allowed)
    hint = near or f"write one of {', '.join(allowed)}"
    shown = repr(written) if written is not None else "this"
    return f"{shown} is not one of {', '.join(allowed)}" if near else f"{shown} is not allowed here", hint


def _not_a_boolean(written: str | None) -> tuple[str, str]:
    meant = {"yes": "true", "on": "true", "y": "true", "1": "true"}
    meant |= {"no": "false", "off": "false", "n": "false", "0": "false"}
    word = (written or "").lower()
    if word in ("true", "false"):
        return f"{written!r} in quotes is a text", f"write {word} without quotes"
    answer = meant.get(word)
    shown = f"{written!r} is not true or false" if written is not None else "must be true or false"
    return shown, f"write {answer}" if answer else "write true or false"


def _not_a_text(value: object, written: str | None) -> tuple[str, str]:
    if written is not None and not isinstance(value, list | dict):
        kind = "a truth value" if isinstance(value, bool) else "a number"
        return f"must be text, but {written} without quotes is {kind}", f'write "{written}"'
    if isinstance(value, dict):
        return "must be text, but { } without quotes makes it a section", "write the whole value in quotes"
    return "must be text", "write it in quotes"
