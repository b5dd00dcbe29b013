"""The content of ``state.json`` as typed values, over the raw JSON object that keeps unknown fields."""

from __future__ import annotations

from collections.abc import Mapping

from mochok.records.state import ConfigurationState, LastExecution, LastSuccess, Statistics
from mochok.state.tolerant import (
    JsonObject,
    count_of,
    day_of,
    duration_of,
    moment_of,
    text_of,
    truth_of,
)

SECTIONS = ("lastExecution", "configurationResults", "lastSuccessfulSync", "statistics")


class State:
    """What ``state.json`` says. ``raw`` is the JSON object itself, with everything that was in it.

    All four sections always exist in ``raw``; values of a wrong type read as absent and are put right
    when that entry is next recorded.
    """

    def __init__(self, raw: JsonObject) -> None:
        self.raw = raw
        for name in SECTIONS:
            self.section(name)

    def section(self, name: str) -> JsonObject:
        """A top-level section, made empty if it is missing or none."""
        return _object_at(self.raw, name)

    def section_entry(self, section: str, configuration: str) -> JsonObject:
        """One configuration's entry in a section, made empty if it is missing or none."""
        return _object_at(self.section(section), configuration)

    @property
    def has_content(self) -> bool:
        """Whether anything at all is recorded."""
        return any(self.raw.values())

    @property
    def last_execution(self) -> LastExecution | None:
        """The last run that ended, None if there was none."""
        raw = self.section("lastExecution")
        if all(value is None for value in raw.values()):
            return None
        return LastExecution(
            timestamp=moment_of(raw.get("timestamp")),
            success=truth_of(raw.get("success")),
            total_configurations=count_of(raw.get("totalConfigurations")),
            successful_configurations=count_of(raw.get("successfulConfigurations")),
            failed_configurations=count_of(raw.get("failedConfigurations")),
            target_date=day_of(raw.get("targetDate")),
            duration=duration_of(raw.get("duration")),
            bytes_transferred=count_of(raw.get("bytesTransferred")),
            files_deleted=count_of(raw.get("filesDeleted")),
            files_failed=count_of(raw.get("filesFailed")),
            files_left_out=count_of(raw.get("filesLeftOut")),
            warnings=count_of(raw.get("warnings")),
            run_id=text_of(raw.get("runId")),
        )

    @property
    def configurations(self) -> Mapping[str, ConfigurationState]:
        """Each configuration's last result, in the file's order."""
        entries = self.section("configurationResults")
        return {name: _configuration(raw) for name, raw in entries.items() if isinstance(raw, dict)}

    @property
    def successes(self) -> Mapping[str, LastSuccess]:
        """Each configuration's last success, in the file's order."""
        entries = self.section("lastSuccessfulSync")
        return {name: _success(raw) for name, raw in entries.items() if isinstance(raw, dict)}

    @property
    def statistics(self) -> Statistics:
        """Counts over all executions."""
        raw = self.section("statistics")
        return Statistics(
            total_executions=count_of(raw.get("totalExecutions")),
            last_success_date=moment_of(raw.get("lastSuccessDate")),
            consecutive_failures=count_of(raw.get("consecutiveFailures")),
        )


def _object_at(parent: JsonObject, key: str) -> JsonObject:
    value = parent.get(key)
    if not isinstance(value, dict):
        value = parent[key] = {}
    return value


def _configuration(raw: JsonObject) -> ConfigurationState:
    return ConfigurationState(
        last_status=text_of(raw.get("lastStatus")),
        last_message=text_of(raw.get("lastMessage")),
        last_timestamp=moment_of(raw.get("lastTimestamp")),
        last_date=day_of(raw.get("lastDate")),
        local_path=text_of(raw.get("localPath")),
        s3_path=text_of(raw.get("s3Path")),
        files_transferred=count_of(raw.get("filesTransferred")),
        bytes_transferred=count_of(raw.get("bytesTransferred")),
        files_deleted=count_of(raw.get("filesDeleted")),
        files_failed=count_of(raw.get("filesFailed")),
        files_left_out=count_of(raw.get("filesLeftOut")),
        duration=duration_of(raw.get("duration")),
        consecutive_failures=count_of(raw.get("consecutiveFailures")),
        warnings=count_of(raw.get("warnings")),
        run_id=text_of(raw.get("runId")),
    )


def _success(raw: JsonObject) -> LastSuccess:
    return LastSuccess(
        timestamp=moment_of(raw.get("timestamp")),
        date=day_of(raw.get("date")),
        local_path=text_of(raw.get("localPath")),
        s3_path=text_of(raw.get("s3Path")),
        message=text_of(raw.get("message")),
        files_transferred=count_of(raw.get("filesTransferred")),
        bytes_transferred=count_of(raw.get("bytesTransferred")),
        files_deleted=count_of(raw.get("filesDeleted")),
        duration=duration_of(raw.get("duration")),
        run_id=text_of(raw.get("runId")),
    )
