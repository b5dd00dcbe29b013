"""`mochok install` on a real server: what it checks, what it prepares, and that nothing else changes."""

from __future__ import annotations

import json
import os
import stat
from typing import Any

import pytest

from tests.e2e.harness import Bucket, Result, Workspace


@pytest.fixture
def ready(workspace: Workspace, bucket: Bucket) -> Workspace:
    """Two configurations of one bucket, which exists."""
    bucket.create()
    workspace.write({"a.txt": "a"}, "data")
    workspace.configure(
        workspace.whole_folder("First", "first/{year}"), workspace.whole_folder("Second", "second")
    )
    return workspace


def checks(result: Result) -> list[dict[str, str]]:
    document: dict[str, Any] = json.loads(result.stdout)
    assert document["schema"] == "mochok.install/1"
    assert document["exit_code"] == result.exit_code
    found: list[dict[str, str]] = document["checks"]
    return found


def of(subject: str, found: list[dict[str, str]]) -> list[dict[str, str]]:
    return [check for check in found if check["subject"] == subject]


def test_everything_that_a_run_needs_is_checked_and_the_bucket_is_asked_once(
    ready: Workspace, bucket: Bucket
) -> None:
    found = checks(ready.run("install", "--json").must(0))

    assert [check for check in found if check["level"] == "error"] == []
    messages = [check["message"] for check in of(f"bucket {bucket.name}", found)]
    assert messages.count("exists in us-east-1 and may be listed") == 1
    assert "no unfinished multipart uploads below first/" in messages
    assert "no unfinished multipart uploads below second/" in messages
    subjects = {check["subject"] for check in found}
    assert {"Python", "S3 engine", "time zone", "log folder", "state file", "ledger", "disk"} <= subjects
    assert {"source of First", "source of Second"} <= subjects
    assert of(f"clock against {ready.server.endpoint_url}", found)[0]["level"] == "ok"


def test_looking_leaves_the_bucket_as_it_was(ready: Workspace, bucket: Bucket) -> None:
    bucket.put("first/2025/x", "x")

    ready.run("install").must(0)

    assert bucket.objects() == {"first/2025/x": 1}


def test_a_probe_is_written_below_each_prefix_and_removed_again_with_its_version(
    ready: Workspace, bucket: Bucket
) -> None:
    bucket.client.put_bucket_versioning(Bucket=bucket.name, VersioningConfiguration={"Status": "Enabled"})

    found = checks(ready.run("install", "--json", "--probe").must(0))

    assert "deleted again" in of("probe of First", found)[0]["message"]
    assert f"s3://{bucket.name}/second" in of("probe of Second", found)[0]["message"]
    assert bucket.objects() == {}
    versions = bucket.client.list_object_versions(Bucket=bucket.name)
    assert versions.get("Versions", []) + versions.get("DeleteMarkers", []) == []


def test_a_missing_bucket_would_be_created_and_is_not_created_now(
    workspace: Workspace, bucket: Bucket
) -> None:
    workspace.write({"a": "a"})
    workspace.configure(workspace.whole_folder())

    result = workspace.run("install", "--probe").must(0)

    assert f"the bucket {bucket.name} does not exist; it would be created" in result.flat
    assert not bucket.exists()


def test_a_missing_bucket_that_must_not_be_created_is_an_error(workspace: Workspace) -> None:
    workspace.write({"a": "a"})
    workspace.configure(workspace.whole_folder(destination={"create_bucket": False}))

    assert "create_bucket is false" in workspace.run("install").must(3).flat


def test_unfinished_uploads_below_the_prefixes_are_reported(ready: Workspace, bucket: Bucket) -> None:
    bucket.client.create_multipart_upload(Bucket=bucket.name, Key="second/big.iso")
    bucket.client.create_multipart_upload(Bucket=bucket.name, Key="elsewhere/big.iso")

    found = checks(ready.run("install", "--json").must(0))

    found = [check for check in of(f"bucket {bucket.name}", found) if "1 unfinished" in check["message"]]
    assert [check["level"] for check in found] == ["warning"]
    assert found[0]["message"].startswith("1 unfinished multipart upload below second/, the oldest of 20")
    assert "AbortIncompleteMultipartUpload" in found[0]["hint"]


def test_versioning_that_is_off_is_a_warning(ready: Workspace, bucket: Bucket) -> None:
    found = checks(ready.run("install", "--json").must(0))

    found = [check for check in of(f"bucket {bucket.name}", found) if "versioning is off" in check["message"]]
    assert [check["level"] for check in found] == ["warning"]


def test_wrong_keys_are_an_error_with_a_hint(ready: Workspace) -> None:
    result = ready.run("install", env={"AWS_SECRET_ACCESS_KEY": "wrong"}).must(3)

    assert "Not ready: 1 error" in result.stdout
    assert "-> the secret key does not match the access key" in result.flat


def test_no_credentials_are_an_error(ready: Workspace) -> None:
    nobody = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}

    assert "no AWS credentials found" in ready.run("install", env=nobody).must(3).flat


def test_a_profile_that_does_not_exist_is_an_error_that_names_the_known(ready: Workspace) -> None:
    (ready.home / "aws-config").write_text("[profile accounting]\nregion = us-east-1\n")
    ready.configure(ready.whole_folder(destination={"aws_profile": "acounting"}))

    result = ready.run("install").must(3)

    assert "the AWS profile 'acounting' does not exist" in result.flat
    assert "accounting" in result.flat


def test_a_server_that_is_not_there_is_reported_once_and_the_rest_is_still_checked(ready: Workspace) -> None:
    away = {"endpoint_url": "http://127.0.0.1:9"}
    ready.configure(
        ready.whole_folder("Away", destination=away | {"bucket_name": "bucket-one"}),
        ready.whole_folder("Also away", "also", destination=away | {"bucket_name": "bucket-two"}),
        ready.whole_folder("Here", "here"),
    )

    result = ready.run("install").must(3)

    assert result.flat.count("connection refused") == 1
    assert "bucket bucket-two: not checked" in result.flat
    assert f"bucket {ready.bucket.name}: exists" in result.flat


def test_a_source_that_is_missing_is_an_error_and_a_missing_day_is_not(ready: Workspace) -> None:
    ready.configure(
        ready.configuration("Day"), ready.whole_folder("Gone", local_base_path=str(ready.folder / "gone"))
    )

    found = checks(ready.run("install", "--json").must(3))

    assert of("source of Day", found)[0]["level"] == "note"
    assert of("source of Gone", found)[0]["level"] == "error"


@pytest.mark.skipif(os.name == "nt", reason="a user may not make links")
def test_a_source_behind_a_link_that_is_not_allowed_is_an_error(ready: Workspace) -> None:
    ready.write({"a.txt": "a"}, "outside")
    pattern = {"type": "CustomPattern", "custom_local_pattern": "{base_path}/fixed"}
    ready.write({}, "data")
    (ready.folder / "data" / "fixed").symlink_to("../outside")
    ready.configure(
        ready.configuration("Ignore", sync_strategy=pattern, symlinks="ignore"),
        ready.configuration("Follow", sync_strategy=pattern),
    )

    found = checks(ready.run("install", "--json").must(3))

    assert [one["level"] for one in of("source of Ignore", found)] == ["error"]
    assert "symlinks: ignore" in of("source of Ignore", found)[0]["message"]
    assert [one["level"] for one in of("source of Follow", found)] == ["ok"]


def test_a_disabled_configuration_is_not_checked(ready: Workspace) -> None:
    gone = str(ready.folder / "gone")
    ready.configure(ready.whole_folder("On"), ready.whole_folder("Off", enabled=False, local_base_path=gone))

    result = ready.run("install").must(0)

    assert "1 disabled configuration not checked: Off" in result.flat


def test_a_log_folder_that_cannot_be_written_is_an_error(ready: Workspace) -> None:
    (ready.folder / "blocked").write_text("a file where a folder should be")
    ready.configure(ready.whole_folder(), log_directory="blocked/log")

    found = checks(ready.run("install", "--json").must(3))

    assert "global.log_directory" in of("log folder", found)[0]["hint"]


def test_the_folders_of_log_and_state_are_created(ready: Workspace) -> None:
    ready.configure(ready.whole_folder(), log_directory="var/log", state_file="var/state/state.json")

    ready.run("install").must(0)

    assert (ready.folder / "var" / "log").is_dir()
    assert list((ready.folder / "var" / "state").iterdir()) == []


def test_without_a_configuration_a_sample_is_written_that_loads_and_sends_nothing(
    workspace: Workspace,
) -> None:
    result = workspace.run("install").must(0)

    assert "a commented sample was written to" in result.flat
    assert "none is enabled" in result.flat
    written = workspace.config_path.read_text("utf-8")
    assert written.startswith("# yaml-language-server: $schema=sync-config.schema.json")
    json.loads((workspace.folder / "sync-config.schema.json").read_text("utf-8"))
    workspace.run("validate").must(0)


def test_a_sample_is_written_where_the_configuration_was_named(workspace: Workspace) -> None:
    workspace.run("install", "--config", "etc/nightly.yaml").must(0)

    assert "sync_configurations:" in (workspace.folder / "etc" / "nightly.yaml").read_text("utf-8")
    assert not workspace.config_path.exists()


def test_an_existing_file_is_never_changed_however_wrong_it_is(workspace: Workspace) -> None:
    workspace.configure_text("this: is\n  no: yaml: [")
    before = workspace.config_path.stat()

    workspace.run("install").must(3)

    after = workspace.config_path.stat()
    assert (after.st_mtime_ns, after.st_size) == (before.st_mtime_ns, before.st_size)


def test_every_mistake_of_the_configuration_is_a_line_with_its_place(ready: Workspace) -> None:
    text = ready.config_path.read_text("utf-8")
    ready.configure_text(text.replace('"enabled": true', '"enabled": "perhaps"'))

    found = checks(ready.run("install", "--json").must(3))

    mistakes = [check for check in of("configuration", found) if check["level"] == "error"]
    assert len(mistakes) == 2
    assert all("sync-config.yaml:" in check["message"] for check in mistakes)


def test_doctor_is_the_same_command(ready: Workspace) -> None:
    found = [checks(ready.run(word, "--json").must(0)) for word in ("doctor", "install")]

    assert [check["subject"] for check in found[0]] == [check["subject"] for check in found[1]]


def test_as_scheduled_names_what_only_this_session_has_and_checks_without_it(ready: Workspace) -> None:
    result = ready.run("install", "--as-scheduled").must(3)

    assert "AWS_ACCESS_KEY_ID is set in this session but not in a job" in result.flat
    assert "sync --config" in result.flat
    assert str(ready.config_path) in result.flat
    assert "no AWS credentials found" in result.flat


def test_as_scheduled_is_content_when_nothing_of_the_session_is_needed(ready: Workspace) -> None:
    server = ready.server
    keys = f"aws_access_key_id = {server.access_key}\naws_secret_access_key = {server.secret_key}\n"
    (ready.home / ".aws").mkdir()
    (ready.home / ".aws" / "credentials").write_text(f"[nightly]\n{keys}")
    ready.configure(ready.whole_folder(destination={"aws_profile": "nightly"}))

    result = ready.run("install", "--as-scheduled", "--config", str(ready.config_path)).must(0)

    assert "from the AWS credentials file" in result.flat
    assert "was found from the current folder" not in result.flat


def test_secrets_never_show(ready: Workspace) -> None:
    for arguments in (["install", "--probe"], ["install", "--json"], ["install", "--as-scheduled"]):
        output = ready.run(*arguments).output
        assert ready.server.secret_key not in output
        assert ready.server.access_key not in output


def test_names_that_would_disturb_the_terminal_are_escaped(ready: Workspace) -> None:
    (ready.home / "aws-config").write_text("[profile red\x1b[31m]\nregion = us-east-1\n")
    ready.configure(ready.whole_folder(destination={"aws_profile": "blue"}))

    result = ready.run("install").must(3)

    assert "known profiles: red\\x1b[31m" in result.flat
    assert "\x1b" not in result.output


def test_what_is_prepared_is_not_open_to_everybody(ready: Workspace) -> None:
    ready.run("install").must(0)

    mode = (ready.folder / "log").stat().st_mode
    assert not mode & stat.S_IWOTH
