"""Two configuration files in one folder: each has its own state, ledger, log and lock."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.harness import DAY, Workspace

SIDE_FILES = ("state.json", "mochok.db", "log")


def write(workspace: Workspace, file: str, *names: str, **global_settings: Any) -> Path:
    """The configuration file ``file`` with configurations of these names, each to its own prefix."""
    entries = [
        workspace.configuration(name, destination={"s3_path_structure": name + "/{year}/{month}/{day}"})
        for name in names
    ]
    path = workspace.folder / file
    path.write_text(json.dumps({"global": global_settings, "sync_configurations": entries}), "utf-8")
    return path


def names_in_state(path: Path) -> set[str]:
    return set(json.loads(path.read_text("utf-8"))["configurationResults"])


def made(workspace: Workspace) -> set[str]:
    """What lies in the folder besides data, configurations and SQLite's companions."""
    names = {path.name for path in workspace.folder.iterdir()}
    return {name for name in names - {"data"} if not name.endswith((".yaml", "-wal", "-shm"))}


@pytest.fixture
def ready(workspace: Workspace) -> Workspace:
    workspace.write({"a.txt": "a"}, f"data/{DAY}")
    return workspace


def sync(workspace: Workspace, file: str) -> None:
    workspace.sync("--config", file).must(0)


def test_each_file_has_its_own_records(ready: Workspace) -> None:
    for file in ("photos.yaml", "server.prod.yml", "sync-config.yaml"):
        write(ready, file, file.partition(".")[0])
        sync(ready, file)

    for stem in ("photos", "server.prod"):
        expected = {f"{stem}.state.json", f"{stem}.state.json.lock", f"{stem}.mochok.db", f"{stem}.log"}
        assert expected <= made(ready)
    assert {*SIDE_FILES, "state.json.lock"} <= made(ready)
    assert names_in_state(ready.folder / "photos.state.json") == {"photos"}
    assert names_in_state(ready.state_path) == {"sync-config"}
    status = ready.run("status", "--config", "photos.yaml", "--json").must(0)
    assert [one["name"] for one in json.loads(status.stdout)["configurations"]] == ["photos"]
    for file in ("photos.yaml", "sync-config.yaml"):
        assert "same files" not in ready.run("validate", "--config", file).must(0).flat


def test_old_names_stay_in_use_where_they_hold_this_files_results(ready: Workspace) -> None:
    usual = dict(zip(("state_file", "ledger_file", "log_directory"), SIDE_FILES, strict=True))
    write(ready, "photos.yaml", "Photos", **usual)
    sync(ready, "photos.yaml")
    before = made(ready)
    write(ready, "photos.yaml", "Photos")

    sync(ready, "photos.yaml")

    assert made(ready) == before
    assert json.loads(ready.state_path.read_text("utf-8"))["statistics"]["totalExecutions"] == 2
    write(ready, "sync-config.yaml", "Other")
    sync(ready, "photos.yaml")
    assert made(ready) == before, "also next to the file whose names they are"


def test_a_new_file_takes_over_no_records_of_another(ready: Workspace) -> None:
    write(ready, "sync-config.yaml", "First")
    sync(ready, "sync-config.yaml")
    before = ready.state_path.read_bytes()
    write(ready, "second.yaml", "Second")

    sync(ready, "second.yaml")

    assert ready.state_path.read_bytes() == before
    assert names_in_state(ready.folder / "second.state.json") == {"Second"}


def test_records_without_results_stay_in_use_where_they_can_be_nobody_elses(ready: Workspace) -> None:
    ready.state_path.write_text('{"keptByAMonitor": 1}')
    write(ready, "photos.yaml", "Photos")

    sync(ready, "photos.yaml")

    assert names_in_state(ready.state_path) == {"Photos"}
    assert json.loads(ready.state_path.read_text("utf-8"))["keptByAMonitor"] == 1


def test_two_files_that_share_records_are_a_warning_in_each(ready: Workspace) -> None:
    write(ready, "a.yaml", "A", state_file="shared.json")
    write(ready, "b.yaml", "B", state_file="./shared.json", ledger_file="own.db")
    write(ready, "sync-config.yaml", "C")
    (ready.folder / "notes.yaml").write_text("anything: else\n")

    for file, other in (("a.yaml", "b.yaml"), ("b.yaml", "a.yaml")):
        flat = ready.run("validate", "--config", file).must(0).flat
        assert f"{ready.folder}/{other} uses the same files: {ready.folder}/shared.json" in flat
        assert "set global.state_file to other names in one of them" in flat
        assert flat.count("uses the same files") == 1
    assert "same files" not in ready.run("validate").must(0).flat


def test_an_included_file_is_no_second_configuration(ready: Workspace) -> None:
    write(ready, "part.yaml", "Part", state_file="one.json")
    whole = write(ready, "whole.yaml", "Whole", state_file="one.json")
    document = json.loads(whole.read_text("utf-8")) | {"include": ["part.yaml"]}
    whole.write_text(json.dumps(document))

    for file in ("whole.yaml", "part.yaml"):
        assert "same files" not in ready.run("validate", "--config", file).must(0).flat


def test_mistakes_are_logged_where_the_runs_are(ready: Workspace) -> None:
    path = write(ready, "photos.yaml", "Photos")
    sync(ready, "photos.yaml")
    path.write_text(path.read_text("utf-8").replace('"enabled": true', '"enabled": "perhaps"'))

    ready.sync("--config", "photos.yaml").must(2)

    [log] = (ready.folder / "photos.log").iterdir()
    assert "'perhaps' is not true or false" in log.read_text("utf-8")
    assert not (ready.folder / "log").exists()


def test_the_sample_for_another_name_has_its_side_files(ready: Workspace) -> None:
    ready.run("install", "--config", "photos.yaml").must(2)

    text = (ready.folder / "photos.yaml").read_text("utf-8")
    assert 'state_file: "photos.state.json"' in text
    assert 'log_directory: "photos.log"' in text
    assert 'ledger_file: "photos.mochok.db"' in text
