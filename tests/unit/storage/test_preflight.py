"""Does a server answer and is it trusted? Asked of real sockets on this machine."""

from __future__ import annotations

import datetime
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from mochok.errors import CertificateError, EndpointUnreachableError
from mochok.storage.endpoint import Endpoint
from mochok.storage.preflight import preflight
from mochok.storage.session import Session
from mochok.storage.settings import Access

pytestmark = pytest.mark.usefixtures("aws_home")
HERE = "127.0.0.1"
Serve = Callable[[socket.socket], None]


@contextmanager
def server(serve: Serve) -> Iterator[int]:
    """Answer every connection with ``serve`` on a port of its own."""
    with socket.create_server((HERE, 0)) as listener:
        thread = threading.Thread(target=_accept, args=(listener, serve))
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


def _accept(listener: socket.socket, serve: Serve) -> None:
    while True:
        try:
            connection, _address = listener.accept()
        except OSError:
            return
        with connection:
            try:
                serve(connection)
            except OSError:
                continue  # the other side hung up: what these tests are about


def look(port: int, *, secure: bool = False, host: str = HERE, **access: object) -> None:
    settings = {"sign_requests": False, "connect_timeout_seconds": 5} | access
    preflight(Endpoint(secure, host, port, "/b"), Session(Access(**settings)))  # type: ignore[arg-type]


def say_nothing(connection: socket.socket) -> None:
    while connection.recv(4096):
        pass


def speak_http(connection: socket.socket) -> None:
    connection.recv(4096)
    connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")


def speak_tls(certificate: Path) -> Serve:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    def serve(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as secure:
            secure.recv(1)

    return serve


def free_port() -> int:
    with socket.create_server((HERE, 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate of 127.0.0.1 with its key, as one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test server")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(HERE))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


def test_a_server_that_listens_is_enough_on_plain_http() -> None:
    with server(say_nothing) as port:
        look(port)


def test_a_refused_connection_is_told_with_its_address() -> None:
    port = free_port()
    with pytest.raises(
        EndpointUnreachableError, match=f"the server {HERE}:{port} cannot be reached"
    ) as caught:
        look(port)
    assert "connection refused" in caught.value.message
    assert "endpoint_url" in caught.value.hint
    assert caught.value.scope == "configuration"


@pytest.mark.parametrize("host", ["nas..example", "n" * 64])
def test_a_host_name_that_cannot_be_one_is_told(host: str) -> None:
    with pytest.raises(EndpointUnreachableError, match=f"'{host}' is not the name of a host"):
        look(443, host=host)


def test_a_trusted_certificate_is_enough(certificate: Path, aws_home: Path) -> None:
    with server(speak_tls(certificate)) as port:
        look(port, secure=True, ca_bundle=str(certificate))


def test_an_untrusted_certificate_is_told_with_what_to_do(certificate: Path) -> None:
    with (
        server(speak_tls(certificate)) as port,
        pytest.raises(CertificateError, match="is not trusted") as caught,
    ):
        look(port, secure=True)
    assert f"{HERE}:{port}" in caught.value.message
    assert "--ca-bundle" in caught.value.hint
    assert caught.value.exit_code == 3


def test_a_certificate_of_another_name_is_not_trusted(certificate: Path) -> None:
    with server(speak_tls(certificate)) as port, pytest.raises(CertificateError, match="localhost"):
        look(port, secure=True, host="localhost", ca_bundle=str(certificate))


def test_no_verify_ssl_does_not_ask_for_trust(certificate: Path) -> None:
    with server(speak_tls(certificate)) as port:
        look(port, secure=True, verify_tls=False)


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_a_ca_bundle_that_cannot_be_used_is_told(tmp_path: Path, content: str | None) -> None:
    bundle = tmp_path / "ca.pem"
    if content is not None:
        bundle.write_text(content)
    with (
        server(say_nothing) as port,
        pytest.raises(CertificateError, match=r"the ca_bundle .*ca\.pem cannot be used"),
    ):
        look(port, secure=True, ca_bundle=str(bundle))


def test_plain_http_where_tls_is_expected_is_told() -> None:
    with (
        server(speak_http) as port,
        pytest.raises(EndpointUnreachableError, match="the TLS handshake with") as caught,
    ):
        look(port, secure=True)
    assert "http://" in caught.value.hint


def test_a_server_that_falls_silent_in_the_handshake_is_given_up() -> None:
    with server(say_nothing) as port, pytest.raises(EndpointUnreachableError, match="timed out"):
        look(port, secure=True, connect_timeout_seconds=1)


def test_behind_a_proxy_nothing_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.invalid:3128")
    look(free_port(), host="nas.invalid")


def test_a_socks_proxy_is_refused_without_showing_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "socks5://user:secret@proxy.invalid:1080")
    with pytest.raises(EndpointUnreachableError, match="is a SOCKS proxy") as caught:
        look(443, secure=True, host="nas.invalid")
    assert "secret" not in str(caught.value)


def test_a_server_exempt_from_the_proxy_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.invalid:3128")
    monkeypatch.setenv("NO_PROXY", HERE)
    with server(speak_http) as port, pytest.raises(EndpointUnreachableError, match="the TLS handshake with"):
        look(port, secure=True)
