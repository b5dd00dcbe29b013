"""``ListObjectsV2`` answers of S3 and of servers like it, whole, cut short and senseless."""

from __future__ import annotations

from urllib.parse import parse_qsl, quote
from xml.sax.saxutils import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mochok.errors import ServerFaultError
from mochok.model import RemoteObject
from mochok.storage.listing import Page, parse_page, query

SECOND_NS = 1_000_000_000
JANUARY_15 = 1_736_951_425 * SECOND_NS  # 2025-01-15T14:30:25Z

S3_PAGE = """<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name><Prefix>2025/01/</Prefix>\
<KeyCount>3</KeyCount><MaxKeys>1000</MaxKeys><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>\
<NextContinuationToken>1ueGcxLPRx1Tr/XYExHnhbYLgveDs2J/wm36Hy4vbOwM=</NextContinuationToken>\
<Contents><Key>2025/01/</Key><LastModified>2025-01-15T14:30:25.000Z</LastModified>\
<ETag>&quot;d41d8cd98f00b204e9800998ecf8427e&quot;</ETag><Size>0</Size><StorageClass>STANDARD</StorageClass></Contents>\
<Contents><Key>2025/01/a+b%2Bc.txt</Key><LastModified>2025-01-15T14:30:25.000Z</LastModified>\
<ETag>&quot;0cc175b9c0f1b6a831c399e269772661&quot;</ETag><ChecksumAlgorithm>CRC64NVME</ChecksumAlgorithm>\
<ChecksumType>FULL_OBJECT</ChecksumType><Size>1</Size><StorageClass>STANDARD</StorageClass></Contents>\
<Contents><Key>2025/01/%C3%B1%0A.txt</Key><LastModified>2025-01-15T14:30:26.000Z</LastModified>\
<ETag>&quot;0cc175b9c0f1b6a831c399e269772661-2&quot;</ETag><Size>50000000000000</Size></Contents>\
</ListBucketResult>"""

SEAWEEDFS_PAGE = """<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name><Prefix>p/</Prefix>\
<MaxKeys>1000</MaxKeys><Delimiter></Delimiter><IsTruncated>false</IsTruncated>\
<Contents><Key>p/a b%23.txt</Key><ETag>&#34;0cc175b9c0f1b6a831c399e269772661&#34;</ETag><Size>1</Size>\
<Owner><ID>x</ID></Owner><StorageClass>STANDARD</StorageClass><LastModified>2025-01-15T14:30:25Z</LastModified>\
</Contents><KeyCount>1</KeyCount><EncodingType>url</EncodingType></ListBucketResult>"""


def page(contents: str = "", *, more: str = "<IsTruncated>false</IsTruncated>", encoding: str = "") -> bytes:
    return f"<ListBucketResult>{encoding}{more}{contents}</ListBucketResult>".encode()


def entry(key: str, size: str = "1", modified: str = "2025-01-15T14:30:25Z", etag: str = '"e"') -> str:
    return (
        f"<Contents><Key>{escape(key)}</Key><LastModified>{modified}</LastModified>"
        f"<ETag>{escape(etag)}</ETag><Size>{size}</Size></Contents>"
    )


def test_a_page_of_s3_is_understood() -> None:
    assert parse_page(S3_PAGE.encode(), "2025/01/") == Page(
        [
            RemoteObject("a b+c.txt", 1, JANUARY_15, "0cc175b9c0f1b6a831c399e269772661"),
            RemoteObject(
                "ñ\n.txt", 50_000_000_000_000, JANUARY_15 + SECOND_NS, "0cc175b9c0f1b6a831c399e269772661-2"
            ),
        ],
        "1ueGcxLPRx1Tr/XYExHnhbYLgveDs2J/wm36Hy4vbOwM=",
    )


def test_a_page_of_seaweedfs_is_understood() -> None:
    found = RemoteObject("a b#.txt", 1, JANUARY_15, "0cc175b9c0f1b6a831c399e269772661")
    assert parse_page(SEAWEEDFS_PAGE.encode(), "p/") == Page([found], None)


def test_keys_are_decoded_only_if_the_server_says_that_it_encoded_them() -> None:
    plain = parse_page(page(entry("100%25+x")), "")
    assert plain.objects[0].key == "100%25+x"
    encoded = parse_page(page(entry("100%25+x"), encoding="<EncodingType>url</EncodingType>"), "")
    assert encoded.objects[0].key == "100% x"


def test_folder_markers_are_left_out_but_not_what_only_looks_like_one() -> None:
    listed = entry("d/", "0") + entry("d/e/", "0") + entry("full/", "5") + entry("zero", "0")
    assert [each.key for each in parse_page(page(listed), "").objects] == ["full/", "zero"]


def test_an_empty_listing_has_no_objects() -> None:
    assert parse_page(page(), "p/") == Page([], None)
    assert parse_page(b"<ListBucketResult/>", "") == Page([], None)


@pytest.mark.parametrize(
    ("modified", "expected_ns"),
    [
        ("2025-01-15T14:30:25Z", JANUARY_15),
        ("2025-01-15T14:30:25", JANUARY_15),
        ("2025-01-15T11:30:25-03:00", JANUARY_15),
        ("2025-01-15T14:30:25.123Z", JANUARY_15 + 123_000_000),
        ("2025-01-15T14:30:25.123456789Z", JANUARY_15 + 123_456_000),
        ("1970-01-01T00:00:00Z", 0),
    ],
)
def test_times_come_in_the_spellings_of_several_servers(modified: str, expected_ns: int) -> None:
    assert parse_page(page(entry("a", modified=modified)), "").objects[0].modified_ns == expected_ns


def test_an_etag_comes_with_or_without_quotes_or_not_at_all() -> None:
    tags = [entry("a", etag='"x"'), entry("b", etag="x"), entry("c").replace('<ETag>"e"</ETag>', "")]
    assert [each.etag for each in parse_page(page("".join(tags)), "").objects] == ["x", "x", ""]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not xml",
        S3_PAGE.encode()[:-200],
        S3_PAGE.encode() + b"<more/>",
        b"<html><body>Sign in to the hotel</body></html>",
        b"<Error><Code>InternalError</Code></Error>",
        b"<ListBucketResult xmlns='x'><Contents/></ListBucketResult>",
        page("<Contents><Size>1</Size><LastModified>2025-01-15T14:30:25Z</LastModified></Contents>"),
        page(entry("a", size="")),
        page(entry("a", size="many")),
        page(entry("a", size="9" * 5000)),
        page(entry("a", modified="")),
        page(entry("a", modified="yesterday")),
        page(entry("a")).replace(b"<LastModified>2025-01-15T14:30:25Z</LastModified>", b""),
        b"<?xml version='1.0' encoding='bogus'?><ListBucketResult/>",
        b"<?xml version='1.0' encoding='utf-7'?><ListBucketResult/>",
        b"\xff\xfe<\x00",
    ],
)
def test_anything_but_a_complete_page_is_a_fault_of_the_server(body: bytes) -> None:
    with pytest.raises(ServerFaultError, match="the server's listing cannot be parsed"):
        parse_page(body, "")


def test_a_page_that_promises_more_without_a_token_is_a_fault() -> None:
    """Taken as complete, everything behind it would look as if it were not there."""
    for more in ("", "<NextContinuationToken></NextContinuationToken>"):
        with pytest.raises(ServerFaultError, match="has no continuation token"):
            parse_page(page(more=f"<IsTruncated>true</IsTruncated>{more}"), "")


def test_a_server_that_takes_no_notice_of_the_prefix_is_not_believed() -> None:
    with pytest.raises(ServerFaultError, match="'2025/02/a' is not below the prefix '2025/01/'"):
        parse_page(page(entry("2025/02/a")), "2025/01/")


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\0"), max_size=8)
NUMBERS = st.one_of(st.integers(-5, 10**20).map(str), TEXTS)
DATES = st.one_of(
    st.datetimes().map(lambda moment: moment.isoformat()), TEXTS, st.just("0001-01-01T00:00:00+23:59")
)
PARTS = st.one_of(
    st.builds(entry, TEXTS, NUMBERS, DATES, TEXTS),
    st.builds(lambda key: entry(quote(key)), TEXTS),
    st.sampled_from(
        ["<EncodingType>url</EncodingType>", "<IsTruncated>true</IsTruncated>", "<Contents/>", "<a>", "]]>"]
    ),
    TEXTS,
)


@settings(deadline=None)
@given(st.lists(PARTS, max_size=4).map("".join), st.sampled_from(["", "a", "p/"]), st.integers(0, 40))
def test_no_answer_ever_ends_in_another_error(body: str, prefix: str, cut: int) -> None:
    whole = page(body)
    for content in (whole, whole[: len(whole) - cut]):
        try:
            found = parse_page(content, prefix)
        except ServerFaultError:
            continue
        assert all(isinstance(each.size_bytes, int) for each in found.objects)


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_no_bytes_ever_end_in_another_error(body: bytes) -> None:
    with pytest.raises(ServerFaultError):
        parse_page(body, "")


@settings(deadline=None)
@given(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(lambda key: not key.endswith("/"))
)
def test_any_key_survives_the_wire(key: str) -> None:
    encoded = page(entry(quote("p/" + key, safe="")), encoding="<EncodingType>url</EncodingType>")
    assert parse_page(encoded, "p/").objects[0].key == key


@settings(deadline=None)
@given(TEXTS, TEXTS)
def test_the_query_carries_any_prefix_and_start(prefix: str, after: str) -> None:
    asked = dict(parse_qsl(query(prefix, page_size=7, start_after=after), keep_blank_values=True))
    assert (asked["list-type"], asked["encoding-type"], asked["max-keys"]) == ("2", "url", "7")
    assert (asked.get("prefix", ""), asked.get("start-after", "")) == (prefix, after)


def test_a_token_takes_the_place_of_the_start() -> None:
    text = query("p/", page_size=1000, start_after="p/a", token="t+/=")
    assert text == "list-type=2&encoding-type=url&max-keys=1000&prefix=p%2F&continuation-token=t%2B%2F%3D"
