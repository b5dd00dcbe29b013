"""``mochok explain NAME PATH``: what a sync would do with one file, and why."""

from __future__ import annotations

from typing import Annotated

import typer

from mochok.cli.context import ConfigOption, clock_of, load_settings, warn
from mochok.clock import parse_day
from mochok.errors import EXIT_SUCCESS

Name = Annotated[str, typer.Argument(metavar="NAME", help="The configuration's name.")]
FilePath = Annotated[
    str, typer.Argument(metavar="PATH", help="The file: absolute, or relative to the source folder.")
]
TargetDate = Annotated[
    str,
    typer.Option(
        "--target-date",
        "-d",
        metavar="D",
        help="YYYY-MM-DD, today, yesterday (default) or -3d.",
        show_default=False,
    ),
]


def explain(
    name: Name, path: FilePath, target_date: TargetDate = "yesterday", config: ConfigOption = None
) -> None:
    """Tell for one file: selected or not, by which rule, its key, what is there, what a sync would do."""
    from mochok.cli.explanation import rows  # loads the rest
    from mochok.cli.output import Voice
    from mochok.config.jobs import selected
    from mochok.queries.explanation import Days, explain_file
    from mochok.report.text.formatting import shown

    settings = load_settings(config)
    clock = clock_of(settings)
    (configuration,) = selected(settings, [name])
    today = clock.now().date()
    days = Days(parse_day(target_date, today), today)
    found = explain_file(settings, configuration, days, path, warn)
    voice = Voice()
    if not configuration.enabled:
        voice.say(
            shown(f"{name} is not enabled; a plain sync passes over it, sync --only takes it."), "yellow"
        )
    voice.columns([(word, shown(text)) for word, text in rows(found, clock.zone)], "")
    if found.problem is not None and found.problem.hint:
        warn(shown(f"hint: {found.problem.hint}"))
    raise typer.Exit(found.problem.exit_code if found.problem else EXIT_SUCCESS)
