"""Patterns are checked before anything runs, and nothing but the known placeholders works in them."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mochok.errors import PathError
from mochok.strategies.placeholders import PLACEHOLDERS, Placeholder, check_pattern


@pytest.mark.parametrize("placeholder", PLACEHOLDERS, ids=lambda placeholder: placeholder.name)
def test_every_listed_placeholder_is_accepted(placeholder: Placeholder) -> None:
    name = placeholder.name.replace("FORMAT", "yyyy-MM")
    if name == "{base_path}":
        check_pattern(name, local=True)
    else:
        check_pattern(f"x/{name}", local=False)
        check_pattern(f"/x/{name}", local=True)


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("{yaer}/{month}", "did you mean {year}?"),
        ("{Year}", "did you mean {year}?"),
        ("{ month }", "did you mean {month}?"),
        ("{host}", "did you mean {hostname}?"),
        ("{yyyy}", "did you mean {date:yyyy}?"),
        ("{yyyy-MM-dd}", "did you mean {date:yyyy-MM-dd}?"),
        ("{dat:yyyy}", "did you mean {date:FORMAT}?"),
        ("{nonsense}", "known placeholders: {year}, {month}, {day}"),
        ("{}", "known placeholders:"),
        ("{0}", "known placeholders:"),
        ("{x!r}", "known placeholders:"),
        ("{year!r}", "did you mean {year}?"),
        ("{year:04}", "did you mean {year}?"),
        ("{date.__class__}", "known placeholders:"),
        ("{config_name.__init__.__globals__}", "known placeholders:"),
        ("{year[0]}", "did you mean {year}?"),
        ("{date}", "write {date:yyyy-MM-dd}"),
        ("{date:}", "write {date:yyyy-MM-dd}"),
        ("{date:%Y}", "write yyyy"),
        ("{date:d}", "write dd"),
        ("{date:YYYY}", "write yyyy"),
        ("{year", "add the missing }"),
        ("year}", "add the missing {"),
        ("{{year}}", "write {year}"),
        ("{{ year }}/x", "write {year}"),
        ("{{date:yyyy}}", "write {date:yyyy}"),
        ("%Y/%m/%d", "write {year}, {month}"),
        ("%n", "is not a placeholder"),
        ("%COMPUTERNAME%/x", "${NAME}"),
        ("../../{year}", "'..'"),
        ("a/../{year}", "'..'"),
        ("a/./{year}", "'.'"),
        ("a\0b", "control character"),
        ("a\nb", "control character"),
        ("a\x85b", "control character"),
        ("a\ud800", "control character"),
        ("{" + "x" * 5_000 + "}", "write at most 4,096"),
        ("{" + "x" * 4_000 + "}", "known placeholders:"),
        ("x" * 1_023, "at most 1,022 bytes"),
        ("/{year}", "remove the /"),
        ("/", "remove the /"),
        ("a//b", "write one /"),
        ("a//", "write one /"),
        ("backup\\{year}", "write / between folders"),
        ("{date:yyyy\\\\MM}", "contains a backslash"),
        ("{base_path}/x", "custom_local_pattern only"),
    ],
)
def test_a_wrong_destination_is_refused_with_the_way_out(pattern: str, words: str) -> None:
    with pytest.raises(PathError) as caught:
        check_pattern(pattern, local=False)
    assert words in str(caught.value)
    assert len(str(caught.value)) < 600
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("{year}/{month}", "begin it with {base_path}/"),
        ("archive", "begin it with {base_path}/"),
        ("{hostname}:/x", "begin it with {base_path}/"),
        ("C:archive", "begin it with {base_path}/"),
        ("\\archive", "begin it with {base_path}/"),
        ("//server/share", "\\\\server\\"),
        ("/x/{base_path}", "must come first"),
        ("{base_path}/{base_path}", "must come first"),
        ("{base_path}-old", "write {base_path}/"),
        ("{base_path}{year}", "write {base_path}/"),
        ("{base_path}/../x", "'..'"),
        ("{base_path}\\..\\x", "'..'"),
        ("C:\\..\\x", "'..'"),
        ("D:\\a*b", "Windows"),
        ("{base_path}/{yaer}", "did you mean {year}?"),
        ("{base_path}/%Y", "is not a placeholder"),
        ("{base_path}/" + "x" * 5_000, "at most 4,096"),
    ],
)
def test_a_wrong_local_pattern_is_refused_with_the_way_out(pattern: str, words: str) -> None:
    with pytest.raises(PathError) as caught:
        check_pattern(pattern, local=True)
    assert words in str(caught.value)


@given(st.text(alphabet="{}:/\\.%$ yearMdatbs_phC", max_size=24), st.booleans())
def test_any_pattern_is_fine_or_a_clear_mistake(pattern: str, local: bool) -> None:
    with suppress(PathError):
        check_pattern(pattern, local=local)
