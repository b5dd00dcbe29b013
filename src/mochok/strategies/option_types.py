"""Types for options that hold a date format or a pattern: checked when the strategy is made.

A mistake becomes an error of that option, so the configuration loader can show its line. The error's context
has ``message`` and ``hint`` separately.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Annotated, Any

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from mochok.errors import MochokError, OptionError, PathError
from mochok.strategies import paths
from mochok.strategies.cultures import INVARIANT, check_culture
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


def _check_file_format(text: str) -> None:
    if compile_format(text, times=True).determines_date:
        return
    compile_format(text)  # a mistake such as mm for the month has a better hint
    raise OptionError(f"{text!r} does not give year, month and day", hint="use a format such as yyyyMMdd")


FolderFormat = Annotated[str, checked(_check_folder_format)]
"""A .NET date format that names a folder, or nested folders with ``/`` between them."""

FileFormat = Annotated[str, checked(_check_file_format)]
"""A .NET date format, which may include the time, that is found in the names of files."""

Culture = Annotated[str, checked(check_culture)]
"""The language of months and weekdays in names; "invariant" is English."""

CULTURE: Any = Field(
    default=INVARIANT,
    description="language of the names of months and weekdays, such as es or pt-BR (needs the extra"
    " mochok[culture]); invariant is English",
    examples=["es"],
)


def _check_local_pattern(text: str) -> None:
    if mistake := paths.mistake(text):
        raise PathError(f"{paths.shorten(text)} {mistake[0]}", hint=mistake[1])
    check_pattern(text, local=True)


LocalPattern = Annotated[str, checked(_check_local_pattern)]
"""A pattern for a local folder, with placeholders."""

DestinationPattern = Annotated[str, checked(lambda text: check_pattern(text, local=False))]
"""A pattern for a folder in the bucket, with placeholders."""
