"""``mochok status`` as a page: last execution, statistics, every configuration. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from mochok.plurals import counted
from mochok.records.days import DayMark
from mochok.records.history import RunRecord
from mochok.records.overview import ConfigurationView, Overview
from mochok.records.state import ConfigurationState, LastExecution, LastSuccess
from mochok.report.pages.calendar import LETTERS
from mochok.report.pages.day_notes import lost_line
from mochok.report.pages.hints import age_text, next_hint
from mochok.report.pages.refusals import refusal_line
from mochok.report.text.formatting import duration_words, evidence, local_time, shown, size_text
from mochok.report.text.page import STATUS_STYLES, Field, Line, PageItem, Span, line

HEADING = "bold"
_DEEPER = 4
_NO_FILES = "0 uploaded, 0 up to date"
"""How the message of a run over an empty folder begins (``run/synchronize.py``)."""


def status_page(overview: Overview) -> Iterator[PageItem]:
    """The whole page."""
    yield from last_execution_page(overview)
    now = overview.now
    if overview.has_run:
        statistics, success = overview.statistics, overview.statistics.last_success_date
        yield line()
        yield line(Span("Statistics", HEADING))
        yield Field("Executions", line(f"{statistics.total_executions:,}"))
        yield Field("Last success", line(moment_text(success, now) if success else "none yet"))
        yield _failures(statistics.consecutive_failures)
    yield line()
    if overview.lost is not None:
        yield lost_line(overview.lost, now)
        yield line()
    yield line(Span("Configurations", HEADING))
    for view in overview.configurations:
        yield from _configuration(view, now)


def last_execution_page(overview: Overview) -> Iterator[PageItem]:
    """Only the last execution, and a run that has not ended or was interrupted."""
    yield from _latest_run(overview)
    execution, run = overview.execution, overview.latest_run
    if execution is not None:
        yield line(Span("Last execution", HEADING))
        same = run if run is not None and run.run_id == execution.run_id else None
        yield from _execution(execution, overview.now, same)
    elif overview.has_run:
        yield line(f"No execution is recorded in {shown(overview.state_file)}; the rest is from the ledger.")
    else:
        yield line(f"No run has ended yet: nothing is recorded in {shown(overview.state_file)}.")
        yield Field("Next", line("mochok sync (to see first what it would do: mochok sync --dry-run)"))


def _latest_run(overview: Overview) -> Iterator[PageItem]:
    run, now = overview.latest_run, overview.now
    if run is None or (run.finished is not None and not run.interrupted):
        return
    started = f"{shown(run.run_id)}, started on {moment_text(run.started, now)}"
    if run.running:
        yield line(Span("A run is in progress", "bold"), f": {started}")
    elif not run.interrupted:
        yield line(Span("A run has not ended", "bold"), f": {started}; in progress, or killed")
    else:
        how = "without a clean exit (killed, or the host shut down)"
        if run.finished:
            how = f"at {local_time(run.finished, now):%Y-%m-%d %H:%M:%S}"
        yield line(Span("The last run was interrupted", "bold yellow"), f" {how}: {started}")
        yield line("What had arrived stays in S3; the next mochok sync continues from there.")
    yield line()


def _execution(execution: LastExecution, now: datetime, run: RunRecord | None) -> Iterator[PageItem]:
    """``run`` is what the ledger knows of it, which has fractions of seconds."""
    interrupted = run is not None and run.interrupted
    seconds = run.duration_seconds if run is not None else None
    duration = _duration(execution.duration) if seconds is None else duration_words(seconds)
    of_all = f"of {counted(execution.total_configurations, 'configuration')} successful"
    counts = f": {execution.successful_configurations} {of_all}, {execution.failed_configurations} failed"
    if not (execution.total_configurations or execution.success or interrupted):
        counts = ": the run did not start; its log has the reason"
    verdict = Span("Success", "green")
    if interrupted:
        verdict = Span("Interrupted", "bold yellow")
    elif not execution.success:
        verdict = Span("Failure", "bold red")
    elif execution.total_configurations and not (
        execution.successful_configurations or execution.failed_configurations
    ):
        verdict = Span("Skipped", STATUS_STYLES["Skipped"])
    elif execution.files_left_out:
        verdict = _incomplete(execution.files_left_out)
    yield Field("When", line(moment_text(execution.timestamp, now)))
    yield Field("Result", line(verdict, counts))
    yield Field("Target date", line(str(execution.target_date or "unknown")))
    yield Field("Duration", line(duration))
    yield Field("Transferred", line(_transferred(execution)))
    if execution.run_id:
        yield Field("Run", line(shown(execution.run_id)))


def _duration(text: str) -> str:
    """``3 min 12 s`` for the state file's ``00:03:12``."""
    if not text:
        return "unknown"
    hours, minutes, seconds = map(int, text.split(":"))
    return duration_words((hours * 60 + minutes) * 60 + seconds)


def _incomplete(count: int) -> Span:
    were = "was" if count == 1 else "were"
    return Span(f"Success, but {counted(count, 'file')} {were} skipped (unreadable)", "yellow")


def _transferred(execution: LastExecution) -> str:
    sent = execution.bytes_transferred
    parts = [f"{size_text(sent)} uploaded" if sent else "nothing uploaded"]
    if execution.files_deleted:
        parts.append(f"{counted(execution.files_deleted, 'object')} deleted")
    if execution.files_failed:
        parts.append(f"{counted(execution.files_failed, 'file')} failed")
    if execution.warnings:
        parts.append(counted(execution.warnings, "warning"))
    return ", ".join(parts)


def _failures(count: int, indent_columns: int = 2) -> Field:
    value = line(Span(f"{count:,}", "bold red" if count else ""))
    return Field("Consecutive failures", value, indent_columns)


def _configuration(view: ConfigurationView, now: datetime) -> Iterator[PageItem]:
    note = "" if view.enabled else " (disabled)"
    if not view.configured:
        note = " (no longer configured)"
    yield line("  ", Span(shown(view.name), HEADING), note)
    if view.result is None:
        yield Field("Status", line("never run"), _DEEPER)
    else:
        yield from _newest(view, view.result)
        yield from _result(view.result, now, never_uploaded=view.never_uploaded)
    yield Field("Last success", _success(view, now), _DEEPER)
    if counts := days_line(view):
        yield Field(f"Last {view.day_window} days", counts, _DEEPER)
    if view.days:
        yield Field("Known", line(evidence(view.last_verified)), _DEEPER)
    if view.elsewhere:
        yield Field("Elsewhere", line(Span(shown(view.elsewhere), "yellow")), _DEEPER)
    if view.earlier is not None:
        yield Field("Earlier days", line(Span(shown(str(view.earlier)), "yellow")), _DEEPER)
    for refusal in view.refusals:
        yield Field("Deletions", refusal_line(refusal, now), _DEEPER)
    if hint := next_hint(view, now):
        yield Field("Next", line(shown(hint)), _DEEPER)


def _newest(view: ConfigurationView, result: ConfigurationState) -> Iterator[PageItem]:
    """The newest day, if the last run took earlier ones, as when it caught up."""
    newest = view.newest
    if newest is not None and result.last_date is not None and result.last_date < newest.day:
        span = Span(newest.mark.value, LETTERS[newest.mark][1])
        yield Field("Newest day", line(f"{newest.day}: ", span), _DEEPER)


def _result(result: ConfigurationState, now: datetime, *, never_uploaded: bool = False) -> Iterator[PageItem]:
    status = Span(shown(result.last_status) or "unknown", STATUS_STYLES.get(result.last_status, ""))
    if result.last_status == "Success" and result.files_left_out:
        status = _incomplete(result.files_left_out)
    elif result.last_status == "Success" and never_uploaded:
        status = Span("Nothing uploaded yet", "yellow")
    day = f" for {result.last_date}" if result.last_date else ""
    yield Field("Status", line(status, f"{day}, on {moment_text(result.last_timestamp, now)}"), _DEEPER)
    if result.last_message:
        yield Field("Message", line(shown(result.last_message)), _DEEPER)
    if result.local_path or result.s3_path:
        yield Field("Path", line(shown(f"{result.local_path} -> {result.s3_path}")), _DEEPER)
    if result.consecutive_failures:
        yield _failures(result.consecutive_failures, _DEEPER)


def _success(view: ConfigurationView, now: datetime) -> Line:
    success = view.success
    if success is None or success.timestamp is None or view.never_uploaded:
        return line("none yet")
    day = f"for {success.date}: " if success.date else ""
    return line(f"{moment_text(success.timestamp, now)} {day}{_sent(success)}")


def _sent(success: LastSuccess) -> str:
    if success.files_transferred:
        return f"{counted(success.files_transferred, 'file')}, {size_text(success.bytes_transferred)}"
    return "no files" if success.message.startswith(_NO_FILES) else "up to date"


def days_line(view: ConfigurationView) -> Line:
    """How many of the last days are in which state; gaps in yellow. Empty if that would say nothing."""
    counts = [f"{count} {mark.value}" for mark, count in view.days.items() if mark is not DayMark.BEFORE]
    if (before := view.days.get(DayMark.BEFORE)) and not view.dated_by_run:
        counts.append(f"{before} before history begins")
    if not counts:
        return ()
    gaps = Span(f" ({counted(view.gaps, 'gap')})", "yellow") if view.gaps else Span("")
    return line(", ".join(counts), gaps)


def moment_text(moment: datetime | None, now: datetime) -> str:
    """``2025-01-15 14:30:25 (3 days ago)`` in the zone of ``now``."""
    if moment is None:
        return "at an unknown time"
    return f"{local_time(moment, now):%Y-%m-%d %H:%M:%S} ({age_text(moment, now)})"
