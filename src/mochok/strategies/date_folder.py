"""DateFolder: one folder a day, named after its date."""

from __future__ import annotations

from pydantic import Field

from mochok.model import SyncPaths
from mochok.strategies import paths
from mochok.strategies.contract import Request, Strategy
from mochok.strategies.dotnet_dates import compile_format
from mochok.strategies.option_types import FolderFormat
from mochok.strategies.placeholders import Values, destination


class DateFolder(Strategy):
    """The target date's folder below the base path, and nothing else."""

    summary = "one folder for each day, such as 2025-01-15: uploads the target date's folder"
    default_structure = "{year}/{month}/{day}"

    date_folder_format: FolderFormat = Field(
        default="yyyy-MM-dd",
        description="name of the day's folder, as a .NET date format; / separates nested folders",
        examples=["yyyyMMdd"],
    )

    def paths(self, request: Request) -> SyncPaths:
        folder = compile_format(self.date_folder_format).folder(request.target_date)
        day = folder if request.day_placeholder == "folder" else ""
        return SyncPaths(
            source=paths.join_local(request.base_path, folder),
            prefix=destination(self.structure(request), Values.of(request, day_folder=folder, day=day)),
            days=(request.target_date,),
        )
