"""What ``history`` reads from the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from mochok.config.schema import Settings
from mochok.errors import UsageError
from mochok.model import Status
from mochok.queries.overview import with_running
from mochok.records.history import ResultRecord, RunRecord
from mochok.state.contract import History
from mochok.suggestions import name_hint

LATEST = ("last", "latest")


def recorded_runs(history: History, names: Sequence[str], limit: int, state_file: Path) -> list[RunRecord]:
    """The latest runs, newest first. With ``names`` only theirs, and the counts are then theirs alone."""
    found: dict[str, RunRecord] = {}
    for name in dict.fromkeys(names) or [None]:
        for run in history.runs(name=name, limit=limit):
            found[run.run_id] = _added(found[run.run_id], run) if run.run_id in found else run
    newest = sorted(found.values(), key=lambda run: run.started, reverse=True)
    return [with_running(run, state_file) for run in newest[:limit]]


def _added(run: RunRecord, other: RunRecord) -> RunRecord:
    return replace(
        run,
        results=run.results + other.results,
        failures=run.failures + other.failures,
        files_sent=run.files_sent + other.files_sent,
        bytes_sent=run.bytes_sent + other.bytes_sent,
    )


def check_names(settings: Settings, history: History, names: Sequence[str]) -> None:
    """Raise UsageError for a name that neither the configuration file nor the history knows."""
    known = dict.fromkeys(configuration.name for configuration in settings.configurations)
    for name in names:
        if name not in known and not history.runs(name=name, limit=1):
            raise UsageError(
                f"there is no configuration named {name!r}, and the history has no run of one",
                hint=name_hint(name, list(known)),
            )


def find_run(history: History, wanted: str, state_file: Path) -> RunRecord:
    """The run whose id is ``wanted`` or alone begins with it; "last" is the latest. Raises UsageError."""
    if wanted in LATEST:
        matching = history.runs(limit=1)
    else:
        beginning = history.runs(run_id_prefix=wanted, limit=None)
        matching = [run for run in beginning if run.run_id == wanted] or beginning
    if len(matching) == 1:
        return with_running(matching[0], state_file)
    if matching:
        ids = ", ".join(run.run_id for run in matching[:5])
        raise UsageError(f"{len(matching)} runs begin with {wanted!r}", hint=f"write more of the id: {ids}")
    raise UsageError(f"there is no run {wanted!r} in the history", hint="list them with: mochok history")


def results_of(
    history: History, run: RunRecord, names: Sequence[str] = ()
) -> tuple[RunRecord, list[ResultRecord]]:
    """A run's results in the order in which they ended, only those of ``names``, and its counts of them."""
    results = list(history.results(run.run_id))
    if not names:
        return run, results
    wanted = frozenset(names)
    results = [result for result in results if result.name in wanted]
    counted = replace(
        run,
        results=len(results),
        failures=sum(result.status is Status.FAILURE for result in results),
        files_sent=sum(result.files_sent for result in results),
        bytes_sent=sum(result.bytes_sent for result in results),
    )
    return counted, results
