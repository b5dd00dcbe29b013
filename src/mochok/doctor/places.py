"""Where the files go: each distinct identity, then each distinct bucket, asked through ``storage``.

Nothing is created and nothing stays: a bucket that is missing is told, and the probe (only on demand) is
removed again. No bucket is asked twice.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from mochok.clock import Stop
from mochok.config.jobs import access, location, object_settings, sync_paths
from mochok.config.schema import Configuration, Settings
from mochok.doctor.check import Check, failed
from mochok.doctor.probe import probe
from mochok.errors import CredentialsError, MochokError, StorageError
from mochok.model import KeyRange
from mochok.plurals import counted
from mochok.storage.contract import ObjectStore
from mochok.storage.endpoint import endpoint
from mochok.storage.inspector import Inspector, caller_identity
from mochok.storage.preflight import preflight
from mochok.storage.session import Session
from mochok.storage.settings import Access, Location, OpenSettings
from mochok.storage.stores import Stores
from mochok.strategies.contract import Strategy

SKEW_NOTED_SECONDS = 60
SKEW_REFUSED_SECONDS = 15 * 60
_ORIGINS = {
    "env": "environment variables",
    "shared-credentials-file": "the AWS credentials file",
    "config-file": "the AWS configuration file",
    "sso": "AWS SSO",
    "assume-role": "an assumed role",
    "assume-role-with-web-identity": "a web identity",
    "iam-role": "the role of this machine",
    "container-role": "the role of this container",
    "custom-process": "credential_process",
}


@dataclass(frozen=True, slots=True)
class Target:
    """One bucket as one identity sees it. ``configurations`` share it; ``prefixes`` are their fixed parts."""

    access: Access
    location: Location
    configurations: tuple[Configuration, ...]
    prefixes: tuple[str, ...]


def targets(settings: Settings, configurations: Sequence[Configuration], today: datetime) -> list[Target]:
    """The distinct (identity, server, bucket), in the order of the file. Impossible paths are left out."""
    groups: dict[tuple[Access, Location], list[Configuration]] = {}
    for configuration in configurations:
        try:
            where = location(configuration, sync_paths(configuration, settings, today.date()))
        except MochokError:
            continue  # told as a problem of its source
        groups.setdefault((access(configuration), replace(where, prefix="")), []).append(configuration)
    return [
        Target(who, where, tuple(members), tuple(dict.fromkeys(fixed_prefix(each) for each in members)))
        for (who, where), members in groups.items()
    ]


def fixed_prefix(configuration: Configuration) -> str:
    """The part of the destination that no date changes: "" or folders, ending with ``/``."""
    strategy: Strategy = configuration.strategy
    given = configuration.destination_config.s3_path_structure
    structure = strategy.default_structure if given is None else given
    fixed, brace, _rest = structure.partition("{")
    if not brace:
        return f"{fixed.rstrip('/')}/" if fixed else ""
    return fixed[: fixed.rfind("/") + 1]


class Examination:
    """All checks of destinations; remembers the sessions and what is already known to be unreachable."""

    def __init__(self, settings: Settings, *, with_probe: bool) -> None:
        self._settings = settings
        self._with_probe = with_probe
        self._stores = Stores(Stop())
        self._sessions: dict[Access, Session | None] = {}
        self._servers: dict[str, bool] = {}
        self._clocks: set[str] = set()

    def checks(self, found: Sequence[Target]) -> Iterator[Check]:
        """The checks of every target: who, which server and clock, the bucket."""
        with closing(self._stores):
            for target in found:
                who = replace(target.access, region=None)
                if who not in self._sessions:
                    yield from self._credentials(who, target)
                if self._sessions[who] is not None:
                    yield from self._target(self._stores.session(target.access), target)

    def _credentials(self, who: Access, target: Target) -> Iterator[Check]:
        subject = f"credentials of {_profile_words(who)}"
        self._sessions[who] = None
        try:
            session = self._stores.session(target.access)
        except MochokError as error:
            yield failed(subject, error)
            return
        self._sessions[who] = session
        if session.credentials is None:
            yield Check("ok", subject, "none: requests are not signed (--no-sign-request)")
            return
        told = f"{session.credentials.access_key[:4]}... from {_ORIGINS.get(session.origin, session.origin)}"
        is_aws = not (target.location.endpoint_url or session.endpoint_url())
        if not is_aws and not os.environ.get("AWS_ENDPOINT_URL_STS"):
            yield Check("ok", subject, f"{told} (the server is not AWS, so AWS is not asked who they are)")
            return
        try:
            identity = caller_identity(session, session.region)
        except CredentialsError as error:
            self._sessions[who] = None
            yield failed(subject, error)
        except StorageError as error:
            yield failed(subject, error, "warning")
        else:
            yield Check("ok", subject, f"{told}: {identity.arn} of account {identity.account}")

    def _target(self, session: Session, target: Target) -> Iterator[Check]:
        where, region = session.located(target.location), session.region
        server = endpoint(where, region)
        name = f"{'https' if server.secure else 'http'}://{server.authority}"
        if name not in self._servers:
            self._servers[name] = False
            try:
                preflight(server, session)
            except MochokError as error:
                yield failed(f"server {name}", error)
                return
            self._servers[name] = True
        if not self._servers[name]:
            told = f"not looked at: {name} cannot be reached"
            yield Check("error", f"bucket {where.bucket}", told, "see the server above")
            return
        inspector = Inspector(session, where, region)
        try:
            if name not in self._clocks:
                self._clocks.add(name)
                yield from _clock(name, inspector)
            yield from self._bucket(target, where, inspector)
        finally:
            inspector.close()

    def _bucket(self, target: Target, where: Location, inspector: Inspector) -> Iterator[Check]:
        subject = f"bucket {where.bucket}"
        notices: list[tuple[str, str]] = []
        first, *others = target.prefixes  # a policy may allow no more than these
        opening = self._opening(target, replace(where, prefix=first.rstrip("/")))
        try:
            store = self._stores.open(opening, lambda *notice: notices.append(notice))
        except MochokError as error:
            yield failed(subject, error)
            return
        try:
            for level, message in notices:
                if level != "DEBUG":  # each request that was repeated
                    yield Check("note", subject, message)
            if region := self._stores.region(opening):
                yield from _existing(f"exists in {region}", store, inspector, target)
                for prefix in others:
                    yield from self._listing(subject, target, replace(where, prefix=prefix.rstrip("/")))
                if self._with_probe:
                    yield from self._probes(target, where, inspector)
            elif self._with_probe:
                yield Check("note", subject, "nothing was written to it as a probe, as it does not exist yet")
        finally:
            store.close()

    def _listing(self, subject: str, target: Target, where: Location) -> Iterator[Check]:
        """Nothing, unless what lies below one more prefix may not be listed."""
        try:
            with closing(self._stores.open(self._opening(target, where), lambda *_notice: None)) as store:
                next(iter(store.list(KeyRange())), None)
        except MochokError as error:
            yield failed(f"{subject}, {where.url}", error)

    def _opening(self, target: Target, where: Location) -> OpenSettings:
        one = target.configurations[0]
        create = any(each.destination_config.create_bucket for each in target.configurations)
        objects = object_settings(one)
        return OpenSettings(target.access, where, objects, create_bucket=create, read_only=True)

    def _probes(self, target: Target, where: Location, inspector: Inspector) -> Iterator[Check]:
        for configuration in target.configurations:
            prefix = fixed_prefix(configuration).rstrip("/")
            opening = replace(
                self._opening(target, replace(where, prefix=prefix)),
                objects=object_settings(configuration),
            )
            yield probe(configuration.name, opening, inspector, self._stores)


def _profile_words(who: Access) -> str:
    name = f"profile {who.profile}" if who.profile else "the usual AWS search"
    return f"{name} as {who.role_arn}" if who.role_arn else name


def _clock(name: str, inspector: Inspector) -> Iterator[Check]:
    try:
        theirs = inspector.server_time()
    except MochokError:
        return  # the bucket's own check tells what is wrong
    if theirs is not None:
        yield clock(name, (datetime.now(UTC) - theirs).total_seconds())


def clock(name: str, ahead_seconds: float) -> Check:
    """This machine's clock against the server's: S3 refuses signatures that are 15 minutes off."""
    subject, off = f"clock against {name}", abs(ahead_seconds)
    if off < SKEW_NOTED_SECONDS:
        return Check("ok", subject, "agrees within a minute")
    told = f"this machine is {off:.0f} seconds {'ahead' if ahead_seconds > 0 else 'behind'}"
    hint = "set this machine's clock (NTP); S3 refuses requests that are 15 minutes off"
    return Check("warning" if off < SKEW_REFUSED_SECONDS else "error", subject, told, hint)


def _existing(found: str, store: ObjectStore, inspector: Inspector, target: Target) -> Iterator[Check]:
    subject = f"bucket {target.location.bucket}"
    try:
        next(iter(store.list(KeyRange())), None)
    except MochokError as error:
        yield failed(subject, error)
        return
    yield Check("ok", subject, f"{found} and may be listed")
    yield _versioning(subject, inspector)
    yield _encryption(subject, inspector)
    for prefix in target.prefixes:
        yield _leftovers(subject, inspector, prefix)


def _versioning(subject: str, inspector: Inspector) -> Check:
    try:
        state = inspector.versioning()
    except MochokError as error:
        return failed(subject, _not_told("versioning", error), "note")
    if state == "Enabled":
        return Check("ok", subject, "versioning is on")
    told = "versioning is suspended" if state else "versioning is off"
    return Check("warning", subject, f"{told}: what is overwritten or deleted cannot be brought back",
                 "switch it on, unless that is meant")  # fmt: skip


def _encryption(subject: str, inspector: Inspector) -> Check:
    try:
        algorithm = inspector.encryption()
    except MochokError as error:
        return failed(subject, _not_told("encryption", error), "note")
    if algorithm:
        return Check("ok", subject, f"new objects are encrypted ({algorithm})")
    hint = "set a default encryption, or --sse in sync_options"
    return Check("warning", subject, "no default encryption is set", hint)


def _leftovers(subject: str, inspector: Inspector, prefix: str) -> Check:
    below = f"below {prefix}" if prefix else "in it"
    try:
        found = inspector.leftovers(prefix)
    except MochokError as error:
        return failed(subject, _not_told("leftover multipart uploads", error), "note")
    if not found.found:
        return Check("ok", subject, f"no leftover multipart uploads {below}")
    oldest = f", the oldest of {found.oldest:%Y-%m-%d %H:%M} UTC" if found.oldest else ""
    count = f"{'at least ' if found.more else ''}{counted(found.found, 'unfinished multipart upload')}"
    hint = "they cost storage; add a lifecycle rule AbortIncompleteMultipartUpload (7 days) to the bucket"
    return Check("warning", subject, f"{count} {below}{oldest}", hint)


def _not_told(what: str, error: MochokError) -> MochokError:
    return MochokError(f"{what}: not known, because {error.message}")
