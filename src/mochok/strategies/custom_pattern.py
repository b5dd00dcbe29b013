"""CustomPattern: a local folder given as a pattern with placeholders."""

from __future__ import annotations

from datetime import date

from pydantic import Field

from mochok.clock import days_between
from mochok.model import DateWindow, SyncPaths
from mochok.strategies.contract import Request, Strategy
from mochok.strategies.option_types import CULTURE, Culture, LocalPattern
from mochok.strategies.periods import ALWAYS, period_of, structure_for
from mochok.strategies.placeholders import Values, destination, fixed_folder, local_folder


class CustomPattern(Strategy):
    """The folder that ``custom_local_pattern`` names for the target date.

    A folder of a week, month, quarter or year is one period: its days share one state, and one run takes all.
    """

    summary = "folders by month, quarter, week or machine: uploads the folder that a pattern names"
    default_structure = "custom/{year}/{month}/{day}"

    custom_local_pattern: LocalPattern = Field(
        default="{base_path}",
        description="the source folder, with placeholders; it begins with {base_path} or is absolute; "
        "/ and \\ both separate",
        examples=["{base_path}/{year}/{month}"],
    )

    culture: Culture = CULTURE

    @property
    def usual_structure(self) -> str:
        return structure_for(self.custom_local_pattern, self.default_structure)

    @property
    def is_undated(self) -> bool:
        return period_of(self.custom_local_pattern, date(2024, 1, 1)) == ALWAYS

    def period(self, day: date) -> DateWindow:
        found = period_of(self.custom_local_pattern, day)
        return DateWindow(day, day) if found == ALWAYS else found

    def paths(self, request: Request) -> SyncPaths:
        values = Values.of(request, self.culture)
        period = self.period(request.target_date)
        return SyncPaths(
            source=local_folder(self.custom_local_pattern, values, request.base_path),
            prefix=destination(self.structure(request), values),
            days=tuple(days_between(period.first, period.last)),
            fixed=fixed_folder(self.custom_local_pattern),
        )
