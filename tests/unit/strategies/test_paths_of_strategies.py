"""Where each strategy finds its files and where they go, for a date."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import ValidationError

from mochok.errors import PathError
from mochok.model import DateWindow, SyncPaths
from mochok.strategies import registry
from mochok.strategies.contract import Request

DAY = date(2024, 3, 15)


def folders(format_text: str) -> dict[str, object]:
    return {"date_folder_format": format_text}


def paths_of(type_name: str, options: dict[str, object] | None = None, **changes: Any) -> SyncPaths:
    fields = {
        "config_name": "Daily Documents",
        "base_path": "/data",
        "target_date": DAY,
        "path_structure": None,
        "hostname": "files01",
    }
    return registry.create(type_name, options or {}).paths(Request(**{**fields, **changes}))


@pytest.mark.parametrize(
    ("base", "format_text", "source"),
    [
        ("/data", "yyyy-MM-dd", "/data/2024-03-15"),
        ("/data/", "yyyyMMdd", "/data/20240315"),
        ("/", "yyyyMMdd", "/20240315"),
        ("/data", "yyyy/MM/dd", "/data/2024/03/15"),
        ("/back\\slash", "yyyy", "/back\\slash/2024"),
        ("C:\\Data", "yyyy-MM-dd", "C:\\Data\\2024-03-15"),
        ("C:\\Data\\", "yyyy-MM-dd", "C:\\Data\\2024-03-15"),
        ("C:\\", "yyyy-MM-dd", "C:\\2024-03-15"),
        ("C:", "yyyy-MM-dd", "C:\\2024-03-15"),
        ("D:/Data", "yyyy-MM-dd", "D:/Data\\2024-03-15"),
        ("C:\\Data", "yyyy/MM", "C:\\Data\\2024\\03"),
        ("C:\\Data", r"yyyy\\MM", "C:\\Data\\2024\\03"),
        ("\\\\server\\share", "yyyyMMdd", "\\\\server\\share\\20240315"),
        ("/data", "'Backup' d MMMM yyyy", "/data/Backup 15 March 2024"),
    ],
)
def test_date_folder_takes_the_days_folder_below_the_base(base: str, format_text: str, source: str) -> None:
    found = paths_of("DateFolder", {"date_folder_format": format_text}, base_path=base)
    assert found == SyncPaths(source=source, prefix="2024/03/15", days=(DAY,))


@pytest.mark.parametrize(
    ("format_text", "structure", "prefix"),
    [
        ("yyyy-MM-dd", None, "2024/03/2024-03-15"),
        ("yyyyMMdd", "x/{day}", "x/20240315"),
        ("yyyy/MM", "x/{day}", "x/2024/03"),
        ("yyyyMMdd", "{day}/{date:dd}", "20240315/15"),
    ],
)
def test_day_can_be_the_folders_name_as_in_the_original(
    format_text: str, structure: str | None, prefix: str
) -> None:
    options: dict[str, object] = {"date_folder_format": format_text}
    found = paths_of("DateFolder", options, path_structure=structure, day_placeholder="folder")
    assert found.prefix == prefix


@pytest.mark.parametrize("type_name", ["FullDirectory", "DateRange", "CustomPattern"])
def test_day_stays_a_number_outside_date_folder(type_name: str) -> None:
    assert paths_of(type_name, path_structure="x/{day}", day_placeholder="folder").prefix == "x/15"


@pytest.mark.parametrize(
    ("base", "source"),
    [
        ("/data/", "/data"),
        ("/", "/"),
        ("C:\\Data\\", "C:\\Data"),
        ("C:\\", "C:\\"),
        ("\\\\s\\x\\", "\\\\s\\x"),
    ],
)
def test_full_directory_takes_the_base_path(base: str, source: str) -> None:
    found = paths_of("FullDirectory", base_path=base)
    assert found == SyncPaths(source=source, prefix="full-backup/2024/03", days=(DAY,))


def test_date_range_takes_the_last_seven_days_and_the_target_date() -> None:
    found = paths_of("DateRange")
    window = DateWindow(date(2024, 3, 8), DAY)
    assert found == SyncPaths(
        source="/data",
        prefix="date-range/2024/03",
        days=tuple(date(2024, 3, number) for number in range(8, 16)),
        modified_days=window,
    )


def test_date_range_by_path_carries_the_format_of_the_folders_name() -> None:
    options: dict[str, object] = {
        "date_range_days_back": 1,
        "date_source": "path",
        "date_folder_format": "yyyyMMdd",
    }
    found = paths_of("DateRange", options, path_structure="r/{day_folder}", target_date=date(2024, 3, 1))
    assert found.path_days == DateWindow(date(2024, 2, 29), date(2024, 3, 1))
    assert found.path_day_format == "yyyyMMdd"
    assert found.modified_days is None
    assert found.days == (date(2024, 2, 29), date(2024, 3, 1))
    assert found.prefix == "r/20240301"


@given(st.dates(), st.integers(1, 3660))
def test_a_date_range_covers_every_day_back_to_its_beginning(target: date, days_back: int) -> None:
    found = paths_of("DateRange", {"date_range_days_back": days_back}, target_date=target)
    assert found.modified_days == DateWindow(found.days[0], target)
    assert all(
        after - before == timedelta(days=1) for before, after in zip(found.days, found.days[1:], strict=False)
    )
    assert found.days[-1] == target
    assert len(found.days) == days_back + 1 or found.days[0] == date.min


@pytest.mark.parametrize(
    ("base", "pattern", "source"),
    [
        ("/data", "{base_path}", "/data"),
        ("/data", "{base_path}/{year}/{month}", "/data/2024/03"),
        ("/data", "{base_path}\\{year}\\{month}", "/data/2024/03"),
        ("/data", "{base_path}\\\\{year}\\\\{month}", "/data/2024/03"),
        ("/data/", "{base_path}/{year}/", "/data/2024"),
        ("E:\\Reports", "{base_path}\\{year}\\{month}", "E:\\Reports\\2024\\03"),
        ("E:\\Reports", "{base_path}\\\\{year}", "E:\\Reports\\2024"),
        ("E:\\Reports", "{base_path}/{year}/{month}", "E:\\Reports\\2024\\03"),
        ("E:\\", "{base_path}\\Project-A\\{year}\\Q{quarter}", "E:\\Project-A\\2024\\Q1"),
        ("\\\\s\\x", "{base_path}\\W{week}", "\\\\s\\x\\W11"),
        ("/data", "/mnt/{hostname}/{date:yyyyMMdd}", "/mnt/files01/20240315"),
        ("/data", "D:\\Other\\{config_name}", "D:\\Other\\Daily Documents"),
        ("C:\\Data", "/srv/{day_folder}", "/srv/2024-03-15"),
        ("C:\\Data", "\\\\nas\\{hostname}\\{day}", "\\\\nas\\files01\\15"),
        ("/data", "{base_path}/{{{year}}}", "/data/{2024}"),
        ("/data", "{base_path}/{{a-guid}}", "/data/{a-guid}"),
    ],
)
def test_custom_pattern_spells_the_source_folder(base: str, pattern: str, source: str) -> None:
    found = paths_of("CustomPattern", {"custom_local_pattern": pattern}, base_path=base)
    assert found.source == source
    assert DAY in found.days


@pytest.mark.parametrize(
    ("pattern", "fixed"),
    [
        ("{base_path}/a/{year}", ""),
        ("/mnt/{hostname}/{date:yyyyMMdd}", "/mnt"),
        ("/mnt/daily-{year}/x", "/mnt"),
        ("/mnt/fixed", "/mnt/fixed"),
        ("D:\\Other\\{config_name}", "D:\\Other"),
        ("D:\\{config_name}", "D:\\"),
    ],
)
def test_an_absolute_pattern_says_which_part_is_the_same_on_every_date(pattern: str, fixed: str) -> None:
    assert paths_of("CustomPattern", {"custom_local_pattern": pattern}, base_path="/data").fixed == fixed


@pytest.mark.parametrize(
    ("day", "structure", "prefix"),
    [
        (DAY, "{year}-{month}-{day}", "2024-03-15"),
        (DAY, "a/{date:yyyy/MMMM}/", "a/2024/March"),
        (DAY, "{config_name}/{hostname}", "Daily Documents/files01"),
        (DAY, "", ""),
        (DAY, "fixed", "fixed"),
        (DAY, "100%/x", "100%/x"),
        (date(2024, 12, 30), "{year}/w{week}", "2024/w01"),
        (date(2021, 1, 3), "w{week}", "w53"),
        (date(2024, 3, 31), "Q{quarter}", "Q1"),
        (date(2024, 4, 1), "Q{quarter}", "Q2"),
        (date(2024, 12, 31), "Q{quarter}", "Q4"),
        (date(33, 1, 1), "{year}/{date:y''}", "0033/33"),
    ],
)
def test_the_destination_follows_its_structure(day: date, structure: str, prefix: str) -> None:
    assert paths_of("FullDirectory", path_structure=structure, target_date=day).prefix == prefix


@pytest.mark.parametrize(
    ("type_name", "options", "option", "words"),
    [
        ("DateFolder", {"date_folder_format": "YYYY-MM-DD"}, "date_folder_format", "write yyyy-MM-dd"),
        ("DateFolder", {"date_folder_format": "'..'/yyyy"}, "date_folder_format", "'..'"),
        ("DateFolder", {"date_folder_format": "\\.\\./yyyy"}, "date_folder_format", "'..'"),
        ("DateFolder", {"date_folder_format": 20240315}, "date_folder_format", "string"),
        ("DateFolder", {"folder_format": "yyyy"}, "folder_format", "not permitted"),
        ("FullDirectory", {"date_folder_format": "yyyy"}, "date_folder_format", "not permitted"),
        ("DateRange", {"date_range_days_back": 0}, "date_range_days_back", "greater than or equal to 1"),
        ("DateRange", {"date_range_days_back": True}, "date_range_days_back", "integer"),
        ("DateRange", {"date_range_days_back": 99999}, "date_range_days_back", "3660"),
        ("DateRange", {"date_source": "ctime"}, "date_source", "'mtime', 'path' or 'filename'"),
        ("DateRange", {"date_source": "path", **folders("yyyy-MM")}, "date_folder_format", "month and day"),
        ("DateRange", {"date_source": "path", **folders("yyyy/MM")}, "date_folder_format", "without /"),
        ("CustomPattern", {"custom_local_pattern": "{base_path}/{yaer}"}, "custom_local_pattern", "{year}?"),
        ("CustomPattern", {"custom_local_pattern": "archive/{year}"}, "custom_local_pattern", "{base_path}/"),
        ("CustomPattern", {"custom_local_pattern": ""}, "custom_local_pattern", "{base_path}/"),
    ],
)  # fmt: skip
def test_a_wrong_option_is_refused_under_its_own_name(
    type_name: str, options: dict[str, object], option: str, words: str
) -> None:
    with pytest.raises(ValidationError) as caught:
        registry.create(type_name, options)
    (error,) = caught.value.errors()
    assert error["loc"] == (option,)
    assert words in error["msg"]


NAMES = st.text(max_size=12) | st.sampled_from(
    ["..", ".", "../..", "a/b", "a\\b", "\0", "nul", "C:", "x ", ""]
)
BASES = st.sampled_from(["/data", "/", "C:\\Data", "\\\\srv\\share", "C:\\", "D:/x"])


@given(BASES, NAMES, NAMES, st.dates())
def test_no_value_of_a_placeholder_leaves_the_base_or_breaks_the_destination(
    base: str, config_name: str, hostname: str, day: date
) -> None:
    options: dict[str, object] = {"custom_local_pattern": "{base_path}/{hostname}/{config_name}.{hostname}"}
    try:
        found = paths_of(
            "CustomPattern",
            options,
            base_path=base,
            config_name=config_name,
            hostname=hostname,
            target_date=day,
            path_structure="{hostname}/{year}/{config_name}",
        )
    except PathError:
        return
    separator = "\\" if base[0] != "/" else "/"
    root = base if base[-1] in "/\\" else base + separator
    assert found.source.startswith(root)
    assert found.source.removeprefix(root).split(separator) == [hostname, f"{config_name}.{hostname}"]
    assert found.prefix.split("/") == [hostname, f"{day.year:04d}", config_name]
    assert not {"", ".", ".."} & {hostname, config_name}


@given(st.sampled_from(registry.names()), BASES, st.dates())
def test_the_same_question_has_the_same_answer(type_name: str, base: str, day: date) -> None:
    assume(type_name in {"DateFolder", "FullDirectory", "DateRange", "CustomPattern"})
    assert paths_of(type_name, base_path=base, target_date=day) == paths_of(
        type_name, base_path=base, target_date=day
    )


@pytest.mark.parametrize("name", ["Daily <Docs>", "a:b", "what?", "x|y", "ends.", "ends ", "NUL", "com1.txt"])
def test_a_name_that_windows_cannot_hold_is_refused_below_a_windows_base_only(name: str) -> None:
    options: dict[str, object] = {"custom_local_pattern": "{base_path}/{config_name}"}
    assert paths_of("CustomPattern", options, config_name=name).source == f"/data/{name}"
    with pytest.raises(PathError, match="Windows"):
        paths_of("CustomPattern", options, config_name=name, base_path="C:\\Data")


@pytest.mark.parametrize(
    "base", ["data", "", "C:data", "\\Data", "/data/../etc", "C:\\Data\\..\\x", "/da\0ta"]
)
def test_a_base_path_that_is_not_absolute_is_refused(base: str) -> None:
    with pytest.raises(PathError):
        paths_of("FullDirectory", base_path=base)
