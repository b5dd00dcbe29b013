"""What ``mochok status`` shows, as values: ``queries/overview.py`` reads them from state file and ledger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from mochok.records.days import DayMark, MarkedDay
from mochok.records.deletes import Refusal
from mochok.records.earlier_days import EarlierDays
from mochok.records.history import RunRecord
from mochok.records.state import ConfigurationState, LastExecution, LastSuccess, Statistics


@dataclass(frozen=True, slots=True)
class ConfigurationView:
    """One configuration. ``configured`` is False for one that only the state file still has.

    ``days`` counts the marks of its last ``day_window`` days up to yesterday, and of today if it is a gap;
    ``gaps`` counts those that ``status --gaps`` would list. ``dated_by_run`` as in ``ConfigurationDays``.
    ``refusals``: its deletions that were refused and not deleted since.
    ``never_uploaded``: it has run, and no run found a file. ``rest_days``: how many days since its last
    success nothing was expected of. ``elsewhere``: the sentence of the days that went to another destination,
    or "". ``last_verified`` as in ``ConfigurationDays``. ``newest``: the newest of these days that a run
    checked. ``earlier``: data that is older than its history.
    """

    name: str
    configured: bool
    enabled: bool
    result: ConfigurationState | None
    success: LastSuccess | None
    days: Mapping[DayMark, int] = field(default_factory=dict)
    gaps: int = 0
    day_window: int = 0
    dated_by_run: bool = False
    refusals: tuple[Refusal, ...] = ()
    never_uploaded: bool = False
    rest_days: int = 0
    elsewhere: str = ""
    last_verified: datetime | None = None
    newest: MarkedDay | None = None
    earlier: EarlierDays | None = None


@dataclass(frozen=True, slots=True)
class LostHistory:
    """The ledger has fewer runs than the state file shows.

    ``since``: its first run, or None. ``set_aside``: the name of the file that it replaced, or "".
    """

    since: datetime | None
    set_aside: str


@dataclass(frozen=True, slots=True)
class DayNotes:
    """Notes on a list of days: ``lost`` if days are unknown for it, ``interrupted``: the last run;
    ``elsewhere``: of each configuration of which days went to another destination, its name and a sentence.
    ``earlier``: data that is older than the history of its configuration.
    """

    lost: LostHistory | None = None
    interrupted: RunRecord | None = None
    elsewhere: tuple[tuple[str, str], ...] = ()
    earlier: tuple[EarlierDays, ...] = ()


@dataclass(frozen=True, slots=True)
class Overview:
    """The whole answer at the moment ``now`` (aware, in the configured zone).

    ``latest_run`` is the newest in the ledger, which may be newer than the last execution that ended.
    ``lost`` is None unless days are unknown because of it.
    """

    now: datetime
    version: str
    configuration_file: str
    state_file: str
    ledger_file: str
    execution: LastExecution | None
    statistics: Statistics
    configurations: tuple[ConfigurationView, ...]
    latest_run: RunRecord | None = None
    lost: LostHistory | None = None

    @property
    def has_run(self) -> bool:
        """Whether any run is recorded."""
        return self.execution is not None or any(view.result for view in self.configurations)
