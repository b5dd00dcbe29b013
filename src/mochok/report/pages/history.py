"""``mochok history`` and ``mochok history show RUN`` as pages. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from mochok.errors import EXIT_LEFT_OUT
from mochok.plurals import counted
from mochok.records.deletes import Refusal
from mochok.records.history import Acceptance, ResultRecord, RunRecord
from mochok.report.pages.refusals import accept_hint, refusal_line
from mochok.report.text.formatting import duration_words, local_time, shown, size_text
from mochok.report.text.page import STATUS_STYLES, Field, PageItem, Span, line
from mochok.report.text.tables import Column, table

RESULTS_IN_FULL = 8
_NOT_ENDED = {
    None: "not ended: in progress, or killed",
    True: "not ended: in progress",
    False: "not ended: killed, or the host shut down",
}
_OUTCOME_STYLES = {"success": "green", "failure": "bold red", "prerequisite missing": "bold red"}


def history_page(
    runs: Sequence[RunRecord],
    width_columns: int,
    now: datetime,
    refusals: Sequence[Refusal] = (),
    accepted: Sequence[Acceptance] = (),
) -> Iterator[PageItem]:
    """One line for each run, newest first; the ``refusals`` that need a person, and each accepted gap."""
    if runs:
        yield from table(_columns(runs, now), width_columns)
        yield line()
        yield line("Show one of them, with the files that failed: mochok history show RUN")
    else:
        yield line("No run is recorded in the history.")
    for refusal in refusals:
        if refusal.accepted is None:
            yield line()
            yield line(shown(f"{refusal.name}, deletions "), *refusal_line(refusal, now))
            yield Field("Next", line(shown(accept_hint(refusal))))
    if accepted:
        yield line()
        yield line("Accepted gaps")
        yield from table(_accepted_columns(accepted, now), width_columns)


def _accepted_columns(accepted: Sequence[Acceptance], now: datetime) -> list[Column]:
    def moment(found: Acceptance) -> str:
        undone = f"; undone by {shown(found.undone_by)}" if found.undone else ""
        return f"{local_time(found.accepted, now):%Y-%m-%d %H:%M}{undone}"

    return [
        Column("DAY", [str(found.day) for found in accepted]),
        Column("CONFIGURATION", [shown(found.name) for found in accepted]),
        Column("BY", [shown(found.who) for found in accepted]),
        Column("ACCEPTED", [moment(found) for found in accepted]),
        Column("REASON", [shown(found.reason) for found in accepted]),
    ]


def _columns(runs: Sequence[RunRecord], now: datetime) -> list[Column]:
    started = [f"{local_time(run.started, now):%Y-%m-%d %H:%M:%S}" for run in runs]
    return [
        Column("RUN", [shown(run.run_id) for run in runs]),
        Column("STARTED", started, expendable=3),
        Column("DURATION", [_duration(run) for run in runs], right=True, expendable=2),
        Column("RESULTS", [f"{run.results:,}" for run in runs], right=True, expendable=4),
        Column(
            "FAILED",
            [Span(f"{run.failures:,}", "bold red" if run.failures else "") for run in runs],
            right=True,
            expendable=5,
        ),
        Column("FILES", [f"{run.files_sent:,}" for run in runs], right=True),
        Column("SIZE", [size_text(run.bytes_sent) for run in runs], right=True, expendable=1),
        Column("STATUS", [_ending(run) for run in runs]),
    ]


def _ending(run: RunRecord) -> Span:
    """The outcome; of a run that has not ended also the reason, if known."""
    text = "files skipped" if run.exit_code == EXIT_LEFT_OUT else run.outcome
    if run.exit_code is None and run.finished is None and run.running is not None:
        text = "in progress" if run.running else "killed"
    return Span(text, _OUTCOME_STYLES.get(run.outcome, "yellow"))


def _duration(run: RunRecord) -> str:
    return "" if run.duration_seconds is None else duration_words(run.duration_seconds)


def run_page(
    run: RunRecord,
    results: Sequence[ResultRecord],
    width_columns: int,
    now: datetime,
    names: Sequence[str] = (),
) -> Iterator[PageItem]:
    """One run: its results in the order in which they ended, and the files that failed.

    ``names`` are the requested configurations, also those without a result. Many results are a table, and
    only those with a problem are shown in full.
    """
    yield line(Span(f"Run {shown(run.run_id)}", "bold"))
    yield Field("Started", line(f"{local_time(run.started, now):%Y-%m-%d %H:%M:%S}"))
    yield Field("Duration", line(_duration(run) or _NOT_ENDED[run.running]))
    code = "" if run.exit_code is None else f" (exit code {run.exit_code})"
    yield Field("Status", line(_ending(run), code))
    sent = f"{counted(run.files_sent, 'file')}, {size_text(run.bytes_sent)}"
    up_to_date = bool(results) and all(result.up_to_date for result in results)
    yield Field("Uploaded", line("nothing, everything was up to date" if up_to_date else sent))
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
            whole = run.finished and not run.interrupted
            reason = "did not take part" if whole else "was not reached before the run stopped"
            yield line(f"{shown(name)} {reason}.")
    if not results and not names:
        yield line()
        yield line("No configuration finished.")


def _result_columns(results: Sequence[ResultRecord]) -> list[Column]:
    return [
        Column("DATE", [str(result.target_date) for result in results]),
        Column("CONFIGURATION", [shown(result.name) for result in results]),
        Column("STATUS", [_status(result) for result in results]),
        Column("DAY", [result.day_state.value for result in results], expendable=1),
        Column("SEEN", [f"{result.files_seen:,}" for result in results], right=True, expendable=3),
        Column("UPLOADED", [f"{result.files_sent:,}" for result in results], right=True),
        Column("SIZE", [_size(result) for result in results], right=True, expendable=2),
    ]


def _result(result: ResultRecord) -> Iterator[PageItem]:
    yield line(Span(shown(result.name), "bold"), f" for {result.target_date}")
    yield Field("Status", line(_status(result), f" after {duration_words(result.duration_seconds)}"))
    yield Field("Message", line(shown(result.message)))
    yield Field("Day", line(result.day_state.value))
    if result.local_path or result.s3_path:
        yield Field("Path", line(shown(f"{result.local_path} -> {result.s3_path}")))
    yield Field("Files", line(_counts(result)))
    for key, problem in result.failures:
        yield Field("Failed file", line(Span(shown(key), "red"), f": {shown(problem)}"))
    if result.failed > len(result.failures):
        more = result.failed - len(result.failures)
        yield Field("", line(f"and {more:,} more; the log of that day has them all"))


def _status(result: ResultRecord) -> Span:
    return Span(result.status.value, STATUS_STYLES[result.status.value])


def _size(result: ResultRecord) -> str:
    return "up to date" if result.up_to_date else size_text(result.bytes_sent)


def _counts(result: ResultRecord) -> str:
    others = {"deleted": result.deleted, "failed": result.failed, "skipped (unreadable)": result.left_out}
    counts = [f"{count:,} {word}" for word, count in others.items() if count]
    uploaded = "up to date" if result.up_to_date else f"{result.files_sent:,} uploaded ({_size(result)})"
    return ", ".join([f"{result.files_seen:,} seen", uploaded, *counts])
