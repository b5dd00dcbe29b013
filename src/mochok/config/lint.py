"""What is valid in a configuration file but probably not meant.

Pure: the names of the AWS profiles and the contents of ``state.json`` are parameters; no file is read and
nothing is sent.
"""

from __future__ import annotations

import ipaddress
import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from typing import Literal
from urllib.parse import urlsplit

from mochok.config.diagnostics import Diagnostics, KeyPath, path_text
from mochok.config.document import find
from mochok.config.filter_lint import lint_filters
from mochok.config.schema import Configuration, Settings
from mochok.config.values import WEEKDAYS
from mochok.errors import Diagnostic, DiagnosticLevel, MochokError
from mochok.model import SyncPaths
from mochok.plan.filters import selector
from mochok.plurals import counted
from mochok.suggestions import did_you_mean, listed

# Two neighbouring days in one month, and one far from both: what depends on the date shows.
_DAY = date(2024, 5, 14)
_NEXT_DAY = _DAY + timedelta(days=1)
_FAR_DAY = date(2023, 11, 29)
_STRUCTURE: KeyPath = ("destination_config", "s3_path_structure")
_MOST_INNER = 1_000
"""With so many configurations below one destination, the others change nothing."""


def lint(
    settings: Settings,
    *,
    profiles: Set[str] | None = None,
    regions: Set[str] | None = None,
    recorded: Mapping[str, tuple[date, str]] | None = None,
) -> list[Diagnostic]:
    """All diagnostics, in file order.

    ``profiles``: the profiles in the AWS files, ``regions``: those of AWS, None if unknown. ``recorded``:
    the last success in ``state.json``, configuration name -> (data day, ``s3://bucket/prefix``).
    """
    scopes = [_Scope(settings, entry, index) for index, entry in enumerate(settings.configurations)]

    def diagnostics() -> Iterator[Diagnostic]:
        for scope in scopes:
            for check in (_filters, _doubtful_values, _dates, _unmet_ranges):
                yield from check(scope)
            yield from _profile(scope, profiles)
            yield from _region(scope, regions)
            yield from _day_placeholder(scope, (recorded or {}).get(scope.configuration.name))
        yield from _overlaps(scopes)
        yield from _nothing_enabled(scopes)

    return Diagnostics(diagnostics()).in_file_order(str(settings.path))


@dataclass(frozen=True, slots=True)
class _Scope:
    """One configuration, the ``index``-th of its file."""

    settings: Settings
    configuration: Configuration
    index: int

    def diagnostic(self, level: DiagnosticLevel, path: KeyPath, message: str, hint: str) -> Diagnostic:
        full = ("sync_configurations", self.index, *path)
        location = find(self.settings.tree, full).location
        return Diagnostic(*location, path_text(full), message, hint, level)

    def serious(self) -> DiagnosticLevel:
        """What cannot work is an error where it runs, and a warning where it is disabled."""
        return "error" if self.configuration.enabled else "warning"

    def paths(
        self, day: date, day_placeholder: Literal["number", "folder"] | None = None
    ) -> SyncPaths | None:
        """Source and destination on ``day``; None if the strategy refuses that day."""
        request = self.settings.request(self.configuration, day, "host", day_placeholder)
        try:
            return self.configuration.strategy.paths(request)
        except MochokError:
            return None

    def entries(self, names: str) -> list[int]:
        """The indexes of the ``sync_options`` whose name matches the regular expression ``names``."""
        texts = self.configuration.options.texts
        return [index for index, text in enumerate(texts) if re.match(rf"\s*--({names})(?![\w-])", text)]

    def option_path(self, name: str) -> KeyPath:
        """The path of the last ``sync_options`` entry with that name."""
        return ("sync_options", *self.entries(name)[-1:])


def _filters(scope: _Scope) -> Iterator[Diagnostic]:
    entries = scope.entries("include|exclude")
    for found in lint_filters(scope.configuration.options.filters):
        level = scope.serious() if found.fatal else "warning"
        path = ("sync_options", entries[found.position])
        yield scope.diagnostic(level, path, found.message, found.hint)


def _doubtful_values(scope: _Scope) -> Iterator[Diagnostic]:
    """Values that are a mistake or a risk on their own."""
    options, destination = scope.configuration.options, scope.configuration.destination_config
    endpoint, structure = destination.endpoint_url or "", destination.s3_path_structure or ""
    pattern = str(getattr(scope.configuration.strategy, "custom_local_pattern", ""))
    acl = dict(options.headers).get("x-amz-acl", "")
    week = "{year} is not the year of the ISO week: 2024-01-02 and 2024-12-30 both give 2024 and 01"
    checks: tuple[tuple[bool, KeyPath, str, str], ...] = (
        (
            options.dry_run,
            scope.option_path("dryrun"),
            "with --dryrun nothing is ever uploaded",
            "remove it; `mochok sync --dry-run` makes one run a dry run",
        ),
        (
            not options.verify_tls,
            scope.option_path("no-verify-ssl"),
            "without certificate checks, others on the network can read and change the files",
            "name the server's certificate with --ca-bundle=PATH instead",
        ),
        (
            acl.startswith("public-"),
            scope.option_path("acl"),
            "everyone on the internet can read these objects",
            "remove --acl",
        ),
        (
            "${" in scope.configuration.local_base_path,
            ("local_base_path",),
            r"the variable is not replaced, because \${ means a literal ${",
            r"write / instead of the \ before ${",
        ),
        (
            endpoint.startswith("http://") and not _is_local(urlsplit(endpoint).hostname or ""),
            ("destination_config", "endpoint_url"),
            "http:// sends the files unencrypted over the network",
            "use https:// if the server supports it",
        ),
        (_mixes_years(pattern), ("sync_strategy", "custom_local_pattern"), week, "add {month}"),
        (_mixes_years(structure), _STRUCTURE, week, "add {month}"),
    )
    for applies, path, message, hint in checks:
        if applies:
            yield scope.diagnostic("warning", path, message, hint)


def _mixes_years(pattern: str) -> bool:
    """Around New Year the year of the ISO week is not that of the date."""
    return "{year}" in pattern and "{week}" in pattern


def _is_local(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _dates(scope: _Scope) -> Iterator[Diagnostic]:
    """How source and destination change with the date, and the effect of ``--delete`` on that."""
    today, tomorrow, far = scope.paths(_DAY), scope.paths(_NEXT_DAY), scope.paths(_FAR_DAY)
    if today is None or tomorrow is None or far is None:
        return
    delete = scope.configuration.options.delete
    if today.source != tomorrow.source and today.prefix == tomorrow.prefix:
        if delete:
            message = "all days have the same destination, so --delete removes the files of the day before"
            yield scope.diagnostic("warning", _STRUCTURE, message, "add {day}, or remove --delete")
        else:
            message = "all days have the same destination, so files with the same name replace each other"
            yield scope.diagnostic("hint", _STRUCTURE, message, "add {day} to keep the files of every day")
    if today.source == far.source and today.prefix != far.prefix and delete:
        message = (
            f"--delete cleans only the newest destination: {far.prefix} stays when {today.prefix} begins"
        )
        hint = "if one copy is enough, remove the date from s3_path_structure"
        yield scope.diagnostic("warning", scope.option_path("delete"), message, hint)


def _unmet_ranges(scope: _Scope) -> Iterator[Diagnostic]:
    paths = scope.paths(_DAY)
    window = (paths.modified_days or paths.path_days) if paths else None
    if window is None:
        return
    days = sorted(scope.configuration.expected_weekdays)
    gaps = [((later - earlier - 1) % 7) + 1 for earlier, later in zip(days, days[1:] + days[:1], strict=True)]
    covered_days = (window.last - window.first).days + 1
    if max(gaps) > covered_days:
        names = ", ".join(WEEKDAYS[day] for day in days)
        message = (
            f"some days are never uploaded: a run covers {counted(covered_days, 'day')},"
            f" and up to {counted(max(gaps), 'day')} pass between the expected days ({names})"
        )
        hint = f"set date_range_days_back to {max(gaps) - 1} or more"
        yield scope.diagnostic("warning", ("sync_strategy", "date_range_days_back"), message, hint)


def _profile(scope: _Scope, profiles: Set[str] | None) -> Iterator[Diagnostic]:
    named = scope.configuration.destination_config.aws_profile
    if profiles is None or named is None or named in profiles or named == "default":
        return
    hint = did_you_mean(named, profiles) or f"known profiles: {listed(sorted(profiles)) or 'none'}"
    message = f"this user's AWS files have no profile {named!r}"
    yield scope.diagnostic(scope.serious(), ("destination_config", "aws_profile"), message, hint)


def _region(scope: _Scope, regions: Set[str] | None) -> Iterator[Diagnostic]:
    """An unknown region is most likely misspelt; it may also be newer than the list."""
    destination, options = scope.configuration.destination_config, scope.configuration.options
    if regions is None or destination.endpoint_url or options.endpoint_url:
        return
    given: tuple[tuple[str | None, KeyPath], ...] = (
        (options.region, scope.option_path("region")),
        (destination.aws_region, ("destination_config", "aws_region")),
    )
    for region, path in given:
        if region is not None and region not in regions:
            hint = did_you_mean(region, regions) or "copy the code of the region from the AWS console"
            yield scope.diagnostic("warning", path, f"unknown AWS region {region!r}", hint)


def _nothing_enabled(scopes: list[_Scope]) -> Iterator[Diagnostic]:
    if not any(scope.configuration.enabled for scope in scopes):
        location = find(scopes[0].settings.tree, ("sync_configurations",)).key_location
        message = "no configuration is enabled, so a sync does nothing"
        hint = "set enabled: true in one of them"
        yield Diagnostic(*location, "sync_configurations", message, hint, "warning")


def _day_placeholder(scope: _Scope, recorded: tuple[date, str] | None) -> Iterator[Diagnostic]:
    """The original replaced ``{day}`` by the day folder's name; another destination means uploading again."""
    if recorded is None or scope.settings.global_settings.day_placeholder == "folder":
        return
    day, s3_path = recorded
    before, now = scope.paths(day, "folder"), scope.paths(day, "number")
    if before is None or now is None or before.prefix == now.prefix:
        return
    bucket = scope.configuration.destination_config.bucket_name
    if s3_path.rstrip("/") == f"s3://{bucket}/{before.prefix}":
        message = (
            f"according to state.json, {day} was uploaded to {before.prefix}; now it goes to {now.prefix}"
        )
        hint = "set day_placeholder: folder in global to keep the destination"
        yield scope.diagnostic("warning", _STRUCTURE, message, hint)


_Writers = list[tuple[_Scope, str]]
"""Configurations with the same destination, and their sources."""


def _overlaps(scopes: list[_Scope]) -> Iterator[Diagnostic]:
    buckets: dict[object, dict[str, _Writers]] = defaultdict(lambda: defaultdict(list))
    for scope in scopes:
        destination = scope.configuration.destination_config
        if paths := scope.paths(_DAY):
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
            yield later.diagnostic("warning", _STRUCTURE, f"same destination as {name!r}: {harm}", hint)
        else:
            what = "same source and destination as" if source == first_source else "same destination as"
            yield later.diagnostic("hint", _STRUCTURE, f"{what} {name!r}", "enable only one of them")
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


def _swallowed(outer: _Scope, below: Iterable[tuple[str, _Scope]]) -> Iterator[Diagnostic]:
    """``below``: folders relative to the outer destination, and their writers; a filter may protect them."""
    selects = selector(outer.configuration.options.filters)
    reached = [inner for folder, inner in islice(below, _MOST_INNER) if selects(f"{folder}any file")]
    if reached:
        names = listed(repr(inner.configuration.name) for inner in reached)
        message = f"a run fails when --delete would delete files of {names}, which go below this destination"
        hint = "use separate destinations, or exclude that folder here"
        enabled = outer.configuration.enabled
        yield outer.diagnostic("warning" if enabled else "hint", outer.option_path("delete"), message, hint)
