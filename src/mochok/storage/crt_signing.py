"""How the engine signs: with which credentials, renewed when the session renews them."""

from __future__ import annotations

from typing import Any

from awscrt.auth import AwsCredentials, AwsCredentialsProvider
from awscrt.s3 import create_default_s3_signing_config

from mochok.storage.identity import Credentials
from mochok.storage.session import Session


class Signing:
    """Signing configurations for one region; None where the session does not sign. Thread-safe."""

    def __init__(self, region: str, session: Session) -> None:
        self._region = region
        self._session = session
        self._last: tuple[Credentials | None, Any] = (None, None)

    @property
    def renewing(self) -> Any:
        """For requests that take long: the engine's threads ask for the credentials anew for every part."""
        if self._session.credentials is None:
            return None
        return self._with(AwsCredentialsProvider.new_delegate(self._current))

    @property
    def now(self) -> Any:
        """For single requests: today's credentials, without a way back into Python for each of them."""
        credentials = self._session.credentials
        known, config = self._last  # one tuple, so that no thread sees half of a renewal
        if credentials is not known:
            config = self._with(AwsCredentialsProvider.new_static(*credentials)) if credentials else None
            self._last = credentials, config
        return config

    def _current(self) -> AwsCredentials:
        credentials = self._session.credentials
        assert credentials is not None  # a session that signs goes on doing so
        return AwsCredentials(*credentials)

    def _with(self, provider: AwsCredentialsProvider) -> Any:
        return create_default_s3_signing_config(region=self._region, credential_provider=provider)
