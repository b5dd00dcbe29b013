"""What Mochok would send and delete is what the real ``aws s3 sync`` would, over hundreds of situations.

Both see the same tree and the same listing. Where Mochok decides otherwise, it does so on purpose, and the
difference has a test of its own in ``test_differences_from_aws.py``.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.e2e.harness import Workspace
from tests.oracle.cases import Case, generated, large
from tests.oracle.planning import Plan, ask_aws, aws_plan, mochok_plans
from tests.support.aws_cli import AwsCli
from tests.support.fake_s3 import FakeS3

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows does not allow most of these names")
CASES = [*(generated(seed) for seed in range(200)), *(large(seed, files=600) for seed in range(2))]


def test_uploads_and_deletes_are_those_of_aws(
    tmp_path: Path, server: FakeS3, aws: AwsCli, workspace: Workspace
) -> None:
    trees = [(case, case.build(tmp_path, server)) for case in CASES]
    for case, tree in trees:
        ask_aws(case, tree, server, aws)
    ours = mochok_plans(trees, workspace)
    theirs = {case.name: aws_plan(case, aws) for case in CASES}

    different = [_difference(case, ours[case.name], theirs[case.name]) for case in CASES]
    assert [text for text in different if text] == []
    _require_that_much_was_decided(theirs)


def _difference(case: Case, ours: Plan, theirs: Plan) -> str:
    """ "" if there is none, else everything needed to understand it."""
    if ours == theirs:
        return ""
    return (
        f"{case.name} {case.options}: uploads only by mochok {set(ours.uploads - theirs.uploads)}, "
        f"only by aws {set(theirs.uploads - ours.uploads)}; deletes only by mochok "
        f"{set(ours.deletes - theirs.deletes)}, only by aws {set(theirs.deletes - ours.deletes)}; {case}"
    )


def _require_that_much_was_decided(plans: dict[str, Plan]) -> None:
    """The cases are worth nothing if most of them plan nothing, or if an option never matters."""
    assert sum(bool(plan.uploads) for plan in plans.values()) > len(CASES) / 2
    assert sum(bool(plan.deletes) for plan in plans.values()) > len(CASES) / 5
    untouched = [case for case in CASES if not plans[case.name].uploads >= case.files.keys()]
    assert len(untouched) > len(CASES) / 2
