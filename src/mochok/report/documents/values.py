"""Values as JSON can hold them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import date
from enum import Enum
from typing import Any

from mochok.model import Reason
from mochok.redact import redacted

JsonObject = dict[str, Any]


def fields(record: Any) -> JsonObject:
    """The fields of a dataclass by their names."""
    return {field.name: to_json(getattr(record, field.name)) for field in dataclasses.fields(record)}


def to_json(value: object) -> object:
    """``value`` for JSON: records become objects, enums their words, dates ISO 8601 text."""
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if dataclasses.is_dataclass(value):
        return fields(value)
    if isinstance(value, Mapping):
        return {str(to_json(key)): to_json(item) for key, item in value.items()}
    if isinstance(value, (tuple, list)):
        names = getattr(value, "_fields", None)
        items = [to_json(item) for item in value]
        return items if names is None else dict(zip(names, items, strict=True))
    if isinstance(value, Enum):  # a reason's value is for people
        return value.name.lower() if isinstance(value, Reason) else value.value
    return value.isoformat() if isinstance(value, date) else redacted(str(value))  # a datetime is a date
