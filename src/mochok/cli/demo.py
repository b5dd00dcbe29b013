"""``mochok demo``: the whole product on this machine, without an account and without a network."""

from __future__ import annotations

import signal
from datetime import timedelta
from pathlib import Path

import click

from mochok.cli.framework import command
from mochok.clock import SystemClock
from mochok.demo import tour
from mochok.errors import EXIT_SUCCESS, UsageError

_FOLDER: click.Path[Path] = click.Path(path_type=Path)


@command(
    ("mochok demo", "upload sample data, then remove it"),
    ("mochok demo --keep demo", "keep everything in the folder demo"),
    ("mochok demo --serve demo", "start the kept server again"),
)
@click.option(
    "--keep", type=_FOLDER, metavar="DIR", help="Leave files, configuration and the server's data in DIR."
)
@click.option(
    "--days",
    type=click.IntRange(1, 365),
    default=14,
    metavar="N",
    help="Days of sample data, up to yesterday (14).",
)
@click.option("--serve", type=_FOLDER, metavar="DIR", help="Serve what --keep left in DIR, until Ctrl-C.")
def demo(*, keep: Path | None, days: int, serve: Path | None) -> int:
    """Upload sample data to a real S3 server on this machine, and compare what arrived."""
    if keep is not None and serve is not None:
        raise UsageError("--keep and --serve do not go together", hint="use --keep first, then --serve")
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that the server is stopped when we are
    console = tour.wide_console()
    if serve is not None:
        tour.serve(serve, console)
        return EXIT_SUCCESS
    yesterday = SystemClock().now().date() - timedelta(days=1)
    return tour.Tour(days=days, last_day=yesterday, keep=keep, console=console).run()
