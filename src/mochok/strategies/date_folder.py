"""DateFolder: one folder a day, named after its date."""

from __future__ import annotations

from pydantic import Field

from mochok.model import SyncPaths
from mochok.strategies import paths
from mochok.strategies.contract import Request, Strategy
from mochok.strategies.dotnet_dates import compile_format
from mochok.strategies.option_types import CULTURE, Culture, FolderFormat
from mochok.strategies.placeholders import Values, destination


class DateFolder(Strategy):
    """The target date's folder below the base path, and nothing else."""

    summary = "one folder for each day, such as 2025-01-15: uploads the target date's folder"
    default_structure = "{year}/{month}/{day}"

    date_folder_format: FolderFormat = Field(
        default="yyyy-MM-dd",
        description="name of the day's folder, as a .NET date format or with placeholders, such as"
        " backup_{date:yyyyMMdd}_*; / separates nested folders; * and ? are wildcards, and exactly one folder"
        " may fit",
        examples=["yyyyMMdd"],
    )
    culture: Culture = CULTURE

    def paths(self, request: Request) -> SyncPaths:
        day_format, day = compile_format(self.date_folder_format, self.culture), request.target_date
        folder = request.found_folder or day_format.folder(day)
        source = paths.join_local(request.base_path, folder, wildcards=day_format.has_wildcard)
        pattern = ""
        if day_format.has_wildcard:
            pattern = paths.glob_below(request.base_path, day_format.glob(day))
        values = Values.of(request, self.culture, day_folder=folder)
        if request.day_placeholder == "folder":
            values = values._replace(day=folder)
        return SyncPaths(
            source=source,
            prefix=destination(self.structure(request), values),
            days=(day,),
            source_glob=pattern,
        )
