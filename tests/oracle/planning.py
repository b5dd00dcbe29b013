"""The plans of both programs for the same cases, in one form."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from tests.e2e.harness import Workspace
from tests.oracle.cases import Case
from tests.support.aws_cli import AwsCli
from tests.support.fake_s3 import FakeS3

_NO_GUARD = {"max_percent": 100, "max_objects": 1_000_000}


class Plan(NamedTuple):
    """What would go up and what would be deleted: keys below the prefix."""

    uploads: frozenset[str]
    deletes: frozenset[str]


def plan(uploads: Iterable[str] = (), deletes: Iterable[str] = ()) -> Plan:
    return Plan(frozenset(uploads), frozenset(deletes))


def ask_aws(case: Case, tree: Path, server: FakeS3, cli: AwsCli) -> None:
    """Let ``aws s3 sync --dryrun`` begin with a case."""
    destination = f"s3://{case.name}/{case.prefix}"
    endpoint = ["--endpoint-url", server.endpoint_url]
    cli.ask(["s3", "sync", str(tree), destination, "--dryrun", "--no-progress", *endpoint, *case.options])


def aws_plan(case: Case, cli: AwsCli) -> Plan:
    """What aws answers to the oldest command that it was asked."""
    exit_code, stdout, stderr = cli.answer()
    assert exit_code in (0, 2), f"{case}\n{stderr}"
    below = f"s3://{case.name}/{case.prefix}/"
    uploads: list[str] = []
    deletes: list[str] = []
    for line in stdout.splitlines():
        what, _, rest = line.removeprefix("(dryrun) ").partition(": ")
        place = f"s3://{rest.rpartition('s3://')[2]}"
        assert what in ("upload", "delete"), line
        assert place.startswith(below), line
        (uploads if what == "upload" else deletes).append(place.removeprefix(below))
    return plan(uploads, deletes)


def plan_of_aws(case: Case, tree: Path, server: FakeS3, cli: AwsCli) -> Plan:
    """One case, awaited."""
    ask_aws(case, tree, server, cli)
    return aws_plan(case, cli)


def mochok_plans(
    cases: Sequence[tuple[Case, Path]], workspace: Workspace, *, exit_code: int = 0, guarded: bool = False
) -> dict[str, Plan]:
    """What one ``mochok sync --dry-run`` says: each case is a configuration of its own.

    ``guarded`` leaves the delete guard as it is; aws has none.
    """
    changes: dict[str, Any] = {} if guarded else {"delete_guard": _NO_GUARD}
    workspace.configure(*(_configuration(case, tree, workspace) | changes for case, tree in cases))
    events = workspace.folder / "events.jsonl"
    workspace.sync("--dry-run", "--quiet", "--log-json", events.name).must(exit_code)
    found: dict[str, tuple[list[str], list[str]]] = {case.name: ([], []) for case, _tree in cases}
    for line in events.read_text("utf-8").splitlines():
        event = json.loads(line)
        if event["event"] == "file_sent":
            found[event["name"]][0].append(event["key"])
        elif event["event"] == "object_deleted":
            found[event["name"]][1].append(event["key"])
    for name, keys in found.items():
        for several in keys:
            assert len(set(several)) == len(several), f"{name}: planned twice"
    return {name: plan(uploads, deletes) for name, (uploads, deletes) in found.items()}


def _configuration(case: Case, tree: Path, workspace: Workspace) -> dict[str, Any]:
    """Decided by size and time: aws knows no ledger."""
    return workspace.whole_folder(
        case.name,
        prefix=case.prefix,
        destination={"bucket_name": case.name},
        local_base_path=str(tree),
        sync_options=case.options,
        compare="size-and-time",
    )
