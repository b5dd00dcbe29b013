"""A day that is in one bucket is not in another: days belong to their destination."""

from __future__ import annotations

from tests.e2e.days import days_ago, gaps, noon_zone, states, status_json, write_day
from tests.e2e.harness import Workspace


def configure(workspace: Workspace, **destination: str) -> None:
    workspace.configure(workspace.configuration(destination=destination), timezone=noon_zone())


def test_after_a_change_of_the_bucket_the_days_are_missing_there_until_they_are_uploaded(
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
