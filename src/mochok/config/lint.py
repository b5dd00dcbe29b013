"""What a configuration file says correctly but probably does not mean.

Pure: the names of the AWS profiles and what ``state.json`` remembers are handed in; neither files nor the
network are looked at.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations
from typing import Literal
from urllib.parse import urlsplit

from mochok.config.document import PathStep, Place, find, path_text
from mochok.config.filter_lint import lint_filters
from mochok.config.schema import Configuration, Settings
from mochok.config.values import WEEKDAYS, did_you_mean
from mochok.errors import MochokError
from mochok.model import SyncPaths
from mochok.plan.filters import selector
from mochok.plurals import counted
from mochok.strategies.contract import Request

Level = Literal["error", "warning", "hint"]

# Two neighbouring days in one month, and one far from both: what depends on the date shows.
_DAY = date(2024, 5, 14)
_NEXT_DAY = _DAY + timedelta(days=1)
_FAR_DAY = date(2023, 11, 29)


@dataclass(frozen=True, slots=True)
class Finding:
    """One remark. An "error" cannot work as written, a "warning" is likely a mistake, a "hint" is advice.

    ``line`` and ``column`` count from 1, 0 if no file gave the settings; ``path`` is the key's path.
    """

    level: Level
    file: str
    line: int
    column: int
    path: str
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        return f"{place}: {self.level}: {self.path}: {self.message}"


def lint(
    settings: Settings,
    *,
    profiles: Set[str] | None = None,
    regions: Set[str] | None = None,
    recorded: Mapping[str, tuple[date, str]] | None = None,
) -> list[Finding]:
    """All findings, in file order.

    ``profiles``: the profiles in the AWS files, ``regions``: those of AWS, None if unknown. ``recorded``:
    what ``state.json`` remembers, configuration name -> (data day, ``s3://bucket/prefix``).
    """
    found: list[Finding] = []
    for index, configuration in enumerate(settings.configurations):
        scope = _Scope(settings, configuration, index)
        found += _filters(scope)
        found += _options(scope)
        found += _unreplaced_variables(scope)
        found += _dates(scope)
        found += _weeks(scope)
        found += _unmet_ranges(scope)
        found += _endpoint(scope)
        found += _profile(scope, profiles)
        found += _region(scope, regions)
        found += _day_placeholder(scope, (recorded or {}).get(configuration.name))
    found += _overlaps(settings)
    found += _nothing_enabled(settings)
    return sorted(found, key=lambda each: (each.file, each.line, each.column, each.message))


@dataclass(frozen=True, slots=True)
class _Scope:
    """One configuration and where it stands."""

    settings: Settings
    configuration: Configuration
    index: int

    def finding(self, level: Level, path: tuple[PathStep, ...], message: str) -> Finding:
        full = ("sync_configurations", self.index, *path)
        place = Place(str(self.settings.path), 0, 0)
        if self.settings.tree is not None:
            key_place, node, complete = find(self.settings.tree, full)
            place = node.place if complete else key_place
        return Finding(level, place.file, place.line, place.column, path_text(full), message)

    def serious(self) -> Level:
        """What cannot work is an error where it runs, and a warning where it is switched off."""
        return "error" if self.configuration.enabled else "warning"

    def paths(
        self, day: date, day_placeholder: Literal["number", "folder"] | None = None
    ) -> SyncPaths | None:
        """Source and destination on ``day``; None if the strategy refuses that day."""
        request = Request(
            config_name=self.configuration.name,
            base_path=self.configuration.local_base_path,
            target_date=day,
            path_structure=self.configuration.destination_config.s3_path_structure,
            hostname="host",
            day_placeholder=day_placeholder or self.settings.global_settings.day_placeholder,
        )
        try:
            return self.configuration.strategy.paths(request)
        except MochokError:
            return None

    def option_path(self, name: str) -> tuple[PathStep, ...]:
        """Where the last ``sync_options`` entry of that name stands."""
        texts = self.configuration.options.texts
        places = [index for index, text in enumerate(texts) if re.match(rf"\s*{name}(?![\w-])", text)]
        return ("sync_options", places[-1]) if places else ("sync_options",)


def _filters(scope: _Scope) -> Iterator[Finding]:
    texts = scope.configuration.options.texts
    entries = [i for i, text in enumerate(texts) if re.match(r"\s*--(include|exclude)(?![\w-])", text)]
    for found in lint_filters(scope.configuration.options.filters):
        level = scope.serious() if found.fatal else "warning"
        yield scope.finding(level, ("sync_options", entries[found.position]), found.message)


def _options(scope: _Scope) -> Iterator[Finding]:
    options = scope.configuration.options
    if options.dry_run:
        message = "with --dryrun here nothing is ever sent; use `mochok sync --dry-run` to try it out"
        yield scope.finding("warning", scope.option_path("--dryrun"), message)
    if not options.verify_tls:
        message = "without certificate checks anybody in between can read and change the files"
        yield scope.finding("warning", scope.option_path("--no-verify-ssl"), f"{message}; use --ca-bundle")
    if dict(options.headers).get("x-amz-acl", "").startswith("public-"):
        message = "everybody on the internet can read these objects"
        yield scope.finding("warning", scope.option_path("--acl"), message)


def _unreplaced_variables(scope: _Scope) -> Iterator[Finding]:
    if "${" in scope.configuration.local_base_path:
        message = r"\${ stays as it is; to replace the variable write / instead of \ before it"
        yield scope.finding("warning", ("local_base_path",), message)


def _dates(scope: _Scope) -> Iterator[Finding]:
    """How source and destination move with the date, and what ``--delete`` makes of that."""
    today, tomorrow, far = scope.paths(_DAY), scope.paths(_NEXT_DAY), scope.paths(_FAR_DAY)
    if today is None or tomorrow is None or far is None:
        return
    where = ("destination_config", "s3_path_structure")
    daily_source = today.source != tomorrow.source
    if daily_source and today.prefix == tomorrow.prefix:
        if scope.configuration.options.delete:
            message = "every day has the same destination, so --delete removes what the day before sent"
            yield scope.finding("warning", where, f"{message}; add {{day}}, or remove --delete")
        else:
            message = "every day has the same destination, so files of the same name replace each other"
            yield scope.finding("hint", where, f"{message}; add {{day}} to keep them apart")
    if today.source == far.source and today.prefix != far.prefix and scope.configuration.options.delete:
        message = f"the destination moves with the date (such as {far.prefix}, later {today.prefix})"
        consequence = "--delete cleans only the newest; the older copies stay complete and cost storage"
        yield scope.finding("warning", scope.option_path("--delete"), f"{message}: {consequence}")


def _weeks(scope: _Scope) -> Iterator[Finding]:
    """Around New Year the ISO week belongs to another year than the date."""
    pattern = getattr(scope.configuration.strategy, "custom_local_pattern", "")
    places: dict[tuple[PathStep, ...], str] = {
        ("sync_strategy", "custom_local_pattern"): str(pattern),
        ("destination_config", "s3_path_structure"): scope.configuration.destination_config.s3_path_structure
        or "",
    }
    for where, text in places.items():
        if "{year}" in text and "{week}" in text:
            message = "{week} is the ISO week, but {year} is the date's: 2024-12-30 has 2024 and 01"
            yield scope.finding("warning", where, f"{message}, as 2024-01-02 has; add {{month}}")


def _unmet_ranges(scope: _Scope) -> Iterator[Finding]:
    paths = scope.paths(_DAY)
    window = (paths.modified_days or paths.path_days) if paths else None
    if window is None:
        return
    days = sorted(scope.configuration.expected_weekdays)
    gaps = [((later - earlier - 1) % 7) + 1 for earlier, later in zip(days, days[1:] + days[:1], strict=True)]
    covered_days = (window.last - window.first).days + 1
    if max(gaps) > covered_days:
        names = ", ".join(WEEKDAYS[day] for day in days)
        between = counted(max(gaps), "day lies", "days lie")
        message = f"the ranges of {names} never meet: {between} between two of them at most"
        covered = counted(covered_days, "is", "are")
        advice = f"{covered} covered; set date_range_days_back to {max(gaps) - 1} or more"
        yield scope.finding("warning", ("sync_strategy", "date_range_days_back"), f"{message}, {advice}")


def _endpoint(scope: _Scope) -> Iterator[Finding]:
    url = scope.configuration.destination_config.endpoint_url or ""
    host = urlsplit(url).hostname or ""
    if url.startswith("http://") and not _is_local(host):
        message = "with http:// the files travel readable over the network; use https:// if the server has it"
        yield scope.finding("warning", ("destination_config", "endpoint_url"), message)


def _is_local(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _profile(scope: _Scope, profiles: Set[str] | None) -> Iterator[Finding]:
    named = scope.configuration.destination_config.aws_profile
    if profiles is None or named is None or named in profiles or named == "default":
        return
    hint = did_you_mean(named, profiles) or f"known are: {', '.join(sorted(profiles)) or 'none'}"
    message = f"there is no profile {named!r} in the AWS files of this user ({hint})"
    yield scope.finding(scope.serious(), ("destination_config", "aws_profile"), message)


def _region(scope: _Scope, regions: Set[str] | None) -> Iterator[Finding]:
    """A region that AWS does not have is most likely misspelt; it may also be newer than our list."""
    destination, options = scope.configuration.destination_config, scope.configuration.options
    if regions is None or destination.endpoint_url or options.endpoint_url:
        return
    places: tuple[tuple[str | None, tuple[PathStep, ...]], ...] = (
        (options.region, scope.option_path("--region")),
        (destination.aws_region, ("destination_config", "aws_region")),
    )
    for region, path in places:
        if region is not None and region not in regions:
            hint = did_you_mean(region, regions) or "see the AWS console for the names"
            yield scope.finding("warning", path, f"AWS has no region {region!r} that is known here ({hint})")


def _nothing_enabled(settings: Settings) -> Iterator[Finding]:
    if any(configuration.enabled for configuration in settings.configurations):
        return
    message = "no configuration is enabled, so a sync does nothing; set enabled: true in one of them"
    place = Place(str(settings.path), 0, 0)
    if settings.tree is not None:
        place = find(settings.tree, ("sync_configurations",))[0]
    yield Finding("warning", place.file, place.line, place.column, "sync_configurations", message)


def _day_placeholder(scope: _Scope, recorded: tuple[date, str] | None) -> Iterator[Finding]:
    """The original replaced ``{day}`` by the day folder's name; going on elsewhere would send all again."""
    if recorded is None or scope.settings.global_settings.day_placeholder == "folder":
        return
    day, s3_path = recorded
    before, now = scope.paths(day, "folder"), scope.paths(day, "number")
    if before is None or now is None or before.prefix == now.prefix:
        return
    bucket = scope.configuration.destination_config.bucket_name
    if s3_path.rstrip("/") == f"s3://{bucket}/{before.prefix}":
        message = f"state.json shows that {day} went to {before.prefix}, but now it would go to {now.prefix}"
        advice = "set day_placeholder: folder in global to go on where the files are"
        path = ("destination_config", "s3_path_structure")
        yield scope.finding("warning", path, f"{message}; {advice}")


def _overlaps(settings: Settings) -> Iterator[Finding]:
    scopes = [_Scope(settings, each, index) for index, each in enumerate(settings.configurations)]
    for first, second in combinations(scopes, 2):
        here, there = first.paths(_DAY), second.paths(_DAY)
        if here is None or there is None or _bucket(first) != _bucket(second):
            continue
        if here.prefix == there.prefix:
            yield _same_destination(first, second, same_source=here.source == there.source)
        elif _lies_below(there.prefix, here.prefix) and first.configuration.options.delete:
            yield from _swallowed(first, second, there.prefix[len(here.prefix) :].lstrip("/"))
        elif _lies_below(here.prefix, there.prefix) and second.configuration.options.delete:
            yield from _swallowed(second, first, here.prefix[len(there.prefix) :].lstrip("/"))


def _bucket(scope: _Scope) -> tuple[str, str]:
    destination = scope.configuration.destination_config
    return destination.endpoint_url or "", destination.bucket_name


def _lies_below(inner: str, outer: str) -> bool:
    return inner.startswith(f"{outer}/" if outer else "")


def _same_destination(first: _Scope, second: _Scope, *, same_source: bool) -> Finding:
    name = first.configuration.name
    enabled = (first.configuration.enabled, second.configuration.enabled)
    path = ("destination_config", "s3_path_structure")
    if not all(enabled):
        what = "copies" if same_source else "writes to the same destination as"
        return second.finding("hint", path, f"{what} {name!r}; only one of them should be enabled at a time")
    deletes = first.configuration.options.delete or second.configuration.options.delete
    harm = (
        "with --delete each removes the other's files" if deletes else "files of one name replace each other"
    )
    return second.finding("warning", path, f"writes to the same destination as {name!r}: {harm}")


def _swallowed(outer: _Scope, inner: _Scope, folder: str) -> Iterator[Finding]:
    """``folder``: the inner destination as the outer one sees it; what a filter excludes is safe."""
    if not selector(outer.configuration.options.filters)(f"{folder}/any file"):
        return
    message = f"--delete also removes what {inner.configuration.name!r} sends, because it lies below this one"
    level: Level = "warning" if outer.configuration.enabled and inner.configuration.enabled else "hint"
    advice = "give them separate folders, or exclude that folder here"
    yield outer.finding(level, outer.option_path("--delete"), f"{message}; {advice}")
