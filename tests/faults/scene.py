"""What the tests of faults have in common: a user's folder whose server is the fault proxy."""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

from mochok.demo.server import S3Server
from tests.e2e.harness import DAY, Bucket, Result, Workspace, installed_command
from tests.support.fault_proxy import FaultProxy

IMPATIENT = ("--cli-read-timeout=2", "--cli-connect-timeout=2")
"""For a server that falls silent; only there, because a busy machine may also take two seconds."""
LARGE_BYTES = 17 * 1024 * 1024
"""Three parts."""
WITHOUT_ROOT_POWERS = (
    "setpriv",
    "--bounding-set=-dac_override,-dac_read_search",
    "--inh-caps=-dac_override,-dac_read_search",
)
"""Permissions count for root too, as for any user."""


class FaultScene(Workspace):
    """One configuration ``Whole``: the folder ``data`` to the prefix ``whole``, through the fault proxy."""

    def __init__(self, root: Path, server: S3Server, bucket: Bucket, proxy: FaultProxy) -> None:
        super().__init__(root, server, bucket)
        self.proxy = proxy

    def set_up(self, *options: str, name: str = "Whole", **changes: Any) -> None:
        """Write the configuration with these ``sync_options``."""
        self.configure(self.one(*options, name=name, **changes))

    def one(self, *options: str, name: str = "Whole", **changes: Any) -> dict[str, Any]:
        """The configuration as a value, for tests with several.

        A request gets five attempts and no more: most faults here last, and ten minutes would be long.
        """
        changes = {"retry_minutes": 0} | changes
        destination = {"endpoint_url": self.proxy.endpoint_url} | changes.pop("destination", {})
        return self.whole_folder(name, destination=destination, sync_options=list(options), **changes)

    def run_as_any_user(self, *arguments: str) -> Result:
        """Like :meth:`run`, but permissions count: as root, without root's power to read everything."""
        prefix = WITHOUT_ROOT_POWERS if os.geteuid() == 0 else ()
        return self.run(*arguments, program=[*prefix, installed_command()])

    def next_run_uploads(self, *names: str) -> None:
        """The server behaves again, and another run uploads until ``names`` are in the bucket. It is not
        awaited: after an interrupted run it would re-check the bucket twelve seconds later.
        """
        self.proxy.behave()
        with self.started("sync", "--target-date", DAY) as process:
            wait_for("the rest", lambda: self.names() == set(names) or process.poll() is not None)
            assert self.names() == set(names), (self.root / "output").read_text()

    # What is left behind

    def ledger(self) -> set[str]:
        """The keys that the file ledger knows as sent (a size below 0 marks an upload that did not end)."""
        path = self.folder / "mochok.db"
        if not path.exists():
            return set()
        with closing(sqlite3.connect(path)) as connection:
            return {row[0] for row in connection.execute("SELECT key FROM files WHERE size_bytes >= 0")}

    def names(self) -> set[str]:
        """What is in the bucket below the prefix, relative to it; asked past the proxy."""
        return {key.removeprefix("whole/") for key in self.bucket.objects()}

    def open_uploads(self) -> list[str]:
        """Keys of multipart uploads that were begun and not ended."""
        answer = self.bucket.client.list_multipart_uploads(Bucket=self.bucket.name)
        return [one["Key"] for one in answer.get("Uploads") or ()]

    def errors(self) -> list[str]:
        """The log's lines of level ERROR."""
        return [line for line in self.log().splitlines() if "] [ERROR] " in line]

    def status(self, name: str = "Whole") -> tuple[str, int, int]:
        """(lastStatus, filesTransferred, filesFailed) in ``state.json``."""
        found = self.result_of(name)
        return found["lastStatus"], found["filesTransferred"], found["filesFailed"]


def wait_for(what: str, happened: Any, seconds: float = 60) -> None:
    """Poll until ``happened()``; ``what`` is for the failure."""
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, f"never happened: {what}"
        time.sleep(0.01)
