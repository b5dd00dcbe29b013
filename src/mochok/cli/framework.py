"""What every command is: click's own, plus the PowerShell original's spellings and examples in its help."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

from mochok.cli.original import modern

F = TypeVar("F", bound=Callable[..., Any])
Example = tuple[str, str]
"""A command line and what it does."""
EXAMPLE_COLUMNS = 48


class Command(click.Command):
    """A command whose help ends with ``examples``."""

    def __init__(self, *arguments: Any, examples: Sequence[Example] = (), **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.examples = examples

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse ``args`` in today's spelling; returns the other words. Raises click.UsageError."""
        options = [name for parameter in self.get_params(ctx) for name in parameter.opts]
        return super().parse_args(ctx, modern(args, options))

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples below the options."""
        if self.examples:
            with formatter.section("Examples"):
                formatter.write_dl(self.examples, col_max=EXAMPLE_COLUMNS)
        super().format_epilog(ctx, formatter)


class Group(Command, click.Group):
    """A command that has commands."""

    command_class = Command


def command(*examples: Example) -> Callable[[Callable[..., Any]], Command]:
    """Make a command of the decorated function, named and described as the function is."""
    return click.command(cls=Command, examples=examples)


def optional_number(name: str, usual: int, span: tuple[int, int], help: str) -> Callable[[F], F]:
    """An option with an optional whole number within ``span``; ``usual`` if the number is omitted."""
    number = click.IntRange(*span)
    return click.option(name, type=number, is_flag=False, flag_value=usual, metavar="[N]", help=help)


class Seconds(click.FloatRange):
    """A number of seconds; ``nan`` is none, although it is in every range."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The number. Raises click.BadParameter."""
        number: float = super().convert(value, param, ctx)
        if math.isnan(number):
            self.fail(f"{value!r} is not a number of seconds.", param, ctx)
        return number
