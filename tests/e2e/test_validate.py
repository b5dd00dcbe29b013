"""The installed `mochok validate`, `schema` and `strategies`: what needs no server."""

from __future__ import annotations

import json
import subprocess

from tests.e2e.harness import Workspace, installed_command


def test_a_good_file_is_accepted_and_a_doubtful_one_only_if_not_strict(workspace: Workspace) -> None:
    workspace.configure(workspace.configuration(sync_options=["--exclude=*.tmp", "--exclude=*.tmp"]))

    workspace.run("validate").must(0)
    workspace.run("validate", "--strict").must(2)
    workspace.configure(workspace.configuration())
    workspace.run("validate", "--strict").must(0)


def test_a_profile_that_does_not_exist_is_found_before_the_night(workspace: Workspace) -> None:
    (workspace.home / "aws-credentials").write_text("[production]\naws_access_key_id = x\n")
    workspace.configure(workspace.configuration(destination={"aws_profile": "prodction"}))

    result = workspace.run("validate").must(2)

    assert "did you mean production?" in result.flat


def test_an_original_state_file_tells_that_the_day_placeholder_must_be_the_folder(
    workspace: Workspace,
) -> None:
    workspace.configure(workspace.configuration())
    success = {"date": "2024-03-15", "s3Path": f"s3://{workspace.bucket.name}/2024/03/2024-03-15"}
    workspace.state_path.write_text(json.dumps({"lastSuccessfulSync": {"Daily": success}}), "utf-8")

    result = workspace.run("validate").must(0)

    assert "day_placeholder: folder" in result.flat
    workspace.configure(workspace.configuration(), day_placeholder="folder")
    assert "day_placeholder" not in workspace.run("validate").must(0).flat


def test_validating_changes_nothing_and_asks_no_server(workspace: Workspace) -> None:
    away = {"endpoint_url": "http://127.0.0.1:9"}
    workspace.configure(workspace.configuration(destination=away))

    workspace.run("validate", "--show").must(0)

    assert [path.name for path in workspace.folder.iterdir()] == ["sync-config.yaml"]


def test_the_schema_and_the_strategies_need_no_configuration(workspace: Workspace) -> None:
    assert "sync_configurations" in json.loads(workspace.run("schema").must(0).stdout)["properties"]
    assert "CustomPattern" in workspace.run("strategies").must(0).stdout


def test_a_reader_that_goes_away_is_no_fault(workspace: Workspace) -> None:
    process = subprocess.Popen(
        [installed_command(), "strategies", "--show-examples"],
        cwd=workspace.folder,
        env=workspace.environment({}),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    process.stdout.close()  # as `| head` does, before anything was written
    _nothing, errors = process.communicate(timeout=60)

    assert errors == b""
    assert process.returncode == 0
