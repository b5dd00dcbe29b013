"""``mochok sync`` carries folders to a real S3 server."""

from __future__ import annotations

import hashlib
import os
import re
from datetime import UTC, datetime, timedelta

import pytest

from tests.e2e.harness import DAY, Bucket, Workspace, noon_ns

MANY_FILES = 2_000
STRANGE_NAMES = [
    "with space.txt",
    " leading and trailing ",
    "#hash.txt",
    "100%.txt",
    "%20.txt",
    "a+b.txt",
    "this&that.txt",
    "why?.txt",
    "{braces}.txt",
    "[brackets].txt",
    "~tilde.txt",
    "it's.txt",
    'say "hello".txt',
    "#%+&?{}[]~'\".txt",
    "árbol año niño.txt",
    "Ünïcödé/straße.txt",
    "日本語/ファイル.txt",
    "😀/🎉 party.txt",
    "-rf",
    "$(reboot)",
    "a=b;c,d@e!f.txt",
    "semi:colon.txt",
    "star*.txt",
    "<angle>.txt",
    "pipe|.txt",
    ".hidden",
]


def test_the_first_run_uploads_every_file_with_its_bytes(workspace: Workspace, bucket: Bucket) -> None:
    tree: dict[str, bytes] = {
        "sales.csv": b"a;b\n",
        "photos/café.jpg": b"\xff" * 999,
        "de/ep/x": b"x",
        "empty": b"",
    }
    workspace.write(tree, f"data/{DAY}")
    workspace.configure(workspace.configuration())

    result = workspace.sync().must(0)

    assert bucket.keys() == {f"2025/01/15/{name}" for name in tree}
    assert {name: bucket.download(f"2025/01/15/{name}") for name in tree} == tree
    assert f"Daily: {DAY} is complete in S3." in result.stdout
    state = workspace.result_of("Daily")
    assert state["lastStatus"] == "Success"
    assert state["filesTransferred"] == 4
    assert state["s3Path"].rstrip("/") == f"s3://{bucket.name}/2025/01/15"
    assert state["consecutiveFailures"] == 0


def test_the_second_run_uploads_nothing(workspace: Workspace, bucket: Bucket) -> None:
    workspace.write({"a.txt": "a", "b/c.txt": "c"}, f"data/{DAY}")
    workspace.configure(workspace.configuration())
    workspace.sync().must(0)
    sent = bucket.modified("2025/01/15/a.txt")

    workspace.sync().must(0)

    assert workspace.result_of("Daily")["filesTransferred"] == 0
    assert bucket.modified("2025/01/15/a.txt") == sent
    assert workspace.state()["statistics"]["totalExecutions"] == 2


def test_only_changed_files_are_sent_again(workspace: Workspace, bucket: Bucket) -> None:
    workspace.write({"same.txt": "same", "changed.txt": "old"}, f"data/{DAY}")
    workspace.configure(workspace.configuration())
    workspace.sync().must(0)

    workspace.write({"changed.txt": "new and longer", "added.txt": "x"}, f"data/{DAY}")
    workspace.sync().must(0)

    assert workspace.result_of("Daily")["filesTransferred"] == 2
    assert bucket.download("2025/01/15/changed.txt") == b"new and longer"
    assert bucket.keys() == {f"2025/01/15/{name}" for name in ("same.txt", "changed.txt", "added.txt")}


def test_thousands_of_small_files_arrive_and_are_not_sent_twice(workspace: Workspace, bucket: Bucket) -> None:
    tree = {f"{number % 40:02d}/file-{number}.bin": _content(number) for number in range(MANY_FILES)}
    workspace.write(tree)
    workspace.configure(workspace.whole_folder(prefix="many"))

    workspace.sync().must(0)

    assert bucket.objects() == {f"many/{name}": len(content) for name, content in tree.items()}
    for number in range(0, MANY_FILES, 97):
        assert bucket.download(f"many/{number % 40:02d}/file-{number}.bin") == _content(number)
    assert workspace.result_of("Whole")["filesTransferred"] == MANY_FILES

    workspace.sync().must(0)

    assert workspace.result_of("Whole")["filesTransferred"] == 0


@pytest.mark.skipif(os.name == "nt", reason="Windows does not allow most of these names")
def test_strange_names_arrive_exactly(workspace: Workspace, bucket: Bucket) -> None:
    workspace.write({name: name for name in STRANGE_NAMES})
    workspace.configure(workspace.whole_folder(prefix="names"))

    workspace.sync().must(0)

    assert bucket.keys() == {f"names/{name}" for name in STRANGE_NAMES}
    for name in STRANGE_NAMES:
        assert bucket.download(f"names/{name}") == name.encode()
    workspace.sync().must(0)
    assert workspace.result_of("Whole")["filesTransferred"] == 0


def test_a_large_file_arrives_in_parts_with_its_bytes(workspace: Workspace, bucket: Bucket) -> None:
    content = hashlib.shake_256(b"large").digest(40 * 1024 * 1024 + 1)
    workspace.write({"dump.bin": content})
    workspace.configure(workspace.whole_folder(prefix="large"))

    workspace.sync().must(0)

    assert bucket.download("large/dump.bin") == content
    uploads = bucket.client.list_multipart_uploads(Bucket=bucket.name)
    assert not uploads.get("Uploads")


def test_a_missing_bucket_is_created(workspace: Workspace, bucket: Bucket) -> None:
    workspace.write({"a": "a"}, f"data/{DAY}")
    workspace.configure(workspace.configuration())
    assert not bucket.exists()

    workspace.sync().must(0)

    versioning = bucket.client.get_bucket_versioning(Bucket=bucket.name)
    assert versioning["Status"] == "Enabled"
    encryption = bucket.client.get_bucket_encryption(Bucket=bucket.name)["ServerSideEncryptionConfiguration"]
    assert encryption["Rules"][0]["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"


def test_a_missing_bucket_is_not_created_against_the_users_will(workspace: Workspace, bucket: Bucket) -> None:
    workspace.write({"a": "a"}, f"data/{DAY}")
    workspace.configure(workspace.configuration(destination={"create_bucket": False}))

    result = workspace.sync().must(1)

    assert not bucket.exists()
    assert f"the bucket {bucket.name} does not exist and create_bucket is false" in result.flat


def test_a_missing_day_folder_is_skipped(workspace: Workspace, bucket: Bucket) -> None:
    workspace.write({"a": "a"}, "data/2025-01-14")
    workspace.configure(workspace.configuration())

    result = workspace.sync(day="2025-01-15").must(0)

    assert f"Daily: {DAY} was skipped (nothing to upload)." in result.stdout
    state = workspace.result_of("Daily")
    missing = f"the source folder {workspace.folder}/data/{DAY} does not exist"
    assert (state["lastStatus"], state["lastMessage"]) == ("Skipped", missing)
    assert bucket.keys() == set()


def test_a_missing_day_folder_fails_when_the_configuration_says_so(workspace: Workspace) -> None:
    workspace.write({"a": "a"}, "data/2025-01-14")
    workspace.configure(workspace.configuration(missing_source="fail"))

    workspace.sync(day="2025-01-15").must(1)

    assert workspace.result_of("Daily")["lastStatus"] == "Failure"


def test_one_failing_configuration_does_not_stop_the_others(workspace: Workspace, bucket: Bucket) -> None:
    workspace.write({"a": "a"}, f"data/{DAY}")
    broken = workspace.configuration("Broken", local_base_path=str(workspace.folder / "nowhere"))
    workspace.configure(broken, workspace.configuration("Good"))

    result = workspace.sync().must(1)

    assert workspace.result_of("Broken")["lastStatus"] == "Failure"
    assert workspace.result_of("Good")["lastStatus"] == "Success"
    assert bucket.keys() == {"2025/01/15/a"}
    assert (
        f"Broken: Failure {DAY}: the source folder {workspace.folder}/nowhere does not exist" in result.flat
    )
    last = workspace.state()["lastExecution"]
    assert (last["success"], last["successfulConfigurations"], last["failedConfigurations"]) == (False, 1, 1)


def test_a_disabled_configuration_does_not_run(workspace: Workspace, bucket: Bucket) -> None:
    workspace.write({"a": "a"}, f"data/{DAY}")
    off = workspace.configuration("Off", enabled=False, destination={"s3_path_structure": "off"})
    workspace.configure(off, workspace.configuration("On"))

    workspace.sync().must(0)

    assert bucket.keys() == {"2025/01/15/a"}
    assert "Off" not in workspace.state()["configurationResults"]


def test_only_runs_the_named_configurations(workspace: Workspace, bucket: Bucket) -> None:
    workspace.write({"a": "a"})
    names = ("One", "Two", "Three")
    workspace.configure(*(workspace.whole_folder(name, prefix=name.lower()) for name in names))

    workspace.sync("--only", "One", "--only", "Three").must(0)

    assert bucket.keys() == {"one/a", "three/a"}


def test_only_with_an_unknown_name_is_bad_usage(workspace: Workspace, bucket: Bucket) -> None:
    workspace.write({"a": "a"})
    workspace.configure(workspace.whole_folder("Reports"))

    result = workspace.sync("--only", "Report").must(2)

    assert "did you mean 'Reports'?" in result.stderr
    assert not bucket.exists()


def test_without_a_date_yesterday_is_taken(workspace: Workspace, bucket: Bucket) -> None:
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    workspace.write({"a": "a"}, f"data/{yesterday}")
    workspace.configure(workspace.configuration(), timezone="UTC")

    workspace.run("sync").must(0)

    assert bucket.keys() == {f"{yesterday:%Y/%m/%d}/a"}
    assert workspace.state()["lastExecution"]["targetDate"] == f"{yesterday}"


def test_a_range_of_days_runs_every_day_in_order(workspace: Workspace, bucket: Bucket) -> None:
    for day in ("2025-01-30", "2025-01-31", "2025-02-01"):
        workspace.write({"a": day}, f"data/{day}")
    workspace.configure(workspace.configuration())

    workspace.run("sync", "--from", "2025-01-30", "--to", "2025-02-01").must(0)

    assert bucket.keys() == {"2025/01/30/a", "2025/01/31/a", "2025/02/01/a"}
    assert workspace.result_of("Daily")["lastDate"] == "2025-02-01"


def test_a_date_range_takes_only_files_changed_on_its_days(workspace: Workspace, bucket: Bucket) -> None:
    root = workspace.write({"old.log": "o", "first.log": "f", "last.log": "l", "after.log": "a"})
    days = {"old": "2025-01-11", "first": "2025-01-12", "last": "2025-01-15", "after": "2025-01-16"}
    for name, day in days.items():
        os.utime(root / f"{name}.log", ns=(noon_ns(day), noon_ns(day)))
    strategy = {"type": "DateRange", "date_range_days_back": 3}
    workspace.configure(workspace.configuration(sync_strategy=strategy), timezone="UTC")

    workspace.sync().must(0)

    assert bucket.keys() == {"date-range/2025/01/first.log", "date-range/2025/01/last.log"}


def test_a_custom_pattern_finds_its_folder(workspace: Workspace, bucket: Bucket) -> None:
    workspace.write({"report.pdf": "r"}, "data/2025/Q1")
    strategy = {"type": "CustomPattern", "custom_local_pattern": "{base_path}/{year}/Q{quarter}"}
    destination = {"s3_path_structure": "reports/{year}/q{quarter}"}
    workspace.configure(workspace.configuration(sync_strategy=strategy, destination=destination))

    workspace.sync().must(0)

    assert bucket.keys() == {"reports/2025/q1/report.pdf"}


def test_the_log_has_one_line_an_entry_in_the_documented_form(workspace: Workspace) -> None:
    workspace.write({"a": "a"}, f"data/{DAY}")
    workspace.configure(workspace.configuration())

    workspace.sync().must(0)

    pattern = r"\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\] \[(INFO|WARNING|ERROR)\] .+"
    lines = workspace.log().splitlines()
    assert lines
    assert [line for line in lines if not re.fullmatch(pattern, line)] == []
    assert any("[INFO] [Daily]" in line for line in lines)
    assert workspace.server.secret_key not in workspace.log()


def _content(number: int) -> bytes:
    return hashlib.shake_256(str(number).encode()).digest(1_000 + number * 7919 % 19_000)


def test_a_day_that_is_not_expected_is_skipped_without_a_warning(workspace: Workspace) -> None:
    workspace.write({"a.txt": "a"}, below="data/2025-01-17")
    workspace.configure(workspace.configuration(expected_days="weekdays"))

    saturday = workspace.sync("--quiet", day="2025-01-18").must(0)
    monday = workspace.sync("--quiet", day="2025-01-20").must(0)

    assert saturday.output == ""
    assert "2025-01-20 does not exist" in monday.flat
    assert workspace.result_of("Daily")["lastStatus"] == "Skipped"


def test_a_future_date_is_refused_before_anything_runs(workspace: Workspace) -> None:
    workspace.configure(workspace.whole_folder())

    refused = workspace.sync(day="2999-01-01").must(2)

    assert "is in the future" in refused.flat
    assert not (workspace.folder / "state.json").exists()


@pytest.mark.skipif(os.name == "nt", reason="a backslash separates folders on Windows")
def test_a_name_that_the_server_would_change_is_left_out_and_told(
    workspace: Workspace, bucket: Bucket
) -> None:
    workspace.write({"plain.txt": "p"})
    (workspace.folder / "data" / "back\\slash.txt").write_text("b")
    workspace.configure(workspace.whole_folder(sync_options=["--delete"]))

    told = workspace.sync().must(5)

    assert bucket.keys() == {"whole/plain.txt"}
    assert re.search(r"Whole: [-\d]{10} is in S3 except for unreadable files\.", told.flat)
