"""The HTTP client against servers that answer byte by byte what a test says."""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from mochok.clock import Stop
from mochok.errors import ConnectionLostError, EndpointUnreachableError
from mochok.storage.crt_call import Call, carry_out
from mochok.storage.http_client import MOST_BODY_BYTES, AnswerTooLongError, HttpClient, Request, Trust

OK = b"HTTP/1.1 200 OK\r\n"
GET = Request("GET", "/b?x=", (("Host", "h"),))


@contextmanager
def serving(*answers: bytes, hangs_up: bool = True) -> Iterator[tuple[HttpClient, list[bytes]]]:
    """A client of a server that gives ``answers`` one by one, each to a connection of its own if it then
    ``hangs_up``; and the requests.
    """
    requests: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection: socket.socket | None = None
            for answer in answers:
                connection = connection or listener.accept()[0]
                requests.append(connection.recv(65536))
                connection.sendall(answer)
                if hangs_up:
                    connection.close()
                    connection = None
            if connection is not None:
                connection.close()

        thread = threading.Thread(target=serve)
        thread.start()
        client = HttpClient((False, "127.0.0.1", listener.getsockname()[1]), Trust(), 5)
        yield client, requests
        thread.join()
        client.close()


def body(answer: bytes, request: Request = GET) -> bytes:
    with serving(answer) as (client, _requests):
        return client.send(request, lambda _socket: None).body


def test_an_answer_is_read_whole() -> None:
    assert body(OK + b"Content-Length: 3\r\n\r\nabc") == b"abc"
    chunks = b"2;x=y\r\nab\r\n1\r\nc\r\n0\r\nTrailer: x\r\n\r\n"
    assert body(OK + b"Transfer-Encoding: chunked\r\n\r\n" + chunks) == b"abc"
    assert body(OK + b"\r\nabc") == b"abc", "to the end of the connection"
    assert body(b"HTTP/1.1 100 Continue\r\n\r\n" + OK + b"Content-Length: 0\r\n\r\n") == b""
    assert body(OK + b"Content-Length: 3\r\n\r\n", GET._replace(method="HEAD")) == b""


@pytest.mark.parametrize(
    "answer",
    [
        OK + b"Content-Length: 4\r\n\r\nabc",
        OK + b"Transfer-Encoding: chunked\r\n\r\n4\r\nabc",
        OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nabc",
        OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
        b"",
        b"SSH-2.0-OpenSSH\r\n",
        b"HTTP/1.1 abc\r\n\r\n",
    ],
)
def test_what_is_cut_short_or_no_http_is_a_lost_connection(answer: bytes) -> None:
    with serving(answer) as (client, _requests):
        call = Call("GetBucket", "b")
        carry_out(call, client, lambda: GET)
        assert isinstance(call.error, ConnectionLostError)
        assert call.done


@pytest.mark.parametrize(
    "answer",
    [
        OK + b"Content-Length: %d\r\n\r\n" % (MOST_BODY_BYTES + 1) + b"x" * (MOST_BODY_BYTES + 1),
        OK + b"".join(b"x-%d: y\r\n" % number for number in range(101)) + b"\r\n",
        OK + b"x: " + b"y" * 70_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 " + b"y" * 70_000 + b"\r\n\r\n",
    ],
)
def test_what_is_too_long_is_not_read(answer: bytes) -> None:
    with serving(answer) as (client, _requests), pytest.raises((AnswerTooLongError, BrokenPipeError)):
        client.send(GET, lambda _socket: None)


def test_a_connection_is_used_again_until_the_server_closes_it() -> None:
    answer = OK + b"Content-Length: 1\r\n\r\na"
    sockets: list[socket.socket] = []
    with serving(answer, answer, hangs_up=False) as (client, requests):
        assert client.send(GET, sockets.append).body == client.send(GET, sockets.append).body == b"a"
        assert sockets[0] is sockets[1]
        assert requests[0].startswith(b"GET /b?x= HTTP/1.1\r\nHost: h\r\nUser-Agent: mochok/")
    with serving(answer, answer) as (client, _requests):
        assert client.send(GET, sockets.append).body == client.send(GET, sockets.append).body == b"a"
        assert sockets[2] is not sockets[-1], "it was closed while it was idle"


def test_a_drip_ends_when_nobody_waits_any_more() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = HttpClient((False, "127.0.0.1", listener.getsockname()[1]), Trust(), 5)
        call = Call("GetBucket", "b")
        worker = threading.Thread(target=carry_out, args=(call, client, lambda: GET))
        worker.start()
        connection, _address = listener.accept()
        with connection:
            connection.sendall(OK + b"x: ")
            with pytest.raises(EndpointUnreachableError):
                call.wait(Stop(), 0.3)
            worker.join(5)
            assert not worker.is_alive()


def test_a_proxy_is_asked_with_the_whole_address(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(OK + b"Content-Length: 0\r\n\r\n") as (proxy, requests):
        monkeypatch.setenv("http_proxy", f"http://us%40er:p%3Aw@127.0.0.1:{proxy.server[2]}")
        monkeypatch.setenv("no_proxy", "other.example")
        with closing(HttpClient((False, "s3.example", 9000), Trust(), 5)) as client:
            client.send(GET, lambda _socket: None)
    assert requests[0].startswith(b"GET http://s3.example:9000/b?x= HTTP/1.1\r\n")
    assert b"Proxy-Authorization: Basic dXNAZXI6cDp3\r\n" in requests[0]


def test_a_proxy_that_refuses_a_tunnel_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n") as (proxy, requests):
        monkeypatch.setenv("https_proxy", f"127.0.0.1:{proxy.server[2]}")
        call = Call("HeadBucket", "b")
        carry_out(call, HttpClient((True, "s3.example", 443), Trust(), 5), lambda: GET)
    assert requests[0].startswith(b"CONNECT s3.example:443 HTTP/1.1\r\nHost: s3.example:443\r\n")
    assert isinstance(call.error, EndpointUnreachableError)
    assert "proxy" in call.error.message


def test_an_answer_may_not_be_http_11() -> None:
    with pytest.raises(http.client.UnknownProtocol):
        body(b"HTTP/9.9 200 OK\r\n\r\n")


def test_an_answer_with_a_negative_length_was_cut_short() -> None:
    """The chunk that begins has a length of -5 bytes."""
    call = Call("ListObjectsV2", "b")
    with serving(OK + b"Transfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n") as (client, _requests):
        carry_out(call, client, lambda: GET)
    assert isinstance(call.error, ConnectionLostError)
    assert "the server's answer was cut short" in call.error.message
