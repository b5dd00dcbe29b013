"""From the ledger to what ``history`` shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from pathlib import Path

from mochok.config.names import name_hint
from mochok.config.schema import Settings
from mochok.errors import UsageError
from mochok.model import Status
from mochok.queries.overview import is_at_work, view_of
from mochok.records.history import RunRecord
from mochok.report.pages.history import ResultLine, RunView
from mochok.state.contract import History

LATEST = ("last", "latest")


def recorded_runs(history: History, names: Sequence[str], limit: int, state_file: Path) -> list[RunView]:
    """The latest runs, newest first. With ``names`` only theirs, and the counts are then theirs alone."""
    if not names:
        return [_run_view(run, state_file) for run in history.runs(limit=limit)]
    found: dict[str, RunView] = {}
    for name in dict.fromkeys(names):
        for record in history.runs(name=name, limit=limit):
            run = _run_view(record, state_file)
            found[run.run_id] = _added(found[run.run_id], run) if run.run_id in found else run
    newest = sorted(found.values(), key=lambda run: run.started, reverse=True)
    return newest[:limit]


def _run_view(record: RunRecord, state_file: Path) -> RunView:
    names = [field.name for field in fields(RunView) if field.name != "running"]
    running = is_at_work(record, state_file)
    return RunView(**{name: getattr(record, name) for name in names}, running=running)


def _added(one: RunView, other: RunView) -> RunView:
    return replace(
        one,
        results=one.results + other.results,
        failures=one.failures + other.failures,
        files_sent=one.files_sent + other.files_sent,
        bytes_sent=one.bytes_sent + other.bytes_sent,
    )


def check_names(settings: Settings, history: History, names: Sequence[str]) -> None:
    """Raise UsageError for a name that neither the configuration file nor the history knows."""
    known = [configuration.name for configuration in settings.configurations]
    for name in names:
        if name not in known and not history.runs(name=name, limit=1):
            raise UsageError(
                f"there is no configuration named {name!r}, and the history has no run of one",
                hint=name_hint(name, known),
            )


def find_run(history: History, wanted: str, state_file: Path) -> RunView:
    """The run whose id is ``wanted`` or alone begins with it; "last" is the latest. Raises UsageError."""
    if wanted in LATEST:
        matching = history.runs(limit=1)
    else:
        beginning = history.runs(run_id_prefix=wanted, limit=None)
        matching = [run for run in beginning if run.run_id == wanted] or beginning
    if len(matching) == 1:
        return _run_view(matching[0], state_file)
    if matching:
        some = ", ".join(run.run_id for run in matching[:5])
        raise UsageError(f"{len(matching)} runs begin with {wanted!r}", hint=f"write more of it: {some}")
    raise UsageError(f"there is no run {wanted!r} in the history", hint="list them with: mochok history")


def results_of(history: History, run: RunView, names: Sequence[str] = ()) -> tuple[RunView, list[ResultLine]]:
    """The results of a run in the order in which they ended, with ``names`` only theirs; and the run with
    its counts over them.
    """
    every = [view_of(ResultLine, result) for result in history.results(run.run_id)]
    if not names:
        return run, every
    results = [result for result in every if result.name in names]
    counted = replace(
        run,
        results=len(results),
        failures=sum(result.status is Status.FAILURE for result in results),
        files_sent=sum(result.files_sent for result in results),
        bytes_sent=sum(result.bytes_sent for result in results),
    )
    return counted, results
