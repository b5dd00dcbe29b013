"""Types for options that hold a date format or a pattern: checked when the strategy is made.

A mistake becomes an error of that option, so the configuration loader can show its line. The error's
context has ``message`` and ``hint`` apart, for a reader that shows them apart.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Annotated

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from mochok.errors import MochokError
from mochok.strategies import paths
from mochok.strategies.dotnet_dates import compile_format
from mochok.strategies.placeholders import check_pattern

_SOME_DAY = date(2024, 12, 31)


def option_error(error: MochokError) -> PydanticCustomError:
    """``error`` as pydantic reports it, with the option's name added by pydantic."""
    context = {"text": str(error), "message": error.message, "hint": error.hint}
    return PydanticCustomError("mochok_option", "{text}", context)


def _checked(check: Callable[[str], None]) -> AfterValidator:
    def validate(text: str) -> str:
        try:
            check(text)
        except MochokError as error:
            raise option_error(error) from error
        return text

    return AfterValidator(validate)


def _check_folder_format(text: str) -> None:
    for segment in paths.split_segments(compile_format(text).format(_SOME_DAY)):
        paths.check_segment(segment, text, windows=False)


def _check_local_pattern(text: str) -> None:
    check_pattern(text, local=True)


FolderFormat = Annotated[str, _checked(_check_folder_format)]
"""A .NET date format that names a folder, or nested folders with ``/`` between them."""

LocalPattern = Annotated[str, _checked(_check_local_pattern)]
"""A pattern for a local folder, with placeholders."""
