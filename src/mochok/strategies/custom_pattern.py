"""CustomPattern: a local folder given as a pattern with placeholders."""

from __future__ import annotations

from pydantic import Field

from mochok.model import SyncPaths
from mochok.strategies.contract import Request, Strategy
from mochok.strategies.option_types import LocalPattern
from mochok.strategies.placeholders import Values, destination, local_folder


class CustomPattern(Strategy):
    """The folder that ``custom_local_pattern`` names for the target date."""

    summary = "folders by month, quarter, week or machine: uploads the folder that a pattern names"
    default_structure = "custom/{year}/{month}/{day}"

    custom_local_pattern: LocalPattern = Field(
        default="{base_path}",
        description="the source folder, with placeholders; it begins with {base_path} or is absolute; "
        "/ and \\ both separate",
        examples=["{base_path}/{year}/{month}"],
    )

    def paths(self, request: Request) -> SyncPaths:
        values = Values.of(request)
        return SyncPaths(
            source=local_folder(self.custom_local_pattern, values, request.base_path),
            prefix=destination(self.structure(request), values),
            days=(request.target_date,),
        )
