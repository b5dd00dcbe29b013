"""Where Mochok decides otherwise than ``aws s3 sync``, on purpose: one test for each difference.

Every test asks both programs, so a difference that disappears from aws is noticed too.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.e2e.harness import Bucket, Workspace
from tests.oracle.cases import SENT_SECONDS, Case
from tests.oracle.planning import Plan, mochok_plans, plan, plan_of_aws
from tests.support.aws_cli import AwsCli
from tests.support.fake_s3 import FakeS3

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows does not allow most of these names")
SENT_NS = SENT_SECONDS * 10**9
FILE, OBJECT = (1, SENT_NS), (1, SENT_SECONDS)

AskBoth = Callable[..., tuple[Plan, Plan]]
"""(case, exit_code=0, guarded=False, tree=None) -> what aws plans, what Mochok plans."""


@pytest.fixture
def both(tmp_path: Path, server: FakeS3, aws: AwsCli, workspace: Workspace) -> AskBoth:
    def ask(
        case: Case, *, exit_code: int = 0, guarded: bool = False, tree: Path | None = None
    ) -> tuple[Plan, Plan]:
        source = tree or case.build(tmp_path, server)
        theirs = plan_of_aws(case, source, server, aws)
        ours = mochok_plans([(case, source)], workspace, exit_code=exit_code, guarded=guarded)
        return theirs, ours[case.name]

    return ask


# Filters: patterns are matched with the path relative to the source, never with the source's own path


def test_a_bracket_in_the_source_folders_name_does_not_disable_the_filters(both: AskBoth) -> None:
    case = Case("bracket-source", {"a.txt": FILE, "b.tmp": FILE}, options=["--exclude", "*.tmp"])
    case.folder = "src[1]"
    theirs, ours = both(case)
    assert theirs == plan({"a.txt", "b.tmp"})
    assert ours == plan({"a.txt"})


def test_a_bracket_in_the_prefix_does_not_delete_what_is_excluded(both: AskBoth) -> None:
    case = Case("bracket-prefix", {"a.txt": FILE}, {"old.tmp": OBJECT, "a.txt": OBJECT}, prefix="to[1]")
    case.options = ["--delete", "--exclude", "*.tmp"]
    theirs, ours = both(case)
    assert theirs == plan(deletes={"old.tmp"})
    assert ours == plan()


def test_a_pattern_with_a_leading_slash_is_not_an_absolute_path(both: AskBoth) -> None:
    case = Case("leading-slash", {"a.txt": FILE}, options=["--exclude", "/*"])
    theirs, ours = both(case)
    assert theirs == plan()
    assert ours == plan({"a.txt"})


# Comparison


def test_size_only_wins_over_exact_timestamps(both: AskBoth) -> None:
    case = Case("size-only-wins", {"a": (1, SENT_NS + 10**9)}, {"a": OBJECT})
    case.options = ["--size-only", "--exact-timestamps"]
    theirs, ours = both(case)
    assert theirs == plan({"a"})
    assert ours == plan()


def test_times_are_compared_to_the_nanosecond(both: AskBoth) -> None:
    case = Case("nanosecond", {"a": (1, SENT_NS + 256)}, {"a": OBJECT})  # aws rounds to microseconds
    theirs, ours = both(case)
    assert theirs == plan()
    assert ours == plan({"a"})


# Names


def test_a_loop_of_symbolic_links_is_walked_once(both: AskBoth) -> None:
    case = Case("loop", {"folder/x": FILE}, links={"folder/up": ".."})
    theirs, ours = both(case, exit_code=5)
    assert len(theirs.uploads) > 10
    assert ours == plan({"folder/x"})


def test_a_symbolic_link_as_source_is_resolved_even_if_links_are_not_followed(
    both: AskBoth, tmp_path: Path, server: FakeS3
) -> None:
    case = Case("linked-source", {"a": FILE}, {"a": OBJECT, "b": OBJECT})
    case.options = ["--no-follow-symlinks", "--delete"]
    link = tmp_path / "link"
    link.symlink_to(case.build(tmp_path, server))
    theirs, ours = both(case, tree=link)
    assert theirs == plan(deletes={"a", "b"})
    assert ours == plan(deletes={"b"})


def test_a_name_that_is_not_utf8_is_left_out(both: AskBoth) -> None:
    case = Case("latin-1", {"a": FILE, "caf\udce9": FILE})
    theirs, ours = both(case, exit_code=5)
    assert theirs == plan({"a", "caf\udce9"})
    assert ours == plan({"a"})


def test_a_key_that_s3_would_refuse_for_its_length_is_left_out(both: AskBoth) -> None:
    folders = f"{'d' * 200}/" * 5
    longest, too_long = folders + "e" * 11, folders + "e" * 12
    case = Case("long-key", {longest: FILE, too_long: FILE})
    assert len(f"{case.prefix}/{longest}") == 1024
    theirs, ours = both(case, exit_code=5)
    assert theirs == plan({longest, too_long})
    assert ours == plan({longest})


# Deleting


def test_an_empty_source_deletes_nothing(both: AskBoth) -> None:
    case = Case("empty-source", {}, {"a": OBJECT}, options=["--delete"])
    theirs, ours = both(case, exit_code=1)
    assert theirs == plan(deletes={"a"})
    assert ours == plan()


def test_a_file_as_source_deletes_nothing(both: AskBoth, tmp_path: Path, server: FakeS3) -> None:
    case = Case("file-source", {"a": FILE}, {"a": OBJECT}, options=["--delete"])
    theirs, ours = both(case, tree=case.build(tmp_path, server) / "a", exit_code=1)
    assert theirs == plan(deletes={"a"})
    assert ours == plan()


def test_the_delete_guard_refuses_to_delete_most_of_a_prefix(both: AskBoth) -> None:
    case = Case("guarded", {"a": FILE}, {"a": OBJECT, "b": OBJECT, "c": OBJECT}, options=["--delete"])
    theirs, ours = both(case, exit_code=1, guarded=True)
    assert theirs == plan(deletes={"b", "c"})
    assert ours == theirs  # the dry run lists them, and fails


def test_nothing_is_deleted_when_something_of_the_source_could_not_be_read(both: AskBoth) -> None:
    case = Case("dangling", {"a": FILE}, {"b": OBJECT, "link": OBJECT}, links={"link": "nowhere"})
    case.options = ["--delete"]
    theirs, ours = both(case, exit_code=5)
    assert theirs == plan({"a"}, {"b", "link"})
    assert ours == plan({"a"})


# Servers


def test_a_server_that_lists_in_another_order_makes_no_difference(aws: AwsCli, tmp_path: Path) -> None:
    """aws joins blindly: what stands elsewhere than expected is sent again and, with --delete, deleted."""
    with FakeS3(order_key=str.lower, keep_contents=False) as server:
        names = ["A", "B", "a-b", "b-a", "c"]
        case = Case(
            "unordered", dict.fromkeys(names, FILE), dict.fromkeys(names, OBJECT), options=["--delete"]
        )
        tree = case.build(tmp_path, server)
        theirs = plan_of_aws(case, tree, server, aws)
        with closing(Bucket(server, case.name)) as bucket:
            ours = mochok_plans([(case, tree)], Workspace(tmp_path / "user", server, bucket))
    assert theirs.deletes
    assert theirs.uploads
    assert ours[case.name] == plan()
