"""Hints for wrong words: a zone has the meant offset, a region is on the meant continent."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from pydantic_core import PydanticCustomError

from mochok.config.lint import region_hint
from mochok.config.load import load
from mochok.config.time_zones import checked_timezone
from mochok.errors import ConfigurationError, OptionError
from mochok.storage.botocore_credentials import known_regions
from mochok.strategies.dotnet_dates import compile_format
from mochok.suggestions import edits, nearest


def zone_hint(name: str) -> str:
    with pytest.raises(PydanticCustomError) as caught:
        checked_timezone(name)
    assert caught.value.context is not None
    return str(caught.value.context["hint"])


@pytest.mark.parametrize(
    ("windows", "zone"),
    [
        ("Romance Standard Time", "Europe/Paris"),
        ("W. Europe Standard Time", "Europe/Berlin"),
        ("Pacific SA Standard Time", "America/Santiago"),
        ("tokyo  standard time", "Asia/Tokyo"),
        ("UTC-11", "Etc/GMT+11"),
    ],
)
def test_the_name_of_a_windows_zone_is_accepted(tmp_path: Path, windows: str, zone: str) -> None:
    path = tmp_path / "sync-config.yaml"
    path.write_text(
        f"global: {{timezone: {windows}}}\n"
        "sync_configurations:\n- {name: a, description: b, enabled: true, local_base_path: /x,"
        " sync_strategy: {type: DateFolder}, destination_config: {bucket_name: a-bucket}}\n"
    )
    chosen = load(path, {}).global_settings
    assert chosen.timezone == zone
    assert chosen.zone == ZoneInfo(zone)


@pytest.mark.parametrize(
    ("name", "zone"),
    [
        ("madrid", "Europe/Madrid"),
        ("New York", "America/New_York"),
        ("Europe/Madird", "Europe/Madrid"),
        ("europe/berlin", "Europe/Berlin"),
        ("America/Sao Paulo", "America/Sao_Paulo"),
        ("Romance Standrd Time", "Romance Standard Time"),
    ],
)
def test_a_misspelt_zone_has_a_hint(name: str, zone: str) -> None:
    assert zone_hint(name) == f"did you mean {zone}?"


SUMMER, WINTER = datetime(2026, 7, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("abbreviation", "hours"),
    [
        ("CEST", {2}),
        ("EDT", {-4}),
        ("PDT", {-7}),
        ("BST", {1}),
        ("WEST", {1}),
        ("IST", {1, 2, 5.5}),
        ("jst", {9}),
    ],
)
def test_an_abbreviation_leads_to_zones_that_have_its_offset(abbreviation: str, hours: set[float]) -> None:
    hint = zone_hint(abbreviation)
    zones = [word.strip(",") for word in hint.split() if "/" in word]
    assert zones, hint
    found = set()
    for zone in zones:
        for moment in (SUMMER.astimezone(ZoneInfo(zone)), WINTER.astimezone(ZoneInfo(zone))):
            if moment.tzname() == abbreviation.upper():
                offset = moment.utcoffset()
                assert offset is not None
                found.add(offset.total_seconds() / 3600)
    assert found == hours


@pytest.mark.parametrize(
    ("name", "hours"), [("UTC+2", 2), ("GMT+1", 1), ("GMT-5", -5), ("+03:00", 3), ("utc +9", 9)]
)
def test_a_number_of_hours_leads_to_that_offset(name: str, hours: int) -> None:
    hint = zone_hint(name)
    [zone] = [word for word in hint.split() if word.startswith("Etc/")]
    offset = SUMMER.astimezone(ZoneInfo(zone)).utcoffset()
    assert offset is not None
    assert offset.total_seconds() == hours * 3600


@pytest.mark.parametrize(
    "name", ["US/Madrid", "Europe/Buenos_Aires", "Spain", "Etc/GMT+15", "XYZ", "UTC+99", ""]
)
def test_without_a_certain_zone_no_zone_is_suggested(name: str) -> None:
    assert zone_hint(name) == "write an IANA name, such as Europe/Madrid"


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("us-esat-1", "us-east-1"),
        ("us-wset-2", "us-west-2"),
        ("eu-suoth-2", "eu-south-2"),
        ("eu-west1", "eu-west-1"),
        ("EU_West_1", "eu-west-1"),
        ("eu-west-1a", "eu-west-1"),
        ("ap-southeasst-2", "ap-southeast-2"),
        ("eu-west-9", "eu-west-1, eu-west-2 or eu-west-3"),
    ],
)
def test_a_region_has_the_hint_that_one_slip_of_the_keyboard_explains(word: str, meant: str) -> None:
    assert region_hint(word, known_regions()) == f"did you mean {meant}?"


@pytest.mark.parametrize(
    "word", ["eu-east-1", "sa-north-2", "af-north-7", "ireland", "usa-east-1", "xx-west-1"]
)
def test_no_hint_changes_the_continent_of_a_region(word: str) -> None:
    hint = region_hint(word, known_regions())
    named = {region for region in known_regions() if region in hint}
    assert {region.partition("-")[0] for region in named} <= {word.partition("-")[0]}
    assert "did you mean" not in hint


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("aaaa-mm-dd", "yyyy-MM-dd"),
        ("AAAA-MM-DD", "yyyy-MM-dd"),
        ("dd-mm-aaaa", "dd-MM-yyyy"),
        ("jjjj-mm-tt", "yyyy-MM-dd"),
        ("JJJJMMTT", "yyyyMMdd"),
        ("jj/MM/aaaa", "dd/MM/yyyy"),
        ("gg-mm-aaaa", "dd-MM-yyyy"),
        ("rrrr-MM-dd", "yyyy-MM-dd"),
        ("dd.mm.aa", "dd.MM.yy"),
    ],
)
def test_a_date_format_in_another_language_is_translated(text: str, meant: str) -> None:
    with pytest.raises(OptionError) as caught:
        compile_format(text)
    assert caught.value.hint == f"write {meant}"


@pytest.mark.parametrize("text", ["yyyy-MM-dd tt", "yyyy-MM-dd-mm", "yyyy-MM-dd gg"])
def test_what_would_be_a_second_month_or_day_is_not_translated(text: str) -> None:
    with pytest.raises(OptionError) as caught:
        compile_format(text)
    assert not caught.value.hint.startswith("write yyyy")


@pytest.mark.parametrize(
    ("word", "other", "count"), [("", "abc", 3), ("esat", "east", 1), ("west", "east", 2), ("abc", "abc", 0)]
)
def test_two_letters_that_are_swapped_are_one_edit(word: str, other: str, count: int) -> None:
    assert edits(word, other) == edits(other, word) == count


def test_of_names_that_are_equally_similar_the_one_with_fewer_edits_is_nearest() -> None:
    assert nearest("fomrat", ["forget", "format"]) == "format"
    assert nearest("esat", ["west", "east"]) == "east"


def test_a_wrong_zone_in_a_file_is_reported_with_its_hint(tmp_path: Path) -> None:
    path = tmp_path / "sync-config.yaml"
    path.write_text("global: {timezone: CEST}\nsync_configurations: []\n")
    with pytest.raises(ConfigurationError) as caught:
        load(path, {})
    assert "unknown time zone 'CEST' (write an IANA name, such as Europe/Madrid)" in str(caught.value)
