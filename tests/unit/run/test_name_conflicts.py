"""Which stale object may stand in a failed file's way. Pure."""

from __future__ import annotations

import pytest

from mochok.run.name_conflicts import name_conflicts


@pytest.mark.parametrize(
    ("failed", "stale", "pairs"),
    [
        (["a"], ["a/b"], [("a", "a/b")]),
        (["a/b/c"], ["a/b"], [("a/b/c", "a/b")]),
        (["a/b/c"], ["a"], [("a/b/c", "a")]),
        (["a"], ["a/c", "a/b/x"], [("a", "a/b/x")]),
        (["a"], ["ab", "a.txt", "b/a"], []),
        (["a", "b"], [], []),
        ([], ["a/b"], []),
    ],
)
def test_a_file_and_a_folder_of_one_name_are_a_pair(
    failed: list[str], stale: list[str], pairs: list[tuple[str, str]]
) -> None:
    assert list(name_conflicts(failed, stale)) == pairs
