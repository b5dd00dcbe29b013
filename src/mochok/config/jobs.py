"""From one configuration and a date to a job that can run."""

from __future__ import annotations

import glob
import os
import re
import socket
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import cast

from mochok.config.overlaps import protected
from mochok.config.schema import Configuration, Settings
from mochok.errors import SourceError, UsageError
from mochok.model import SyncPaths
from mochok.plan.compare import Compare
from mochok.plan.delete_guard import DeleteGuard
from mochok.plan.filters import FilterRule
from mochok.run.job import Job
from mochok.source_files import SourceFolder, Symlinks, is_below
from mochok.storage.settings import Access, Checksum, Location, ObjectSettings, OpenSettings
from mochok.strategies.contract import Request
from mochok.strategies.cultures import INVARIANT
from mochok.strategies.paths import join_local
from mochok.strategies.placeholders import Values, filled
from mochok.suggestions import name_hint

_SHOWN_FOLDERS = 3
_USER_INFO = re.compile(r"//[^/]*@")


def selected(settings: Settings, only: Sequence[str]) -> tuple[Configuration, ...]:
    """The enabled configurations, or those in ``only``, in the file's order. Raises UsageError."""
    names = [configuration.name for configuration in settings.configurations]
    for name in only:
        if name not in names:
            raise UsageError(f"there is no configuration named {name!r}", hint=name_hint(name, names))
    return tuple(
        entry for entry in settings.configurations if (entry.name in only if only else entry.enabled)
    )


def planned_paths(configuration: Configuration, settings: Settings, target_date: date) -> SyncPaths:
    """What goes where on ``target_date``, without reading the disk. Raises PathError."""
    return configuration.strategy.paths(_request(configuration, settings, target_date))


def sync_paths(configuration: Configuration, settings: Settings, target_date: date) -> SyncPaths:
    """What goes where on ``target_date``, with the folder that fits a source with wildcards.

    Raises PathError, and SourceError if several folders fit; without any the source stays the pattern.
    """
    paths = planned_paths(configuration, settings, target_date)
    if not paths.source_glob:
        return paths
    base = configuration.local_base_path
    found = fitting_folders(paths.source_glob)
    if len(found) > 1:
        names = ", ".join(os.path.relpath(folder, base) for folder in found[:_SHOWN_FOLDERS])
        more = ", ..." if len(found) > _SHOWN_FOLDERS else ""
        message = f"{len(found)} folders fit {paths.source}: {names}{more}; exactly one may"
        raise SourceError(message, hint="make date_folder_format more precise, or remove the others")
    if not found:
        return paths
    folder = os.path.relpath(found[0], base).replace(os.sep, "/")
    request = replace(_request(configuration, settings, target_date), found_folder=folder)
    return configuration.strategy.paths(request)


def fitting_folders(pattern: str) -> list[str]:
    """The folders that fit a pattern of Python's ``glob``, in alphabetical order."""
    return sorted(path for path in glob.glob(pattern) if os.path.isdir(path))


def filters(configuration: Configuration, settings: Settings, target_date: date) -> tuple[FilterRule, ...]:
    """The filters with the values of their placeholders. Raises PathError."""
    rules = configuration.options.filters
    if not any("{" in rule.pattern for rule in rules):
        return rules
    culture = getattr(configuration.strategy, "culture", INVARIANT)
    values = Values.of(_request(configuration, settings, target_date), culture)
    return tuple(replace(rule, pattern=filled(rule.pattern, values, glob.escape)) for rule in rules)


def _request(configuration: Configuration, settings: Settings, target_date: date) -> Request:
    return settings.request(configuration, target_date, socket.gethostname())


def location(configuration: Configuration, paths: SyncPaths) -> Location:
    """Which prefix of which bucket."""
    destination = configuration.destination_config
    return Location(
        bucket=destination.bucket_name,
        prefix=paths.prefix,
        endpoint_url=configuration.options.endpoint_url or destination.endpoint_url,
        addressing_style=destination.addressing_style,
        expected_bucket_owner=destination.expected_bucket_owner,
    )


def access(configuration: Configuration) -> Access:
    """Connection settings; ``sync_options`` override the destination's keys."""
    destination, options = configuration.destination_config, configuration.options
    usual = Access()
    return Access(
        profile=options.profile or destination.aws_profile,
        region=options.region or destination.aws_region,
        role_arn=destination.role_arn,
        sign_requests=options.sign_requests,
        verify_tls=options.verify_tls,
        ca_bundle=options.ca_bundle,
        read_timeout_seconds=_given(options.read_timeout_seconds, usual.read_timeout_seconds),
        connect_timeout_seconds=_given(options.connect_timeout_seconds, usual.connect_timeout_seconds),
    )


def job(
    settings: Settings,
    configuration: Configuration,
    target_date: date,
    *,
    run_date: date,
    dry_run: bool = False,
    allow_deletes: int | None = None,
) -> Job:
    """A configuration's job for one date; ``run_date``: on which the run started. ``allow_deletes``: how many
    deletions a person allows in this run, None if the limits hold. Raises PathError.
    """
    paths = sync_paths(configuration, settings, target_date)
    if configuration.strategy.is_undated:
        paths = replace(paths, days=(run_date,))
    expected = any(day in configuration.expected for day in _asked_days(paths, target_date))
    period_last = paths.days[-1] if paths.is_period else date.min
    if paths.is_period:
        over = max(target_date, run_date - timedelta(days=1))  # the later days have no files to speak of yet
        paths = replace(paths, days=tuple(day for day in paths.days if day <= over))
    destination, options = location(configuration, paths), configuration.options
    guard, usual = configuration.delete_guard, settings.global_settings
    retry_minutes = _given(configuration.retry_minutes, usual.retry_minutes)
    opening = open_settings(configuration, destination, dry_run=dry_run, retry_minutes=retry_minutes)
    opening = replace(opening, source=source_folder(configuration, paths))
    return Job(
        name=configuration.name,
        target_date=target_date,
        base_path=configuration.local_base_path,
        paths=paths,
        s3_path=destination.url,
        identity=settings.identities[configuration.name],
        destination=destination_id(destination),
        opening=opening,
        compare=Compare.SIZE_ONLY if options.size_only else Compare(configuration.compare),
        filters=filters(configuration, settings, target_date),
        delete=options.delete,
        guard=DeleteGuard(guard.max_percent, guard.max_objects, allow_deletes),
        max_link_expansion=configuration.max_link_expansion,
        missing_source=configuration.missing_source,
        empty_source=configuration.empty_source,
        ignore_case=os.name == "nt",
        zone=usual.zone,
        dry_run=opening.read_only,
        reconcile_every_days=configuration.reconcile_every_days,
        expected=expected,
        not_over_from=None if configuration.strategy.is_undated else run_date,
        settle_minutes=_given(configuration.settle_minutes, usual.settle_minutes),
        dated_by_run=configuration.strategy.is_undated,
        open_until=period_last if period_last >= run_date else None,
        protected=protected(settings.destinations, configuration, paths.prefix) if options.delete else (),
    )


def source_folder(configuration: Configuration, paths: SyncPaths) -> SourceFolder:
    """Where the configuration's files are, and which links it follows on the way to them."""
    base = paths.fixed or join_local(configuration.local_base_path, "")
    if not is_below(base, paths.source):  # a strategy of somebody else's names any folder
        base = paths.source
    return SourceFolder(base, paths.source, symlinks(configuration))


def _asked_days(paths: SyncPaths, target_date: date) -> tuple[date, ...]:
    """The days for which a missing source is missing: all of a period, else the target date."""
    return paths.days if paths.is_period else (target_date,)


def destination_id(destination: Location) -> str:
    """The identity of a destination in the file ledger."""
    usual = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL") or "aws"
    server = _USER_INFO.sub("//", destination.endpoint_url or usual)  # the ledger keeps no password
    return f"{server} {destination.bucket} {destination.key_prefix}"


def symlinks(configuration: Configuration) -> Symlinks:
    """The configuration's ``symlinks``, unless an option says otherwise."""
    follow = configuration.options.follow_symlinks
    if follow is None:
        return configuration.symlinks
    return "follow" if follow else "ignore"


def object_settings(configuration: Configuration) -> ObjectSettings:
    """How objects are made."""
    options = configuration.options
    checksum = options.checksum or configuration.destination_config.checksum
    return ObjectSettings(
        checksum=cast(Checksum, checksum),
        headers=options.headers,
        key_headers=options.key_headers,
        content_type=options.content_type,
        guess_mime_type=options.guess_mime_type,
        page_size=options.page_size or 1000,
    )


def open_settings(
    configuration: Configuration, location: Location, *, dry_run: bool, retry_minutes: int
) -> OpenSettings:
    """What opens the store of ``location``; a dry run, asked for here or in the options, is read-only."""
    return OpenSettings(
        access=access(configuration),
        location=location,
        objects=object_settings(configuration),
        create_bucket=configuration.destination_config.create_bucket,
        read_only=dry_run or configuration.options.dry_run,
        lists=configuration.reconcile_every_days == 0,
        bandwidth_limit_bytes_per_second=configuration.bandwidth_limit_bytes_per_second,
        retry_seconds=60 * retry_minutes,
    )


def _given(value: int | None, usual: int) -> int:
    return usual if value is None else value
