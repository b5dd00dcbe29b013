"""Every mistake of a configuration is reported with its position, and nothing runs."""

from __future__ import annotations

import json
import os
import re

import pytest

from tests.e2e.harness import DAY, Bucket, Workspace


def _yaml(bucket: str, endpoint: str, *, changes: str = "", first_name: str = "Daily") -> str:
    return f"""\
global:
  log_directory: "log"
sync_configurations:
- name: "{first_name}"
  description: "d"
  enabled: true
  local_base_path: "data"
  sync_strategy:
    type: "DateFolder"
  destination_config:
    bucket_name: "{bucket}"
    aws_region: "us-east-1"
    endpoint_url: "{endpoint}"
{changes}"""


@pytest.fixture
def ready(workspace: Workspace) -> Workspace:
    workspace.write({"a": "a"}, f"data/{DAY}")
    return workspace


def _refused(workspace: Workspace, text: str) -> str:
    """Run with this configuration; it must be refused before anything runs. Returns the output."""
    workspace.configure_text(text)
    result = workspace.sync().must(2)
    assert not workspace.bucket.exists()
    assert not workspace.state_path.exists()
    return result.output


def _mistakes(output: str) -> list[str]:
    """The mistakes with their lines and columns, without the path of the file."""
    return re.findall(r"sync-config\.yaml:(\d+:\d+: .*)", output)


def test_a_yaml_file_that_is_right_runs(ready: Workspace, bucket: Bucket) -> None:
    ready.configure_text(_yaml(bucket.name, ready.server.endpoint_url))

    ready.sync().must(0)

    assert bucket.keys() == {"2025/01/15/a"}


def test_a_misspelt_key_is_shown_with_its_position_and_the_right_word(ready: Workspace) -> None:
    text = _yaml(ready.bucket.name, ready.server.endpoint_url).replace("local_base_path", "local_bas_path")

    [mistake] = _mistakes(_refused(ready, text))

    assert mistake.startswith("7:3: sync_configurations[0].local_bas_path: unknown key")
    assert "did you mean local_base_path?" in mistake


def test_an_unknown_placeholder_is_answered_with_the_right_one(ready: Workspace) -> None:
    text = _yaml(ready.bucket.name, ready.server.endpoint_url, changes='    s3_path_structure: "{yeer}/x"\n')

    [mistake] = _mistakes(_refused(ready, text))

    assert mistake.startswith("14:24: ")
    assert "{yeer}" in mistake
    assert "did you mean {year}?" in mistake


def test_a_missing_name_is_reported(ready: Workspace) -> None:
    text = _yaml(ready.bucket.name, ready.server.endpoint_url).replace('- name: "Daily"\n  desc', "- desc")

    [mistake] = _mistakes(_refused(ready, text))

    assert mistake.startswith("4:3: sync_configurations[0].name: is missing")


def test_a_tab_is_reported_with_its_line(ready: Workspace) -> None:
    text = _yaml(ready.bucket.name, ready.server.endpoint_url).replace("  description", "\tdescription")

    [mistake] = _mistakes(_refused(ready, text))

    assert mistake.startswith("5:1: a tab is not allowed here")


def test_two_configurations_of_one_name_are_reported(ready: Workspace) -> None:
    pair = [ready.configuration("Twin"), ready.configuration("Twin", destination={"s3_path_structure": "x"})]
    text = json.dumps({"sync_configurations": pair}, indent=2)

    [mistake] = _mistakes(_refused(ready, text))

    assert mistake.startswith("18:15: sync_configurations[1].name: the name 'Twin' is already used in line 4")


def test_all_mistakes_are_reported_together_one_line_each(ready: Workspace) -> None:
    text = _yaml(ready.bucket.name, ready.server.endpoint_url)
    text = text.replace("enabled: true", "enabled: perhaps").replace("DateFolder", "DateFoldr")
    text = text.replace("log_directory", "log_directry")

    mistakes = _mistakes(_refused(ready, text))

    keys = (
        "2:3: global.log_directry: ",
        "6:12: sync_configurations[0].enabled: ",
        "9:11: sync_configurations[0].sync_strategy.type: ",
    )
    assert [mistake.startswith(key) for mistake, key in zip(mistakes, keys, strict=True)] == [True] * 3, (
        mistakes
    )


def test_a_windows_path_with_single_backslashes_is_explained(ready: Workspace) -> None:
    text = _yaml(ready.bucket.name, ready.server.endpoint_url).replace('"data"', '"C:\\Users\\data"')

    [mistake] = _mistakes(_refused(ready, text))

    assert mistake.startswith("7:20: a Windows path in double quotes needs every backslash twice")
    assert "use single quotes: 'C:\\Users\\data'" in mistake


def test_a_missing_file_is_named(workspace: Workspace) -> None:
    result = workspace.run("sync", "--config", "nowhere.yaml").must(2)

    assert (
        f"the configuration file {workspace.folder}/nowhere.yaml (from --config) does not exist"
        in result.stderr
    )


def test_without_any_configuration_the_user_learns_what_to_do(workspace: Workspace) -> None:
    result = workspace.run("sync").must(2)

    assert "sync-config.yaml" in result.flat
    assert "mochok install" in result.flat


def test_the_configuration_may_be_named_by_the_environment(ready: Workspace, bucket: Bucket) -> None:
    text = _yaml(bucket.name, ready.server.endpoint_url)
    other = ready.folder / "other.yaml"
    other.write_text(text, "utf-8")

    ready.sync(env={"MOCHOK_CONFIG": str(other)}).must(0)

    assert bucket.keys() == {"2025/01/15/a"}


def test_older_flat_keys_still_work_and_name_the_new_ones(ready: Workspace, bucket: Bucket) -> None:
    old = {
        "name": "Old",
        "description": "as the first versions wrote it",
        "enabled": True,
        "local_base_path": "data",
        "sync_mode": "DateFolder",
        "bucket_name": bucket.name,
        "aws_region": "us-east-1",
        "date_folder_format": "yyyy-MM-dd",
        "s3_path_structure": "old/{year}",
        "destination_config": {"endpoint_url": ready.server.endpoint_url},
    }
    ready.configure(old)

    result = ready.sync().must(0)

    assert bucket.keys() == {"old/2025/a"}
    for older, section in (("bucket_name", "destination_config"), ("sync_mode", "sync_strategy")):
        assert any(older in line and section in line for line in result.output.splitlines())


def test_variables_are_replaced_from_the_environment(ready: Workspace, bucket: Bucket) -> None:
    destination = {"bucket_name": "${TEST_BUCKET}", "s3_path_structure": "${TEST_PREFIX:-standard}/{year}"}
    ready.configure(ready.configuration(destination=destination))

    ready.sync(env={"TEST_BUCKET": bucket.name}).must(0)

    assert bucket.keys() == {"standard/2025/a"}


def test_a_date_that_is_none_is_bad_usage(ready: Workspace) -> None:
    ready.configure(ready.configuration())

    result = ready.sync(day="2025-02-30").must(2)

    assert "'2025-02-30' is not a date" in result.stderr


@pytest.mark.skipif(os.name == "nt", reason="there it is right")
@pytest.mark.parametrize("key", ["state_file", "log_directory", "ledger_file"])
def test_no_file_has_the_name_of_a_windows_path(workspace: Workspace, key: str) -> None:
    workspace.write({"a.txt": "a"}, f"data/{DAY}")
    workspace.configure(workspace.configuration(), **{key: "C:\\Mochok\\x"})

    assert "Windows path" in workspace.sync().must(2).flat
    assert "Windows path" in workspace.run("install").must(3).flat
    assert "Windows path" in workspace.run("validate").must(2).flat

    assert not [path for path in workspace.folder.rglob("*") if "Mochok" in path.name]


@pytest.mark.parametrize("options", [("-d", ""), ("--from", "", "--to", ""), ("--from", DAY, "--to", "")])
def test_an_empty_date_is_not_yesterday(ready: Workspace, options: tuple[str, ...]) -> None:
    ready.configure(ready.configuration())

    assert "'' is not a date" in ready.run("sync", *options).must(2).stderr
