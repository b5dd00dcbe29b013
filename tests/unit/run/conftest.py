"""A scene with an empty source folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.run.builders import JobScene


@pytest.fixture
def scene(tmp_path: Path) -> JobScene:
    root = tmp_path / "base" / "2025-01-14"
    root.mkdir(parents=True)
    return JobScene(root)
