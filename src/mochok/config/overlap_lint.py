"""Configurations whose destinations are probably not meant to overlap. Pure."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice

from mochok.config.lint_scope import SAMPLE_DAY, STRUCTURE, Scope
from mochok.errors import Diagnostic
from mochok.plan.filters import selector
from mochok.suggestions import listed

_MOST_INNER = 1_000
"""With so many configurations below one destination, the others change nothing."""
_Writers = list[tuple[Scope, str]]
"""Configurations with the same destination, and their sources."""


def overlaps(scopes: list[Scope]) -> Iterator[Diagnostic]:
    """Diagnostics of configurations that upload to the same destination, or below that of another one."""
    buckets: dict[object, dict[str, _Writers]] = defaultdict(lambda: defaultdict(list))
    for scope in scopes:
        destination = scope.configuration.destination_config
        if paths := scope.paths(SAMPLE_DAY):
            bucket = (destination.endpoint_url, destination.bucket_name)
            buckets[bucket][paths.prefix].append((scope, paths.source))
    for destinations in buckets.values():
        for same in destinations.values():
            yield from _same_destination(same)
        yield from _nested_destinations(destinations)


def _same_destination(same: _Writers) -> Iterator[Diagnostic]:
    """Each configuration with an earlier one, with an enabled one if there is one."""
    first, first_source = same[0]
    for later, source in same[1:]:
        name, harm = first.configuration.name, "files with the same name replace each other"
        if first.configuration.options.delete or later.configuration.options.delete:
            harm = "with --delete, a run fails when it would delete the other's files"
        if first.configuration.enabled and later.configuration.enabled:
            hint = "give each its own s3_path_structure"
            yield later.diagnostic("warning", STRUCTURE, f"same destination as {name!r}: {harm}", hint)
        else:
            what = "same source and destination as" if source == first_source else "same destination as"
            yield later.diagnostic("hint", STRUCTURE, f"{what} {name!r}", "enable only one of them")
        if later.configuration.enabled and not first.configuration.enabled:
            first, first_source = later, source


def _nested_destinations(destinations: Mapping[str, _Writers]) -> Iterator[Diagnostic]:
    folders = sorted(f"{prefix}/" for prefix in destinations if prefix)
    for outer, writers in destinations.items():
        start = bisect_left(folders, f"{outer}/") + 1 if outer else 0
        end = bisect_left(folders, f"{outer}0") if outer else len(folders)  # 0 follows / in every order
        for scope, _source in writers:
            if scope.configuration.options.delete:
                below = (
                    (folder[len(outer) + 1 if outer else 0 :], inner)
                    for folder in folders[start:end]
                    for inner, _source in destinations[folder[:-1]]
                )
                yield from _swallowed(scope, below)


def _swallowed(outer: Scope, below: Iterable[tuple[str, Scope]]) -> Iterator[Diagnostic]:
    """``below``: folders relative to the outer destination, and their writers; a filter may protect them."""
    selects = selector(outer.configuration.options.filters)
    reached = [inner for folder, inner in islice(below, _MOST_INNER) if selects(f"{folder}any file")]
    if reached:
        names = listed(repr(inner.configuration.name) for inner in reached)
        message = f"a run fails when --delete would delete files of {names}, which go below this destination"
        hint = "use separate destinations, or exclude that folder here"
        enabled = outer.configuration.enabled
        yield outer.diagnostic("warning" if enabled else "hint", outer.option_path("delete"), message, hint)
