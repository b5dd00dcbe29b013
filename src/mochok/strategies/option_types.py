"""Types for options that hold a date format or a pattern: checked when the strategy is made.

A mistake becomes an error of that option, so the configuration loader can show its line. The error's context
has ``message`` and ``hint`` separately.
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


def invalid(message: str, hint: str = "") -> PydanticCustomError:
    """What a validator raises: pydantic adds the option's name and goes on, so all errors are reported."""
    text = f"{message} ({hint})" if hint else message
    return PydanticCustomError("mochok", "{text}", {"text": text, "message": message, "hint": hint})


def checked(check: Callable[[str], object]) -> AfterValidator:
    """A validator of text: an error that ``check`` raises becomes one of the option."""

    def validate(text: str) -> str:
        try:
            check(text)
        except MochokError as error:
            raise invalid(error.message, error.hint) from error
        return text

    return AfterValidator(validate)


def _check_folder_format(text: str) -> None:
    for segment in compile_format(text).folder(date(2024, 12, 31)).split("/"):
        paths.check_segment(segment, text, windows=False)


FolderFormat = Annotated[str, checked(_check_folder_format)]
"""A .NET date format that names a folder, or nested folders with ``/`` between them."""

LocalPattern = Annotated[str, checked(lambda text: check_pattern(text, local=True))]
"""A pattern for a local folder, with placeholders."""

DestinationPattern = Annotated[str, checked(lambda text: check_pattern(text, local=False))]
"""A pattern for a folder in the bucket, with placeholders."""
