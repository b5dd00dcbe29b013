"""``mochok history`` and ``mochok history show RUN`` as pages. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from mochok.clock import duration_text
from mochok.plurals import counted
from mochok.records.history import ResultRecord, RunRecord
from mochok.report.pages.status import STATUS_STYLES
from mochok.report.text.formatting import duration_words, local_time, shown, size_text
from mochok.report.text.page import Field, PageItem, Span, line
from mochok.report.text.tables import Column, cells, table

RESULTS_IN_FULL = 8
_OUTCOME_STYLES = {"success": "green", "failure": "bold red", "prerequisite missing": "bold red"}


def history_page(runs: Sequence[RunRecord], width_columns: int, now: datetime) -> Iterator[PageItem]:
    """One line for each run, newest first."""
    if not runs:
        yield line("No run is recorded in the history.")
        return
    yield from table(_columns(runs, now), width_columns)
    yield line()
    yield line("Show one of them, with the files that failed: mochok history show RUN")


def _columns(runs: Sequence[RunRecord], now: datetime) -> list[Column]:
    started = [f"{local_time(run.started, now):%Y-%m-%d %H:%M:%S}" for run in runs]
    return [
        Column("RUN", tuple(Span(shown(run.run_id)) for run in runs)),
        Column("STARTED", cells(started), expendable=3),
        Column("DURATION", cells([_duration(run) for run in runs]), right=True, expendable=2),
        Column("RESULTS", cells([f"{run.results:,}" for run in runs]), right=True, expendable=4),
        Column("FAILED", tuple(_failed(run) for run in runs), right=True, expendable=5),
        Column("FILES", cells([f"{run.files_sent:,}" for run in runs]), right=True),
        Column("SIZE", cells([size_text(run.bytes_sent) for run in runs]), right=True, expendable=1),
        Column(
            "STATUS", tuple(Span(_ending(run), _OUTCOME_STYLES.get(run.outcome, "yellow")) for run in runs)
        ),
    ]


def _ending(run: RunRecord) -> str:
    """The outcome; of a run that has not ended also why, where that is known."""
    if run.exit_code is None and run.finished is None and run.running is not None:
        return "at work" if run.running else "killed"
    return run.outcome


def _duration(run: RunRecord) -> str:
    return "" if run.duration_seconds is None else duration_text(run.duration_seconds)


def _failed(run: RunRecord) -> Span:
    return Span(f"{run.failures:,}", "bold red" if run.failures else "")


def run_page(
    run: RunRecord,
    results: Sequence[ResultRecord],
    width_columns: int,
    now: datetime,
    names: Sequence[str] = (),
) -> Iterator[PageItem]:
    """One run: its results in the order in which they ended, and the files that failed.

    ``names`` are the configurations that were asked for; of one without a result that is told.
    Of many results only those with a problem are told in full, the others in a table.
    """
    style = _OUTCOME_STYLES.get(run.outcome, "yellow")
    yield line(Span(f"Run {shown(run.run_id)}", "bold"))
    yield Field("Started", line(f"{local_time(run.started, now):%Y-%m-%d %H:%M:%S}"))
    yield Field("Duration", line(_duration(run) or _why_not_ended(run)))
    code = "" if run.exit_code is None else f" (exit code {run.exit_code})"
    yield Field("Status", line(Span(_ending(run), style), code))
    yield Field("Sent", line(f"{counted(run.files_sent, 'file')}, {size_text(run.bytes_sent)}"))
    if len(results) > RESULTS_IN_FULL:
        yield line()
        yield from table(_result_columns(results), width_columns)
    for result in results:
        if len(results) <= RESULTS_IN_FULL or result.has_problem:
            yield line()
            yield from _result(result)
    recorded = {result.name for result in results}
    for name in dict.fromkeys(names):
        if name not in recorded:
            yield line()
            why = (
                "did not take part"
                if run.finished and not run.interrupted
                else "has no result, as far as the run came"
            )
            yield line(f"{shown(name)} {why}.")
    if not results and not names:
        yield line()
        yield line("No configuration had ended.")


def _why_not_ended(run: RunRecord) -> str:
    if run.running is None:
        return "it has not ended: it still runs, or was killed"
    return (
        "it has not ended: it is at work"
        if run.running
        else "it did not end: it was killed, or the machine stopped"
    )


def _result_columns(results: Sequence[ResultRecord]) -> list[Column]:
    statuses = [Span(one.status.value, STATUS_STYLES.get(one.status.value, "")) for one in results]
    return [
        Column("DATE", cells([str(one.target_date) for one in results])),
        Column("CONFIGURATION", cells([shown(one.name) for one in results])),
        Column("STATUS", tuple(statuses)),
        Column("DAY", cells([one.day_state.value for one in results]), expendable=1),
        Column("SEEN", cells([f"{one.files_seen:,}" for one in results]), right=True, expendable=3),
        Column("SENT", cells([f"{one.files_sent:,}" for one in results]), right=True),
        Column("SIZE", cells([size_text(one.bytes_sent) for one in results]), right=True, expendable=2),
    ]


def _result(result: ResultRecord) -> Iterator[PageItem]:
    yield line(Span(shown(result.name), "bold"), f" for {result.target_date}")
    status = Span(result.status.value, STATUS_STYLES.get(result.status.value, ""))
    yield Field("Status", line(status, f" after {duration_words(result.duration_seconds)}"))
    yield Field("Message", line(shown(result.message)))
    yield Field("Day", line(result.day_state.value))
    if result.local_path or result.s3_path:
        yield Field("Path", line(shown(f"{result.local_path} -> {result.s3_path}")))
    yield Field("Files", line(_counts(result)))
    for key, problem in result.failures:
        yield Field("Failed file", line(Span(shown(key), "red"), f": {shown(problem)}"))
    if result.failed > len(result.failures):
        more = result.failed - len(result.failures)
        yield Field("", line(f"and {more:,} more; the log file of that day names them all"))


def _counts(result: ResultRecord) -> str:
    counts = [f"{result.files_seen:,} seen", f"{result.files_sent:,} sent ({size_text(result.bytes_sent)})"]
    for count, word in (
        (result.deleted, "deleted"),
        (result.failed, "failed"),
        (result.left_out, "left out"),
    ):
        if count:
            counts.append(f"{count:,} {word}")
    return ", ".join(counts)
