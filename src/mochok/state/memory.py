"""The ledger without a file: where it cannot be used or does not exist yet, and for tests."""

from __future__ import annotations

import sqlite3
import weakref
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from mochok.model import Identity, SyncResult
from mochok.records.history import Acceptance
from mochok.state.migrations import migrate
from mochok.state.safety import Safety
from mochok.state.sqlite_ledger import Ledger


class MemoryLedger(Ledger):
    """A ledger that ends with the process, so nothing that it records is durable.

    ``remembers`` False: it is used in place of a file, of which nothing is known.
    """

    def __init__(
        self, warn: Callable[[str], None] = lambda _message: None, *, remembers: bool = True
    ) -> None:
        connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        migrate(connection)
        weakref.finalize(self, connection.close)  # nothing is lost by not closing it
        super().__init__(connection, Path("in memory"), warn=warn)
        self.safety = Safety(self, remembers=remembers)

    @property
    def complete(self) -> bool:
        return False

    def record_result(
        self, run_id: str, started: datetime, result: SyncResult, identity: Identity | None = None
    ) -> bool:
        super().record_result(run_id, started, result, identity)
        return False

    def accept(self, acceptance: Acceptance) -> bool:
        super().accept(acceptance)
        return False
