"""Names that a server may take for one another."""

from __future__ import annotations

import pytest

from mochok.similar import KINDS, PAIRS, Kind, problem, risks


@pytest.mark.parametrize(
    ("names", "kinds"),
    [
        (["a\\b"], {"a\\b": {"backslash"}}),
        (["c.", "d "], {"c.": {"ending"}, "d ": {"ending"}}),
        (["e%2Ff", "g%41"], {"e%2Ff": {"percent"}}),
        (["h%41", "hA", "i"], {"h%41": {"percent"}, "hA": {"percent"}}),
        (["j+k", "j k"], {"j+k": {"plus"}, "j k": {"plus"}}),
        (["L", "l", "m"], {"L": {"case"}, "l": {"case"}}),
        (["\u00e9", "e\u0301"], {"\u00e9": {"accents"}, "e\u0301": {"accents"}}),
        (["Straße", "STRASSE"], {"Straße": {"case"}, "STRASSE": {"case"}}),
        (["N+o", "n o"], {"N+o": {"case", "plus"}, "n o": {"case", "plus"}}),
        (["p+q", "r s", "100%", "año", ".t", "Ünï", "🙂"], {}),
        ([], {}),
    ],
)
def test_what_is_at_risk_and_by_what(names: list[str], kinds: dict[str, set[Kind]]) -> None:
    assert risks(names) == kinds


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_has_names_that_show_it_and_a_reason(kind: Kind) -> None:
    names = [name for pair in PAIRS.values() for name in pair]
    assert len({name.casefold() for name in names}) == len(names) - 1, "no kind disturbs another"
    assert kind in frozenset().union(*risks(PAIRS[kind]).values())
    assert problem(kind).startswith("this server may ")
