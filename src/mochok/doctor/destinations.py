"""Where the files go: each distinct identity, then each distinct bucket, asked through ``storage``.

Nothing is created: a bucket that does not exist is reported, and the object of the probe (only on demand) is
deleted again. No bucket is asked twice.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial

from mochok.clock import Stop
from mochok.config.jobs import access, location, object_settings, sync_paths
from mochok.config.schema import Configuration, Settings
from mochok.doctor.check import Check, failed
from mochok.doctor.probe import probe
from mochok.errors import CredentialsError, MochokError, StorageError
from mochok.model import KeyRange
from mochok.plurals import counted
from mochok.storage.endpoint import endpoint
from mochok.storage.inspector import Inspector, caller_identity
from mochok.storage.preflight import preflight
from mochok.storage.session import Session
from mochok.storage.settings import Access, Location, OpenSettings
from mochok.storage.stores import Stores

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

    def opening(self, prefix: str, configuration: Configuration | None = None) -> OpenSettings:
        """What opens the bucket below ``prefix``, with the options of ``configuration`` (the first)."""
        create = any(member.destination_config.create_bucket for member in self.configurations)
        objects = object_settings(configuration or self.configurations[0])
        below = replace(self.location, prefix=prefix.rstrip("/"))
        return OpenSettings(self.access, below, objects, create_bucket=create, read_only=True)


def targets(settings: Settings, configurations: Sequence[Configuration], today: datetime) -> list[Target]:
    """The distinct (identity, server, bucket), in the order of the file. Impossible paths are skipped."""
    groups: dict[tuple[Access, Location], list[Configuration]] = {}
    for configuration in configurations:
        try:
            whole = location(configuration, sync_paths(configuration, settings, today.date()))
        except MochokError:
            continue  # reported as an error of its source
        groups.setdefault((access(configuration), replace(whole, prefix="")), []).append(configuration)
    return [
        Target(identity, bucket, tuple(members), tuple(dict.fromkeys(map(fixed_prefix, members))))
        for (identity, bucket), members in groups.items()
    ]


def fixed_prefix(configuration: Configuration) -> str:
    """The part of the destination that no date changes: "" or folders, ending with ``/``."""
    given = configuration.destination_config.s3_path_structure
    structure = configuration.strategy.default_structure if given is None else given
    fixed, brace, _rest = structure.partition("{")
    if not brace:
        return f"{fixed.rstrip('/')}/" if fixed else ""
    return fixed[: fixed.rfind("/") + 1]


class Examination:
    """All checks of destinations; keeps the usable identities and whether a server can be reached."""

    def __init__(self, *, with_probe: bool) -> None:
        self._with_probe = with_probe
        self._stores = Stores(Stop())
        self._usable: dict[Access, bool] = {}
        self._reachable: dict[str, bool] = {}

    def checks(self, found: Sequence[Target]) -> Iterator[Check]:
        """The checks of every target: credentials, server and clock, bucket."""
        with closing(self._stores):
            for target in found:
                identity = replace(target.access, region=None)
                if identity not in self._usable:
                    check = self._credentials(identity, target)
                    self._usable[identity] = check.level != "error"
                    yield check
                if self._usable[identity]:
                    yield from self._target(self._stores.session(target.access), target)

    def _target(self, session: Session, target: Target) -> Iterator[Check]:
        target = replace(target, location=session.located(target.location))
        server = endpoint(target.location, session.region)
        name = server.url
        is_new = name not in self._reachable
        if is_new:
            try:
                preflight(server, session)
            except MochokError as error:
                self._reachable[name] = False
                yield failed(f"server {name}", error)
                return
            self._reachable[name] = True
        if not self._reachable[name]:
            message = f"not checked: {name} cannot be reached"
            yield Check("error", f"bucket {target.location.bucket}", message, "see the server above")
            return
        with closing(Inspector(session, target.location, session.region)) as inspector:
            if is_new:
                yield from _clock(name, inspector)
            yield from self._bucket(target, inspector)

    def _bucket(self, target: Target, inspector: Inspector) -> Iterator[Check]:
        subject = f"bucket {target.location.bucket}"
        notices: list[tuple[str, str]] = []
        first, *others = target.prefixes  # a policy may allow no more than these
        try:
            opening = target.opening(first)
            with closing(self._stores.open(opening, lambda *notice: notices.append(notice))) as store:
                # DEBUG is each request that was repeated
                yield from (Check("note", subject, text) for level, text in notices if level != "DEBUG")
                region = self._stores.region(opening)
                if region:
                    next(iter(store.list(KeyRange())), None)
        except MochokError as error:
            yield failed(subject, error)
            return
        if region:
            yield Check("ok", subject, f"exists in {region} and may be listed")
            yield from _details(subject, inspector, target.prefixes)
            yield from self._unlisted(subject, target, others)
        if not self._with_probe:
            return
        if not region:
            yield Check("note", subject, "no probe was written, because the bucket does not exist yet")
            return
        for configuration in target.configurations:
            opening = target.opening(fixed_prefix(configuration), configuration)
            yield probe(configuration.name, opening, inspector, self._stores)

    def _credentials(self, identity: Access, target: Target) -> Check:
        profile = f"profile {identity.profile}" if identity.profile else "the default credential chain"
        subject = f"credentials of {profile}" + (f" as {identity.role_arn}" if identity.role_arn else "")
        try:
            session = self._stores.session(target.access)
            if session.credentials is None:
                return Check("ok", subject, "none: requests are not signed (--no-sign-request)")
            key = (
                f"{session.credentials.access_key[:4]}... from {_ORIGINS.get(session.origin, session.origin)}"
            )
            is_aws = not (target.location.endpoint_url or session.endpoint_url())
            if not is_aws and not os.environ.get("AWS_ENDPOINT_URL_STS"):
                return Check("ok", subject, f"{key} (identity not checked: not an AWS endpoint)")
            caller = caller_identity(session, session.region)
        except CredentialsError as error:
            return failed(subject, error)
        except StorageError as error:
            return failed(subject, error, "warning")
        return Check("ok", subject, f"{key}: {caller.arn} of account {caller.account}")

    def _unlisted(self, subject: str, target: Target, prefixes: Sequence[str]) -> Iterator[Check]:
        """An error for each of ``prefixes`` that may not be listed."""
        for prefix in prefixes:
            opening = target.opening(prefix)
            try:
                with closing(self._stores.open(opening, lambda *_notice: None)) as store:
                    next(iter(store.list(KeyRange())), None)
            except MochokError as error:
                yield failed(f"{subject}, {opening.location.url}", error)


def _clock(name: str, inspector: Inspector) -> Iterator[Check]:
    try:
        server_time = inspector.server_time()
    except MochokError:
        return  # the check of the bucket reports it
    if server_time is not None:
        yield clock(name, (datetime.now(UTC) - server_time).total_seconds())


def clock(name: str, ahead_seconds: float) -> Check:
    """This machine's clock against the server's: S3 refuses signatures that are 15 minutes off."""
    subject, off_seconds = f"clock against {name}", abs(ahead_seconds)
    if off_seconds < SKEW_NOTED_SECONDS:
        return Check("ok", subject, "agrees within a minute")
    message = f"this machine is {off_seconds:.0f} s {'ahead' if ahead_seconds > 0 else 'behind'}"
    hint = "set this machine's clock (NTP); S3 refuses requests that are 15 minutes off"
    return Check("warning" if off_seconds < SKEW_REFUSED_SECONDS else "error", subject, message, hint)


def _details(subject: str, inspector: Inspector, prefixes: Sequence[str]) -> Iterator[Check]:
    """Versioning, encryption and unfinished uploads; a note for what may not be asked."""
    questions = [
        ("versioning", partial(_versioning, subject, inspector)),
        ("encryption", partial(_encryption, subject, inspector)),
    ]
    for prefix in prefixes:
        questions.append(("unfinished multipart uploads", partial(_leftovers, subject, inspector, prefix)))
    for name, question in questions:
        try:
            yield question()
        except MochokError as error:
            yield Check("note", subject, f"{name}: unknown, because {error.message}", error.hint)


def _versioning(subject: str, inspector: Inspector) -> Check:
    state = inspector.versioning()
    if state == "Enabled":
        return Check("ok", subject, "versioning is on")
    message = f"versioning is {'suspended' if state else 'off'}: overwritten and deleted objects are lost"
    return Check("warning", subject, message, "enable versioning, unless this is intended")


def _encryption(subject: str, inspector: Inspector) -> Check:
    if algorithm := inspector.encryption():
        return Check("ok", subject, f"new objects are encrypted ({algorithm})")
    hint = "set a default encryption, or --sse in sync_options"
    return Check("warning", subject, "no default encryption is set", hint)


def _leftovers(subject: str, inspector: Inspector, prefix: str) -> Check:
    found, below = inspector.leftovers(prefix), f"below {prefix}" if prefix else "in it"
    if not found.found:
        return Check("ok", subject, f"no unfinished multipart uploads {below}")
    oldest = f", the oldest of {found.oldest:%Y-%m-%d %H:%M} UTC" if found.oldest else ""
    count = f"{'at least ' if found.more else ''}{counted(found.found, 'unfinished multipart upload')}"
    hint = "they cost storage; add a lifecycle rule AbortIncompleteMultipartUpload (7 days) to the bucket"
    return Check("warning", subject, f"{count} {below}{oldest}", hint)
