"""``mochok history``: every run, and what failed in it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from mochok.demo.server import S3Server
from tests.e2e.harness import Bucket, Workspace, unique_bucket_name

FIRST, SECOND = "2025-01-15", "2025-01-16"


def history(workspace: Workspace, *arguments: str) -> list[dict[str, Any]]:
    document = json.loads(workspace.run("history", "--json", *arguments).must(0).stdout)
    assert document["schema"] == "mochok.history/1"
    runs: list[dict[str, Any]] = document["runs"]
    return runs


@pytest.fixture(scope="module")
def two_runs(tmp_path_factory: pytest.TempPathFactory, server: S3Server) -> Iterator[Workspace]:
    """The first run of both configurations, the second of "Daily" alone; tests get a copy of it."""
    with closing(Bucket(server, unique_bucket_name())) as bucket:
        workspace = Workspace(tmp_path_factory.mktemp("two-runs"), server, bucket)
        workspace.write({"a.txt": "aaa"}, f"data/{FIRST}")
        workspace.write({"b.txt": "bb", "c.txt": "c"}, f"data/{SECOND}")
        workspace.configure(workspace.configuration(), workspace.whole_folder())
        workspace.sync(day=FIRST).must(0)
        workspace.sync("--only", "Daily", day=SECOND).must(0)
        yield workspace


@pytest.fixture
def ran(two_runs: Workspace, tmp_path: Path) -> Workspace:
    """A workspace with those two runs, of this test's own."""
    return two_runs.copy_to(tmp_path)


def test_runs_are_listed_newest_first_with_their_counts(ran: Workspace) -> None:
    second, first = history(ran)

    assert (second["results"], second["files_sent"], second["bytes_sent"]) == (1, 2, 3)
    assert (first["results"], first["files_sent"], first["bytes_sent"]) == (2, 4, 9)
    assert (first["exit_code"], first["outcome"]) == (0, "success")
    text = ran.run("history").must(0).stdout
    narrow = ran.run("history", env={"COLUMNS": "60"}).must(0).stdout
    assert narrow == text, "programs read it: no column goes"
    assert text.index(second["run_id"]) < text.index(first["run_id"])


def test_the_limit_keeps_the_newest(ran: Workspace) -> None:
    (newest,) = history(ran, "--limit", "1")

    assert newest["files_sent"] == 2


@pytest.mark.parametrize("option", ["--config", "--only", "-c"])
def test_a_configurations_name_keeps_its_runs_and_counts(ran: Workspace, option: str) -> None:
    (only,) = history(ran, option, "Whole")

    assert (only["results"], only["files_sent"]) == (1, 3)


def test_the_older_spelling_of_only_is_noted(ran: Workspace) -> None:
    result = ran.run("history", "--config", "Whole").must(0)

    assert "--config Whole is an older spelling of --only Whole" in result.output
    assert "older spelling" not in ran.run("history", "--only", "Whole").must(0).output


def test_config_is_also_the_file_as_everywhere(ran: Workspace) -> None:
    elsewhere = ran.config_path.rename(ran.folder / "other.yaml")

    assert len(history(ran, "--config", str(elsewhere))) == 2
    assert len(history(ran, "--config", str(elsewhere), "--config", "Whole")) == 1


def test_a_name_stays_a_name_if_a_file_is_called_so(ran: Workspace) -> None:
    (ran.folder / "Whole").write_text("no configuration")

    assert len(history(ran, "--only", "Whole")) == 1


def test_options_before_and_after_show_mean_the_same(ran: Workspace) -> None:
    after = ran.run("history", "show", "last", "--only", "Daily", "--json").must(0).stdout
    before = ran.run("history", "--only", "Daily", "--json", "show", "last").must(0).stdout

    assert [json.loads(text)["results"] for text in (before, after)] == [json.loads(after)["results"]] * 2


def test_a_configuration_that_was_removed_still_has_its_history(ran: Workspace) -> None:
    ran.configure(ran.configuration())

    assert len(history(ran, "--only", "Whole")) == 1


def test_a_name_that_nobody_knows_is_bad_usage(ran: Workspace) -> None:
    assert "did you mean 'Whole'?" in ran.run("history", "--only", "Wohle").must(2).output


def test_one_run_is_shown_by_the_beginning_of_its_id_or_as_the_last(ran: Workspace) -> None:
    second, first = history(ran)

    shown = json.loads(ran.run("history", "show", first["run_id"][:-1], "--json").must(0).stdout)
    assert shown["run"]["run_id"] == first["run_id"]
    assert [result["name"] for result in shown["results"]] == ["Daily", "Whole"]
    assert second["run_id"] in ran.run("history", "show", "last").must(0).stdout
    absent = json.loads(ran.run("history", "show", "last", "--only", "Whole", "--json").must(0).stdout)
    assert (absent["configurations"], absent["run"]["results"], absent["results"]) == (["Whole"], 0, [])
    assert "Whole did not take part." in ran.run("history", "show", "last", "--only", "Whole").must(0).stdout
    assert "2 runs begin with '2'" in ran.run("history", "show", "2").must(2).output
    assert "there is no run 'xyz'" in ran.run("history", "show", "xyz").must(2).output


def test_a_run_names_its_failure(workspace: Workspace) -> None:
    configuration = workspace.configuration(local_base_path=str(workspace.folder / "gone"))
    workspace.configure(configuration)
    workspace.sync().must(1)

    text = workspace.run("history", "show", "last").must(0).flat

    assert "failure (exit code 1)" in text
    assert f"the source folder {workspace.folder}/gone does not exist" in text


def test_without_any_run_it_says_so_and_makes_nothing(workspace: Workspace) -> None:
    workspace.configure(workspace.configuration())

    assert "No run is recorded" in workspace.run("history").must(0).stdout
    assert history(workspace) == []
    assert not (workspace.folder / "mochok.db").exists()


def test_runs_older_than_the_retention_expire_and_days_never_do(ran: Workspace) -> None:
    oldest = history(ran)[1]["run_id"]
    with sqlite3.connect(ran.folder / "mochok.db") as ledger:
        ledger.execute("UPDATE runs SET started = '2001-01-01T00:00:00+00:00' WHERE run_id = ?", (oldest,))
    ledger.close()

    ran.sync(day=SECOND).must(0)

    assert oldest not in [run["run_id"] for run in history(ran)]
    with sqlite3.connect(ran.folder / "mochok.db") as ledger:
        days = ledger.execute("SELECT count(*) FROM days WHERE last_run_id = ?", (oldest,)).fetchone()
    ledger.close()
    assert days[0] > 0
