"""``mochok demo``: the whole product on this machine, without an account and without a network."""

from __future__ import annotations

import signal
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from mochok.clock import SystemClock
from mochok.errors import UsageError

Keep = Annotated[
    Path | None,
    typer.Option("--keep", metavar="DIR", help="Leave files, configuration and the server's data in DIR."),
]
Days = Annotated[
    int,
    typer.Option(
        "--days", min=1, max=365, metavar="N", help="How many days of sample data, up to yesterday."
    ),
]
Serve = Annotated[
    Path | None,
    typer.Option("--serve", metavar="DIR", help="Serve what --keep left in DIR, until Ctrl-C."),
]


def demo(keep: Keep = None, days: Days = 14, served: Serve = None) -> None:
    """Upload sample data to a real S3 server on this machine, and count what arrived."""
    from mochok.demo.tour import Tour, plain_console, serve  # loads rich and boto3

    if keep is not None and served is not None:
        raise UsageError("--keep and --serve do not go together", hint="use --keep first, then --serve")
    signal.signal(signal.SIGTERM, _interrupt)  # so that the server is stopped when we are
    console = plain_console()
    if served is not None:
        serve(served, console)
        return
    yesterday = SystemClock().now().date() - timedelta(days=1)
    tour = Tour(days=days, last_day=yesterday, keep=keep, run_command=_run_command, console=console)
    raise typer.Exit(tour.run())


def _run_command(arguments: Sequence[str]) -> int:
    from mochok.cli.app import run  # app registers this command

    return run(arguments)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
