"""Restores in ``state.json`` what the ledger knows to have ended later.

A result is durable in the ledger as soon as it ended; ``state.json`` follows a moment later. After a kill in
between the next run, or a command that only reads, adds the last results, also to a ``state.json`` that was
lost. ``lastExecution`` and ``statistics`` of a killed run are not invented.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from itertools import groupby

from mochok.model import Status
from mochok.records.history import ResultRecord
from mochok.records.state import ConfigurationState, LastSuccess
from mochok.state.contract import History
from mochok.state.state import State


def restore(state: State, history: History, names: Iterable[str]) -> bool:
    """Bring the configurations ``names`` of ``state`` up to ``history``; whether that changed anything.

    Cheap where the newest run with results is the one that ``state`` shows to have ended: it then has all.
    """
    last = state.last_execution
    newest = next((run.run_id for run in history.runs() if run.results), "")
    complete = last is not None and last.run_id == newest
    results, successes = state.configurations, state.successes
    changed = False
    for name in names:
        result, success = results.get(name), successes.get(name)
        if complete and result is not None and success is not None:
            continue
        records = history.latest_results(name)
        if (found := newer_result(result, records)) is not None:
            state.put_result(*found)
        if (succeeded := newer_success(success, records)) is not None:
            state.put_success(succeeded)
        changed = changed or found is not None or succeeded is not None
    return changed


def newer_result(
    shown: ConfigurationState | None, records: Sequence[ResultRecord]
) -> tuple[ResultRecord, int] | None:
    """The result to show in place of ``shown`` and its consecutive failures; None if ``shown`` is up to date.

    ``records`` as of :meth:`History.latest_results`. A run shows its latest day and counts once.
    """
    runs = [_latest_day(run) for _run_id, run in groupby(records, key=lambda record: record.run_id)]
    if shown is not None and all(run.run_id != shown.run_id for run in runs):
        runs = _ended_after(shown.last_timestamp, runs)
    if not runs or (shown is not None and _is_shown(runs[-1], shown.run_id, shown.last_date)):
        return None
    return runs[-1], _failures_in_a_row(shown, runs)


def newer_success(shown: LastSuccess | None, records: Sequence[ResultRecord]) -> ResultRecord | None:
    """The success to show in place of ``shown``, None if it is up to date; ``records`` as above."""
    successes = [record for record in records if record.status is Status.SUCCESS]
    if shown is not None and all(record.run_id != shown.run_id for record in records):
        successes = _ended_after(shown.timestamp, successes)
    if not successes or (shown is not None and _is_shown(successes[-1], shown.run_id, shown.date)):
        return None
    return successes[-1]


def _latest_day(results: Iterable[ResultRecord]) -> ResultRecord:
    """What a run shows of a configuration: of results for the same day the last."""
    return max(reversed(list(results)), key=lambda result: result.target_date)


def _ended_after(moment: datetime | None, records: Sequence[ResultRecord]) -> list[ResultRecord]:
    """``state.json`` has whole seconds."""
    return [record for record in records if moment is None or record.finished.replace(microsecond=0) > moment]


def _is_shown(record: ResultRecord, run_id: str, day: date | None) -> bool:
    return record.run_id == run_id and day is not None and record.target_date <= day


def _failures_in_a_row(shown: ConfigurationState | None, runs: Sequence[ResultRecord]) -> int:
    """As far back as ``runs`` go; what was before them only ``shown`` knows."""
    count = 0
    for run in reversed(runs):
        if run.status is Status.SUCCESS:
            return count
        if shown is not None and run.run_id == shown.run_id:
            if shown.last_status != Status.SUCCESS:
                return count + shown.consecutive_failures
            shown = None  # an earlier day of that run succeeded, and what was counted before it is gone
        count += 1
    return count + (shown.consecutive_failures if shown is not None else 0)
