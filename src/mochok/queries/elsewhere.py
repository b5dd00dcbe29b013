"""The days of a configuration that went to another destination than today's."""

from __future__ import annotations

from mochok.config.jobs import location, planned_paths
from mochok.config.schema import Configuration, Settings
from mochok.errors import MochokError
from mochok.plurals import counted
from mochok.records.history import DaysElsewhere
from mochok.state.contract import DayLedger


def elsewhere(settings: Settings, configuration: Configuration, ledger: DayLedger) -> str:
    """How many days went where instead, and how to upload them; "" if none did.

    A source without days of its own is uploaded as it is today, so only one that was never uploaded here
    counts.
    """
    identity, strategy = settings.identities[configuration.name], configuration.strategy
    found = ledger.days_elsewhere(identity)
    if found is None or (strategy.is_undated and ledger.first_day(identity) is not None):
        return ""
    here = _path(settings, configuration, found)
    there = found.s3_path or "another destination"
    if there == here:
        there, here = f"{there} on {found.server}", f"{here} on {identity.destination.partition(' ')[0]}"
    if found.destinations > 1:
        there = f"{found.destinations} other destinations, the last of them to {there}"
    command = "mochok sync" if strategy.is_undated else f"mochok sync --from {found.first} --to {found.last}"
    days = counted(found.count, "day")
    of_them = "none of them" if found.count > 1 else "but not"
    return f'{days} went to {there}, {of_them} to {here}: {command} --only "{configuration.name}"'


def _path(settings: Settings, configuration: Configuration, found: DaysElsewhere) -> str:
    """The destination of the last of these days, today."""
    try:
        paths = planned_paths(configuration, settings, found.last)
    except MochokError:
        return f"s3://{configuration.destination_config.bucket_name}"
    return location(configuration, paths).url
