"""Credentials: from the environment where they alone decide, else whatever botocore's chain finds.

botocore takes longer to load than everything else that a small sync does. In containers and pipelines, where
two variables are enough, it is not needed.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from mochok.storage.settings import Access

if TYPE_CHECKING:
    from mochok.storage.botocore_credentials import BotocoreIdentity

_VARIABLES = {"region": "AWS_DEFAULT_REGION", "ca_bundle": "AWS_CA_BUNDLE"}
_FILES = {"AWS_CONFIG_FILE": "~/.aws/config", "AWS_SHARED_CREDENTIALS_FILE": "~/.aws/credentials"}
# With one of these, the two keys do not decide alone: a profile must be loaded, or the keys expire.
_MORE = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_CREDENTIAL_EXPIRATION")


class Credentials(NamedTuple):
    """One set of credentials; ``token`` is None for long-lived ones. Never log it."""

    access_key: str
    secret_key: str
    token: str | None

    def __repr__(self) -> str:
        return f"Credentials({self.access_key[:4]}...)"


@dataclass(frozen=True, slots=True)
class EnvironmentIdentity:
    """The keys in ``environ``, never renewed; with the members of ``BotocoreIdentity``."""

    endpoint_url: ClassVar[None] = None
    origin: ClassVar[str] = "env"
    renewable: ClassVar[bool] = False
    access: Access
    environ: Mapping[str, str]
    found: Credentials

    @property
    def account(self) -> str:
        return self.found.access_key

    def variable(self, name: str) -> str | None:
        return self.environ.get(_VARIABLES[name])

    def credentials(self) -> Credentials:
        return self.found

    def client(self, service: str, **options: Any) -> Any:
        return _botocore(self.access).client(service, **options)


def find_identity(
    access: Access, environ: Mapping[str, str] = os.environ
) -> EnvironmentIdentity | BotocoreIdentity:
    """The identity of ``access``. Raises CredentialsError if none is found or none can be loaded."""
    credentials = _environment_alone(access, environ)
    return EnvironmentIdentity(access, environ, credentials) if credentials else _botocore(access)


def _botocore(access: Access) -> BotocoreIdentity:
    from mochok.storage.botocore_credentials import BotocoreIdentity  # loads botocore

    return BotocoreIdentity(access)


def _environment_alone(access: Access, environ: Mapping[str, str]) -> Credentials | None:
    """The environment's keys; None if there are none or if anything else could override them."""
    access_key, secret_key = environ.get("AWS_ACCESS_KEY_ID"), environ.get("AWS_SECRET_ACCESS_KEY")
    if not access_key or not secret_key or not access.sign_requests or access.role_arn:
        return None
    if access.profile not in (None, "default") or any(environ.get(name) for name in _MORE):
        return None
    if any(_holds_something(environ.get(name, usual)) for name, usual in _FILES.items()):
        return None
    token = environ.get("AWS_SECURITY_TOKEN") or environ.get("AWS_SESSION_TOKEN")
    return Credentials(access_key, secret_key, token or None)


def _holds_something(path: str) -> bool:
    try:
        return os.stat(os.path.expanduser(os.path.expandvars(path))).st_size > 0
    except OSError:
        return False
