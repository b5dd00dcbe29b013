"""The credentials, region and certificates of the AWS files and services: botocore's own chain."""

from __future__ import annotations

import os
from typing import Any

import botocore.credentials
import botocore.exceptions
import botocore.loaders
import botocore.session

from mochok.errors import CredentialsError
from mochok.storage.botocore_http import send_bounded
from mochok.storage.credential_process import limit_programs
from mochok.storage.http_client import Trust
from mochok.storage.identity import Credentials
from mochok.storage.settings import Access

_HINT = "log in again (aws sso login) or check the profile"
_RENEWED_BY = ("role_arn", "source_profile", "sso_account_id", "sso_role_name", "credential_process")
_FAULTS = (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError)


class BotocoreIdentity:
    """An identity as botocore finds it. Raises CredentialsError if there is none."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._session = _session(access.profile)
        bundle = access.ca_bundle or self.variable("ca_bundle")
        send_bounded(self._session, Trust(access.verify_tls, bundle or None))
        self._credentials = self._find_credentials() if access.sign_requests else None

    def variable(self, name: str) -> str | None:
        """``region`` or ``ca_bundle`` of the environment or the profile."""
        found: str | None = self._session.get_config_variable(name)
        return found

    @property
    def endpoint_url(self) -> str | None:
        """The endpoint that the profile names."""
        return self._session.get_scoped_config().get("endpoint_url") or None

    @property
    def origin(self) -> str:
        """Where the credentials were found, as botocore calls it; "" if unsigned."""
        return str(self._credentials.method) if self._credentials is not None else ""

    @property
    def account(self) -> str:
        """What identifies the credentials: the access key, or what renews keys that change."""
        if not self.renewable:
            return self._credentials.access_key if self._credentials is not None else ""
        settings = self._session.get_scoped_config()
        renewed_by = [settings.get(name, "") for name in _RENEWED_BY]
        role = os.environ.get("AWS_ROLE_ARN", "")  # of a web identity
        return " ".join((self.origin, self._session.profile or "", role, *renewed_by))

    @property
    def renewable(self) -> bool:
        """True if the credentials expire and can be renewed."""
        return isinstance(self._credentials, botocore.credentials.RefreshableCredentials)

    def credentials(self) -> Credentials | None:
        """The current ones, renewed if due; None if unsigned. Raises CredentialsError."""
        if self._credentials is None:
            return None
        try:
            frozen = self._credentials.get_frozen_credentials()
        except (*_FAULTS, RuntimeError, ValueError) as error:  # RuntimeError: renewed, but expired already
            raise CredentialsError(
                f"the credentials cannot be obtained or renewed: {error}", hint=_HINT
            ) from error
        return Credentials(frozen.access_key or "", frozen.secret_key or "", frozen.token)

    def client(self, service: str, **options: Any) -> Any:
        """A client of botocore."""
        return self._session.create_client(service, **options)

    def _find_credentials(self) -> botocore.credentials.Credentials:
        access = self._access
        reading_seconds = access.read_timeout_seconds  # a program may take as long as a server; 0 is no limit
        limit_programs(self._session, reading_seconds and reading_seconds + access.connect_timeout_seconds)
        try:
            found = self._session.get_credentials()
        except (botocore.exceptions.BotoCoreError, ValueError) as error:  # ValueError: output of a program
            raise CredentialsError(f"the credentials cannot be loaded: {error}", hint=_HINT) from error
        if found is None:
            named = access.profile and access.profile != "default"
            profile = f" for the profile {access.profile!r}" if named else ""
            raise CredentialsError(
                f"no AWS credentials found{profile}",
                hint="run 'aws configure', set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, "
                "or name another aws_profile",
            )
        return self._assume(found, access.role_arn) if access.role_arn else found

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
    except (botocore.exceptions.BotoCoreError, OSError) as error:
        raise _unreadable(error) from error


def profile_files() -> str:
    """The files that profiles come from, and which do not exist: a job may have another home folder."""
    session = botocore.session.Session(profile="default")
    found = (str(session.get_config_variable(name)) for name in ("config_file", "credentials_file"))
    paths = [os.path.expanduser(os.path.expandvars(path)) for path in found]
    return " and ".join(path if os.path.isfile(path) else f"{path} (does not exist)" for path in paths)


def known_regions() -> frozenset[str]:
    """The names of AWS's regions, of every partition, as this botocore knows them."""
    partitions = botocore.loaders.Loader().load_data("partitions")["partitions"]
    names = (name for partition in partitions for name in partition["regions"])
    return frozenset(name for name in names if not name.endswith("-global"))


def _session(profile: str | None) -> botocore.session.Session:
    # "default" is what older files write for "the usual credentials"; it need not exist as a profile.
    session = botocore.session.Session(profile=profile if profile != "default" else None)
    try:
        session.get_scoped_config()
    except botocore.exceptions.ProfileNotFound as error:
        known = ", ".join(sorted(session.available_profiles)) or "none"
        named = profile or os.environ.get("AWS_PROFILE")
        raise CredentialsError(
            f"the AWS profile {named!r} does not exist in {profile_files()}",
            hint=f"add it, or correct aws_profile; known profiles: {known}",
        ) from error
    except (botocore.exceptions.BotoCoreError, OSError) as error:
        raise _unreadable(error) from error
    return session


def _unreadable(error: Exception) -> CredentialsError:
    hint = "check their permissions, and HOME, AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE"
    return CredentialsError(f"the AWS configuration files cannot be read: {error}", hint=hint)
