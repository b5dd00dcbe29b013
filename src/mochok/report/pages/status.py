"""``mochok status`` as a page: last execution, statistics, every configuration. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from mochok.plurals import counted
from mochok.records.days import DayMark
from mochok.records.overview import ConfigurationView, Overview
from mochok.records.state import ConfigurationState, LastExecution, Statistics
from mochok.report.pages.day_notes import memory_line
from mochok.report.pages.hints import age_text, next_hint, overall_hint
from mochok.report.text.formatting import local_time, shown, size_text
from mochok.report.text.page import Field, Line, PageItem, Span, line

HEADING = "bold"
STATUS_STYLES = {"Success": "green", "Failure": "bold red", "Skipped": "yellow"}
_DEEPER = 4


def status_page(overview: Overview) -> Iterator[PageItem]:
    """The whole page."""
    yield from _not_ended(overview)
    if not overview.has_run:
        yield from _nothing_yet(overview)
    else:
        yield from _last_execution(overview)
        yield line()
        yield from _statistics(overview.statistics, overview.now)
    yield line()
    if overview.lost is not None:
        yield memory_line(overview.lost, overview.now)
        yield line()
    yield line(Span("Configurations", HEADING))
    for one in overview.configurations:
        yield from _configuration(one, overview.now)


def last_execution_page(overview: Overview) -> Iterator[PageItem]:
    """Only the last execution."""
    yield from _not_ended(overview)
    yield from _last_execution(overview)


def _not_ended(overview: Overview) -> Iterator[PageItem]:
    """A run that is at work, or that ended before its work was done."""
    run, now = overview.latest_run, overview.now
    if run is None or (run.finished is not None and not run.interrupted):
        return
    began = f"{shown(run.run_id)}, begun on {moment_text(run.started, now)}"
    if run.running:
        yield line(Span("A run is at work", "bold"), f": {began}")
    elif not run.interrupted:
        yield line(Span("A run has not ended", "bold"), f": {began}; it is at work, or was killed")
    else:
        at = (
            f"at {local_time(run.finished, now):%Y-%m-%d %H:%M:%S}"
            if run.finished
            else "before it could say so (killed, or the machine stopped)"
        )
        yield line(Span("The last run was interrupted", "bold yellow"), f" {at}: {began}")
        yield line("What had arrived stays in S3; the next mochok sync continues there.")
    yield line()


def _last_execution(overview: Overview) -> Iterator[PageItem]:
    if overview.execution is None:
        yield from _nothing_yet(overview)
        return
    run = overview.latest_run
    interrupted = run is not None and run.interrupted and run.run_id == overview.execution.run_id
    yield line(Span("Last execution", HEADING))
    yield from _execution(overview.execution, overview.now, interrupted=interrupted)


def _nothing_yet(overview: Overview) -> Iterator[PageItem]:
    if overview.has_run:
        yield line(f"No execution is recorded in {shown(overview.state_file)}; the rest is from the ledger.")
        return
    yield line(f"No run has ended yet: nothing is recorded in {shown(overview.state_file)}.")
    if hint := overall_hint(overview):
        yield Field("Next", line(hint))


def _execution(execution: LastExecution, now: datetime, *, interrupted: bool) -> Iterator[PageItem]:
    all_of_them = counted(execution.total_configurations, "configuration")
    done = f": {execution.successful_configurations} of {all_of_them} successful"
    failed = f", {execution.failed_configurations} failed"
    verdict = Span("Interrupted", "bold yellow") if interrupted else _verdict(execution)
    yield Field("When", line(moment_text(execution.timestamp, now)))
    yield Field("Result", line(verdict, done, failed))
    yield Field("Target date", line(str(execution.target_date or "unknown")))
    yield Field("Duration", line(execution.duration or "unknown"))
    yield Field("Moved", line(_moved(execution)))
    if execution.run_id:
        yield Field("Run", line(shown(execution.run_id)))


def _verdict(execution: LastExecution) -> Span:
    if not execution.success:
        return Span("Failure", "bold red")
    if execution.files_left_out:
        return Span(f"Success, but {_left_out(execution.files_left_out)}", "yellow")
    return Span("Success", "green")


def _left_out(count: int) -> str:
    return f"{counted(count, 'file')} {'was' if count == 1 else 'were'} left out"


def _moved(execution: LastExecution) -> str:
    parts = [f"{size_text(execution.bytes_transferred)} sent"]
    if execution.files_deleted:
        parts.append(f"{counted(execution.files_deleted, 'object')} deleted")
    if execution.files_failed:
        parts.append(f"{counted(execution.files_failed, 'file')} failed")
    if execution.warnings:
        parts.append(counted(execution.warnings, "warning"))
    return ", ".join(parts)


def _statistics(statistics: Statistics, now: datetime) -> Iterator[PageItem]:
    yield line(Span("Statistics", HEADING))
    yield Field("Executions", line(f"{statistics.total_executions:,}"))
    success = statistics.last_success_date
    yield Field("Last success", line(moment_text(success, now) if success else "none yet"))
    yield Field("Failed in a row", _failures(statistics.consecutive_failures))


def _configuration(one: ConfigurationView, now: datetime) -> Iterator[PageItem]:
    remark = "" if one.enabled else " (disabled)"
    if not one.configured:
        remark = " (no longer configured)"
    yield line("  ", Span(shown(one.name), HEADING), remark)
    if one.result is None:
        yield Field("Status", line("never run"), _DEEPER)
    else:
        yield from _result(one.result, now)
    yield Field("Last success", _success(one, now), _DEEPER)
    if one.days:
        yield Field(f"Last {one.day_window} days", days_line(one), _DEEPER)
    if hint := next_hint(one, now):
        yield Field("Next", line(shown(hint)), _DEEPER)


def _result(result: ConfigurationState, now: datetime) -> Iterator[PageItem]:
    status = Span(shown(result.last_status) or "unknown", STATUS_STYLES.get(result.last_status, ""))
    if result.last_status == "Success" and result.files_left_out:
        status = Span(f"Success, but {_left_out(result.files_left_out)}", "yellow")
    day = f" for {result.last_date}" if result.last_date else ""
    yield Field("Status", line(status, f"{day}, on {moment_text(result.last_timestamp, now)}"), _DEEPER)
    if result.last_message:
        yield Field("Message", line(shown(result.last_message)), _DEEPER)
    if result.local_path or result.s3_path:
        yield Field("Path", line(shown(f"{result.local_path} -> {result.s3_path}")), _DEEPER)
    if result.consecutive_failures:
        yield Field("Not successful", _in_a_row(result.consecutive_failures), _DEEPER)


def _success(one: ConfigurationView, now: datetime) -> Line:
    success = one.success
    if success is None or success.timestamp is None:
        return line("none yet")
    day = f"for {success.date}: " if success.date else ""
    what = f"{day}{counted(success.files_transferred, 'file')}, {size_text(success.bytes_transferred)}"
    return line(f"{moment_text(success.timestamp, now)} {what}")


def days_line(one: ConfigurationView) -> Line:
    """How many of the last days are in which state; gaps in yellow."""
    counts = [f"{count} {mark.value}" for mark, count in one.days.items() if mark is not DayMark.BEFORE]
    if before := one.days.get(DayMark.BEFORE):
        counts.append(f"{before} before history begins")
    gaps = Span(f" ({counted(one.gaps, 'gap')})", "yellow") if one.gaps else Span("")
    return line(", ".join(counts), gaps)


def _failures(count: int) -> Line:
    return line(Span(f"{count:,}", "bold red" if count else ""))


def _in_a_row(count: int) -> Line:
    return line(Span(counted(count, "time") + " in a row", "bold red"))


def moment_text(moment: datetime | None, now: datetime) -> str:
    """``2025-01-15 14:30:25 (3 days ago)`` in the zone of ``now``."""
    if moment is None:
        return "at an unknown time"
    return f"{local_time(moment, now):%Y-%m-%d %H:%M:%S} ({age_text(moment, now)})"
