"""``mochok history``: every run that the ledger remembers, and one of them in full.

``--config`` names the configuration file in every command; in this one it may also name a configuration, as
``--only`` does. What is the name of a configuration in the file that is found without it, is that; anything
else, and whatever ends as YAML files do, is a file. It may be given twice, for one of each.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mochok.cli.context import clock_of, load_settings, warn
from mochok.cli.status import OnlyOption, print_json, print_page
from mochok.errors import ConfigurationError, UsageError

if TYPE_CHECKING:
    from mochok.config.schema import Settings

_FILE_ENDINGS = (".yaml", ".yml", ".json")

ConfigOrName = Annotated[
    list[str] | None,
    typer.Option(
        "--config", "-c", metavar="NAME|PATH", help="A configuration's name (as --only), or the file."
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", "--json-output", help="As JSON on stdout.")]
LimitOption = Annotated[
    int, typer.Option("--limit", "-n", min=1, metavar="N", help="The latest N runs (20).")
]

history_app = typer.Typer(invoke_without_command=True, rich_markup_mode=None)


@history_app.callback()
def history(
    context: typer.Context,
    only: OnlyOption = None,
    limit: LimitOption = 20,
    as_json: JsonOption = False,
    config: ConfigOrName = None,
) -> None:
    """List the runs, newest first: when, how long, what was sent, how it ended."""
    if context.invoked_subcommand is not None:
        context.obj = (tuple(config or ()), tuple(only or ()), as_json)
        return
    settings, names = _settings_and_names(config or ())
    _list(settings, (*(only or ()), *names), limit, as_json=as_json)


@history_app.command("show")
def show_run(
    context: typer.Context,
    run: Annotated[str, typer.Argument(metavar="RUN", help="A run's id or its beginning, or: last.")],
    only: OnlyOption = None,
    as_json: JsonOption = False,
    config: ConfigOrName = None,
) -> None:
    """Show one run: each result, and the files that failed."""
    earlier_config, earlier_only, earlier_json = context.obj
    settings, names = _settings_and_names((*earlier_config, *(config or ())))
    names = (*earlier_only, *(only or ()), *names)
    _show(settings, run, names, as_json=as_json or earlier_json)


def _list(settings: Settings, names: tuple[str, ...], limit: int, *, as_json: bool) -> None:
    from mochok.queries.history import check_names, recorded_runs
    from mochok.queries.overview import open_history
    from mochok.report.documents.history import history_document  # only this command needs it
    from mochok.report.pages.history import history_page

    now = clock_of(settings).now()
    with open_history(settings, warn) as ledger:
        check_names(settings, ledger, names)
        runs = recorded_runs(ledger, names, limit, settings.global_settings.state_file)
    if as_json:
        print_json(history_document(runs, names, now))
    else:
        print_page(lambda screen: history_page(runs, screen.row_width, now))


def _show(settings: Settings, wanted: str, names: Sequence[str], *, as_json: bool) -> None:
    from mochok.queries.history import check_names, find_run, results_of
    from mochok.queries.overview import open_history
    from mochok.report.documents.history import run_document
    from mochok.report.pages.history import run_page

    now = clock_of(settings).now()
    with open_history(settings, warn) as ledger:
        check_names(settings, ledger, names)
        run = find_run(ledger, wanted, settings.global_settings.state_file)
        run, results = results_of(ledger, run, names)
    if as_json:
        print_json(run_document(run, results, now, names))
    else:
        print_page(lambda screen: run_page(run, results, screen.row_width, now, names))


def _settings_and_names(values: Sequence[str]) -> tuple[Settings, tuple[str, ...]]:
    """The settings, and those of ``values`` that are names of configurations; see the module."""
    files = [value for value in values if value.lower().endswith(_FILE_ENDINGS)]
    others = [value for value in values if value not in files]
    names = [value for value in others if not os.path.isfile(value)]
    if not files and len(names) < len(others):
        names, files = _told_apart(others)
    if len(files) > 1:
        raise UsageError(f"there can be one configuration file, not {len(files)}", hint="give --config once")
    return load_settings(files[0] if files else None), tuple(names)


def _told_apart(values: Sequence[str]) -> tuple[list[str], list[str]]:
    """Names and files, where something that could be a name is also a file."""
    from mochok.config.load import find_config, load  # loads pydantic and ruamel.yaml

    try:
        settings = load(find_config(None, os.environ, Path.cwd()), os.environ)
        known = {configuration.name for configuration in settings.configurations}
    except (UsageError, ConfigurationError):
        known = set()
    return [value for value in values if value in known], [value for value in values if value not in known]
