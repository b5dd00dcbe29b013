"""The content of ``state.json`` as typed values, over the raw JSON object that keeps unknown fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import cache
from typing import Any, TypeVar, get_type_hints

from mochok.clock import duration_text
from mochok.records.history import ResultRecord
from mochok.records.state import ConfigurationState, DurationText, LastExecution, LastSuccess, Statistics
from mochok.state.tolerant import JsonObject, count_of, day_of, duration_of, moment_of, text_of, truth_of

R = TypeVar("R")

SECTIONS = ("lastExecution", "configurationResults", "lastSuccessfulSync", "statistics")
_READERS: Mapping[Any, Callable[[object], Any]] = {
    str: text_of,
    int: count_of,
    bool: truth_of,
    date | None: day_of,
    datetime | None: moment_of,
    DurationText: duration_of,
}


class State:
    """The content of ``state.json``. ``raw`` is the JSON object itself, with everything that was in it.

    ``raw`` always has all four sections; values of a wrong type read as absent until they are recorded.
    """

    def __init__(self, raw: JsonObject) -> None:
        self.raw = raw
        for name in SECTIONS:
            self.section(name)

    def section(self, name: str) -> JsonObject:
        """A top-level section, made empty if it is missing or none."""
        return _object_at(self.raw, name)

    @property
    def has_content(self) -> bool:
        """Whether anything at all is recorded."""
        return any(self.raw.values())

    @property
    def last_execution(self) -> LastExecution | None:
        """The last run that ended, None if there was none."""
        raw = self.section("lastExecution")
        return None if all(value is None for value in raw.values()) else _read(LastExecution, raw)

    @property
    def configurations(self) -> Mapping[str, ConfigurationState]:
        """Each configuration's last result, in the file's order."""
        return _read_entries(ConfigurationState, self.section("configurationResults"))

    @property
    def successes(self) -> Mapping[str, LastSuccess]:
        """Each configuration's last success, in the file's order."""
        return _read_entries(LastSuccess, self.section("lastSuccessfulSync"))

    @property
    def statistics(self) -> Statistics:
        """Counts over all executions."""
        return _read(Statistics, self.section("statistics"))

    def configuration(self, name: str) -> ConfigurationState | None:
        """One configuration's last result, None if there is none."""
        raw = self.section("configurationResults").get(name)
        return _read(ConfigurationState, raw) if isinstance(raw, dict) else None

    def put_result(self, record: ResultRecord, consecutive_failures: int) -> None:
        """Record the last result of a configuration."""
        shown = ConfigurationState(
            last_status=record.status.value,
            last_message=record.message,
            last_timestamp=record.finished,
            last_date=record.target_date,
            local_path=record.local_path,
            s3_path=record.s3_path,
            files_transferred=record.files_sent,
            bytes_transferred=record.bytes_sent,
            files_deleted=record.deleted,
            duration=duration_text(record.duration_seconds),
            consecutive_failures=consecutive_failures,
            files_failed=record.failed,
            files_left_out=record.left_out,
            warnings=record.warnings,
            run_id=record.run_id,
        )
        _object_at(self.section("configurationResults"), record.name).update(_to_json(shown))

    def put_success(self, record: ResultRecord) -> None:
        """Record the last success of a configuration."""
        shown = LastSuccess(
            timestamp=record.finished,
            date=record.target_date,
            message=record.message,
            local_path=record.local_path,
            s3_path=record.s3_path,
            files_transferred=record.files_sent,
            bytes_transferred=record.bytes_sent,
            files_deleted=record.deleted,
            duration=duration_text(record.duration_seconds),
            run_id=record.run_id,
        )
        _object_at(self.section("lastSuccessfulSync"), record.name).update(_to_json(shown))

    def put_execution(self, execution: LastExecution) -> None:
        """Record the run that ended, and count it. A last success keeps its spelling."""
        self.section("lastExecution").update(_to_json(execution))
        known, counts = self.statistics, self.section("statistics")
        counts["totalExecutions"] = known.total_executions + 1
        counts.setdefault("lastSuccessDate", None)
        if execution.success:
            counts["lastSuccessDate"] = _json_value(execution.timestamp)
        counts["consecutiveFailures"] = 0 if execution.success else known.consecutive_failures + 1


def _object_at(parent: JsonObject, key: str) -> JsonObject:
    value = parent.get(key)
    if not isinstance(value, dict):
        value = parent[key] = {}
    return value


def _read_entries(kind: Callable[..., R], entries: JsonObject) -> dict[str, R]:
    return {name: _read(kind, raw) for name, raw in entries.items() if isinstance(raw, dict)}


def _read(kind: Callable[..., R], raw: JsonObject) -> R:
    return kind(**{name: read(raw.get(key)) for name, key, read in _members(kind)})


def _to_json(record: object) -> JsonObject:
    kind: Callable[..., object] = type(record)
    return {key: _json_value(getattr(record, name)) for name, key, _read in _members(kind)}


def _json_value(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    return value.isoformat() if isinstance(value, date) else value


@cache
def _members(kind: Callable[..., object]) -> tuple[tuple[str, str, Callable[[object], Any]], ...]:
    """(field, JSON member, reader) of each field of ``kind``."""
    hints = get_type_hints(kind, include_extras=True)
    return tuple((name, _camel_case(name), _READERS[hint]) for name, hint in hints.items())


def _camel_case(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(map(str.capitalize, others))
