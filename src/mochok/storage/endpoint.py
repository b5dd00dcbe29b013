"""Where requests for a bucket go: scheme, host, port and path. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from mochok.errors import EndpointUnreachableError
from mochok.storage.settings import Location

_SUFFIXES = (
    ("cn-", "amazonaws.com.cn"),
    ("us-iso-", "c2s.ic.gov"),
    ("us-isob-", "sc2s.sgov.gov"),
    ("us-isof-", "csp.hci.ic.gov"),
    ("eu-isoe-", "cloud.adc-e.uk"),
    ("eusc-", "amazonaws.eu"),
)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """``base_path`` precedes the key: "" (virtual-hosted) or ``/bucket``."""

    secure: bool
    host: str
    port: int
    base_path: str

    @property
    def server(self) -> tuple[bool, str, int]:
        """What connections depend on."""
        return self.secure, self.host, self.port

    @property
    def authority(self) -> str:
        """The value of the Host header."""
        usual = 443 if self.secure else 80
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == usual else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """The server's address: scheme, host and, unless it is the usual one, port."""
        return f"{'https' if self.secure else 'http'}://{self.authority}"

    @property
    def is_aws(self) -> bool:
        """Whether the host name is one of Amazon's, which contain the region."""
        suffixes = ("amazonaws.com", *(suffix for _start, suffix in _SUFFIXES))
        return self.host.endswith(tuple(f".{suffix}" for suffix in suffixes))

    def object_path(self, key: str) -> str:
        """The request path of a key: percent-encoded, ``/`` kept, everything else exact."""
        return f"{self.base_path}/{quote(key, safe='/~-._')}"

    def bucket_path(self, query: str = "") -> str:
        """The request path of the bucket itself, with a ready query string."""
        path = self.base_path or "/"
        return f"{path}?{query}" if query else path


def endpoint(location: Location, region: str) -> Endpoint:
    """The endpoint of ``location``: AWS's own in ``region``, or the one that the configuration names.

    ``auto`` addresses AWS by bucket host name (unless dots in the name would break TLS) and every other
    server by path, which all of them understand. Raises EndpointUnreachableError for an invalid address.
    """
    secure, host, port, path = _parts(location.endpoint_url or f"https://s3.{region}.{_suffix(region)}")
    virtual = location.addressing_style == "virtual" or (
        location.addressing_style == "auto" and location.endpoint_url is None and "." not in location.bucket
    )
    if virtual:
        return Endpoint(secure, f"{location.bucket}.{host}", port, path)
    return Endpoint(secure, host, port, f"{path}/{location.bucket}")


def _parts(url: str) -> tuple[bool, str, int, str]:
    try:
        parts = urlsplit(url if "//" in url else f"https://{url}")
        secure, host = parts.scheme != "http", parts.hostname
        port = parts.port or (443 if secure else 80)
    except ValueError:
        host = None
    if not host:  # the address is not repeated: it may hold a password
        raise EndpointUnreachableError(
            "the configured endpoint URL is not the address of a server",
            hint="write http://host:port or https://host; see endpoint_url, AWS_ENDPOINT_URL and the profile",
        )
    return secure, host, port, parts.path.rstrip("/")


def _suffix(region: str) -> str:
    return next((suffix for start, suffix in _SUFFIXES if region.startswith(start)), "amazonaws.com")
