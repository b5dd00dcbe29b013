"""Numbers, dates and names without a limit: each is refused in a second, or finished in seconds."""

from __future__ import annotations

import time

import pytest

from tests.faults.scene import FaultScene

HUGE = 10**9


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("sync", "--from", "0001-01-01", "--to", "yesterday"), "0001-01-01 is before 1970"),
        (("sync", "--from", "1980-01-01", "--to", "today"), "--from 1980-01-01 is more than ten years ago"),
        (("sync", "--from", "0001-01-01", "--to", "9999-12-31"), "is before 1970"),
        (("sync", "--from", "today", "--to", "9999-12-31"), "in the future by more than ten years"),
        (("sync", "--target-date", "0001-01-01"), "0001-01-01 is before 1970"),
        (("sync", "--target-date", "9999-12-31"), "9999-12-31 is in the future by more than ten years"),
        (
            ("explain", "Whole", "a.txt", "--target-date", "9999-12-31"),
            "in the future by more than ten years",
        ),
        (("sync", "--jobs", f"{HUGE}"), "not in the range"),
        (("sync", "--catch-up", f"{HUGE}"), "not in the range"),
        (("sync", "--lock-wait", f"{HUGE}"), "not in the range"),
        (("sync", "--lock-wait", "inf"), "not in the range"),
        (("sync", "--lock-wait", "nan"), "is not a number of seconds"),
        (("sync", "--allow-deletes", "9" * 5000), "is too large"),
        (("status", "--calendar", f"{HUGE}"), "not in the range"),
        (("status", "--gaps", f"{HUGE}"), "not in the range"),
        (("history", "--limit", f"{HUGE}"), "not in the range"),
        (("clear-logs", "--keep-last-days", f"{HUGE}"), "not in the range"),
        (("sync", "--only", "x" * 100_000), "there is no configuration named"),
        (("sync", "--target-date", "x" * 100_000), "is not a date"),
    ],
    ids=lambda value: " ".join(value)[:50] if isinstance(value, tuple) else "",
)
def test_F169_a_number_or_date_without_measure_is_refused(
    scene: FaultScene, arguments: tuple[str, ...], told: str
) -> None:
    """Dates such as 0001-01-01 and 9999-12-31, a range of centuries, 10^9 jobs, days or seconds, numbers of
    5,000 digits and names of 100,000 characters on the command line: exit 2 at once with the limit, in a
    short message, and nothing runs.
    """
    scene.write({"a.txt": "a"})
    scene.set_up()
    result = scene.run(*arguments).must(2)
    assert told in result.flat
    assert len(result.output) < 10_000
    assert scene.proxy.seen() == []


def test_F169_a_thousand_configurations_with_a_thousand_filters_are_read_in_seconds(
    scene: FaultScene,
) -> None:
    """1,000 configurations, one with 1,000 filters, 10,000 include entries, or 60,000 unknown keys: every
    command ends within seconds, and prints at most the first mistakes of each file.
    """
    filters = [f"--exclude=*{number}*/folder-{number}/*.tmp" for number in range(1000)]
    many = [scene.one(name=f"C{number:04}", prefix=f"p{number}") for number in range(1000)]
    scene.configure(scene.one(*filters), *many)
    began = time.monotonic()
    scene.run("validate").must(0)
    scene.run("status").must(0)
    scene.run("status", "--gaps").must(4)
    scene.run("history").must(0)

    text = scene.config_path.read_text()
    included = ", ".join(f'"missing-{number}.yaml"' for number in range(10_000))
    scene.config_path.write_text(text.replace("{", f'{{"include": [{included}],', 1))
    assert len(scene.run("validate").must(2).output) < 100_000

    scene.configure(scene.one() | {f"key{number}": 1 for number in range(60_000)})
    assert len(scene.run("validate").must(2).output) < 100_000
    assert time.monotonic() - began < 100, "about 20 s on two idle cores; minutes if it is quadratic"
