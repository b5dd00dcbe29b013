"""Content types as aws guesses them; checksums against published values."""

from __future__ import annotations

import base64
import mimetypes

import pytest
from awscrt import checksums
from hypothesis import given
from hypothesis import strategies as st

from mochok.storage.content import guess_content_type, of_integer, sha256


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("a.txt", "text/plain"),
        ("deep/er/a.html", "text/html"),
        ("a.tar.gz", "application/x-tar"),
        ("a.tgz", "application/x-tar"),
        ("A.PNG", "image/png"),
        ("a.json", "application/json"),
        ("a.pdf", "application/pdf"),
        ("a", None),
        ("a.", None),
        (".txt", None),
        ("folder.txt/a", None),
        ("a.strange-ending", None),
        ("a b?c#d.csv", "text/csv"),
    ],
)
def test_the_type_is_guessed_by_the_ending(key: str, expected: str | None) -> None:
    assert guess_content_type(key) == expected


PARTS = st.sampled_from(["a", "tar", "gz", "html", "svgz", "txt", "GZ", "b z", "é", "", "x", "bz2", "csv"])
KEYS = st.lists(st.lists(PARTS, min_size=1, max_size=3).map(".".join), min_size=1, max_size=2).map("/".join)


@given(KEYS)
def test_any_name_is_guessed_as_by_its_whole_path(key: str) -> None:
    assert guess_content_type(key) == mimetypes.guess_type("/data/" + key)[0]


CHECK = b"123456789"
"""The input for which catalogues of CRCs give their check value."""


def test_checksums_are_base64_of_the_published_values() -> None:
    assert base64.b64decode(of_integer(checksums.crc32, 4)(CHECK)).hex() == "cbf43926"
    assert base64.b64decode(of_integer(checksums.crc32c, 4)(CHECK)).hex() == "e3069283"
    assert base64.b64decode(of_integer(checksums.crc64nvme, 8)(CHECK)).hex() == "ae8b14860a799888"
    assert sha256(b"") == "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
    assert sha256(b"abc") == "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0="


def test_a_checksum_keeps_its_leading_zeros() -> None:
    assert of_integer(lambda _data: 1, 8)(b"") == "AAAAAAAAAAE="
    assert of_integer(checksums.crc64nvme, 8)(b"") == "AAAAAAAAAAA="
