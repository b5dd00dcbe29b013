"""How a changed file is recognised, and how fast it may go up."""

from __future__ import annotations

import os
import time

import pytest

from tests.e2e.harness import Bucket, Workspace


def _sent(workspace: Workspace) -> int:
    workspace.sync().must(0)
    return int(workspace.result_of("Whole")["filesTransferred"])


def _write_with_time_of(workspace: Workspace, name: str, content: str, seconds: float) -> None:
    path = workspace.folder / "data" / name
    path.write_text(content)
    os.utime(path, (seconds, seconds))


def test_by_checksum_only_changed_content_goes_up(workspace: Workspace, bucket: Bucket) -> None:
    workspace.write({"touched.txt": "same", "edited.txt": "old!", "large.bin": b"x" * (9 << 20)})
    workspace.configure(workspace.whole_folder(compare="checksum"))
    assert _sent(workspace) == 3

    later = time.time() + 3600
    _write_with_time_of(workspace, "touched.txt", "same", later)
    _write_with_time_of(workspace, "edited.txt", "new!", later)

    assert _sent(workspace) == 1
    assert bucket.download("whole/edited.txt") == b"new!"


def test_by_ledger_a_restored_older_file_goes_up(workspace: Workspace, bucket: Bucket) -> None:
    workspace.write({"report.txt": "today's"})
    workspace.configure(workspace.whole_folder())
    assert _sent(workspace) == 1

    _write_with_time_of(workspace, "report.txt", "older's", 1_000_000_000)

    assert _sent(workspace) == 1
    assert bucket.download("whole/report.txt") == b"older's"
    assert _sent(workspace) == 0


def test_by_ledger_what_somebody_changed_in_the_bucket_is_put_right(
    workspace: Workspace, bucket: Bucket
) -> None:
    workspace.write({"report.txt": "ours"})
    workspace.configure(workspace.whole_folder())
    assert _sent(workspace) == 1
    bucket.put("whole/report.txt", "them")

    assert _sent(workspace) == 1
    assert bucket.download("whole/report.txt") == b"ours"


def test_a_file_from_the_future_goes_up_once(workspace: Workspace, bucket: Bucket) -> None:
    workspace.write({"clock.txt": "ahead"})
    _write_with_time_of(workspace, "clock.txt", "ahead", time.time() + 10 * 365 * 86400)
    workspace.configure(workspace.whole_folder())

    assert _sent(workspace) == 1
    assert _sent(workspace) == 0
    assert bucket.keys() == {"whole/clock.txt"}


def test_by_size_and_time_a_restored_older_file_of_the_same_size_is_passed_over_as_in_aws(
    workspace: Workspace, bucket: Bucket
) -> None:
    workspace.write({"report.txt": "today's"})
    workspace.configure(workspace.whole_folder(compare="size-and-time"))
    assert _sent(workspace) == 1

    _write_with_time_of(workspace, "report.txt", "older's", 1_000_000_000)

    assert _sent(workspace) == 0
    assert bucket.download("whole/report.txt") == b"today's"


def test_while_the_last_listing_is_fresh_the_ledger_decides_alone(
    workspace: Workspace, bucket: Bucket
) -> None:
    workspace.write({"a.txt": "a", "b.txt": "b"})
    workspace.configure(workspace.whole_folder(reconcile_every_days=7))
    assert _sent(workspace) == 2
    bucket.put("whole/a.txt", "changed behind our back")

    assert _sent(workspace) == 0  # nobody looked into the bucket
    workspace.write({"c.txt": "c"})
    assert _sent(workspace) == 1
    assert bucket.download("whole/c.txt") == b"c"

    workspace.configure(workspace.whole_folder(reconcile_every_days=0))
    assert _sent(workspace) == 1
    assert bucket.download("whole/a.txt") == b"a"


@pytest.mark.parametrize("name", ["one-large.bin", "many"])
def test_the_bandwidth_limit_holds_the_average_rate(workspace: Workspace, bucket: Bucket, name: str) -> None:
    size = 12 << 20
    if name == "many":
        workspace.write({f"{number}.bin": b"m" * (size // 48) for number in range(48)})
    else:
        workspace.write({name: b"l" * size})
    workspace.configure(workspace.whole_folder(bandwidth_limit="4 MiB/s"))

    began = time.monotonic()
    workspace.sync().must(0)

    assert sum(bucket.objects().values()) == size
    assert time.monotonic() - began >= 2.5  # 12 MiB at 4 MiB/s; never faster, however slow the machine
