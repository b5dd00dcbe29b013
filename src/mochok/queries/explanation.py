"""What ``mochok explain`` needs for one file: the job, the object in the bucket, and the ledger's entry."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

from mochok.clock import SystemClock
from mochok.config.jobs import access, location, sync_paths
from mochok.config.jobs import job as job_of
from mochok.config.schema import Configuration, Settings
from mochok.errors import BucketMissingError, MochokError, UsageError
from mochok.model import BucketId, LedgerEntry, RemoteObject, Upload
from mochok.run.explain import (
    Decision,
    LocalFile,
    absolute,
    by_earlier_listing,
    explain,
    key_of,
    stat_local,
)
from mochok.run.in_flight import InFlightMark
from mochok.run.job import Job
from mochok.state.ledger import read_ledger
from mochok.storage.settings import Location

if TYPE_CHECKING:
    from mochok.storage.inspector import ObjectFacts

DAYS_SEARCHED = 400


class Days(NamedTuple):
    """The data day that is asked about, and the day on which a run would do so."""

    target: date
    today: date


@dataclass(frozen=True, slots=True)
class Explanation:
    """The answer. ``stored`` None: there is no object, or ``problem`` is the reason why that is unknown."""

    job: Job
    key: str
    url: str
    local: LocalFile
    stored: ObjectFacts | None
    problem: MochokError | None
    entry: LedgerEntry | None
    decision: Decision


class _Asked(NamedTuple):
    """The answers about one object: ``bucket`` None if the bucket does not exist."""

    stored: ObjectFacts | None
    bucket: BucketId | None


def explain_file(
    settings: Settings, configuration: Configuration, days: Days, path: str, warn: Callable[[str], None]
) -> Explanation:
    """Explain ``path`` of one configuration. Raises UsageError for a path outside its source.

    The bucket is asked with HeadObject; if that fails, the rest is explained all the same.
    """
    job = job_of(settings, configuration, days.target, run_date=days.today, dry_run=True)
    try:
        key = key_of(job, path)
    except UsageError as error:
        raise _with_better_day(error, settings, configuration, days.target, path) from error
    target = location(configuration, job.paths)
    local, problem, stored, bucket = stat_local(job, key), None, None, None
    can_be_stored = key.isascii() or key.encode(errors="replace").decode() == key
    try:
        if can_be_stored:
            stored, bucket = _head(configuration, target, key)
    except MochokError as error:
        problem = error
    ledger = read_ledger(settings.global_settings.ledger_file, warn=warn)
    try:
        entry = ledger.lookup(job.destination, [key]).get(key) if can_be_stored else None
        mark = InFlightMark(ledger, job.destination, SystemClock())
        listed = ledger.listed(job.destination, bucket) if bucket and mark.since_ns is None else None
    finally:
        ledger.close()
    remote = None
    if stored is not None:
        modified_ns = int(stored.modified.timestamp()) * 1_000_000_000
        remote = RemoteObject(key, stored.size_bytes, modified_ns, stored.etag)
    known = {key: entry} if entry else {}
    decision = explain(job, key, local, remote, known, doubtful_from_ns=mark.doubtful_from_ns)
    if listed is not None and job.relies_on(listed, now := SystemClock(job.zone).now()):
        decision = by_earlier_listing(decision, job, local, entry, listed.astimezone(now.tzinfo).date())
    if problem is not None and isinstance(decision.action, Upload):
        decision = replace(decision, action=None)
    url = f"s3://{target.bucket}/{target.key_prefix}{key}"
    return Explanation(job, key, url, local, stored, problem, entry, decision)


def _head(configuration: Configuration, target: Location, key: str) -> _Asked:
    """Raises BucketMissingError if a run would not create the bucket."""
    from mochok.storage.endpoint import endpoint
    from mochok.storage.inspector import Inspector  # loads botocore
    from mochok.storage.preflight import preflight
    from mochok.storage.session import Session

    session = Session(access(configuration))
    target, region = session.located(target), session.region
    preflight(endpoint(target, region), session)
    inspector = Inspector(session, target, region)
    try:
        stored = inspector.head(f"{target.key_prefix}{key}", dict(configuration.options.key_headers))
        if stored is not None or inspector.exists():
            return _Asked(stored, session.bucket_id(target))
        if not configuration.destination_config.create_bucket:
            message = f"the bucket {target.bucket} does not exist and create_bucket is false"
            raise BucketMissingError(message, hint="create it, or set create_bucket: true")
        return _Asked(None, None)
    finally:
        inspector.close()


def _with_better_day(
    error: UsageError, settings: Settings, configuration: Configuration, day: date, path: str
) -> UsageError:
    """The same error; if another day's source folder holds ``path``, the hint names that day."""
    here = absolute(path)
    for back in range(DAYS_SEARCHED):
        other = day - timedelta(days=back)
        try:
            source = sync_paths(configuration, settings, other).source
        except MochokError:
            break
        if here.startswith(os.path.join(source, "")):
            return UsageError(error.message, hint=f"that file is in the folder of --target-date {other}")
    return error
