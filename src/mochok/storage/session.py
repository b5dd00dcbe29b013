"""Credentials, region and certificates as the AWS CLI finds them, renewed while a run goes on."""

from __future__ import annotations

import hashlib
import os
import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from mochok.model import BucketId
from mochok.storage.endpoint import endpoint
from mochok.storage.identity import Credentials, find_identity
from mochok.storage.settings import Access, Location

DEFAULT_REGION = "us-east-1"
_CHECK_SECONDS = 10.0
_NEW_CREDENTIALS_SECONDS = 120.0


class Session:
    """One identity with its current ``credentials``. Thread-safe; a renewal serves all stores that use it."""

    def __init__(self, access: Access) -> None:
        self.access = access
        self._lock = threading.Lock()
        self._identity = find_identity(access)
        self._next_check = 0.0
        self._next_renewal = 0.0
        self._renewed_at: float | None = None
        self.credentials: Credentials | None = None
        self.refresh()

    @property
    def region(self) -> str:
        """The configured region, else the profile's or the environment's, else us-east-1."""
        return self.access.region or self._identity.variable("region") or DEFAULT_REGION

    @property
    def ca_bundle(self) -> str | None:
        """The file of trusted certificates, None for the system's own."""
        return self.access.ca_bundle or self._identity.variable("ca_bundle") or None

    def endpoint_url(self, environ: Mapping[str, str] = os.environ) -> str | None:
        """The S3 endpoint that environment or profile configure, None for AWS itself."""
        if environ.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "").lower() == "true":
            return None
        named = environ.get("AWS_ENDPOINT_URL_S3") or environ.get("AWS_ENDPOINT_URL")
        return named or self._identity.endpoint_url

    def located(self, location: Location) -> Location:
        """``location`` with the endpoint of environment or profile, unless it names one itself."""
        return location if location.endpoint_url else replace(location, endpoint_url=self.endpoint_url())

    def refresh(self) -> Credentials | None:
        """Take over renewed credentials; checks at most every ten seconds, and not while another thread does.

        Raises CredentialsError when they cannot be renewed.
        """
        if time.monotonic() < self._next_check or not self._lock.acquire(blocking=False):
            return self.credentials
        try:
            return self._check()
        finally:
            self._lock.release()

    def _check(self) -> Credentials | None:
        credentials = self._identity.credentials()
        now = time.monotonic()
        if self.credentials not in (None, credentials):
            self._renewed_at = now
        self._next_check = now + _CHECK_SECONDS
        self.credentials = credentials
        return credentials

    def renew(self) -> bool:
        """The server reports expired credentials: load others. True if another attempt may succeed.

        botocore renews by its own clock alone and reads files once, so everything is loaded anew, once in ten
        seconds, because many requests fail with the same token at the same time. Raises CredentialsError.
        """
        with self._lock:
            if self.credentials is not None and time.monotonic() >= self._next_renewal:
                self._identity = find_identity(self.access)
                self._check()
                self._next_renewal = time.monotonic() + _CHECK_SECONDS
                if self.renewable:
                    self._renewed_at = time.monotonic()
            renewed_at = self._renewed_at
        return renewed_at is not None and time.monotonic() - renewed_at < _NEW_CREDENTIALS_SECONDS

    @property
    def origin(self) -> str:
        """Where the credentials were found, as botocore calls it (``env``, ``sso`` ...); "" if unsigned."""
        return self._identity.origin

    @property
    def account(self) -> str:
        """A hash of what identifies the credentials, the same for all that one role or profile ever gets."""
        identifies = self.access.role_arn or self._identity.account if self.access.sign_requests else ""
        return hashlib.sha256(identifies.encode()).hexdigest()[:16]

    def bucket_id(self, location: Location) -> BucketId:
        """Which bucket ``location`` (as located) is, for this identity."""
        return BucketId(f"{endpoint(location, self.region).url} {location.bucket}", self.account)

    @property
    def renewable(self) -> bool:
        """True if the credentials expire and can be renewed."""
        return self._identity.renewable

    def client(
        self, service: str, *, region: str, endpoint_url: str | None = None, config: Any = None
    ) -> Any:
        """A client of botocore for set-up calls, with the same identity."""
        credentials = self.refresh()
        return self._identity.client(
            service,
            region_name=region,
            endpoint_url=endpoint_url,
            aws_access_key_id=credentials.access_key if credentials else None,
            aws_secret_access_key=credentials.secret_key if credentials else None,
            aws_session_token=credentials.token if credentials else None,
            verify=self.ca_bundle if self.access.verify_tls else False,
            config=config,
        )
