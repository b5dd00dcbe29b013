"""The demonstration's data and its own account of it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from mochok.demo.sample import DATABASE, DOCUMENTS, LOGS, WEBSITE, Sample, write_sample

DAYS = (date(2024, 2, 28), date(2024, 2, 29), date(2024, 3, 1))


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    return write_sample(tmp_path_factory.mktemp("sample"), DAYS)


def test_every_file_is_accounted_for_but_those_that_must_stay(sample: Sample) -> None:
    written = {path for path in sample.folder.rglob("*") if path.is_file()}
    accounted = {path for objects in sample.expected.values() for path in objects.values()}

    stay = {path.name for path in written - accounted}

    assert accounted <= written
    assert stay == {"export.tmp", "web-20231230.log"}


def test_keys_follow_the_configurations(sample: Sample) -> None:
    assert "documents/2024/02/29/sales 2024-02-29.csv" in sample.expected[DOCUMENTS]
    assert "website/index.html" in sample.expected[WEBSITE]
    assert "logs/mail-20240301.log" in sample.expected[LOGS]
    assert "database/2024/02/orders-20240229.sql" in sample.expected[DATABASE]
    assert "database/2024/03/full backup.dump" in sample.expected[DATABASE]


def test_a_log_was_changed_on_its_own_day(sample: Sample) -> None:
    path = sample.expected[LOGS]["logs/web-20240229.log"]

    assert datetime.fromtimestamp(path.stat().st_mtime).astimezone().date() == date(2024, 2, 29)


def test_the_dump_is_large_and_names_hold_spaces_and_accents(sample: Sample) -> None:
    assert sample.expected[DATABASE]["database/2024/03/full backup.dump"].stat().st_size == 30 * 1024 * 1024
    names = "".join(sample.expected[DOCUMENTS])
    assert " " in names
    assert "ó" in names


def test_the_sample_is_the_same_every_time(sample: Sample, tmp_path: Path) -> None:
    again = write_sample(tmp_path, DAYS)

    for name, objects in sample.expected.items():
        assert objects.keys() == again.expected[name].keys()
        for key, path in objects.items():
            assert path.read_bytes() == again.expected[name][key].read_bytes()


def test_the_old_log_lies_before_every_range(sample: Sample) -> None:
    old = sample.folder / "logs" / "web-20231230.log"

    assert datetime.fromtimestamp(old.stat().st_mtime).astimezone().date() < DAYS[0] - timedelta(days=30)
