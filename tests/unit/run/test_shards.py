"""One shard carried out by itself: what it uploads and what it leaves; task and outcome survive pickle."""

from __future__ import annotations

import inspect
import os
import pickle
from pathlib import Path
from typing import Any

import pytest

from mochok.errors import ConfigurationError, Diagnostic, MochokError, OptionError, WrongRegionError
from mochok.model import KeyRange, LedgerEntry, LeftOut, Reason, SourceFile, Upload
from mochok.plan.compare import Compare
from mochok.plan.filters import FilterRule
from mochok.plan.planner import Rules, Shard, ShardPlan
from mochok.run.shards import ShardOutcome, ShardTask, run_shard
from mochok.scan import Symlinks
from mochok.storage.contract import Sent, Unsent
from mochok.storage.settings import Access, Location, ObjectSettings, OpenSettings
from tests.support.memory_store import MemoryStore
from tests.unit.run.builders import LONG_AGO_NS

OPENING = OpenSettings(
    Access(profile="backup", read_timeout_seconds=7),
    Location("b", "p", "http://127.0.0.1:9", expected_bucket_owner="111122223333"),
    ObjectSettings(headers=(("x-amz-acl", "private"),)),
    lists=True,
)


class Shards:
    """A source folder, and tasks for its files."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.store = MemoryStore()

    def write(self, key: str, content: str = "content") -> SourceFile:
        path = self.root / key
        path.write_text(content)
        os.utime(path, ns=(LONG_AGO_NS, LONG_AGO_NS))
        status = path.stat()
        return SourceFile(key, str(path), status.st_size, status.st_mtime_ns)

    def run(
        self,
        *files: SourceFile,
        keys: KeyRange = KeyRange(),  # noqa: B008 - immutable
        symlinks: Symlinks = "follow",
        rules: Rules = Rules(Compare.LEDGER, delete=True),  # noqa: B008 - immutable
        send_not_listed: bool = False,
        known: tuple[LedgerEntry, ...] = (),
    ) -> ShardOutcome:
        shard = Shard(keys, files)
        task = ShardTask(shard, known, rules, OPENING, str(self.root), symlinks, send_not_listed)
        return run_shard(pickle.loads(pickle.dumps(task)), self.store)


@pytest.fixture
def shards(tmp_path: Path) -> Shards:
    return Shards(tmp_path)


def sent(outcome: ShardOutcome) -> dict[str, Reason]:
    assert all(isinstance(each, Sent) for each in outcome.outcomes)
    return {each.upload.file.key: each.upload.reason for each in outcome.outcomes}


def test_a_shard_uploads_what_differs_and_plans_the_deletes(shards: Shards) -> None:
    same, changed = shards.write("a"), shards.write("b")
    shards.store.put("a", b"content")
    shards.store.put("b", b"longer than the file")
    shards.store.put("c", b"no file")
    shards.store.put("z", b"of another shard")

    outcome = shards.run(same, changed, keys=KeyRange("", "c"))

    assert sent(outcome) == {"b": Reason.SIZE_DIFFERS}
    assert shards.store.contents["b"] == b"content"
    assert [delete.key for delete in outcome.plan.deletes] == ["c"]
    assert set(shards.store.objects) == {"a", "b", "c", "z"}, "deletes come at the end of a job"
    assert (outcome.plan.files_up_to_date, outcome.plan.objects, outcome.plan.uploads) == (1, 3, [])
    assert [entry.key for entry in outcome.plan.seen] == ["a"]


@pytest.mark.parametrize("certain", [False, True])
def test_files_that_the_listing_does_not_show_wait_unless_its_order_is_certain(
    shards: Shards, *, certain: bool
) -> None:
    outcome = shards.run(shards.write("new"), send_not_listed=certain)

    assert sent(outcome) == ({"new": Reason.NEW} if certain else {})
    assert [upload.file.key for upload in outcome.plan.not_listed] == ([] if certain else ["new"])
    assert set(shards.store.objects) == ({"new"} if certain else set())


def test_a_file_that_has_become_a_link_out_of_the_source_is_skipped(shards: Shards, tmp_path: Path) -> None:
    file, other = shards.write("a"), shards.write("b")
    outside = tmp_path.parent / f"{tmp_path.name}-outside"
    outside.write_text("not yours")
    Path(file.path).unlink()
    Path(file.path).symlink_to(outside)

    outcome = shards.run(file, other, symlinks="inside", send_not_listed=True)

    assert sent(outcome) == {"b": Reason.NEW}
    problem = "it was replaced by a symbolic link out of the source folder"
    assert outcome.left_out == (LeftOut("a", problem),)


def test_equal_content_is_not_uploaded_where_content_decides(shards: Shards) -> None:
    same, other = shards.write("a", "same"), shards.write("b", "this")
    shards.store.put("a", b"same", modified_ns=0)
    shards.store.put("b", b"that", modified_ns=0)

    outcome = shards.run(same, other, rules=Rules(Compare.CHECKSUM))

    assert sent(outcome) == {"b": Reason.CONTENT_DIFFERS}
    assert (outcome.plan.files_up_to_date, outcome.plan.bytes_up_to_date) == (1, 4)
    assert outcome.plan.to_compare == []


def test_what_the_ledger_knows_travels_with_the_task(shards: Shards) -> None:
    file = shards.write("a")
    remote = shards.store.put("a", b"content")
    known = LedgerEntry("a", file.size_bytes, file.mtime_ns - 1, remote.etag)

    assert sent(shards.run(file, known=(known,))) == {"a": Reason.CHANGED}


# Pickle

VALUES: dict[str, Any] = {
    "message": "PutObject: refused",
    "hint": "ask",
    "code": "AccessDenied",
    "region": "eu-west-1",
    "index": 3,
    "diagnostics": [Diagnostic("sync-config.yaml", 7, 3, "global", "unknown key", "remove it")],
}


def errors_of_every_class() -> list[MochokError]:
    """One error of each class, with all that it can hold."""
    classes: list[Any] = [MochokError]
    for each in classes:
        classes += each.__subclasses__()  # which the loop comes to later
    return [each(**{name: VALUES[name] for name in inspect.signature(each).parameters}) for each in classes]


@pytest.mark.parametrize("error", errors_of_every_class(), ids=lambda error: type(error).__name__)
def test_an_outcome_brings_every_error_back_as_it_was(error: MochokError) -> None:
    upload = Upload(SourceFile("ñ", "/data/ñ", 1, 2), Reason.NEW)
    sent = Sent(upload, LedgerEntry("ñ", 1, 2, "e"), 2)
    left_out = (LeftOut("x", "a broken symbolic link", passed_over=True),)
    outcome = ShardOutcome(ShardPlan(), (sent, Unsent(upload, error)), left_out)

    found: ShardOutcome = pickle.loads(pickle.dumps(outcome))

    assert (found.plan, found.outcomes[0], found.left_out) == (ShardPlan(), sent, left_out)
    came_back = found.outcomes[1]
    assert isinstance(came_back, Unsent)
    assert (type(came_back.error), vars(came_back.error)) == (type(error), vars(error))
    assert (str(came_back.error), came_back.error.exit_code) == (str(error), error.exit_code)


def test_every_field_of_an_error_is_tested() -> None:
    found = {type(error): vars(error) for error in errors_of_every_class()}
    assert found[WrongRegionError] == {name: VALUES[name] for name in ("message", "hint", "code", "region")}
    assert found[OptionError] == {name: VALUES[name] for name in ("message", "hint", "index")}
    assert found[ConfigurationError]["diagnostics"] == VALUES["diagnostics"]
    assert len(found) > 25


def test_a_task_is_the_same_in_another_process() -> None:
    rules = Rules(Compare.LEDGER, (FilterRule(False, "*.tmp"),), ignore_case=True, doubtful_from_ns=7)
    shard = Shard(KeyRange("a", "m"), (SourceFile("b", "/data/b", 1, 2),))
    known = (LedgerEntry("b", 1, 2, "e"), LedgerEntry.begun("c"))
    task = ShardTask(shard, known, rules, OPENING, "/data", "inside", send_not_listed=True)

    assert pickle.loads(pickle.dumps(task)) == task
