"""The paths of a strategy for a sample day, to show what its options do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from pydantic import ValidationError

from mochok.errors import MochokError, UsageError
from mochok.model import SyncPaths
from mochok.strategies import registry
from mochok.strategies.contract import Request, Strategy

SAMPLE_DATE = date(2025, 1, 15)


@dataclass(frozen=True, slots=True)
class Sample:
    """The paths for :data:`SAMPLE_DATE` with one option set; ``option`` "" is all defaults."""

    option: str
    value: str
    paths: SyncPaths


def samples(type_name: str, base_path: str, hostname: str) -> list[Sample]:
    """The paths with all defaults, then those with each option whose example changes them.

    Required options always have their example. Raises MochokError if that is not enough.
    """
    found = registry.get(type_name)
    needed = {
        name: field.examples[0]
        for name, field in found.model_fields.items()
        if field.is_required() and field.examples
    }
    request = Request("Sample", base_path, SAMPLE_DATE, None, hostname)
    result = [Sample("", "", _paths(found, needed, request))]
    for name, field in found.model_fields.items():
        if not field.examples or name in needed:
            continue
        paths = _paths(found, needed | {name: field.examples[0]}, request)
        if paths != result[0].paths:
            result.append(Sample(name, str(field.examples[0]), paths))
    return result


def _paths(found: type[Strategy], options: Mapping[str, object], request: Request) -> SyncPaths:
    try:
        return found.model_validate(dict(options)).paths(request)
    except MochokError:
        raise
    except ValidationError as error:
        names = ", ".join(sorted({str(part["loc"][0]) for part in error.errors() if part["loc"]}))
        raise UsageError(f"it needs values for its options: {names}") from error
    except Exception as error:  # a plugin's code can fail in any way
        raise UsageError(f"it failed with {type(error).__name__}: {error}") from error
