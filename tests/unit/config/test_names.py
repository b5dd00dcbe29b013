"""Names of configurations that are not quite right."""

from __future__ import annotations

import pytest

from mochok.suggestions import name_hint

KNOWN = ("Invoices", "Archivo ñandú", "Reports daily", "Reports weekly")


@pytest.mark.parametrize(
    ("written", "hint"),
    [
        ("inv", "did you mean 'Invoices'?"),
        ("INVOICES", "did you mean 'Invoices'?"),
        ("Invioces", "did you mean 'Invoices'?"),
        ("archivo nandu", "did you mean 'Archivo ñandú'?"),
        ("weekly", "did you mean 'Reports weekly'?"),
        ("reports", "did you mean 'Reports daily' or 'Reports weekly'?"),
    ],
)
def test_a_name_that_is_nearly_right_is_answered_with_the_right_one(written: str, hint: str) -> None:
    assert name_hint(written, KNOWN) == hint


@pytest.mark.parametrize("written", ["", "zzzz"])
def test_a_name_like_no_other_is_answered_with_the_known_names(written: str) -> None:
    assert name_hint(written, KNOWN) == f"known names: {', '.join(KNOWN)}"


def test_of_a_thousand_names_the_first_are_given() -> None:
    hint = name_hint("zzzz", [f"Night {number}" for number in range(1000)])
    assert hint.startswith("known names: Night 0, Night 1,")
    assert hint.endswith("Night 39 and 960 more")
