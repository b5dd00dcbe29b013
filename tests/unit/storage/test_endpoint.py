"""Where requests go: AWS in every partition, custom servers, keys on the wire."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

import botocore.loaders
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mochok.errors import EndpointUnreachableError
from mochok.storage.endpoint import Endpoint, endpoint
from mochok.storage.settings import AddressingStyle, Location


def of(
    url: str | None = None, *, bucket: str = "b", style: AddressingStyle = "auto", region: str = "eu-west-1"
) -> Endpoint:
    return endpoint(Location(bucket, endpoint_url=url, addressing_style=style), region)


@pytest.mark.parametrize(
    ("region", "host"),
    [
        ("us-east-1", "b.s3.us-east-1.amazonaws.com"),
        ("sa-east-1", "b.s3.sa-east-1.amazonaws.com"),
        ("us-gov-west-1", "b.s3.us-gov-west-1.amazonaws.com"),
        ("cn-north-1", "b.s3.cn-north-1.amazonaws.com.cn"),
    ],
)
def test_aws_is_addressed_by_bucket_host_name_in_the_region(region: str, host: str) -> None:
    assert of(region=region) == Endpoint(True, host, 443, "")
    assert of(region=region).is_aws
    assert not of("https://s3.example.com").is_aws


def partitions() -> list[tuple[str, str]]:
    """(region, domain) of every region that botocore knows, one for each partition and prefix."""
    known: dict[str, Any] = botocore.loaders.Loader().load_data("endpoints")
    return [(region, part["dnsSuffix"]) for part in known["partitions"] for region in part["regions"]]


@pytest.mark.parametrize(("region", "domain"), partitions())
def test_every_region_that_botocore_knows_has_its_own_domain(region: str, domain: str) -> None:
    assert of(region=region).host == f"b.s3.{region}.{domain}"


@pytest.mark.parametrize(
    ("bucket", "style", "host", "base_path"),
    [
        ("b", "auto", "b.s3.eu-west-1.amazonaws.com", ""),
        ("b", "virtual", "b.s3.eu-west-1.amazonaws.com", ""),
        ("b", "path", "s3.eu-west-1.amazonaws.com", "/b"),
        # dots in the name would break the certificate's *.s3...
        ("my.bucket", "auto", "s3.eu-west-1.amazonaws.com", "/my.bucket"),
        ("my.bucket", "virtual", "my.bucket.s3.eu-west-1.amazonaws.com", ""),
    ],
)
def test_the_addressing_style_decides_where_the_bucket_stands(
    bucket: str, style: AddressingStyle, host: str, base_path: str
) -> None:
    found = of(bucket=bucket, style=style)
    assert (found.host, found.base_path) == (host, base_path)


@pytest.mark.parametrize(
    ("url", "expected", "authority"),
    [
        ("http://127.0.0.1:8333", Endpoint(False, "127.0.0.1", 8333, "/b"), "127.0.0.1:8333"),
        ("http://nas", Endpoint(False, "nas", 80, "/b"), "nas"),
        ("https://nas/", Endpoint(True, "nas", 443, "/b"), "nas"),
        ("https://nas:443", Endpoint(True, "nas", 443, "/b"), "nas"),
        ("https://nas:80", Endpoint(True, "nas", 80, "/b"), "nas:80"),
        ("http://nas:443", Endpoint(False, "nas", 443, "/b"), "nas:443"),
        ("https://gate/s3/v1/", Endpoint(True, "gate", 443, "/s3/v1/b"), "gate"),
        ("http://[::1]:9000", Endpoint(False, "::1", 9000, "/b"), "[::1]:9000"),
        ("//nas:9000", Endpoint(True, "nas", 9000, "/b"), "nas:9000"),
    ],
)
def test_another_server_is_addressed_by_path(url: str, expected: Endpoint, authority: str) -> None:
    assert of(url) == expected
    assert of(url).authority == authority


def test_another_server_may_be_addressed_by_host_name_if_asked() -> None:
    found = of("https://cloud.example:8443", style="virtual")
    assert (found.host, found.port, found.base_path) == ("b.cloud.example", 8443, "")


@pytest.mark.parametrize(
    "url", ["http://", "http://nas:abc", "http://nas:99999", "http://[::1", "https://:9000", "/"]
)
def test_an_address_that_is_none_is_explained_without_repeating_it(url: str) -> None:
    with pytest.raises(EndpointUnreachableError, match="not the address of a server") as caught:
        of(url)
    assert "write http://host:port" in caught.value.hint
    assert "nas" not in str(caught.value)


@pytest.mark.parametrize(
    ("key", "path"),
    [
        ("2025/01/a.txt", "/b/2025/01/a.txt"),
        ("a b+c%20.txt", "/b/a%20b%2Bc%2520.txt"),
        ("a//b/./../c", "/b/a//b/./../c"),
        ("?x=1#y", "/b/%3Fx%3D1%23y"),
        ("ñ😀", "/b/%C3%B1%F0%9F%98%80"),
        ("~-._", "/b/~-._"),
    ],
)
def test_a_key_is_percent_encoded_and_its_slashes_kept(key: str, path: str) -> None:
    assert of("http://nas").object_path(key) == path


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_key_can_be_read_back_from_its_path(key: str) -> None:
    path = of("http://nas").object_path(key)
    assert path.isascii()
    assert not set(path) & set(" ?#&+=\\\r\n\0")
    assert unquote(path.removeprefix("/b/"), errors="strict") == key


def test_the_bucket_itself_has_a_path_too() -> None:
    assert of("http://nas").bucket_path("list-type=2") == "/b?list-type=2"
    assert of("http://nas").bucket_path() == "/b"
    assert of().bucket_path("delete=") == "/?delete="
    assert of().bucket_path() == "/"


def test_a_prefix_is_a_folder() -> None:
    assert Location("b", "2025/01").key_prefix == "2025/01/"
    assert Location("b").key_prefix == ""
    assert (Location("b", "p").url, Location("b").url) == ("s3://b/p", "s3://b")
