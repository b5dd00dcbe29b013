"""A day that is in one bucket is not in another: days belong to their destination."""

from __future__ import annotations

from tests.e2e.days import days_ago, gaps, noon_zone, states, status_json, write_day
from tests.e2e.harness import Workspace


def configure(workspace: Workspace, **destination: str) -> None:
    workspace.configure(workspace.configuration(destination=destination), timezone=noon_zone())


def test_after_a_change_of_the_bucket_its_days_are_missing(
    workspace: Workspace,
) -> None:
    configure(workspace)
    for count in (3, 2, 1):
        write_day(workspace, days_ago(count))
    workspace.run("sync", "--from", days_ago(3), "--to", days_ago(1)).must(0)
    other = f"{workspace.bucket.name}-new"
    configure(workspace, bucket_name=other)

    first, last = days_ago(3), days_ago(1)
    path = last.replace("-", "/")
    sentence = f"3 days went to s3://{workspace.bucket.name}/{path}, none of them to s3://{other}/{path}"
    command = f'mochok sync --from {first} --to {last} --only "Daily"'
    for arguments in (("status",), ("validate",), ("status", "--calendar"), ("sync", "--dry-run")):
        shown = workspace.run(*arguments).must(0).flat
        assert shown.count(sentence) == 1, shown
        assert command in shown
    assert sentence in workspace.run("status", "--gaps").must(4).flat
    assert gaps(workspace) == [("Daily", last, "unknown")]
    assert status_json(workspace)["configurations"][0]["elsewhere"] == f"{sentence}: {command}"

    workspace.run(*command.replace('"', "").split()[1:]).must(0)
    assert set(gaps(workspace, exit_code=0)) == set()
    assert "went to" not in workspace.run("status").must(0).output
    configure(workspace)
    assert [states(workspace)[days_ago(count)] for count in (3, 2, 1)] == ["complete"] * 3


def test_catch_up_uploads_the_days_that_are_only_at_an_earlier_destination(workspace: Workspace) -> None:
    configure(workspace)
    for count in (2, 1):
        write_day(workspace, days_ago(count))
    workspace.run("sync", "--catch-up", "5").must(0)
    configure(workspace, s3_path_structure="new/{date:yyyyMMdd}")
    workspace.run("sync", "--catch-up", "5").must(0)
    assert len(workspace.bucket.keys("new/")) == 4


def test_another_spelling_of_the_same_destination_changes_nothing(workspace: Workspace) -> None:
    configure(workspace)
    write_day(workspace, days_ago(1))
    workspace.run("sync").must(0)
    address = workspace.server.endpoint_url.replace("127.0.0.1", "LOCALHOST")
    for spelling in ({"s3_path_structure": "{date:yyyy/MM/dd}/"}, {"endpoint_url": f"{address}/"}):
        configure(workspace, **spelling)
        assert states(workspace)[days_ago(1)] == "complete"
        assert "went to" not in workspace.run("status").must(0).output


def test_a_renamed_configuration_takes_its_history_along(workspace: Workspace) -> None:
    configure(workspace)
    for count in (3, 1):
        write_day(workspace, days_ago(count))
    workspace.run("sync", "--from", days_ago(3), "--to", days_ago(1)).must(0)
    workspace.run("accept", "Daily", days_ago(2), "--reason", "closed").must(0)
    before = states(workspace)
    workspace.configure(workspace.configuration("Documents"), timezone=noon_zone())

    assert "add --yes" in workspace.run("ledger", "rename", "Daily", "Documents").must(2).flat
    for names, advice in (
        (("Dialy", "Documents"), "did you mean 'Daily'"),
        (("Daily", "Document"), "Documents"),
    ):
        assert advice in workspace.run("ledger", "rename", *names, "--yes").must(2).flat
    shown = workspace.run("ledger", "rename", "Daily", "Documents", "--yes").must(0).flat
    assert f"3 days ({days_ago(3)} to {days_ago(1)}) and all results of Daily become" in shown

    assert states(workspace, "Documents") == before
    assert set(before.values()) >= {"complete", "explained"}
    assert status_json(workspace)["configurations"][0]["lastStatus"] == "Success"
    assert "Documents" in workspace.run("history", "--only", "Documents").must(0).stdout


def test_a_name_with_days_of_its_own_is_not_overwritten(workspace: Workspace) -> None:
    write_day(workspace, days_ago(1))
    for name in ("Daily", "Documents"):
        workspace.configure(workspace.configuration(name), timezone=noon_zone())
        workspace.run("sync").must(0)
    shown = workspace.run("ledger", "rename", "Daily", "Documents", "--yes").must(2).flat
    command = f'mochok ledger forget "Documents" {days_ago(1)} {days_ago(1)}'
    assert "'Documents' has 1 day of its own" in shown
    assert command in shown
    workspace.run(*command.replace('"', "").split()[1:], "--yes").must(0)
    workspace.run("ledger", "rename", "Daily", "Documents", "--yes").must(0)
    assert states(workspace, "Documents")[days_ago(1)] == "complete"


def test_a_wrong_date_does_not_begin_the_history(workspace: Workspace) -> None:
    configure(workspace)
    for count in (2, 1):
        write_day(workspace, days_ago(count))
    workspace.run("sync", "--target-date", days_ago(1)).must(0)
    workspace.run("sync", "--target-date", days_ago(28)).must(0)

    assert gaps(workspace, exit_code=0) == []
    assert states(workspace)[days_ago(28)] == "before"
    workspace.run("sync", "--target-date", days_ago(2)).must(0)
    assert states(workspace)[days_ago(2)] == "complete"


def test_days_that_were_recorded_by_mistake_are_forgotten(workspace: Workspace) -> None:
    configure(workspace)
    for count in (20, 1):
        write_day(workspace, days_ago(count))
        workspace.run("sync", "--target-date", days_ago(count)).must(0)
    assert len(gaps(workspace)) == 18

    asked = workspace.run("ledger", "forget", "Daily", days_ago(20)).must(2).flat
    assert f"{days_ago(20)} complete, 2 files," in asked
    assert "add --yes" in asked
    workspace.run("ledger", "forget", "Daily", days_ago(20), days_ago(15), "--yes").must(0)
    assert gaps(workspace, exit_code=0) == []
    missing = workspace.run("ledger", "forget", "Daily", days_ago(20), "--yes").must(2).flat
    assert f"the ledger has no record of {days_ago(20)} of 'Daily'" in missing
