"""What several commands share: options, and finding and loading the configuration."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

from mochok.clock import SystemClock
from mochok.report.text.screen import Screen

if TYPE_CHECKING:
    from mochok.config.schema import Settings


def configuration_names(
    context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem[str]]:
    """For a shell: the names in the configuration file that the command line would use."""
    files = context.params.get("config")
    settings = load_settings(files[-1] if files and isinstance(files, tuple) else files or None)
    return [
        CompletionItem(entry.name, help=entry.description)
        for entry in settings.configurations
        if entry.name.casefold().startswith(incomplete.casefold())
    ]


def fixed_words(*words: str) -> Callable[[click.Context, click.Parameter, str], list[str]]:
    """For a shell: those of ``words`` that fit."""
    return lambda _context, _parameter, incomplete: [word for word in words if word.startswith(incomplete)]


config_options = partial(
    click.option,
    "--config",
    "-c",
    metavar="PATH",
    type=click.Path(),
    help="The configuration file. Default: ./sync-config.yaml.",
)
config_option = config_options()
only_option = partial(
    click.option, "--only", multiple=True, metavar="NAME", shell_complete=configuration_names
)
json_option = click.option("--json", "--json-output", "as_json", is_flag=True, help="Print JSON on stdout.")
day_option = partial(click.option, metavar="D", shell_complete=fixed_words("today", "yesterday"))
target_date_option = day_option("--target-date", "-d", help="YYYY-MM-DD, today, yesterday (default) or -3d.")


def configuration_path(config: str | None) -> Path:
    """Find the configuration file. Raises UsageError."""
    from mochok.config.load import find_config  # loads pydantic and ruamel.yaml

    return find_config(config, os.environ, Path.cwd())


def load_settings(config: str | None) -> Settings:
    """Find and load the configuration. Raises ConfigurationError or UsageError."""
    from mochok.config.load import load  # loads pydantic and ruamel.yaml

    return load(configuration_path(config), os.environ)


def clock_of(settings: Settings) -> SystemClock:
    """The clock in the configured zone."""
    return SystemClock(settings.global_settings.zone)


def warn(message: str) -> None:
    """Print ``message`` on stderr, whatever its encoding; never fails."""
    Screen(sys.stderr, os.environ).print_plain(message)
