"""Credentials, region and certificates as every AWS user knows them: botocore's own chain.

Environment, profiles, SSO, web identity, instance roles and ``role_arn`` all work as in the AWS CLI.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from typing import Any, NamedTuple

import botocore.credentials
import botocore.exceptions
import botocore.session

from mochok.errors import CredentialsError
from mochok.storage.programs import bound_programs
from mochok.storage.settings import Access

DEFAULT_REGION = "us-east-1"
_LOOK_AGAIN_SECONDS = 10.0
_NEW_KEYS_SECONDS = 120.0
_HINT = "log in again (aws sso login) or check the profile"
_FAULTS = (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError)


class Keys(NamedTuple):
    """One set of credentials; ``token`` is None for long-lived ones. Never log it."""

    access_key: str
    secret_key: str
    token: str | None

    def __repr__(self) -> str:
        return f"Keys({self.access_key[:4]}...)"


class Session:
    """Who we are. ``keys`` is safe to read from any thread; :meth:`refresh` and :meth:`renew` renew it."""

    def __init__(self, access: Access) -> None:
        self.access = access
        self._session = _botocore_session(access.profile)
        self._credentials = self._find_credentials() if access.sign_requests else None
        self._next_look = 0.0
        self._next_renewal = 0.0
        self._renewed_at: float | None = None
        self.keys: Keys | None = None
        self.refresh()

    @property
    def region(self) -> str | None:
        """The configured region, else the profile's or the environment's, else None."""
        return self.access.region or self._session.get_config_variable("region")

    @property
    def ca_bundle(self) -> str | None:
        """The file of trusted certificates, None for the system's own."""
        return self.access.ca_bundle or self._session.get_config_variable("ca_bundle") or None

    def endpoint_url(self, environ: Mapping[str, str] = os.environ) -> str | None:
        """The S3 endpoint that environment or profile configure, None for AWS itself."""
        if environ.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "").lower() == "true":
            return None
        named = environ.get("AWS_ENDPOINT_URL_S3") or environ.get("AWS_ENDPOINT_URL")
        return named or self._session.get_scoped_config().get("endpoint_url") or None

    def refresh(self) -> Keys | None:
        """Take over renewed credentials; asks botocore at most every ten seconds.

        Raises CredentialsError when they cannot be renewed.
        """
        now = time.monotonic()
        if self._credentials is None or now < self._next_look:
            return self.keys
        try:
            frozen = self._credentials.get_frozen_credentials()
        except (*_FAULTS, RuntimeError, ValueError) as error:  # RuntimeError: renewed, but expired already
            raise CredentialsError(
                f"the credentials cannot be obtained or renewed: {error}", hint=_HINT
            ) from error
        keys = Keys(frozen.access_key or "", frozen.secret_key or "", frozen.token)
        if self.keys not in (None, keys):
            self._renewed_at = now
        self._next_look = now + _LOOK_AGAIN_SECONDS
        self.keys = keys
        return keys

    def renew(self) -> bool:
        """The server calls the credentials expired: look for others. True if it is worth another try.

        botocore renews by its own clock alone and reads files once, so everything is loaded anew; once in ten
        seconds, because many requests fail with the same token at the same time. Raises CredentialsError.
        """
        now = time.monotonic()
        if self._credentials is not None and now >= self._next_renewal:
            self._next_renewal = now + _LOOK_AGAIN_SECONDS
            self._session = _botocore_session(self.access.profile)
            self._credentials = self._find_credentials()
            self._next_look = 0.0
            self.refresh()
            if self.renewable:
                self._renewed_at = now
        return self._renewed_at is not None and now - self._renewed_at < _NEW_KEYS_SECONDS

    @property
    def _patience_seconds(self) -> int:
        """How long a program may take that gives out keys: as long as a server; 0 is for ever."""
        reading = self.access.read_timeout_seconds
        return reading + self.access.connect_timeout_seconds if reading else 0

    @property
    def origin(self) -> str:
        """Where the credentials were found, in botocore's word (``env``, ``sso`` ...); "" if unsigned."""
        return str(self._credentials.method) if self._credentials is not None else ""

    @property
    def renewable(self) -> bool:
        """True if the credentials expire and can be renewed."""
        return isinstance(self._credentials, botocore.credentials.RefreshableCredentials)

    def client(
        self, service: str, *, region: str, endpoint_url: str | None = None, config: Any = None
    ) -> Any:
        """A boto3-style client for set-up calls, with the same identity."""
        keys = self.refresh()
        return self._session.create_client(
            service,
            region_name=region,
            endpoint_url=endpoint_url,
            aws_access_key_id=keys.access_key if keys else None,
            aws_secret_access_key=keys.secret_key if keys else None,
            aws_session_token=keys.token if keys else None,
            verify=self.ca_bundle if self.access.verify_tls else False,
            config=config,
        )

    def _find_credentials(self) -> botocore.credentials.Credentials:
        bound_programs(self._session, self._patience_seconds)
        try:
            found = self._session.get_credentials()
        except (botocore.exceptions.BotoCoreError, ValueError) as error:  # ValueError: a program's words
            raise CredentialsError(f"the credentials cannot be loaded: {error}", hint=_HINT) from error
        if found is None:
            raise CredentialsError(
                f"no AWS credentials found{_of_profile(self.access.profile)}",
                hint="run 'aws configure', set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, "
                "or name another aws_profile",
            )
        role = self.access.role_arn
        return self._assume(found, role) if role else found

    def _assume(
        self, source: botocore.credentials.Credentials, role_arn: str
    ) -> botocore.credentials.DeferredRefreshableCredentials:
        fetcher = botocore.credentials.AssumeRoleCredentialFetcher(
            client_creator=self._session.create_client,
            source_credentials=source,
            role_arn=role_arn,
            extra_args={"RoleSessionName": "mochok"},
        )
        return botocore.credentials.DeferredRefreshableCredentials(
            method="assume-role", refresh_using=fetcher.fetch_credentials
        )


def known_profiles() -> frozenset[str]:
    """The profiles in the AWS files. Raises CredentialsError if those cannot be read."""
    try:
        return frozenset(botocore.session.Session(profile="default").available_profiles)
    except botocore.exceptions.BotoCoreError as error:
        raise CredentialsError(f"the AWS configuration files cannot be read: {error}") from error


def _botocore_session(profile: str | None) -> botocore.session.Session:
    # "default" is what older files write for "the usual credentials"; it need not exist as a profile.
    session = botocore.session.Session(profile=profile if profile != "default" else None)
    try:
        session.get_scoped_config()
    except botocore.exceptions.ProfileNotFound as error:
        known = ", ".join(sorted(session.available_profiles)) or "none"
        raise CredentialsError(
            f"the AWS profile {profile or os.environ.get('AWS_PROFILE')!r} does not exist",
            hint=f"known profiles: {known}; 'aws configure --profile NAME' makes one",
        ) from error
    except botocore.exceptions.BotoCoreError as error:
        raise CredentialsError(f"the AWS configuration files cannot be read: {error}") from error
    return session


def _of_profile(profile: str | None) -> str:
    return f" for the profile {profile!r}" if profile and profile != "default" else ""
