"""Certificates and proxies: problems are reported within seconds."""

from __future__ import annotations

import datetime
import ipaddress
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.faults.scene import FaultScene
from tests.support.fault_proxy import FaultProxy
from tests.support.faults import say


def certificate(folder: Path, *, address: str = "127.0.0.1", days: int = 1) -> Path:
    """A certificate of its own authority, with its key, in one PEM file; ``days`` < 0: expired."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test")])
    now = datetime.datetime.now(datetime.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=3))
        .not_valid_after(now + datetime.timedelta(days=days))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    )
    path = folder / "server.pem"
    usual = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    pem = key.private_bytes(serialization.Encoding.PEM, *usual)
    made = builder.sign(key, hashes.SHA256())
    path.write_bytes(pem + made.public_bytes(serialization.Encoding.PEM))
    (folder / "authority.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    return path


@contextmanager
def https(scene: FaultScene, path: Path) -> Iterator[FaultProxy]:
    """The server behind TLS; the configuration goes there."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    with FaultProxy(scene.server.endpoint_url, tls=context) as secure:
        scene.write({"a.txt": "a"})
        scene.set_up(destination={"endpoint_url": secure.endpoint_url})
        yield secure


def test_F48_a_named_authority_is_trusted(scene: FaultScene) -> None:
    """--ca-bundle has the authority of the server's certificate: the run works, exit 0."""
    with https(scene, certificate(scene.root)) as secure:
        authority = f"--ca-bundle={scene.root / 'authority.pem'}"
        scene.set_up(authority, destination={"endpoint_url": secure.endpoint_url})

        scene.sync().must(0)

    assert scene.names() == {"a.txt"}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "self-signed certificate"),
        ({"days": -1}, "certificate has expired"),
        ({"address": "127.0.0.9"}, "IP address mismatch"),
    ],
    ids=["unknown authority", "expired", "another name"],
)
def test_F48_a_certificate_that_is_not_trusted_is_told_in_seconds(
    scene: FaultScene, changes: dict[str, object], words: str
) -> None:
    """The server's certificate is from an unknown authority, expired, or for another name: exit 3 within
    seconds (the engine alone takes two minutes), no request is sent.
    """
    path = certificate(scene.root, **changes)  # type: ignore[arg-type] # the names fit
    with https(scene, path) as secure:
        if changes:
            authority = f"--ca-bundle={scene.root / 'authority.pem'}"
            scene.set_up(authority, destination={"endpoint_url": secure.endpoint_url})

        result = scene.sync().must(3)

        assert secure.seen() == []
    address = secure.endpoint_url.removeprefix("https://")
    message = f"the certificate of {address} is not trusted: {words}"
    assert scene.result_of("Whole")["lastMessage"].startswith(message)
    assert "name the authority's file with --ca-bundle" in result.flat


@pytest.mark.parametrize("content", [None, "this is no certificate"], ids=["missing", "junk"])
def test_F48_an_authority_file_that_is_none_is_named(scene: FaultScene, content: str | None) -> None:
    """The file of --ca-bundle does not exist or has no certificate: exit 3 at once with its name."""
    bundle = scene.root / "bundle.pem"
    if content is not None:
        bundle.write_text(content)
    with https(scene, certificate(scene.root)) as secure:
        scene.set_up(f"--ca-bundle={bundle}", destination={"endpoint_url": secure.endpoint_url})

        result = scene.sync().must(3)

    assert f"the ca_bundle {bundle} cannot be used" in result.flat


def test_F49_a_proxy_that_wants_a_password_is_told(scene: FaultScene) -> None:
    """HTTP_PROXY is a proxy that answers 407: exit 1 within seconds with the answer, and without the password
    in the variable.
    """
    scene.write({"a.txt": "a"})
    scene.set_up(destination={"endpoint_url": "http://s3.example.test"})
    scene.proxy.when(do=say(407, b"", ("Proxy-Authenticate", "Basic")))
    address = scene.proxy.endpoint_url.replace("://", "://somebody:pr0xy-passw0rd@")

    result = scene.sync(env={"HTTP_PROXY": address, "http_proxy": address}).must(1)

    assert "the server answered 407" in result.flat
    assert "pr0xy-passw0rd" not in result.output + scene.log() + scene.state_path.read_text()
    assert scene.proxy.count() >= 1


def test_F49_a_socks_proxy_is_refused_with_a_word(scene: FaultScene) -> None:
    """HTTP_PROXY is a SOCKS proxy, which the engine does not support: exit 1 with a hint."""
    scene.write({"a.txt": "a"})
    scene.set_up(destination={"endpoint_url": "http://s3.example.test"})
    address = "socks5://somebody:pr0xy-passw0rd@127.0.0.1:9"

    result = scene.sync(env={"HTTP_PROXY": address, "http_proxy": address}).must(1)

    assert "the proxy 127.0.0.1:9 is a SOCKS proxy, which the S3 engine cannot use" in result.flat
    assert "name an HTTP proxy in HTTPS_PROXY" in result.flat
    assert "pr0xy-passw0rd" not in result.output + scene.log() + scene.state_path.read_text()


def test_F49_a_server_in_no_proxy_is_reached_directly(scene: FaultScene) -> None:
    """NO_PROXY has the server: a proxy that cannot be reached does not matter, exit 0."""
    scene.write({"a.txt": "a"})
    scene.set_up()
    nowhere = "http://127.0.0.1:9"

    names = {"HTTP_PROXY": nowhere, "http_proxy": nowhere, "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
    scene.sync(env=names).must(0)

    assert scene.names() == {"a.txt"}
