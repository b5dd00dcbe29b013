"""HTTP/1.1 to one server in which every answer is bounded before it is kept.

Everything but uploads goes through it: the engine, which is quicker for those, collects an answer whole
before it hands anything over. Status line and headers are bounded by ``http.client``: 100 headers of 64 KiB.
"""

from __future__ import annotations

import http.client
import socket
import time
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from mochok import __version__
from mochok.open_files import patiently
from mochok.storage.proxy import Proxy, find_proxy

if TYPE_CHECKING:
    import ssl

MOST_BODY_BYTES = 8 * 1024 * 1024
"""A listing of a thousand keys of a thousand bytes, percent-encoded, takes four."""
_PIECE_BYTES = 64 * 1024
_IDLE_SECONDS = 4.0
"""Servers close a connection that was idle for five seconds or more."""
_REFUSED_HANDSHAKES = ("SSLError", "SSLEOFError", "SSLZeroReturnError")
"""By name, because ssl is loaded for TLS only."""

OnSocket = Callable[[socket.socket], None]
"""Receives the socket over which a request is about to go."""


class Request(NamedTuple):
    """``target`` is the path, percent-encoded, with its query. ``headers`` include Host."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


class HttpAnswer(NamedTuple):
    """``headers`` have their names in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


class AnswerTooLongError(Exception):
    """The answer is longer than any of S3's; the rest was not read."""


class ConnectTimeoutError(OSError):
    """Nobody answered while connecting."""


class HandshakeError(OSError):
    """The server does not speak TLS, or not the same; trying again would not help."""


class ProxyRefusedError(OSError):
    """The proxy does not connect to the server; the text is its status."""


class Trust(NamedTuple):
    """Which certificates are trusted: those in the file ``ca_bundle`` (None: the system's), or all."""

    verify: bool = True
    ca_bundle: str | None = None


class HttpClient:
    """Connections to one server, used again while they are open. Thread-safe.

    ``connect_timeout_seconds`` is for connection, proxy and TLS together; 0 waits without end.
    """

    def __init__(self, server: tuple[bool, str, int], trust: Trust, connect_timeout_seconds: float) -> None:
        self.server = server
        self._secure, self._host, self._port = server
        self._trust = trust
        self._connect_timeout_seconds = connect_timeout_seconds
        self._idle: list[_Connection] = []

    def send(self, request: Request, on_socket: OnSocket) -> HttpAnswer:
        """The answer to ``request``. A connection that turns out to have been closed while it was idle is
        replaced once.

        Raises AnswerTooLongError, OSError and HTTPException. It waits until somebody shuts the socket of
        ``on_socket`` down.
        """
        if (connection := self._reusable()) is not None:
            try:
                return self._exchange(connection, request, on_socket)
            except ConnectionError:
                pass
        return self._exchange(self._connect(), request, on_socket)

    def close(self) -> None:
        """Close the idle connections."""
        while self._idle:
            self._idle.pop().socket.close()

    def _exchange(self, connection: _Connection, request: Request, on_socket: OnSocket) -> HttpAnswer:
        kept = False
        try:
            on_socket(connection.lowest)
            connection.socket.sendall(_head(request, connection) + request.body)
            answer, kept = _read(connection.socket, request.method)
        finally:
            if kept:
                connection.idle_since = time.monotonic()
                self._idle.append(connection)
            else:
                connection.socket.close()
        return answer

    def _reusable(self) -> _Connection | None:
        while self._idle:
            connection = self._idle.pop()
            if time.monotonic() - connection.idle_since < _IDLE_SECONDS:
                return connection
            connection.socket.close()
        return None

    def _connect(self) -> _Connection:
        proxy = find_proxy(self._host, secure=self._secure)
        host, port = (proxy.host, proxy.port) if proxy else (self._host, self._port)
        try:
            timeout_seconds = self._connect_timeout_seconds or None
            plain = patiently(lambda: socket.create_connection((host, port), timeout_seconds))
            try:
                connected = self._secured(plain, proxy)
            except BaseException:
                plain.close()
                raise
        except TimeoutError as error:
            raise ConnectTimeoutError(str(error)) from error
        except OSError as error:
            if type(error).__name__ in _REFUSED_HANDSHAKES:
                raise HandshakeError(str(error)) from error
            raise
        connected.settimeout(None)
        return _Connection(connected, "" if self._secure or proxy is None else self._authority, proxy)

    @property
    def _authority(self) -> str:
        return f"[{self._host}]:{self._port}" if ":" in self._host else f"{self._host}:{self._port}"

    def _secured(self, plain: socket.socket, proxy: Proxy | None) -> Any:
        """``plain``, or TLS over it: to the proxy, through it to the server, or both."""
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        link: Any = plain
        if proxy is not None and proxy.secure:
            link = tls_context(self._trust).wrap_socket(plain, server_hostname=proxy.host)
        if not self._secure:
            return link
        context = tls_context(self._trust)
        if proxy is not None:
            self._ask_for_tunnel(link, proxy)
            if proxy.secure:
                from urllib3.util.ssltransport import SSLTransport  # TLS within TLS; it comes with botocore

                return SSLTransport(link, context, server_hostname=self._host)
        return context.wrap_socket(link, server_hostname=self._host)

    def _ask_for_tunnel(self, link: Any, proxy: Proxy) -> None:
        headers = [("Host", self._authority)]
        if proxy.authorization:
            headers.append(("Proxy-Authorization", proxy.authorization))
        link.sendall(_lines(f"CONNECT {self._authority} HTTP/1.1", headers))
        with http.client.HTTPResponse(link, method="CONNECT") as response:
            response.begin()
            if response.status != 200:
                raise ProxyRefusedError(str(response.status))


class _Connection:
    """``forward_to``: requests name this server, because a proxy passes them on; "" if they need not.
    ``lowest`` is the socket below all TLS.
    """

    def __init__(self, connected: Any, forward_to: str, proxy: Proxy | None) -> None:
        self.socket = connected
        self.lowest = connected if isinstance(connected, socket.socket) else connected.socket
        self.forward_to = forward_to
        self.authorization = proxy.authorization if proxy is not None and forward_to else ""
        self.idle_since = 0.0


@lru_cache(maxsize=8)
def tls_context(trust: Trust) -> ssl.SSLContext:
    """How servers prove who they are. Raises OSError if ``ca_bundle`` cannot be used."""
    import ssl  # plain http does without

    context = ssl.create_default_context(cafile=trust.ca_bundle if trust.verify else None)
    if not trust.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _read(connected: Any, method: str) -> tuple[HttpAnswer, bool]:
    """The answer, and whether its connection can carry another request."""
    with http.client.HTTPResponse(connected, method=method) as response:
        try:
            response.begin()
        except http.client.LineTooLong as error:
            raise AnswerTooLongError("a line of its head exceeds 64 KiB") from error
        except http.client.HTTPException as error:
            if type(error) is http.client.HTTPException:  # the only one without a class of its own
                raise AnswerTooLongError("it has more than 100 headers") from error
            raise
        body = bytearray()
        try:
            while piece := response.read(_PIECE_BYTES):
                body += piece
                if len(body) > MOST_BODY_BYTES:
                    raise AnswerTooLongError(f"it exceeds {MOST_BODY_BYTES >> 20} MiB")
        except ValueError as error:  # a chunk of a negative length
            raise http.client.IncompleteRead(bytes(body)) from error
        if response.length:
            raise http.client.IncompleteRead(bytes(body), response.length)
        headers = {name.lower(): value for name, value in response.getheaders()}
        return HttpAnswer(response.status, headers, bytes(body)), not response.will_close


def _head(request: Request, connection: _Connection) -> bytes:
    target = f"http://{connection.forward_to}{request.target}" if connection.forward_to else request.target
    headers = list(request.headers)
    named = {name.lower() for name, _value in headers}
    if "user-agent" not in named:
        headers.append(("User-Agent", f"mochok/{__version__}"))
    if "content-length" not in named and request.method in ("PUT", "POST"):
        headers.append(("Content-Length", str(len(request.body))))
    if connection.authorization:
        headers.append(("Proxy-Authorization", connection.authorization))
    return _lines(f"{request.method} {target} HTTP/1.1", headers)


def _lines(first: str, headers: list[tuple[str, str]]) -> bytes:
    return "\r\n".join((first, *(f"{name}: {value}" for name, value in headers), "", "")).encode("latin-1")
