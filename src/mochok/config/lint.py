"""What is valid in a configuration file but probably not meant.

Pure: the names of the AWS profiles and the contents of ``state.json`` are parameters; no file is read and
nothing is sent.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from urllib.parse import urlsplit

from mochok.clock import days_between
from mochok.config.diagnostics import Diagnostics, KeyPath
from mochok.config.document import find
from mochok.config.expectations import as_written
from mochok.config.filter_lint import lint_filters
from mochok.config.lint_scope import SAMPLE_DAY, STRUCTURE, Scope
from mochok.config.overlap_lint import overlaps
from mochok.config.schema import Settings
from mochok.errors import Diagnostic, DiagnosticLevel
from mochok.model import DateWindow
from mochok.plurals import counted
from mochok.strategies.paths import character_name, is_windows
from mochok.strategies.periods import ALWAYS, steady_part
from mochok.strategies.placeholders import names_in
from mochok.suggestions import alternatives, did_you_mean, edits, listed

# With SAMPLE_DAY two neighbouring days in one month, and one far from both: what depends on the date shows.
_NEXT_DAY = SAMPLE_DAY + timedelta(days=1)
_FAR_DAY = date(2023, 11, 29)
_VARIABLE_FOLDER = re.compile(r"(?<=[/\\])(?:\$[A-Z_][A-Z0-9_]*|%[A-Za-z_]\w*%)(?=[/\\]|$)")
_UNUSUAL_SPACE = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_YEAR_AND_MORE = 400


@dataclass(frozen=True, slots=True)
class Misfit:
    """No existing name fits the date format in ``key`` of the strategy; ``likely``: they have another one."""

    key: str
    message: str
    hint: str
    likely: bool


def lint(
    settings: Settings,
    *,
    profiles: Set[str] | None = None,
    regions: Set[str] | None = None,
    recorded: Mapping[str, tuple[date, str]] | None = None,
    windows: bool = True,
    aws_files: str = "",
) -> list[Diagnostic]:
    """All diagnostics, in file order.

    ``profiles``: the profiles in the AWS files, ``regions``: those of AWS, None if unknown. ``recorded``:
    the last success in ``state.json``, configuration name -> (data day, ``s3://bucket/prefix``). ``windows``:
    whether Windows paths can be read here. ``aws_files``: where the profiles come from.
    """
    scopes = [Scope(settings, entry, index) for index, entry in enumerate(settings.configurations)]

    def diagnostics() -> Iterator[Diagnostic]:
        for scope in scopes:
            for check in _CHECKS:
                yield from check(scope)
            yield from _doubtful_paths(scope, windows=windows)
            yield from _profile(scope, profiles, aws_files)
            yield from _region(scope, regions)
            yield from _day_placeholder(scope, (recorded or {}).get(scope.configuration.name))
        yield from _foreign_paths(settings)
        yield from overlaps(scopes)
        yield from _nothing_enabled(scopes)

    return Diagnostics(diagnostics()).in_file_order(str(settings.path))


def lint_names(settings: Settings, misfits: Mapping[str, Misfit]) -> Iterator[Diagnostic]:
    """Diagnostics of the configurations whose date format fits no existing name, by name."""
    for index, entry in enumerate(settings.configurations):
        if found := misfits.get(entry.name):
            level: DiagnosticLevel = "warning" if found.likely else "hint"
            path = ("sync_strategy", found.key)
            yield Scope(settings, entry, index).diagnostic(level, path, found.message, found.hint)


def lint_elsewhere(settings: Settings, sentences: Mapping[str, str]) -> Iterator[Diagnostic]:
    """Diagnostics of the configurations whose days went to another destination, by name."""
    for index, entry in enumerate(settings.configurations):
        if sentence := sentences.get(entry.name):
            message, _colon, hint = sentence.rpartition(": ")
            yield Scope(settings, entry, index).diagnostic("warning", ("destination_config",), message, hint)


def _filters(scope: Scope) -> Iterator[Diagnostic]:
    entries = scope.entries("include|exclude")
    for found in lint_filters(scope.configuration.options.filters):
        level = scope.serious() if found.fatal else "warning"
        path = ("sync_options", entries[found.position])
        yield scope.diagnostic(level, path, found.message, found.hint)


def _filter_braces(scope: Scope) -> Iterator[Diagnostic]:
    """A filter's placeholders are replaced; other text in braces is compared as it is."""
    entries = scope.entries("include|exclude")
    for entry, rule in zip(entries, scope.configuration.options.filters, strict=True):
        for text in re.findall(r"\{[^{}]*\}", rule.pattern):
            if text not in names_in(rule.pattern):
                message = f"{text} in {rule.option} is not a placeholder, so it matches only itself"
                hint = "write {date:yyyyMMdd} for the target date; for alternatives write one option for each"
                yield scope.diagnostic("warning", ("sync_options", entry), message, hint)


_Checks = tuple[tuple[bool, KeyPath, str, str], ...]
"""Whether it applies, the key, the message, the hint."""


def _doubtful_values(scope: Scope) -> Iterator[Diagnostic]:
    """Values that are a mistake or a risk on their own."""
    options, destination = scope.configuration.options, scope.configuration.destination_config
    endpoint = destination.endpoint_url or ""
    acl = dict(options.headers).get("x-amz-acl", "")
    checks: _Checks = (
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
    )
    yield from _warnings(scope, checks)


def _doubtful_placeholders(scope: Scope) -> Iterator[Diagnostic]:
    """Placeholders and wildcards that are not replaced, or not by what is meant."""
    structure = scope.configuration.destination_config.s3_path_structure or ""
    pattern = str(getattr(scope.configuration.strategy, "custom_local_pattern", ""))
    iso = "write {week_year} for {year}"
    week = "{year} is not the year of the ISO week: 2024-01-02 and 2024-12-30 both give 2024 and 01"
    checks: _Checks = (
        (
            "*" in pattern,
            ("sync_strategy", "custom_local_pattern"),
            "* is literal in custom_local_pattern, so a folder of exactly that name is needed",
            "for a wildcard use type: DateFolder with date_folder_format: backup_{date:yyyyMMdd}_*",
        ),
        (_mixes_years(pattern), ("sync_strategy", "custom_local_pattern"), week, iso),
        (_mixes_years(structure), STRUCTURE, week, iso),
        (
            bool(names_in(scope.configuration.local_base_path)),
            ("local_base_path",),
            f"{listed(names_in(scope.configuration.local_base_path))} is not replaced in local_base_path",
            "use type: CustomPattern with custom_local_pattern",
        ),
    )
    yield from _warnings(scope, checks)


def _warnings(scope: Scope, checks: _Checks) -> Iterator[Diagnostic]:
    for applies, path, message, hint in checks:
        if applies:
            yield scope.diagnostic("warning", path, message, hint)


def _doubtful_paths(scope: Scope, *, windows: bool) -> Iterator[Diagnostic]:
    """Parts of the source folder that are valid names but hardly meant as such."""
    keys: tuple[tuple[KeyPath, str], ...] = (
        (("local_base_path",), scope.configuration.local_base_path),
        (
            ("sync_strategy", "custom_local_pattern"),
            str(getattr(scope.configuration.strategy, "custom_local_pattern", "")),
        ),
    )
    for path, text in keys:
        if is_windows(text) and not windows:
            hint = "write the path of the folder on this system, such as /srv/data"
            yield scope.diagnostic("warning", path, "is a Windows path, which this system cannot read", hint)
        if found := _VARIABLE_FOLDER.search(text):
            hint = f"write ${{{found[0].strip('$%')}}} for the environment variable"
            yield scope.diagnostic(
                "warning", path, f"{found[0]} is not replaced: it is a folder's name", hint
            )
        if found := _UNUSUAL_SPACE.search(text):
            message = f"contains {character_name(found[0])}, which looks like a space"
            yield scope.diagnostic("warning", path, message, "replace it, unless the folder has that name")


def _foreign_paths(settings: Settings) -> Iterator[Diagnostic]:
    for key in settings.global_settings.foreign_paths:
        location = find(settings.tree, ("global", key)).location
        message = "is a Windows path, and this is another system"
        yield Diagnostic(*location, f"global.{key}", message, "write a path of this system")


def _mixes_years(pattern: str) -> bool:
    """Around New Year the year of the ISO week is not that of the date."""
    return "{year}" in pattern and "{week}" in pattern


def _is_local(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _dates(scope: Scope) -> Iterator[Diagnostic]:
    """How source and destination change with the date, and the effect of ``--delete`` on that."""
    today, tomorrow, far = scope.paths(SAMPLE_DAY), scope.paths(_NEXT_DAY), scope.paths(_FAR_DAY)
    if today is None or tomorrow is None or far is None:
        return
    delete = scope.configuration.options.delete
    if today.source != tomorrow.source and today.prefix == tomorrow.prefix:
        if delete:
            message = "all days have the same destination, so --delete removes the files of the day before"
            yield scope.diagnostic("warning", STRUCTURE, message, "add {day}, or remove --delete")
        else:
            message = "all days have the same destination, so files with the same name replace each other"
            yield scope.diagnostic("hint", STRUCTURE, message, "add {day} to keep the files of every day")
    if today.source == far.source and today.prefix != far.prefix and delete:
        message = (
            f"--delete cleans only the newest destination: {far.prefix} stays when {today.prefix} begins"
        )
        hint = "if one copy is enough, remove the date from s3_path_structure"
        yield scope.diagnostic("warning", scope.option_path("delete"), message, hint)


def _sent_again(scope: Scope) -> Iterator[Diagnostic]:
    """A destination that changes while the source does not: every file is uploaded again."""
    configuration, paths = scope.configuration, scope.paths(SAMPLE_DAY)
    strategy, written = configuration.strategy, configuration.destination_config.s3_path_structure
    structure = strategy.usual_structure if written is None else written
    if paths is None or not (paths.window or paths.is_period):
        return
    source = ALWAYS if paths.window else DateWindow(paths.days[0], paths.days[-1])
    steady = steady_part(structure, source)
    if steady == "/".join(part for part in structure.split("/") if part):
        return
    what = "the files of the range are" if paths.window else "the same folder is"
    message = f"{what} uploaded again whenever the date changes {structure}"
    hint = f'write s3_path_structure: "{steady or configuration.name.lower().replace(" ", "-")}"'
    yield scope.diagnostic("hint" if written is None else "warning", STRUCTURE, message, hint)


def _unmet_ranges(scope: Scope) -> Iterator[Diagnostic]:
    paths = scope.paths(SAMPLE_DAY)
    window = paths.window if paths else None
    if window is None:
        return
    expected = scope.configuration.expected
    days = [
        day
        for day in days_between(SAMPLE_DAY, SAMPLE_DAY + timedelta(days=_YEAR_AND_MORE))
        if day in expected
    ]
    gaps = [(later - earlier).days for earlier, later in pairwise(days)] or [1]
    covered_days = (window.last - window.first).days + 1
    if max(gaps) > covered_days:
        written = as_written(expected)
        names = ", ".join(written) if isinstance(written, list) else "expected_days"
        message = (
            f"some days are never uploaded: a run covers {counted(covered_days, 'day')},"
            f" and up to {counted(max(gaps), 'day')} pass between the expected days ({names})"
        )
        hint = f"set date_range_days_back to {max(gaps) - 1} or more"
        yield scope.diagnostic("warning", ("sync_strategy", "date_range_days_back"), message, hint)


def _profile(scope: Scope, profiles: Set[str] | None, aws_files: str) -> Iterator[Diagnostic]:
    named = scope.configuration.destination_config.aws_profile
    if profiles is None or named is None or named in profiles or named == "default":
        return
    hint = did_you_mean(named, profiles) or f"known profiles: {listed(sorted(profiles)) or 'none'}"
    files = f" ({aws_files})" if aws_files else ""
    message = f"this user's AWS files{files} have no profile {named!r}"
    yield scope.diagnostic(scope.serious(), ("destination_config", "aws_profile"), message, hint)


def _region(scope: Scope, regions: Set[str] | None) -> Iterator[Diagnostic]:
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
            yield scope.diagnostic(
                "warning", path, f"unknown AWS region {region!r}", region_hint(region, regions)
            )


def region_hint(region: str, regions: Set[str]) -> str:
    """The regions that differ in one slip of the keyboard, else those of the same continent."""
    word = re.sub(r"[^a-z0-9]+", "-", region.lower())
    continent = word.partition("-")[0]
    same = sorted(known for known in regions if known.partition("-")[0] == continent)
    distances = {known: edits(word, known) for known in same}
    least = min(distances.values(), default=2)
    if near := [known for known in same if distances[known] == least <= 1]:
        return f"did you mean {alternatives(near)}?"
    if same:
        return f"the regions that begin with {continent}- are {listed(same)}"
    return "copy the code of the region from the AWS console"


def _nothing_enabled(scopes: list[Scope]) -> Iterator[Diagnostic]:
    if not any(scope.configuration.enabled for scope in scopes):
        location = find(scopes[0].settings.tree, ("sync_configurations",)).key_location
        message = "no configuration is enabled, so a sync does nothing"
        hint = "set enabled: true in one of them"
        yield Diagnostic(*location, "sync_configurations", message, hint, "warning")


def _day_placeholder(scope: Scope, recorded: tuple[date, str] | None) -> Iterator[Diagnostic]:
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
        yield scope.diagnostic("warning", STRUCTURE, message, hint)


_CHECKS = (
    _filters,
    _filter_braces,
    _doubtful_values,
    _doubtful_placeholders,
    _dates,
    _sent_again,
    _unmet_ranges,
)
