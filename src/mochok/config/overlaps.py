"""Which destinations of a configuration file overlap, whatever the date.

A destination is compared folder by folder. What changes with the date, in the names of three sample days,
fits any number or any word; everything else is compared as it is.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import zip_longest
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from mochok.errors import MochokError
from mochok.plan.filters import FilterRule
from mochok.plan.protection import Protected
from mochok.strategies.placeholders import names_in

if TYPE_CHECKING:
    from mochok.config.schema import Configuration, Settings

SAMPLE_DAYS = (date(2024, 5, 14), date(2023, 11, 29), date(2031, 8, 7))
"""They differ in year, quarter, month, week, weekday and day."""
_WILDCARD = re.compile(r"[*?]")
_RUNS = re.compile(r"\d+|[^\W\d_]+|.", re.DOTALL)
_AWS_HOST = re.compile(r"(?:^|\.)(?:amazonaws\.com(?:\.cn)?|amazonaws\.eu)$")
_LOOPBACK = re.compile(r"localhost|127(?:\.\d+){3}|::1")
_PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True)
class Folder:
    """One folder of a destination: its name on the first sample day; if it varies, a ``pattern`` for all."""

    name: str
    pattern: str = ""

    @property
    def expression(self) -> str:
        """A regular expression for its names."""
        return self.pattern or re.escape(self.name)

    def fits(self, other: Folder) -> bool:
        """Whether both may have the same name, on whatever days."""
        if self.name == other.name or not (self.pattern or other.pattern):
            return self.name == other.name
        patterns = ((self.pattern, other.name), (other.pattern, self.name))
        return any(pattern and re.fullmatch(pattern, name) for pattern, name in patterns)


@dataclass(frozen=True, slots=True)
class DestinationFolders:
    """Where one configuration uploads to: ``server`` is "aws" or host and port."""

    name: str
    enabled: bool
    server: str
    bucket: str
    folders: tuple[Folder, ...]
    filters: tuple[FilterRule, ...]

    def contains(self, other: DestinationFolders) -> bool:
        """Whether ``other`` is the same destination, or below this one, on any day."""
        return (
            (self.server, self.bucket) == (other.server, other.bucket)
            and len(self.folders) <= len(other.folders)
            and all(map(Folder.fits, self.folders, other.folders))
        )


def destinations(settings: Settings, hostname: str) -> tuple[DestinationFolders | None, ...]:
    """The destination of each configuration; None if its strategy refuses the sample days."""
    return tuple(destination_folders(settings, entry, hostname) for entry in settings.configurations)


def protected(
    found: Sequence[DestinationFolders | None], configuration: Configuration, prefix: str
) -> tuple[Protected, ...]:
    """The destinations of other configurations below ``prefix``, also of disabled ones, whose objects are
    still theirs, and of enabled ones that are ``prefix`` itself.
    """
    here = next((one for one in found if one is not None and one.name == configuration.name), None)
    if here is None:
        return ()
    own = replace(here, folders=tuple(map(Folder, prefix.split("/") if prefix else ())))
    return tuple(
        _protected(other, len(own.folders))
        for other in found
        if other is not None and other.name != own.name and own.contains(other)
        if other.enabled or len(other.folders) > len(own.folders)
    )


def _protected(other: DestinationFolders, depth: int) -> Protected:
    below = other.folders[depth:]
    pattern = "".join(f"{folder.expression}/" for folder in below)
    return Protected(other.name, pattern, () if below else other.filters)


def destination_folders(
    settings: Settings, configuration: Configuration, hostname: str
) -> DestinationFolders | None:
    """Where ``configuration`` uploads to; None if its strategy refuses the sample days."""
    try:
        prefixes = [
            configuration.strategy.paths(settings.request(configuration, day, hostname)).prefix
            for day in SAMPLE_DAYS
        ]
    except MochokError:
        return None
    return DestinationFolders(
        name=configuration.name,
        enabled=configuration.enabled,
        server=server_of(configuration, os.environ),
        bucket=configuration.destination_config.bucket_name,
        folders=tuple(_folders(prefixes)),
        filters=tuple(_on_any_day(configuration.options.filters)),
    )


def _on_any_day(rules: Sequence[FilterRule]) -> Iterator[FilterRule]:
    """Filters that select at least what ``rules`` select on any day: a placeholder stands for any text."""
    for rule in rules:
        names = names_in(rule.pattern)
        if not names:
            yield rule
        elif rule.include:
            pattern = rule.pattern
            for name in names:
                pattern = pattern.replace(name, "*")
            yield replace(rule, pattern=pattern)


def _folders(prefixes: Sequence[str]) -> Iterator[Folder]:
    """The folders that all prefixes have; where one has more, the common part is compared at least."""
    for names in zip(*(prefix.split("/") if prefix else [] for prefix in prefixes), strict=False):
        varies = len(set(names)) > 1 or _WILDCARD.search(names[0])
        yield Folder(names[0], _pattern(names) if varies else "")


def _pattern(names: Sequence[str]) -> str:
    """What ``names`` have in common: equal parts as they are, others as any number or any word.

    The name of a source folder with wildcards, which only a run finds, has them here too.
    """
    return "".join(
        "[^/]*"
        if _WILDCARD.fullmatch(runs[0])
        else re.escape(runs[0])
        if len(set(runs)) == 1
        else r"\d+"
        if all(run.isdigit() for run in runs)
        else r"[^\W\d_]+"
        if all(run.isalpha() for run in runs)
        else "[^/]*"
        for runs in zip_longest(*map(_RUNS.findall, names), fillvalue="")
    )


def server_of(configuration: Configuration, environ: Mapping[str, str]) -> str:
    """The server of a configuration, for comparisons: "aws", or host and port. Addresses of this machine are
    one server, and so are all of AWS, where the name of a bucket exists once.
    """
    url = configuration.options.endpoint_url or configuration.destination_config.endpoint_url
    url = url or _usual_endpoint(configuration, environ)
    if not url:
        return "aws"
    try:
        parts = urlsplit(url if "//" in url else f"https://{url}")
        host, port = parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 443)
    except ValueError:
        return url
    if _AWS_HOST.search(host):
        return "aws"
    return f"{'localhost' if _LOOPBACK.fullmatch(host) else host}:{port}"


def _usual_endpoint(configuration: Configuration, environ: Mapping[str, str]) -> str:
    """The endpoint of the environment or of the AWS profile, "" for AWS itself."""
    if environ.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "").lower() == "true":
        return ""
    if named := environ.get("AWS_ENDPOINT_URL_S3") or environ.get("AWS_ENDPOINT_URL"):
        return named
    profile = configuration.options.profile or configuration.destination_config.aws_profile
    profile = profile or environ.get("AWS_PROFILE") or environ.get("AWS_DEFAULT_PROFILE") or "default"
    return _profile_endpoint(profile, os.path.expanduser(environ.get("AWS_CONFIG_FILE", "~/.aws/config")))


def _profile_endpoint(profile: str, path: str) -> str:
    if not os.path.exists(path):
        return ""
    from configparser import Error, RawConfigParser  # only where there is a file

    parser = RawConfigParser()
    try:
        parser.read(path, encoding="utf-8")
        section = "default" if profile == "default" else f"profile {profile}"
        return parser.get(section, "endpoint_url", fallback="")
    except (Error, OSError, UnicodeError):  # what is wrong there is reported when the store is opened
        return ""
