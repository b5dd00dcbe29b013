"""An HTTP proxy in front of a real S3 server that misbehaves as a test tells it to.

Requests pass through byte for byte, with the Host header that the client sent and signed. A rule picks some
of them (by operation, by key, from the K-th on, N times) and hands each to a *fault*: a function that may
answer itself, answer wrongly, stay silent or break the connection. Every request is kept in ``seen``.
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import socketserver
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from types import TracebackType
from typing import BinaryIO, NoReturn, Self
from urllib.parse import parse_qs, unquote, urlsplit

HOST = "127.0.0.1"
_HEAD_LIMIT_BYTES = 64 * 1024
_HOP_HEADERS = frozenset({"transfer-encoding", "connection", "content-length", "keep-alive"})


class HungUpError(Exception):
    """The fault broke the connection, or the client did."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: of the real server, or one that a fault made up."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()

    def to_bytes(self, *, head_only: bool = False, keep: bool = True) -> bytes:
        """As it goes over the wire; ``head_only`` for the answer to HEAD."""
        lines = [f"HTTP/1.1 {self.status} {http.client.responses.get(self.status, 'Unknown')}"]
        lines += [f"{name}: {value}" for name, value in self.headers if name.lower() not in _HOP_HEADERS]
        length = dict(self.headers).get("Content-Length", "0") if head_only else str(len(self.body))
        lines += [f"Content-Length: {length}", f"Connection: {'keep-alive' if keep else 'close'}", "", ""]
        return "\r\n".join(lines).encode("latin-1") + (b"" if head_only else self.body)


@dataclass(slots=True)
class Seen:
    """One request: what it was and how it was answered (0: not at all). ``at`` is monotonic seconds."""

    operation: str
    key: str
    headers: dict[str, str]
    query: dict[str, list[str]]
    at: float
    status: int = 0
    body: bytes = b""


class Exchange:
    """One request under way; what a fault may do with it."""

    def __init__(self, connection: _Connection, head: bytes) -> None:
        self._connection = connection
        self._head = head
        self._body: bytes | None = None
        line, _, rest = head.decode("latin-1").partition("\r\n")
        self.method, target, _ = line.split(" ", 2)
        headers = dict(one.split(":", 1) for one in rest.split("\r\n") if one)
        self.headers = {name.lower(): value.strip() for name, value in headers.items()}
        parts = urlsplit(target)
        path = parts.path if parts.netloc or target.startswith("/") else target
        self.query = parse_qs(parts.query, keep_blank_values=True)
        self.bucket, _, key = unquote(path).lstrip("/").partition("/")
        self.seen = Seen(
            _operation(self.method, key, self.query), key, self.headers, self.query, time.monotonic()
        )

    @property
    def operation(self) -> str:
        """The S3 API's name, such as ``UploadPart``."""
        return self.seen.operation

    @property
    def key(self) -> str:
        """The object's key; "" if the request is for the bucket."""
        return self.seen.key

    @property
    def body_length(self) -> int:
        return int(self.headers.get("content-length", "0"))

    def read_body(self) -> bytes:
        """The whole request body; the connection stands still until this is called."""
        if self._body is None:
            self._body = self._connection.read_exactly(self.body_length)
            self.seen.body = self._body
        return self._body

    def replace_body(self, body: bytes) -> None:
        """Pass on other bytes of the same length."""
        assert len(body) == self.body_length
        self._body = body

    def read_part_of_body(self, count: int) -> None:
        """Only the first ``count`` bytes; to be followed by :meth:`hang_up`."""
        self._connection.read_exactly(min(count, self.body_length))

    def forward(self) -> Reply:
        """Ask the real server."""
        raw = self._head + b"\r\n\r\n" + self.read_body()
        with socket.create_connection(self._connection.proxy.target, timeout=60) as upstream:
            upstream.sendall(raw)
            response = http.client.HTTPResponse(upstream, method=self.method)
            response.begin()
            with response:
                body = response.read()
            return Reply(response.status, body, tuple(response.getheaders()))

    def answer(self, reply: Reply) -> None:
        """Answer the client, after having read all that it sent."""
        self.read_body()
        self.seen.status = reply.status
        self.send(reply.to_bytes(head_only=self.method == "HEAD"))

    def send(self, raw: bytes) -> None:
        """Write bytes as they are."""
        self._connection.write(raw)

    def hang_up(self) -> NoReturn:
        """Reset the connection (RST, not an orderly end)."""
        self._connection.reset()
        raise HungUpError

    def wait(self, seconds: float) -> None:
        """Do nothing; ends early when the proxy is closed."""
        if self._connection.proxy.closing.wait(seconds):
            raise HungUpError


Fault = Callable[[Exchange], None]


@dataclass(slots=True)
class Rule:
    """``after`` matching requests pass, then ``times`` of them (None: all further ones) meet the fault."""

    fault: Fault
    operations: frozenset[str]
    key: str = ""
    after: int = 0
    times: int | None = None
    matched: int = 0
    used: int = 0

    def takes(self, exchange: Exchange) -> bool:
        """Count a request that matches; True if the fault is its turn."""
        if self.operations and exchange.operation not in self.operations:
            return False
        if not exchange.key.endswith(self.key):
            return False
        self.matched += 1
        if self.matched <= self.after or (self.times is not None and self.used >= self.times):
            return False
        self.used += 1
        return True


@dataclass(slots=True)
class _Book:
    rules: list[Rule] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)


class FaultProxy:
    """Listens on a loopback port of its own; a context manager. ``target`` is the real server's URL.

    ``tls`` makes it speak https with that context's certificate.
    """

    def __init__(self, target: str, *, tls: ssl.SSLContext | None = None) -> None:
        parts = urlsplit(target)
        assert parts.hostname is not None
        self.target = (parts.hostname, parts.port or 80)
        self.closing = threading.Event()
        self.tls = tls
        self._book = _Book()
        self._workers: list[threading.Thread] = []
        self._restarting: threading.Timer | None = None
        self._listen_on(0)

    def _listen_on(self, port: int) -> None:
        self._server = _Server((HOST, port), _Connection, self._workers)
        self._server.proxy = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="fault-proxy")

    @property
    def endpoint_url(self) -> str:
        """What goes into ``endpoint_url``."""
        return f"{'https' if self.tls else 'http'}://{HOST}:{self._server.server_address[1]}"

    def when(
        self, *operations: str, do: Fault, key: str = "", after: int = 0, times: int | None = None
    ) -> Rule:
        """Add a rule; of several that match, the first added one acts. No operation at all means every one;
        ``key`` is the end of the keys that are meant.
        """
        rule = Rule(do, frozenset(operations), key, after, times)
        self._book.rules.append(rule)
        return rule

    def behave(self) -> None:
        """Forget all rules and requests."""
        with self._book.lock:
            self._book.rules.clear()
            self._book.seen.clear()

    def stop_listening(self) -> None:
        """From now on every new connection is refused."""
        self._server.shutdown()
        self._server.server_close()

    def die(self) -> None:
        """The server is gone in the middle of everything: no new connection, and the open ones end."""
        self.stop_listening()
        self._server.end_connections()

    def restart(self, seconds: float) -> None:
        """The server is gone for so long, and then listens on the same port again."""
        self.die()

        def come_back() -> None:
            self._listen_on(self._server.server_address[1])
            self._thread.start()

        self._restarting = threading.Timer(seconds, come_back)
        self._restarting.start()

    def seen(self, *operations: str, key: str = "") -> list[Seen]:
        """The requests so far, oldest first."""
        with self._book.lock:
            return [
                one
                for one in self._book.seen
                if (not operations or one.operation in operations) and one.key.endswith(key)
            ]

    def count(self, *operations: str, key: str = "") -> int:
        return len(self.seen(*operations, key=key))

    def fault_for(self, exchange: Exchange) -> Fault:
        """The first rule that takes the request, or simply passing it on."""
        with self._book.lock:
            self._book.seen.append(exchange.seen)
            return next((rule.fault for rule in self._book.rules if rule.takes(exchange)), pass_on)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.closing.set()
        if self._restarting is not None:
            self._restarting.join()
        self.stop_listening()
        self._server.close_connections()
        self._thread.join()


def pass_on(exchange: Exchange) -> None:
    """No fault: the real server's answer."""
    exchange.answer(exchange.forward())


WRITES = (
    "PutObject", "CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload", "DeleteObjects",
    "DeleteObject", "CreateBucket",
)  # fmt: skip


def _operation(method: str, key: str, query: Iterable[str]) -> str:
    names = set(query)
    if key:
        return _object_operation(method, names)
    if method == "GET":
        return "ListObjectsV2" if "list-type" in names else "GetBucket"
    if method == "POST":
        return "DeleteObjects" if "delete" in names else "PostBucket"
    if method == "PUT" and names:
        return "PutBucketSetting"
    return {"HEAD": "HeadBucket", "PUT": "CreateBucket"}.get(method, f"{method}Bucket")


def _object_operation(method: str, names: set[str]) -> str:
    if "uploads" in names:
        return "CreateMultipartUpload"
    if "uploadId" in names:
        known = {"PUT": "UploadPart", "POST": "CompleteMultipartUpload", "DELETE": "AbortMultipartUpload"}
        return known.get(method, "ListParts")
    return {"PUT": "PutObject", "HEAD": "HeadObject", "DELETE": "DeleteObject"}.get(method, "GetObject")


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = False
    block_on_close = False
    allow_reuse_address = True
    request_queue_size = 256
    proxy: FaultProxy

    def __init__(
        self, address: tuple[str, int], handler: type[_Connection], workers: list[threading.Thread]
    ) -> None:
        super().__init__(address, handler)
        self._connections: set[socket.socket] = set()
        self._workers = workers

    def process_request(self, request: socket.socket | tuple[bytes, socket.socket], client: object) -> None:
        thread = threading.Thread(target=self.process_request_thread, args=(request, client))
        self._workers.append(thread)
        thread.start()

    def add(self, connection: socket.socket) -> None:
        self._connections.add(connection)

    def end_connections(self) -> None:
        """End every connection that is still open."""
        for connection in list(self._connections):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def close_connections(self) -> None:
        """End every connection and wait for its thread."""
        self.end_connections()
        for thread in self._workers:
            thread.join()

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes away is what these tests are about; anything else is shown by the base."""
        import sys  # only here

        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class _Connection(socketserver.BaseRequestHandler):
    """One client connection, kept alive over many requests."""

    server: _Server
    request: socket.socket
    _file: BinaryIO

    @property
    def proxy(self) -> FaultProxy:
        return self.server.proxy

    def setup(self) -> None:
        if self.proxy.tls is not None:
            self.request = self.proxy.tls.wrap_socket(self.request, server_side=True)
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.server.add(self.request)
        self._file = self.request.makefile("rb")

    def handle(self) -> None:
        with contextlib.suppress(HungUpError, ConnectionError, TimeoutError):
            while (head := self._read_head()) is not None:
                exchange = Exchange(self, head)
                self.proxy.fault_for(exchange)(exchange)

    def finish(self) -> None:
        self._file.close()
        self.request.close()

    def _read_head(self) -> bytes | None:
        head = bytearray()
        while not head.endswith(b"\r\n\r\n"):
            line = self._file.readline(_HEAD_LIMIT_BYTES)
            if not line:
                return None
            head += line
        return bytes(head[:-4])

    def read_exactly(self, count: int) -> bytes:
        data = self._file.read(count)
        if len(data) < count:
            raise HungUpError
        return data

    def write(self, raw: bytes) -> None:
        self.request.sendall(raw)

    def reset(self) -> None:
        self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._file.close()
        self.request.close()
