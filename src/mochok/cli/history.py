"""``mochok history``: every run that the ledger knows, and one of them in full.

Here ``--config NAME`` is an older spelling of ``--only NAME``: a value that is neither the path of a file nor
ends like one.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from mochok.cli.context import (
    clock_of,
    config_options,
    fixed_words,
    json_option,
    load_settings,
    only_option,
    warn,
)
from mochok.cli.framework import Group
from mochok.cli.output import print_answer
from mochok.report.documents.history import history_document, run_document
from mochok.report.pages.history import history_page, run_page

if TYPE_CHECKING:
    from mochok.config.schema import Settings

_FILE_ENDINGS = (".yaml", ".yml", ".json")
_only_option = only_option(help="Only this configuration; may be repeated.")
_config_option = config_options(multiple=True)


@click.group(
    cls=Group,
    invoke_without_command=True,
    examples=[
        ("mochok history --limit 5", "the latest five runs"),
        ("mochok history --only Invoices", "the runs of one configuration"),
        ("mochok history show last", "one run, with its failures"),
    ],
)
@_only_option
@click.option(
    "--limit", "-n", type=click.IntRange(1, 1_000_000), default=20, metavar="N", help="The N latest (20)."
)
@json_option
@_config_option
@click.pass_context
def history(context: click.Context, /, *, limit: int, as_json: bool, **given: tuple[str, ...]) -> None:
    """List the runs, newest first: start, duration, uploads and outcome."""
    context.obj = context.params
    if context.invoked_subcommand is None:
        settings, names = _settings_and_names(given["config"], given["only"])
        _list(settings, names, limit, as_json=as_json)


@history.command(
    "show",
    examples=[
        ("mochok history show last", "the latest run"),
        ("mochok history show 20250115T0130", "the run whose id begins like this"),
    ],
)
@click.argument("run", shell_complete=fixed_words("last"), help="A run's id or its beginning, or: last.")
@_only_option
@json_option
@_config_option
@click.pass_obj
def show_run(group: dict[str, Any], /, *, run: str, as_json: bool, **given: tuple[str, ...]) -> None:
    """Show one run: each result, and the files that failed."""
    settings, names = _settings_and_names(group["config"] + given["config"], group["only"] + given["only"])
    _show(settings, run, names, as_json=as_json or group["as_json"])


def _list(settings: Settings, names: tuple[str, ...], limit: int, *, as_json: bool) -> None:
    from mochok.queries import history as queries  # loads the configuration's models
    from mochok.queries.overview import open_history

    now = clock_of(settings).now()
    with open_history(settings, warn) as ledger:
        queries.check_names(settings, ledger, names)
        runs = queries.recorded_runs(ledger, names, limit, settings.global_settings.state_file)
        refusals = [found for found in ledger.safety.refusals() if not names or found.name in names]
    print_answer(
        lambda: history_document(runs, names, now),
        lambda screen: history_page(runs, screen.row_width, now, refusals),
        as_json=as_json,
    )


def _show(settings: Settings, wanted: str, names: Sequence[str], *, as_json: bool) -> None:
    from mochok.queries import history as queries  # loads the configuration's models
    from mochok.queries.overview import open_history

    now = clock_of(settings).now()
    with open_history(settings, warn) as ledger:
        queries.check_names(settings, ledger, names)
        run = queries.find_run(ledger, wanted, settings.global_settings.state_file)
        run, results = queries.results_of(ledger, run, names)
    print_answer(
        lambda: run_document(run, results, now, names),
        lambda screen: run_page(run, results, screen.row_width, now, names),
        as_json=as_json,
    )


def _settings_and_names(config: tuple[str, ...], only: tuple[str, ...]) -> tuple[Settings, tuple[str, ...]]:
    """The settings, and the names of configurations among the values of both options."""
    files = [value for value in config if value.lower().endswith(_FILE_ENDINGS) or os.path.isfile(value)]
    names = tuple(value for value in config if value not in files)
    for name in names:
        warn(f"notice: --config {name} is an older spelling of --only {name}")
    return load_settings(files[-1] if files else None), (*only, *names)
