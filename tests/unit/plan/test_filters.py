"""Which files take part: ``--exclude`` and ``--include`` as ``aws s3 sync`` decides them (S-40 to S-44)."""

from __future__ import annotations

import fnmatch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mochok.plan.filters import FilterRule, deciding_rule, selector


def rules(*texts: str) -> list[FilterRule]:
    """``-PATTERN`` excludes, ``+PATTERN`` includes."""
    return [FilterRule(text[0] == "+", text[1:]) for text in texts]


@pytest.mark.parametrize(
    ("given_rules", "key", "takes_part"),
    [
        # S-40: everything starts included, the last match wins
        ([], "a.txt", True),
        (["+*.txt"], "a.log", True),
        (["-*.txt"], "a.txt", False),
        (["-*", "+*.txt"], "a.txt", True),
        (["-*", "+*.txt"], "a.log", False),
        (["+*.txt", "-*"], "a.txt", False),
        (["-*.txt", "+b*", "-*d.txt"], "b.txt", True),
        (["-*.txt", "+b*", "-*d.txt"], "bd.txt", False),
        # S-41: * crosses /, ? is one character, sets; no **, no escaping
        (["-*.tmp"], "deep/er/x.tmp", False),
        (["-a?c"], "abc", False),
        (["-a?c"], "a/c", False),
        (["-a?c"], "ac", True),
        (["-[ab].txt"], "b.txt", False),
        (["-[!ab].txt"], "b.txt", True),
        (["-[!ab].txt"], "c.txt", False),
        (["-[a-c]1"], "b1", False),
        (["-a\\*"], "a*", True),
        (["-**/x"], "x", True),
        (["-*.TXT"], "a.txt", True),
        # S-42: a folder's name alone matches nothing below it
        (["-sub"], "sub/a", True),
        (["-sub/"], "sub/a", True),
        (["-sub/*"], "sub/a", False),
        (["-sub/*"], "sub/deep/a", False),
        (["-sub/*"], "other/sub/a", True),
        (["-c.*"], "c.txt", False),
        (["-c.*"], "sub/c.txt", True),
        (["-./a.txt"], "a.txt", True),
        (["-/a.txt"], "a.txt", True),
        # names that fnmatch or a regular expression might stumble over
        (["-*"], "line\nbreak", False),
        (["-*.txt"], "line\nbreak.txt", False),
        (["-a.txt"], "a.txt\n", True),
        (["-[1]*"], "[1]/x", True),
        (["-[[]1]*"], "[1]/x", False),
        (["-["], "[", False),
        (["-a+(b)|c"], "a+(b)|c", False),
        (["-ñandú/*"], "ñandú/😀", False),
        (["-"], "a", True),
    ],
)
def test_the_last_matching_rule_decides(given_rules: list[str], key: str, takes_part: bool) -> None:
    assert selector(rules(*given_rules))(key) is takes_part


@pytest.mark.parametrize(
    ("pattern", "key", "takes_part"),
    [("*.TMP", "a.tmp", False), ("Sub\\*", "sub/x", False), ("*.tmp", "A.TMP", False), ("x", "y", True)],
)
def test_on_windows_case_and_the_kind_of_slash_make_no_difference(
    pattern: str, key: str, takes_part: bool
) -> None:
    assert selector(rules("-" + pattern), ignore_case=True)(key) is takes_part


def test_the_deciding_rule_is_told_with_its_position() -> None:
    given_rules = rules("-*", "+*.txt", "-b*")
    assert deciding_rule(given_rules, "a.txt") == (1, FilterRule(True, "*.txt"))
    assert deciding_rule(given_rules, "b.txt") == (2, FilterRule(False, "b*"))
    assert deciding_rule(given_rules, "c") == (0, FilterRule(False, "*"))
    assert deciding_rule(rules("-*.txt"), "c") is None


def test_a_rule_is_shown_as_the_user_writes_it() -> None:
    assert [rule.option for rule in rules("-*.tmp", "+a b")] == ["--exclude=*.tmp", "--include=a b"]


PATTERNS = st.text(st.sampled_from("ab./*?[]!-\n\\ñ"), max_size=6)
KEYS = st.text(st.sampled_from("ab./-[]\n\\ñ"), min_size=1, max_size=6)
RULES = st.lists(st.builds(FilterRule, st.booleans(), PATTERNS), max_size=5)


def oracle(given_rules: list[FilterRule], key: str) -> bool:
    """The rule read aloud, with the standard library's own matching."""
    verdict = True
    for rule in given_rules:
        if fnmatch.fnmatchcase(key, rule.pattern):
            verdict = rule.include
    return verdict


@settings(deadline=None)
@given(RULES, KEYS)
def test_any_rules_decide_as_fnmatch_read_in_order_does(given_rules: list[FilterRule], key: str) -> None:
    assert selector(given_rules)(key) is oracle(given_rules, key)


@settings(deadline=None)
@given(RULES, KEYS, st.booleans())
def test_the_deciding_rule_and_the_decision_never_disagree(
    given_rules: list[FilterRule], key: str, ignore_case: bool
) -> None:
    decided_by = deciding_rule(given_rules, key, ignore_case=ignore_case)
    expected = True if decided_by is None else decided_by[1].include
    assert selector(given_rules, ignore_case=ignore_case)(key) is expected
