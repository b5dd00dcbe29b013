"""Have the files of a day settled?"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from mochok.model import SourceFile
from mochok.plan.settling import Settling, Youngest, join_youngest, note_youngest

BEGAN = datetime(2026, 11, 26, 1, 30, tzinfo=UTC)
DAYS = [date(2026, 11, 24), date(2026, 11, 25)]


def ns(minutes_before: float) -> int:
    return int((BEGAN - timedelta(minutes=minutes_before)).timestamp() * 1_000_000) * 1000


def settling(*ages_minutes: float, settle_minutes: int = 15) -> Settling:
    """Files of these ages, ``a``, ``b``, ... in that order."""
    found, youngest = Settling(settle_minutes), Youngest()
    for name, age in zip("abcdef", ages_minutes, strict=False):
        note_youngest(youngest, SourceFile(name, name, 1, ns(age)), None)
    found.begin(BEGAN)
    found.add(youngest)
    return found


files = st.lists(
    st.tuples(
        st.sampled_from("abcdef"),
        st.sampled_from([None, *DAYS]),
        st.integers(-(10**19), 10**19),
        st.integers(0, 10**19),
    ),
    max_size=20,
)


@given(files, st.integers(0, 20))
def test_the_youngest_of_all_parts_are_the_youngest_of_the_whole(
    found: list[tuple[str, date | None, int, int]], cut: int
) -> None:
    parts: list[Youngest] = [{}, {}]
    whole: Youngest = {}
    for number, (key, day, mtime_ns, changed_ns) in enumerate(found):
        file = SourceFile(key, key, 1, mtime_ns, 0, changed_ns)
        note_youngest(whole, file, day)
        note_youngest(parts[number < cut], file, day)
    joined: Youngest = {}
    for part in parts:
        join_youngest(joined, part)
    assert joined == whole
    for day, youngest in whole.items():
        of_day = [max(mtime, changed) for _key, other, mtime, changed in found if other == day]
        assert youngest[0] == max(of_day)


def test_a_day_has_settled_once_its_youngest_file_is_old_enough() -> None:
    assert settling(15).is_settled(None)
    assert settling(99, 15.1).is_settled(None)
    assert not settling(99, 14.9).is_settled(None)
    assert settling().is_settled(None)


def test_0_switches_it_off_also_for_the_future() -> None:
    found = settling(-99, settle_minutes=0)
    assert found.is_settled(None)
    assert found.future(BEGAN) == ""


def test_without_a_scan_nothing_is_known_to_change() -> None:
    found = Settling(15)
    assert found.is_settled(None)
    assert (found.reason(BEGAN), found.last_settled) == ("", None)


def test_each_day_has_its_own_youngest_file() -> None:
    found, youngest = Settling(15), Youngest()
    note_youngest(youngest, SourceFile("old", "old", 1, ns(60)), DAYS[0])
    note_youngest(youngest, SourceFile("young", "young", 1, ns(60), changed_ns=ns(1)), DAYS[1])
    found.begin(BEGAN)
    found.add(youngest)
    assert [found.is_settled(day) for day in (*DAYS, None)] == [True, False, False]


def test_a_second_scan_counts_from_the_first() -> None:
    found = settling(20)
    found.begin(BEGAN + timedelta(hours=3))
    found.add({None: (ns(-170), "changed meanwhile")})
    assert not found.is_settled(None)
    assert found.last_settled == BEGAN - timedelta(minutes=15)


def test_the_reason_names_the_time_of_the_scan_and_a_file() -> None:
    assert settling(99, 3).reason(BEGAN) == "files were still changing at 01:30, such as b"


def test_a_time_in_the_future_is_named() -> None:
    expected = "a has a time in the future (2026-11-26 02:30)"
    assert settling(-60).reason(BEGAN) == expected
    assert settling(-10).future(BEGAN) == "", "two clocks may differ a little"
    assert settling(-60).future(BEGAN + timedelta(hours=2)) == "", (
        "an upload of hours, and a file that changed"
    )


def test_a_time_that_no_calendar_has_is_in_the_future_too() -> None:
    found = Settling(15)
    found.begin(BEGAN)
    found.add({None: (10**22, "a")})
    assert found.reason(BEGAN) == "a has a time in the future"
