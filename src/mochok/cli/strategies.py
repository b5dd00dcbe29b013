"""``mochok strategies``: what can be written as ``sync_strategy``, with what it makes of a sample day."""

from __future__ import annotations

import os
from collections.abc import Iterator

import click

from mochok.cli.framework import Command
from mochok.cli.output import Voice
from mochok.errors import MochokError
from mochok.model import SyncPaths
from mochok.plurals import days_span
from mochok.report.text.formatting import shown
from mochok.strategies.placeholders import PLACEHOLDERS
from mochok.strategies.registry import OptionDescription, StrategyDescription, describe, example
from mochok.strategies.sample import SAMPLE_DATE, samples

_BASE = "C:\\Data" if os.name == "nt" else "/srv/data"


@click.command(
    cls=Command,
    examples=[
        ("mochok strategies", "each strategy and its paths"),
        ("mochok strategies --show-examples", "with configuration files"),
    ],
)
@click.option(
    "--show-examples", is_flag=True, help="Also print a whole configuration file for each strategy."
)
def strategies(*, show_examples: bool) -> None:
    """List every strategy: when to use it, its options, and the paths that it computes."""

    voice = Voice()
    known = describe()
    voice.say("Strategies: what to write as type: below sync_strategy:")
    voice.say(f"The paths are those of {SAMPLE_DATE} for local_base_path: {_BASE}")
    for one in known:
        voice.say()
        _show(voice, one)
    voice.say()
    _show_placeholders(voice)
    if show_examples:
        for one in known:
            _show_example(voice, one)
    else:
        voice.say()
        voice.say("A whole configuration file for each: mochok strategies --show-examples")


def _show(voice: Voice, one: StrategyDescription) -> None:

    origin = f"  (from {shown(one.distribution)})" if one.distribution else ""
    voice.say(f"{shown(one.name)}{origin}", "bold")
    if one.problem:
        voice.say(f"  cannot be used: {shown(one.problem)}", "red")
        return
    voice.paragraph(f"{shown(one.summary[:1].upper() + one.summary[1:]).rstrip('.')}.", "  ")
    voice.columns([("s3_path_structure, if not given:", shown(one.default_structure)), *_paths(one)])
    if one.options:
        voice.say("  options:")
        voice.columns([(shown(option.name), shown(_option_text(option))) for option in one.options], "    ")
    else:
        voice.say("  options: none")


def _paths(one: StrategyDescription) -> Iterator[tuple[str, str]]:

    try:
        found = samples(one.name, _BASE, "files01")
    except MochokError as error:
        yield "source and destination:", f"not known without its options: {shown(str(error))}"
        return
    for sample in found:
        there = f"s3://BUCKET/{sample.paths.prefix}/" if sample.paths.prefix else "s3://BUCKET/"
        label = f"with {sample.option}: {sample.value}" if sample.option else "source -> destination:"
        yield shown(label), shown(f"{sample.paths.source}{_window(sample.paths)} -> {there}")


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


def _show_placeholders(voice: Voice) -> None:

    voice.say("Placeholders in s3_path_structure and custom_local_pattern", "bold")
    voice.columns([(each.name, f"{each.meaning} ({each.example})") for each in PLACEHOLDERS])


def _show_example(voice: Voice, one: StrategyDescription) -> None:
    for line in _example_lines(one):
        voice.say(line)


def _example_lines(one: StrategyDescription) -> Iterator[str]:

    text = "" if one.problem else example(one.name)
    if text:
        yield ""
        yield f"# ---- {shown(one.name)} " + "-" * 60
        yield ""
        yield from (shown(line) for line in text.splitlines())
