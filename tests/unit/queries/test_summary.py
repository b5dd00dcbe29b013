"""The summary before a run looks at sources that live; it never ends the run."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import pytest

from mochok.clock import Stop
from mochok.config.load import load
from mochok.queries.planning import Plan
from mochok.queries.summary import NAMES_EACH, summary_rows

CONFIGURATION = """
sync_configurations:
- {name: Logs, description: rotating, enabled: true, local_base_path: logs,
   sync_strategy: {type: DateRange}, destination_config: {bucket_name: logs-of-today}}
"""


DAY_SECONDS = 86_400
NAMES = 100


class Rotating(Stop):
    """Takes every file away as soon as the first one has been counted."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder

    @property
    def requested(self) -> bool:
        for file in self._folder.iterdir():
            file.unlink()
        return False


@pytest.mark.parametrize(
    ("strategy", "options", "files"),
    [
        ("{type: DateRange, date_range_days_back: 1}", "", "5 files"),
        ("{type: DateRange, date_range_days_back: 1, date_source: path}", "", "2 files"),
        ("{type: FullDirectory}", "", "7 files"),
        ('{type: CustomPattern, custom_local_pattern: "{base_path}/{month}"}', "", "1 file"),
        ('{type: CustomPattern, custom_local_pattern: "{base_path}/{month}"}', "--exclude=*.log", "0 files"),
    ],
)
def test_a_file_that_takes_part_on_several_days_is_counted_once(
    tmp_path: Path, strategy: str, options: str, files: str
) -> None:
    noon_of_the_10th = 1_736_510_400  # 2025-01-10
    names = ["a.log", "b.log", "c.log", "d.log", "2025-01-11/e.log", "2025-01-13/f.log", "01/g.log"]
    for number, name in enumerate(names):
        path = tmp_path / "logs" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        os.utime(path, (noon_of_the_10th + number * DAY_SECONDS,) * 2)
    text = CONFIGURATION.replace("{type: DateRange}", f"{strategy}, sync_options: [{options}]")
    (tmp_path / "sync-config.yaml").write_text(text)
    settings = load(tmp_path / "sync-config.yaml", {})
    days = tuple(date(2025, 1, day) for day in (11, 12, 13, 14))
    [row] = summary_rows(settings, [Plan(settings.configurations[0], days)], Stop())
    assert row.files == files


def counted(folder: Path, strategy: str = "{type: FullDirectory}", stop: Stop | None = None) -> str:
    """What the summary of one configuration says of its files, ``folder``/logs."""
    (folder / "sync-config.yaml").write_text(CONFIGURATION.replace("{type: DateRange}", strategy))
    settings = load(folder / "sync-config.yaml", {})
    plan = Plan(settings.configurations[0], (date(2025, 1, 15),))
    [row] = summary_rows(settings, [plan], stop or Stop(), NAMES)
    return row.files


def test_files_are_counted_up_to_a_limit(tmp_path: Path) -> None:
    for number in range(NAMES + 10):
        folder = tmp_path / "logs" / f"{number // 50}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{number}.txt").touch()

    assert counted(tmp_path) == f"{NAMES - 3}+ files", "and three folders"


def test_a_tree_of_empty_folders_does_not_take_for_ever(tmp_path: Path) -> None:
    for number in range(NAMES + 10):
        (tmp_path / "logs" / f"{number}").mkdir(parents=True)

    assert counted(tmp_path) == "0+ files"


def test_ctrl_c_ends_the_counting(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    for number in range(12):
        (tmp_path / "logs" / f"{number}.txt").touch()
    stop = Stop()
    stop.request()

    assert counted(tmp_path) == "12 files"
    assert counted(tmp_path, stop=stop) == "1+ files"


def test_a_folder_that_does_not_exist_is_missing(tmp_path: Path) -> None:
    assert counted(tmp_path) == "missing"


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege there")
def test_links_are_followed_and_a_loop_is_walked_once(tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    (logs / "real").mkdir(parents=True)
    (logs / "real" / "a.txt").touch()
    (logs / "b.txt").symlink_to(logs / "real" / "a.txt")
    (logs / "real" / "loop").symlink_to(logs)
    (logs / "dangling").symlink_to(logs / "nowhere")

    assert counted(tmp_path) == "2 files"


def test_many_configurations_share_what_is_read(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    for number in range(NAMES_EACH * 2):
        (tmp_path / "logs" / f"{number}.txt").touch()
    (tmp_path / "sync-config.yaml").write_text(CONFIGURATION.replace("DateRange", "FullDirectory"))
    settings = load(tmp_path / "sync-config.yaml", {})
    plans = [Plan(settings.configurations[0], (date(2025, 1, 15),))] * NAMES

    rows = summary_rows(settings, plans, Stop(), NAMES)

    assert {row.files for row in rows} == {f"{NAMES_EACH}+ files"}


def test_files_that_vanish_while_they_are_counted_do_not_end_the_run(tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    logs.mkdir()
    noon = 1_736_942_400  # 2025-01-15
    for number in range(3):
        (logs / f"{number}.log").write_text("line")
        os.utime(logs / f"{number}.log", (noon, noon))
    (tmp_path / "sync-config.yaml").write_text(CONFIGURATION)
    settings = load(tmp_path / "sync-config.yaml", {})
    plan = Plan(settings.configurations[0], (date(2025, 1, 15),))
    [row] = summary_rows(settings, [plan], Rotating(logs))
    assert row.files == "1 file"
