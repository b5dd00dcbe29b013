"""The HTTP proxy that the environment names for a server, as the engine finds it too."""

from __future__ import annotations

import base64
import os
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from mochok.errors import EndpointUnreachableError


class Proxy(NamedTuple):
    """``secure``: it is spoken to by TLS. ``authorization`` is its header's value, "" for none."""

    secure: bool
    host: str
    port: int
    authorization: str


def find_proxy(host: str, *, secure: bool) -> Proxy | None:
    """The proxy for ``host``, None to connect directly. Raises EndpointUnreachableError if it is unusable."""
    if not any(name.lower().endswith("_proxy") for name in os.environ):
        return None
    import urllib.request  # loads ssl and http.client, which a run without a proxy does without

    address = urllib.request.getproxies().get("https" if secure else "http", "")
    if not address or urllib.request.proxy_bypass(host):
        return None
    return _parsed(address)


def _parsed(address: str) -> Proxy:
    hint = "name an HTTP proxy in HTTPS_PROXY, or exempt the server in NO_PROXY"
    shown = address.rpartition("@")[2]
    if address.lower().startswith("socks"):
        message = f"the proxy {shown} is a SOCKS proxy, which the S3 engine cannot use"
        raise EndpointUnreachableError(message, hint=hint)
    try:
        parts = urlsplit(address if "//" in address else f"//{address}")
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        parts, port = urlsplit(""), 0
    if not parts.hostname:
        raise EndpointUnreachableError(f"the proxy {shown} is not the address of a server", hint=hint)
    return Proxy(parts.scheme == "https", parts.hostname, port, _basic(parts.username, parts.password))


def _basic(user: str | None, password: str | None) -> str:
    if user is None:
        return ""
    pair = f"{unquote(user)}:{unquote(password or '')}"
    return f"Basic {base64.b64encode(pair.encode()).decode()}"
