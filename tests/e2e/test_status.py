"""``mochok status`` tells what is known and changes nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from mochok.demo.server import S3Server
from tests.e2e.days import days_ago, noon_zone, status_json, write_day
from tests.e2e.harness import DAY, Bucket, Workspace, unique_bucket_name


@pytest.fixture(scope="module")
def yesterday_done(tmp_path_factory: pytest.TempPathFactory, server: S3Server) -> Iterator[Workspace]:
    """A workspace in which yesterday was synchronised; tests get a copy of it."""
    with closing(Bucket(server, unique_bucket_name())) as bucket:
        workspace = Workspace(tmp_path_factory.mktemp("yesterday-done"), server, bucket)
        write_day(workspace, days_ago(1))
        workspace.configure(workspace.configuration(), timezone=noon_zone())
        workspace.run("sync").must(0)
        yield workspace


@pytest.fixture
def ran(yesterday_done: Workspace, tmp_path: Path) -> Workspace:
    """A workspace in which yesterday was synchronised, of this test's own."""
    return yesterday_done.copy_to(tmp_path)


def test_before_any_run_nothing_is_made_and_it_says_what_to_do(workspace: Workspace) -> None:
    workspace.configure(workspace.configuration())

    result = workspace.run("status").must(0)

    assert "No run has ended yet" in result.stdout
    assert "mochok sync" in result.stdout
    assert sorted(path.name for path in workspace.folder.iterdir()) == ["sync-config.yaml"]
    assert status_json(workspace)["lastExecution"] is None


def test_status_needs_a_configuration(workspace: Workspace) -> None:
    assert "sync-config.yaml" in workspace.run("status").must(2).flat


def test_the_document_agrees_with_the_state_file(ran: Workspace) -> None:
    document, state = status_json(ran), ran.state()

    assert document["schema"] == "mochok.status/1"
    for section in ("lastExecution", "configurationResults", "lastSuccessfulSync", "statistics"):
        assert document[section] == state[section], section
    assert document["configurations"][0]["days"] == {"complete": 1, "before": 29}


def test_the_state_file_is_only_read(ran: Workspace) -> None:
    before = ran.state_path.read_bytes()

    for arguments in ([], ["--json-output"], ["--only-last-execution"], ["--gaps"], ["--calendar"]):
        ran.run("status", *arguments).must(0)

    assert ran.state_path.read_bytes() == before


def test_a_damaged_state_file_is_told_and_left_where_it_is(ran: Workspace) -> None:
    ran.state_path.write_text('{"lastExecution": ')

    result = ran.run("status").must(0)

    assert "damaged" in result.stderr
    assert ran.state_path.read_text() == '{"lastExecution": '
    assert "1 complete" in result.stdout, "the ledger still knows the days"
    assert "never run" not in result.stdout
    assert f"for {days_ago(1)}: 2 files" in result.stdout, "and the last success"
    one = status_json(ran)["configurations"][0]
    assert (one["lastStatus"], one["lastSuccessAgeSeconds"] is None) == ("Success", False)


def test_a_ledger_that_was_lost_is_told_beside_the_days_that_it_forgot(ran: Workspace) -> None:
    for suffix in ("-wal", "-shm"):
        (ran.folder / f"mochok.db{suffix}").unlink(missing_ok=True)
    (ran.folder / "mochok.db").write_bytes(b"rubbish" * 1000)
    ran.run("sync").must(0)
    [aside] = ran.folder.glob("mochok.db.corrupt-*")
    sentence = f"note: the ledger only has runs since {days_ago(0)}; earlier days are unknown"

    for arguments in ([], ["--gaps"], ["--calendar", "2"]):
        page = ran.run("status", *arguments).must(0).flat
        assert sentence in page
        assert aside.name in page
    assert status_json(ran)["ledgerMemory"]["setAside"] == aside.name
    for arguments in (["--gaps"], ["--calendar", "2"]):
        assert status_json(ran, *arguments)["ledger_memory"]["set_aside"] == aside.name
    assert "earlier days" not in ran.run("status", "--gaps", "1").must(0).stdout, "that day is known again"


def test_a_damaged_ledger_is_told_and_the_rest_is_shown(ran: Workspace) -> None:
    for path in ran.folder.glob("mochok.db*"):
        path.write_bytes(b"not a database" * 1000)

    result = ran.run("status").must(0)

    assert (
        "mochok.db cannot be read (file is not a database); showing what is known without it" in result.stderr
    )
    assert "Success: 1 of 1 configuration successful" in result.stdout


def test_a_failure_is_shown_with_its_message_and_what_to_do(ran: Workspace) -> None:
    broken = ran.configuration(local_base_path=str(ran.folder / "gone"))
    ran.configure(broken, timezone=noon_zone())
    ran.run("sync").must(1)
    ran.run("sync").must(1)

    text = ran.run("status").must(0).flat

    assert "Status Failure" in text
    assert f"the source folder {ran.folder}/gone does not exist" in text
    assert "Consecutive failures 2" in text
    assert f'mochok sync --target-date {days_ago(1)} --only "Daily"' in text
    assert status_json(ran)["configurations"][0]["consecutiveFailures"] == 2


def test_configurations_that_are_new_disabled_or_gone_are_told_apart(ran: Workspace) -> None:
    new = ran.configuration("New")
    off = ran.configuration("Off", enabled=False)
    ran.configure(new, off, timezone=noon_zone())

    text = ran.run("status").must(0).flat
    found = {one["name"]: one for one in status_json(ran)["configurations"]}

    assert "it has never run" in text
    assert "Off (disabled)" in text
    assert "Daily (no longer configured)" in text
    assert [found[name]["configured"] for name in ("New", "Off", "Daily")] == [True, True, False]
    assert found["Off"]["gaps"] == 0, "--gaps does not list it"


def test_only_shows_one_configuration(ran: Workspace) -> None:
    ran.configure(ran.configuration(), ran.configuration("Other"), timezone=noon_zone())

    assert "Other" not in ran.run("status", "--only", "Daily").must(0).stdout
    assert "Daily, Other" in ran.run("status", "--only", "Nobody").must(2).output


def test_views_exclude_each_other(ran: Workspace) -> None:
    assert "exclude each other" in ran.run("status", "--gaps", "--calendar").must(2).output


def test_a_terminal_without_unicode_will_do(workspace: Workspace) -> None:
    workspace.write({"a": "a"}, f"data/{DAY}")
    workspace.configure(workspace.configuration("Año → 日本"))
    workspace.sync().must(0)
    environment = {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}

    for arguments, exit_code in (([], 0), (["--calendar"], 0), (["--gaps", "1"], 4)):
        result = workspace.run("status", *arguments, env=environment).must(exit_code)
        assert "A\\xf1o \\u2192" in result.stdout


# What the PowerShell original left behind. Windows PowerShell 5.1 writes a byte order mark and CRLF.
ORIGINAL_STATE: dict[str, Any] = {
    "lastExecution": {
        "timestamp": "2025-01-15T02:31:05.1234567-03:00",
        "success": False,
        "totalConfigurations": 2,
        "successfulConfigurations": 1,
        "failedConfigurations": 1,
        "targetDate": "2025-01-14",
        "duration": "00:01:05",
    },
    "configurationResults": {
        "Daily": {
            "lastStatus": "Success",
            "lastMessage": "Sincronización completada",
            "lastTimestamp": "2025-01-15T02:30:45.7654321-03:00",
            "lastDate": "2025-01-14",
            "localPath": "C:\\Datos\\2025-01-14",
            "s3Path": "s3://company/2025/01/14",
            "filesTransferred": 12,
            "duration": "00:00:40",
            "consecutiveFailures": 0,
        },
        "Reports": {
            "lastStatus": "Failure",
            "lastMessage": "Local path does not exist",
            "lastTimestamp": "2025-01-15T02:31:05.1234567-03:00",
            "lastDate": "2025-01-14",
            "localPath": "C:\\Informes",
            "s3Path": "s3://company/reports",
            "filesTransferred": 0,
            "duration": "00:00:01",
            "consecutiveFailures": 4,
        },
    },
    "lastSuccessfulSync": {
        "Daily": {
            "timestamp": "2025-01-15T02:30:45.7654321-03:00",
            "date": "2025-01-14",
            "localPath": "C:\\Datos\\2025-01-14",
            "s3Path": "s3://company/2025/01/14",
            "message": "Sincronización completada",
            "filesTransferred": 12,
            "duration": "00:00:40",
        }
    },
    "statistics": {
        "totalExecutions": 241,
        "lastSuccessDate": "2025-01-14T02:30:50.1112223-03:00",
        "consecutiveFailures": 1,
    },
}


def write_original_state(path: Path) -> None:
    text = json.dumps(ORIGINAL_STATE, indent=4, ensure_ascii=False).replace("\n", "\r\n")
    path.write_bytes(b"\xef\xbb\xbf" + text.encode("utf-8"))


def test_the_originals_state_is_shown_as_it_is(workspace: Workspace) -> None:
    write_original_state(workspace.state_path)
    before = workspace.state_path.read_bytes()
    workspace.configure(workspace.configuration())

    result = workspace.run("status").must(0)

    assert "Executions 241" in result.flat
    assert "Sincronización completada" in result.stdout
    assert "Consecutive failures 4" in result.flat
    assert result.stderr == ""
    assert workspace.state_path.read_bytes() == before


def test_the_originals_state_is_taken_over_with_its_statistics(workspace: Workspace) -> None:
    write_original_state(workspace.state_path)
    write_day(workspace, DAY)
    workspace.configure(workspace.configuration())

    workspace.sync().must(0)

    state = workspace.state()
    assert state["statistics"]["totalExecutions"] == 242
    assert state["statistics"]["consecutiveFailures"] == 0
    assert state["configurationResults"]["Reports"] == ORIGINAL_STATE["configurationResults"]["Reports"]
    assert state["lastSuccessfulSync"]["Daily"]["date"] == DAY
    assert not list(workspace.folder.glob("state.json.corrupt-*"))
