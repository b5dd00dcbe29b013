"""The fixtures of tests/faults and tests/e2e for the soak lane."""

from tests.e2e.conftest import workspace
from tests.faults.conftest import proxy, scene

__all__ = ["proxy", "scene", "workspace"]
