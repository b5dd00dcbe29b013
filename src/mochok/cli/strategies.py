"""``mochok strategies``: the values of ``sync_strategy``, with the paths for a sample day."""

from __future__ import annotations

import os
from collections.abc import Iterator

import click

from mochok.cli.framework import command
from mochok.cli.output import Printer
from mochok.errors import MochokError
from mochok.model import SyncPaths
from mochok.plurals import days_span
from mochok.report.text.formatting import shown
from mochok.strategies.placeholders import PLACEHOLDERS
from mochok.strategies.registry import OptionDescription, StrategyDescription, describe, example
from mochok.strategies.sample import SAMPLE_DATE, samples

_BASE = "C:\\Data" if os.name == "nt" else "/srv/data"


@command(
    ("mochok strategies", "each strategy and its paths"),
    ("mochok strategies --show-examples", "with configuration files"),
)
@click.option(
    "--show-examples", is_flag=True, help="Also print a whole configuration file for each strategy."
)
def strategies(*, show_examples: bool) -> None:
    """List every strategy: when to use it, its options, and the paths that it computes."""
    printer, described = Printer(), describe()
    printer.line("Strategies: the values of type: in sync_strategy:")
    printer.line(f"The paths are those of {SAMPLE_DATE} for local_base_path: {_BASE}")
    for strategy in described:
        printer.line()
        _show(printer, strategy)
    printer.line()
    printer.line("Placeholders in s3_path_structure and custom_local_pattern", "bold")
    printer.columns([(known.name, f"{known.meaning} ({known.example})") for known in PLACEHOLDERS])
    if show_examples:
        for line in (line for strategy in described for line in _example_lines(strategy)):
            printer.line(line)
    else:
        printer.line()
        printer.line("A whole configuration file for each: mochok strategies --show-examples")


def _show(printer: Printer, strategy: StrategyDescription) -> None:
    origin = f"  (from {shown(strategy.distribution)})" if strategy.distribution else ""
    printer.line(f"{shown(strategy.name)}{origin}", "bold")
    if strategy.problem:
        printer.line(f"  cannot be used: {shown(strategy.problem)}", "red")
        return
    printer.paragraph(f"{shown(strategy.summary[:1].upper() + strategy.summary[1:]).rstrip('.')}.", "  ")
    printer.columns([("default s3_path_structure:", shown(strategy.default_structure)), *_paths(strategy)])
    if strategy.options:
        printer.line("  options:")
        options = [(shown(option.name), shown(_option_text(option))) for option in strategy.options]
        printer.columns(options, "    ")
    else:
        printer.line("  options: none")


def _paths(strategy: StrategyDescription) -> Iterator[tuple[str, str]]:
    try:
        found = samples(strategy.name, _BASE, "files01")
    except MochokError as error:
        yield "source and destination:", f"unknown without its options: {shown(str(error))}"
        return
    for sample in found:
        url = f"s3://BUCKET/{sample.paths.prefix}/" if sample.paths.prefix else "s3://BUCKET/"
        label = f"with {sample.option}: {sample.value}" if sample.option else "source -> destination:"
        yield shown(label), shown(f"{sample.paths.source}{_window(sample.paths)} -> {url}")


def _window(paths: SyncPaths) -> str:
    if paths.modified_days:
        return f" (files modified {days_span(paths.modified_days.first, paths.modified_days.last)})"
    if paths.path_days:
        return f" (files in folders of {days_span(paths.path_days.first, paths.path_days.last)})"
    return ""


def _option_text(option: OptionDescription) -> str:
    usual = "required" if option.required else f"default {option.default}"
    example = f" Example: {option.example}." if option.example and option.example != option.default else ""
    meaning = f": {option.description.rstrip('.')}" if option.description else ""
    return f"{option.type}, {usual}{meaning}.{example}"


def _example_lines(strategy: StrategyDescription) -> Iterator[str]:
    text = "" if strategy.problem else example(strategy.name)
    if text:
        yield from ("", f"# ---- {shown(strategy.name)} " + "-" * 60, "")
        yield from map(shown, text.splitlines())
