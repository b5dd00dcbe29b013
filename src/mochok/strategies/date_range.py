"""DateRange: the files of the last days, by modification time or by folder name."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field, ValidationInfo, field_validator

from mochok.clock import TEN_YEARS_DAYS, days_between
from mochok.model import DateWindow, SyncPaths
from mochok.strategies import paths
from mochok.strategies.contract import Request, Strategy
from mochok.strategies.dotnet_dates import compile_format
from mochok.strategies.option_types import FolderFormat, invalid
from mochok.strategies.placeholders import Values, destination


class DateRange(Strategy):
    """The base path, but only files whose day is in ``[target date - N, target date]``."""

    summary = "files of the last days in one directory: uploads those modified in the range"
    default_structure = "date-range/{year}/{month}"

    date_range_days_back: int = Field(
        default=7,
        ge=1,
        le=TEN_YEARS_DAYS,
        description="how many days before the target date the range begins; both ends are included",
        examples=[30],
    )
    date_source: Literal["mtime", "path"] = Field(
        default="mtime",
        description="what determines a file's day: mtime, its modification time in global.timezone; or "
        "path, its parent folder whose name is a date in date_folder_format",
        examples=["path"],
    )
    date_folder_format: FolderFormat = Field(
        default="yyyy-MM-dd",
        description="name of a day's folder, as a .NET date format; for date_source: path and {day_folder}",
        examples=["yyyyMMdd"],
    )

    @field_validator("date_folder_format")
    @classmethod
    def _names_one_day(cls, text: str, info: ValidationInfo) -> str:
        """With ``date_source: path`` the name of one folder must determine the day."""
        if info.data.get("date_source") != "path":
            return text
        day_format = compile_format(text)
        if not day_format.determines_date or "/" in day_format.folder(date(2024, 12, 31)):
            message = (
                f"date_source: path needs the day in the name of one folder, which {text!r} does not give"
            )
            raise invalid(message, "use a format with year, month and day and without /, such as yyyy-MM-dd")
        return text

    def paths(self, request: Request) -> SyncPaths:
        last = request.target_date
        first = max(last.toordinal() - self.date_range_days_back, date.min.toordinal())
        window = DateWindow(date.fromordinal(first), last)
        by_path = self.date_source == "path"
        folder = compile_format(self.date_folder_format).folder(last)
        return SyncPaths(
            source=paths.join_local(request.base_path, ""),
            prefix=destination(self.structure(request), Values.of(request, day_folder=folder)),
            days=tuple(days_between(window.first, last)),
            modified_days=None if by_path else window,
            path_days=window if by_path else None,
            path_day_format=self.date_folder_format if by_path else "",
        )
