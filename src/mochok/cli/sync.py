"""``mochok sync``: the main job."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import click

from mochok.cli.context import config_option, day_option, only_option, target_date_option
from mochok.cli.framework import Seconds, command, optional_number
from mochok.clock import TEN_YEARS_DAYS

_WEEK_SECONDS = 7 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Options:
    """The command line, as parsed."""

    target_date: str | None
    first: str | None
    last: str | None
    catch_up: int | None
    only: tuple[str, ...]
    dry_run: bool
    allow_deletes: str | None
    jobs: int | None
    lock_wait: float
    quiet: bool
    verbose: bool
    as_json: bool
    log_json: str | None
    config: str | None


@command(
    ("mochok sync", "upload yesterday's folders"),
    ("mochok sync --dry-run --only Invoices", "show, without uploading"),
    ("mochok sync --from 2025-01-01 --to 2025-01-31", "upload a month"),
)
@target_date_option
@day_option("--from", "first", help="First day of a range.")
@day_option("--to", "last", help="Last day of the range.")
@optional_number(
    "--catch-up", 30, (0, TEN_YEARS_DAYS), help="Every incomplete expected day of the last N (30)."
)
@only_option(help="Only this configuration, even if disabled; may be repeated.")
@click.option("--dry-run", is_flag=True, help="Only show what would be done.")
@click.option(
    "--allow-deletes",
    metavar="N|all",
    help="This run may delete N objects of each configuration, whatever delete_guard says.",
)
@click.option(
    "--jobs", "-j", type=click.IntRange(1, 64), metavar="N", help="Configurations at the same time."
)
@click.option(
    "--lock-wait",
    type=Seconds(0, _WEEK_SECONDS),
    default=0,
    metavar="S",
    help="Wait up to S seconds for another run to end.",
)
@click.option("--quiet", "-q", is_flag=True, help="Print only warnings and errors.")
@click.option("--verbose", "-v", is_flag=True, help="Print every file, with its reason.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON on stdout.")
@click.option(
    "--log-json", metavar="FILE", type=click.Path(), help="Write one JSON object per event into FILE."
)
@config_option
def sync(**given: Any) -> int:
    """Upload the folders of a date to S3: all enabled configurations, by default yesterday's.

    Without a date, the open days of the last seven, whose files were still changing, are checked again.
    """
    from mochok.cli.upload import upload  # loads everything that a run needs

    return upload(Options(**given))
