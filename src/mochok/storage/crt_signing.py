"""How the engine signs: with which credentials, renewed when the session renews them."""

from __future__ import annotations

from typing import Any

from awscrt.auth import AwsCredentials, AwsCredentialsProvider
from awscrt.s3 import create_default_s3_signing_config

from mochok.storage.identity import Keys
from mochok.storage.session import Session


class Signing:
    """Signing configurations for one region. None where the session does not sign."""

    def __init__(self, region: str, session: Session) -> None:
        self._region = region
        self._session = session
        self._keys: Keys | None = None
        self._now: Any = None

    @property
    def renewing(self) -> Any:
        """For requests that take long: every part asks for the credentials of its moment."""
        if self._session.keys is None:
            return None
        return self._with(AwsCredentialsProvider.new_delegate(_Delegate(self._session)))

    @property
    def now(self) -> Any:
        """For single requests: today's credentials, without a way back into Python for each of them."""
        keys = self._session.keys
        if keys is not self._keys:
            self._keys = keys
            self._now = self._with(AwsCredentialsProvider.new_static(*keys)) if keys else None
        return self._now

    def _with(self, provider: AwsCredentialsProvider) -> Any:
        return create_default_s3_signing_config(region=self._region, credential_provider=provider)


class _Delegate:
    """Asked for every request from the engine's threads: answers from memory, never raises."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._keys = session.keys
        self._credentials = self._convert()

    def __call__(self) -> AwsCredentials:
        if self._session.keys is not self._keys:
            self._keys = self._session.keys
            self._credentials = self._convert()
        return self._credentials

    def _convert(self) -> AwsCredentials:
        keys = self._keys
        assert keys is not None  # an unsigned session has no delegate
        return AwsCredentials(*keys)
