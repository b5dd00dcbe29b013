"""The ledgers that keep one contract: the SQLite file and the one in memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mochok.state.contract import OpenLedger
from mochok.state.ledger import open_ledger
from mochok.state.memory import MemoryLedger


@pytest.fixture(params=["memory", "sqlite"])
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[OpenLedger]:
    warnings: list[str] = []
    opened: OpenLedger = (
        MemoryLedger() if request.param == "memory" else open_ledger(tmp_path / "m.db", warn=warnings.append)
    )
    yield opened
    opened.close()
    assert warnings == []
