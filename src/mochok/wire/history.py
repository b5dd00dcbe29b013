"""From the ledger to what ``history`` shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from mochok.config.names import name_hint
from mochok.config.schema import Settings
from mochok.errors import UsageError
from mochok.report.history_view import ResultLine, RunView
from mochok.state.contract import History
from mochok.wire.overview import view_of

_ALL_RUNS = 1_000_000
LATEST = ("last", "latest")


def recorded_runs(history: History, names: Sequence[str], limit: int) -> list[RunView]:
    """The latest runs, newest first. With ``names`` only theirs, and the counts are then theirs alone."""
    if not names:
        return [view_of(RunView, run) for run in history.runs(limit=limit)]
    found: dict[str, RunView] = {}
    for name in dict.fromkeys(names):
        for record in history.runs(name=name, limit=limit):
            run = view_of(RunView, record)
            found[run.run_id] = _added(found[run.run_id], run) if run.run_id in found else run
    newest = sorted(found.values(), key=lambda run: run.started, reverse=True)
    return newest[:limit]


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


def find_run(history: History, wanted: str) -> RunView:
    """The run whose id is ``wanted`` or alone begins with it; "last" is the latest. Raises UsageError."""
    records = history.runs(limit=1 if wanted in LATEST else _ALL_RUNS)
    matching = [run for run in records if run.run_id == wanted] or [
        run for run in records if wanted in LATEST or run.run_id.startswith(wanted)
    ]
    if len(matching) == 1:
        return view_of(RunView, matching[0])
    if matching:
        some = ", ".join(run.run_id for run in matching[:5])
        raise UsageError(f"{len(matching)} runs begin with {wanted!r}", hint=f"write more of it: {some}")
    raise UsageError(f"there is no run {wanted!r} in the history", hint="list them with: mochok history")


def results_of(history: History, run: RunView) -> list[ResultLine]:
    """The results of a run in the order in which they ended."""
    return [view_of(ResultLine, result) for result in history.results(run.run_id)]
