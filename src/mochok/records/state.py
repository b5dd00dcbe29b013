"""What ``state.json`` records, as values: a field is the JSON member of the same name in camelCase."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

DurationText = Annotated[str, "HH:MM:SS"]
""" "" if unknown."""


@dataclass(frozen=True, slots=True)
class LastExecution:
    """``lastExecution``; ``warnings`` counts them."""

    timestamp: datetime | None
    success: bool
    total_configurations: int
    successful_configurations: int
    failed_configurations: int
    target_date: date | None
    duration: DurationText
    bytes_transferred: int
    files_deleted: int
    files_failed: int
    files_left_out: int
    warnings: int
    run_id: str


@dataclass(frozen=True, slots=True)
class ConfigurationState:
    """One entry of ``configurationResults``. ``last_status`` is "" or one of the words of Status."""

    last_status: str
    last_message: str
    last_timestamp: datetime | None
    last_date: date | None
    local_path: str
    s3_path: str
    files_transferred: int
    bytes_transferred: int
    files_deleted: int
    duration: DurationText
    consecutive_failures: int
    files_failed: int
    files_left_out: int
    warnings: int
    run_id: str


@dataclass(frozen=True, slots=True)
class LastSuccess:
    """One entry of ``lastSuccessfulSync``."""

    timestamp: datetime | None
    date: date | None
    message: str
    local_path: str
    s3_path: str
    files_transferred: int
    bytes_transferred: int
    files_deleted: int
    duration: DurationText
    run_id: str


@dataclass(frozen=True, slots=True)
class Statistics:
    """``statistics``. ``consecutive_failures`` counts executions, not configurations."""

    total_executions: int
    last_success_date: datetime | None
    consecutive_failures: int
