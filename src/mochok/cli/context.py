"""What several commands share: options, and finding and loading the configuration."""

from __future__ import annotations

import os
import sys
from datetime import tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mochok.clock import SystemClock

if TYPE_CHECKING:
    from mochok.config.schema import Settings

ConfigOption = Annotated[
    str | None,
    typer.Option(
        "--config", "-c", metavar="PATH", help="The configuration file. Default: ./sync-config.yaml."
    ),
]


def load_settings(config: str | None) -> Settings:
    """Find and load the configuration; its notices go to stderr. Raises ConfigurationError or UsageError."""
    from mochok.config.load import find_config, load  # loads pydantic and ruamel.yaml

    return load(find_config(config, os.environ, Path.cwd()), os.environ)


def clock_of(settings: Settings) -> SystemClock:
    """The clock in the configured zone."""
    zone: tzinfo | None = settings.global_settings.zone
    return SystemClock(zone)


def warn(message: str) -> None:
    """Tell the user on stderr, whatever its encoding."""
    encoding = sys.stderr.encoding or "utf-8"
    sys.stderr.write(message.encode(encoding, "backslashreplace").decode(encoding) + "\n")
