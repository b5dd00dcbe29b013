"""Answers of a server that wants to harm, or has lost its mind."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from mochok.errors import ServerFaultError
from mochok.storage.answers import is_web_page, object_size, parse_xml, plain_etag
from mochok.storage.listing import parse_page

BOMB = (
    '<?xml version="1.0"?><!DOCTYPE b ['
    '<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>'
    "<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>&c;</Key></Contents></ListBucketResult>"
)
FILE = (
    '<!DOCTYPE b [<!ENTITY f SYSTEM "file:///etc/passwd">]>'
    "<ListBucketResult><Contents><Key>&f;</Key></Contents></ListBucketResult>"
)


@pytest.mark.parametrize("text", [BOMB, FILE], ids=["bomb", "file"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-32"])
def test_an_answer_that_defines_entities_is_refused_in_every_encoding(text: str, encoding: str) -> None:
    with pytest.raises(ElementTree.ParseError):
        parse_xml(text.encode(encoding))


def test_a_listing_with_entities_is_none() -> None:
    with pytest.raises(ServerFaultError, match="cannot be parsed"):
        parse_page(BOMB.encode(), "")


@pytest.mark.parametrize("text", ["-1", "", None, "1e3", str(2**63), "9" * 5000])
def test_a_size_that_no_object_has_is_refused(text: str | None) -> None:
    with pytest.raises(ValueError, match=r"an object of|invalid literal|Exceeds the limit"):
        object_size(text)


def test_a_size_is_taken_as_it_is_and_an_endless_etag_is_none() -> None:
    assert object_size("50000000000000") == 50_000_000_000_000
    assert plain_etag('"0cc175b9c0f1b6a831c399e269772661-2"') == "0cc175b9c0f1b6a831c399e269772661-2"
    assert plain_etag("e" * 5000) == ""


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"<!DOCTYPE html><html>", True),
        (b"\n <!doctype HTML >", True),
        (b"<html lang='en'>", True),
        (b"<!-- x --><head>", True),
        (b"<?xml version='1.0'?><Error><Message><html></Message></Error>", False),
        (b"<ListBucketResult>", False),
        (b"<htmlish>", False),
        (b"", False),
    ],
)
def test_a_web_page_is_known_by_its_beginning(body: bytes, expected: bool) -> None:
    assert is_web_page(body) is expected
