"""The policy of docs/howto/first-bucket.md is enough, and each action in it is needed.

moto answers here, because it asks IAM policies. It does not look at their conditions, so the prefix that
every listing names is read from its log.
"""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from mochok.demo.server import free_ports
from tests.e2e.harness import Bucket, Result, Workspace
from tests.support.pages import DOCS, blocks

NAME = "example-invoices"  # the bucket of the page
PREFIX = "invoices/"
REQUESTS_OF_THE_ADMINISTRATOR = 4
READY_SECONDS = 60.0


def policy(*, without: str = "", with_delete: bool = False) -> dict[str, Any]:
    """The page's policy. Raises StopIteration if it has none."""
    page = blocks(DOCS / "howto" / "first-bucket.md")
    content: dict[str, Any] = json.loads(
        next(block.text for block in page if block.title == "mochok-policy.json")
    )
    for statement in content["Statement"]:
        actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
        if with_delete and "s3:PutObject" in actions:
            actions = [*actions, "s3:DeleteObject"]
        statement["Action"] = [action for action in actions if action != without] or ["s3:GetBucketLogging"]
    return content


class Account:
    """A stand-in for AWS that refuses what the user's policy does not allow."""

    def __init__(self, folder: Path, policy: dict[str, Any]) -> None:
        (port,) = free_ports(1)
        self.endpoint_url = f"http://127.0.0.1:{port}"
        self.log_path = folder / "moto.log"
        self._process = self._start(port)
        _wait_for(port)
        self.access_key, self.secret_key = self._prepare(policy)

    def _start(self, port: int) -> subprocess.Popen[bytes]:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        environment["INITIAL_NO_AUTH_ACTION_COUNT"] = str(REQUESTS_OF_THE_ADMINISTRATOR)
        with self.log_path.open("wb") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
                env=environment,
                stdout=log,
                stderr=log,
            )

    def _prepare(self, policy: dict[str, Any]) -> tuple[str, str]:
        """Exactly as many requests as are not asked for their rights."""
        session = boto3.Session("admin", "admin", region_name="us-east-1")
        s3: Any = session.client("s3", endpoint_url=self.endpoint_url)
        iam: Any = session.client("iam", endpoint_url=self.endpoint_url)
        s3.create_bucket(Bucket=NAME)
        iam.create_user(UserName="mochok")
        iam.put_user_policy(UserName="mochok", PolicyName="mochok", PolicyDocument=json.dumps(policy))
        made = iam.create_access_key(UserName="mochok")["AccessKey"]
        s3.close()
        iam.close()
        return made["AccessKeyId"], made["SecretAccessKey"]

    def listed_prefixes(self) -> set[str]:
        """The prefix of every listing; "" if it named none."""
        found = re.findall(r'"GET /\S+\?(\S*list-type=2\S*) HTTP', self.log_path.read_text("utf-8"))
        return {(re.findall(r"(?:^|&)prefix=([^&]*)", query) or [""])[0] for query in found}

    def close(self) -> None:
        self._process.terminate()
        self._process.wait()


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            assert time.monotonic() < deadline, "the stand-in for AWS does not answer"
            time.sleep(0.05)
        else:
            return


@pytest.fixture
def user(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[tuple[Workspace, Account]]:
    """A workspace whose keys have the page's policy, changed as the test asks for it."""
    account = Account(tmp_path, policy(**getattr(request, "param", {})))
    bucket = Bucket(account, NAME)
    workspace = Workspace(tmp_path / "user", account, bucket)
    workspace.write({"small.txt": "small", "large.bin": b"\0" * (9 << 20)}, "data/2025-01-15")
    destination = {"s3_path_structure": PREFIX + "{year}/{month}/{day}"}
    workspace.configure(workspace.configuration(destination=destination))
    yield workspace, account
    bucket.close()
    account.close()


def test_the_policy_is_enough_for_a_sync_and_every_listing_names_the_prefix(
    user: tuple[Workspace, Account],
) -> None:
    workspace, account = user

    workspace.sync().must(0)
    workspace.sync("--dry-run").must(0)
    told = workspace.run("install").must(0)

    assert "may be listed" in told.flat
    prefixes = account.listed_prefixes()
    assert prefixes
    assert [prefix for prefix in prefixes if not prefix.startswith(PREFIX)] == []


@pytest.mark.parametrize("user", [{"with_delete": True}], indirect=True)
def test_a_probe_needs_the_right_to_delete_and_no_right_to_read(user: tuple[Workspace, Account]) -> None:
    workspace, _account = user

    told = workspace.run("install", "--probe").must(0)

    assert "an object was written below s3://example-invoices/invoices and deleted again" in told.flat


@pytest.mark.parametrize(
    ("user", "exit_code"),
    [({"without": "s3:ListBucket"}, 3), ({"without": "s3:PutObject"}, 1)],
    indirect=["user"],
)
def test_without_one_of_its_actions_the_run_fails_and_names_it(
    user: tuple[Workspace, Account], exit_code: int, request: pytest.FixtureRequest
) -> None:
    result: Result = user[0].sync().must(exit_code)

    assert request.node.callspec.params["user"]["without"] in user[0].log() + result.output
