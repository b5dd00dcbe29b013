"""The ledger without a file: for tests, and for a run whose ledger file cannot be used."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

from mochok.model import LedgerEntry, Status, SyncResult
from mochok.records.history import DayRecord, Remembered, ResultRecord, RunRecord
from mochok.state.days import days_to_record, merge_day
from mochok.state.records import finished_at, result_record


class MemoryLedger:
    """FileLedger and History that end with the process."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._files: defaultdict[str, dict[str, LedgerEntry]] = defaultdict(dict)
        self._listed: dict[str, datetime] = {}
        self._runs: dict[str, RunRecord] = {}
        self._results: list[ResultRecord] = []
        self._days: dict[tuple[str, date], DayRecord] = {}

    def lookup(self, destination: str, keys: Sequence[str]) -> Mapping[str, LedgerEntry]:
        with self._lock:
            known = self._files[destination]
            return {key: known[key] for key in keys if key in known}

    def record(self, destination: str, entries: Iterable[LedgerEntry]) -> None:
        with self._lock:
            self._files[destination].update((entry.key, entry) for entry in entries)

    def forget(self, destination: str, keys: Iterable[str]) -> None:
        with self._lock:
            for key in keys:
                self._files[destination].pop(key, None)

    def listed(self, destination: str) -> datetime | None:
        with self._lock:
            return self._listed.get(destination)

    def set_listed(self, destination: str, when: datetime | None) -> None:
        with self._lock:
            self._listed.pop(destination, None)
            if when is not None:
                self._listed[destination] = when

    def flush(self) -> None:
        """Nothing waits."""

    def start_run(self, run_id: str, started: datetime) -> None:
        with self._lock:
            self._runs.setdefault(run_id, RunRecord(run_id, started, None, None, False, 0, 0, 0, 0))

    def record_result(self, run_id: str, started: datetime, result: SyncResult) -> None:
        if result.dry_run:
            return
        with self._lock:
            self.start_run(run_id, started)
            self._results.append(result_record(run_id, started, result))
            finished = finished_at(started, result)
            known = [day for name, day in self._days if name == result.name]
            for day in days_to_record(result, min(known, default=None)):
                previous = self._days.get((result.name, day))
                record = merge_day(previous, result, day, run_id=run_id, finished=finished)
                self._days[result.name, day] = record

    def finish_run(self, run_id: str, finished: datetime, exit_code: int) -> None:
        with self._lock:
            if run_id in self._runs:
                self._runs[run_id] = replace(self._runs[run_id], finished=finished, exit_code=exit_code)

    def days(self, name: str, first: date, last: date) -> Mapping[date, DayRecord]:
        with self._lock:
            found = [day for known, day in self._days if known == name and first <= day <= last]
            return {day: self._days[name, day] for day in sorted(found)}

    def runs(self, *, name: str | None = None, limit: int = 20) -> Sequence[RunRecord]:
        with self._lock:
            newest = [
                _summed(run, self._results_of(run.run_id, name)) for run in reversed(self._runs.values())
            ]
        if name is not None:
            newest = [run for run in newest if run.results]
        return newest[: max(0, limit)]

    def results(self, run_id: str) -> Sequence[ResultRecord]:
        with self._lock:
            return self._results_of(run_id, None)

    def latest_result(self, name: str, *, successful: bool = False) -> ResultRecord | None:
        with self._lock:
            for result in reversed(self._results):
                if result.name == name and (result.status is Status.SUCCESS or not successful):
                    return result
        return None

    def remembered(self) -> Remembered:
        with self._lock:
            first_run = next((run.started for run in self._runs.values()), None)
            first_seen = min((day.last_seen for day in self._days.values()), default=None)
            return Remembered(len(self._runs), first_run, first_seen)

    def prune(self, before: datetime) -> int:
        with self._lock:
            old = {run.run_id for run in self._runs.values() if run.started < before}
            self._runs = {run_id: run for run_id, run in self._runs.items() if run_id not in old}
            self._results = [result for result in self._results if result.run_id not in old]
            return len(old)

    def close(self) -> None:
        """Nothing to close."""

    def _results_of(self, run_id: str, name: str | None) -> list[ResultRecord]:
        return [
            result
            for result in self._results
            if result.run_id == run_id and (name is None or result.name == name)
        ]


def _summed(run: RunRecord, results: Sequence[ResultRecord]) -> RunRecord:
    return replace(
        run,
        results=len(results),
        failures=sum(result.status is Status.FAILURE for result in results),
        files_sent=sum(result.files_sent for result in results),
        bytes_sent=sum(result.bytes_sent for result in results),
    )
