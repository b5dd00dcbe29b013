"""What stands before a run: each enabled configuration with its source and destination."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from mochok.clock import Stop
from mochok.config.schema import Configuration, Settings
from mochok.errors import MochokError
from mochok.report.summary import SummaryRow, files_text
from mochok.wire.jobs import access, place, sync_paths


def summary_rows(
    settings: Settings, configurations: Sequence[Configuration], target_date: date, stop: Stop
) -> list[SummaryRow]:
    """One row for each configuration, as it is on ``target_date``; counts at most 10,000 files each."""
    return [_row(settings, configuration, target_date, stop) for configuration in configurations]


def _row(settings: Settings, configuration: Configuration, target_date: date, stop: Stop) -> SummaryRow:
    try:
        paths = sync_paths(configuration, settings, target_date)
        source, destination = paths.source, place(configuration, paths).url
        files = files_text(source, stopped=lambda: stop.requested)
    except MochokError as error:  # told again, with its hint, as the configuration's result
        source, files, destination = configuration.local_base_path, "unknown", error.message
    who = access(configuration)
    return SummaryRow(
        name=configuration.name,
        source=source,
        files=files,
        destination=destination,
        profile=who.profile or "default",
        region=who.region or "region detected",
        strategy=type(configuration.strategy).__name__,
        options=" ".join(configuration.options.shown_texts),
    )
