"""DateRange: the files of the last days, by modification time or by folder name."""

from __future__ import annotations

from datetime import date, timedelta
from typing import ClassVar, Literal

from pydantic import Field, ValidationInfo, field_validator

from mochok.clock import TEN_YEARS_DAYS
from mochok.model import DateWindow, SyncPaths
from mochok.strategies import paths
from mochok.strategies.contract import Request, Strategy
from mochok.strategies.dotnet_dates import compile_format
from mochok.strategies.option_types import FolderFormat, invalid
from mochok.strategies.placeholders import Values, destination


class DateRange(Strategy):
    """The base path, but only files whose day is in ``[target date - N, target date]``."""

    summary: ClassVar[str] = "files of the last days in one directory: uploads those modified in the range"
    default_structure: ClassVar[str] = "date-range/{year}/{month}"

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
        if not compile_format(text).determines_date or len(_folder(text, date(2024, 12, 31)).split("/")) > 1:
            message = (
                f"date_source: path needs the day in the name of one folder, which {text!r} does not give"
            )
            raise invalid(message, "use a format with year, month and day and without /, such as yyyy-MM-dd")
        return text

    def paths(self, request: Request) -> SyncPaths:
        window = _window(request.target_date, self.date_range_days_back)
        by_path = self.date_source == "path"
        folder = _folder(self.date_folder_format, request.target_date)
        return SyncPaths(
            source=paths.join_local(request.base_path, ""),
            prefix=destination(self.structure(request), Values.of(request, day_folder=folder)),
            days=_days(window),
            modified_days=None if by_path else window,
            path_days=window if by_path else None,
            path_day_format=self.date_folder_format if by_path else "",
        )


def _folder(format_text: str, day: date) -> str:
    return "/".join(paths.split_segments(compile_format(format_text).format(day)))


def _window(last: date, days_back: int) -> DateWindow:
    first = max(last.toordinal() - days_back, date.min.toordinal())
    return DateWindow(date.fromordinal(first), last)


def _days(window: DateWindow) -> tuple[date, ...]:
    count = (window.last - window.first).days + 1
    return tuple(window.first + timedelta(days=number) for number in range(count))
