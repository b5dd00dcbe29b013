"""``sync_options`` mean what they mean to ``aws s3 sync``."""

from __future__ import annotations

import pytest

from tests.e2e.harness import DAY, Bucket, Workspace


@pytest.fixture
def synced(workspace: Workspace, bucket: Bucket) -> Workspace:
    """A workspace whose folder ``data`` stands in the bucket below ``whole/``."""
    workspace.write({"keep.txt": "keep", "gone.txt": "gone", "sub/gone.log": "gone"})
    workspace.configure(workspace.whole_folder())
    workspace.sync().must(0)
    assert bucket.keys() == {"whole/keep.txt", "whole/gone.txt", "whole/sub/gone.log"}
    return workspace


def _remove(workspace: Workspace, *names: str) -> None:
    for name in names:
        (workspace.folder / "data" / name).unlink()


def test_without_delete_an_object_outlives_its_file(synced: Workspace, bucket: Bucket) -> None:
    _remove(synced, "gone.txt")

    synced.sync().must(0)

    assert bucket.keys() == {"whole/keep.txt", "whole/gone.txt", "whole/sub/gone.log"}


def test_delete_removes_objects_without_a_file(synced: Workspace, bucket: Bucket) -> None:
    _remove(synced, "gone.txt")
    bucket.put("whole-other/neighbour.txt", "n")
    bucket.put("elsewhere.txt", "e")
    synced.configure(synced.whole_folder(sync_options=["--delete"]))

    synced.sync().must(0)

    left = {"whole/keep.txt", "whole/sub/gone.log", "whole-other/neighbour.txt", "elsewhere.txt"}
    assert bucket.keys() == left
    assert synced.result_of("Whole")["filesDeleted"] == 1


def test_delete_spares_excluded_objects(synced: Workspace, bucket: Bucket) -> None:
    _remove(synced, "gone.txt", "sub/gone.log")
    guard = {"max_percent": 100, "max_objects": 1000}
    options = ["--delete", "--exclude=*.log"]
    synced.configure(synced.whole_folder(sync_options=options, delete_guard=guard))

    synced.sync().must(0)

    assert bucket.keys() == {"whole/keep.txt", "whole/sub/gone.log"}


def test_the_delete_guard_stops_a_mass_deletion(synced: Workspace, bucket: Bucket) -> None:
    _remove(synced, "gone.txt", "sub/gone.log")
    guard = {"max_percent": 50, "max_objects": 1000}
    synced.configure(synced.whole_folder(sync_options=["--delete"], delete_guard=guard))

    result = synced.sync().must(1)

    assert len(bucket.keys()) == 3
    assert synced.result_of("Whole")["lastStatus"] == "Failure"
    assert (
        "2 of 3 objects (67 %) would be deleted, more than max_percent: 50; nothing was deleted"
        in result.flat
    )
    assert f'mochok sync --target-date {DAY} --only "Whole" --allow-deletes 2' in result.flat

    assert "'many'" in synced.sync("--allow-deletes", "many").must(2).stderr
    assert "is too large" in synced.sync("--allow-deletes", "9" * 23).must(2).stderr
    assert "more than --allow-deletes 1" in synced.sync("--allow-deletes", "1").must(1).flat
    synced.sync("--only", "Whole", "--allow-deletes", "2").must(0)
    assert bucket.keys() == {"whole/keep.txt"}


def test_an_empty_source_never_empties_the_bucket(synced: Workspace, bucket: Bucket) -> None:
    _remove(synced, "keep.txt", "gone.txt", "sub/gone.log")
    guard = {"max_percent": 100, "max_objects": 1000}
    synced.configure(synced.whole_folder(sync_options=["--delete"], delete_guard=guard))

    synced.sync("--allow-deletes", "all").must(1)

    assert len(bucket.keys()) == 3


def test_filters_are_read_in_order_and_the_last_match_wins(workspace: Workspace, bucket: Bucket) -> None:
    workspace.write({"a.pdf": "1", "b.txt": "2", "sub/c.pdf": "3", "sub/d.txt": "4", "sub/secret.pdf": "5"})
    options = ["--exclude=*", "--include", "*.pdf", "--exclude *secret*"]
    workspace.configure(workspace.whole_folder(sync_options=options))

    workspace.sync().must(0)

    assert bucket.keys() == {"whole/a.pdf", "whole/sub/c.pdf"}


def test_size_only_ignores_a_change_that_keeps_the_size(synced: Workspace, bucket: Bucket) -> None:
    synced.write({"keep.txt": "KEEP", "gone.txt": "longer now"})
    synced.configure(synced.whole_folder(sync_options=["--size-only"]))

    synced.sync().must(0)

    assert bucket.download("whole/keep.txt") == b"keep"
    assert bucket.download("whole/gone.txt") == b"longer now"
    assert synced.result_of("Whole")["filesTransferred"] == 1


def test_the_storage_class_reaches_the_server(workspace: Workspace, bucket: Bucket) -> None:
    workspace.write({"a.txt": "a"})
    workspace.configure(workspace.whole_folder(sync_options=["--storage-class=STANDARD_IA"]))

    workspace.sync().must(0)

    assert bucket.head("whole/a.txt")["StorageClass"] == "STANDARD_IA"


@pytest.mark.parametrize("spelling", ["--dry-run", "--dryrun"])
def test_a_dry_run_changes_nothing(synced: Workspace, bucket: Bucket, spelling: str) -> None:
    _remove(synced, "gone.txt")
    synced.write({"new.txt": "n"})
    before = bucket.objects()
    state = synced.state_path.read_text("utf-8")
    synced.configure(synced.whole_folder(sync_options=["--delete"]))

    result = synced.sync(spelling).must(0)

    assert bucket.objects() == before
    assert "would upload new.txt" in result.flat
    assert "would delete gone.txt" in result.flat
    assert synced.state_path.read_text("utf-8") == state


def test_dryrun_in_the_configuration_changes_nothing(workspace: Workspace, bucket: Bucket) -> None:
    workspace.write({"a.txt": "a"})
    workspace.configure(workspace.whole_folder(sync_options=["--dryrun"]))

    result = workspace.sync().must(0)

    assert bucket.keys() == set()
    assert "would upload a.txt" in result.flat


def test_an_unknown_option_is_a_configuration_error(workspace: Workspace, bucket: Bucket) -> None:
    workspace.write({"a.txt": "a"})
    workspace.configure(workspace.whole_folder(sync_options=["--delette"]))

    result = workspace.sync().must(2)

    assert "unknown option --delette (did you mean --delete?)" in result.stderr
    assert not bucket.exists()
