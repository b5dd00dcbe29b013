"""Checks in seconds whether a server responds and is trusted; the engine alone takes minutes."""

from __future__ import annotations

import socket
import ssl
import time
import urllib.request

from mochok.errors import CertificateError, EndpointUnreachableError
from mochok.storage.endpoint import Endpoint
from mochok.storage.session import Session

_ATTEMPTS = 3
_PAUSE_SECONDS = 1.0


def preflight(endpoint: Endpoint, session: Session) -> None:
    """Connect once, with a TLS handshake where TLS is used, and disconnect; not through a proxy.

    Raises EndpointUnreachableError or CertificateError.
    """
    if not _through_proxy(endpoint):
        with _connect(endpoint, session.access.connect_timeout_seconds) as connection:
            if endpoint.secure and session.access.verify_tls:
                _shake_hands(connection, endpoint, session.ca_bundle)


def _through_proxy(endpoint: Endpoint) -> bool:
    scheme = "https" if endpoint.secure else "http"
    proxy = urllib.request.getproxies().get(scheme, "")
    if not proxy or urllib.request.proxy_bypass(endpoint.host):
        return False
    if proxy.lower().startswith("socks"):
        raise EndpointUnreachableError(
            f"the proxy {proxy.partition('@')[2] or proxy} is a SOCKS proxy, which the S3 engine cannot use",
            hint="name an HTTP proxy in HTTPS_PROXY, or exempt the server in NO_PROXY",
        )
    return True


def _connect(endpoint: Endpoint, timeout_seconds: float) -> socket.socket:
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            return socket.create_connection((endpoint.host, endpoint.port), timeout=timeout_seconds or None)
        except UnicodeError as error:  # an empty part, or one over 63 characters
            text = f"{endpoint.host!r} is not the name of a host"
            raise EndpointUnreachableError(text, hint="correct endpoint_url") from error
        except OSError as error:
            if attempt == _ATTEMPTS or isinstance(error, TimeoutError | socket.gaierror):
                raise _unreachable(endpoint, error) from error
        time.sleep(_PAUSE_SECONDS)
    raise AssertionError("unreachable")


def _unreachable(endpoint: Endpoint, error: OSError) -> EndpointUnreachableError:
    reason = {
        socket.gaierror: "the host name is unknown",
        TimeoutError: "no answer",
        ConnectionRefusedError: "connection refused",
    }.get(type(error), error.strerror or str(error))
    hint = "check that it is running, and check endpoint_url and the network"
    if endpoint.is_aws:
        hint = "check aws_region, and that this machine reaches the internet (HTTPS_PROXY)"
    message = f"the server {endpoint.authority} cannot be reached: {reason}"
    return EndpointUnreachableError(message, hint=hint, code=type(error).__name__)


def _shake_hands(connection: socket.socket, endpoint: Endpoint, ca_bundle: str | None) -> None:
    try:
        context = ssl.create_default_context(cafile=ca_bundle)
    except (OSError, ssl.SSLError) as error:
        raise CertificateError(f"the ca_bundle {ca_bundle} cannot be used: {error}") from error
    try:
        with context.wrap_socket(connection, server_hostname=endpoint.host):
            return
    except ssl.SSLCertVerificationError as error:
        raise CertificateError(
            f"the certificate of {endpoint.authority} is not trusted: {error.verify_message}",
            hint="name the authority's file with --ca-bundle or AWS_CA_BUNDLE",
        ) from error
    except OSError as error:
        raise EndpointUnreachableError(
            f"the TLS handshake with {endpoint.authority} failed: {error}",
            hint="if the server speaks http, write http:// in endpoint_url",
        ) from error
