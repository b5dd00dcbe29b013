"""The fixtures of tests/faults for the soak lane."""

from tests.faults.conftest import proxy, scene

__all__ = ["proxy", "scene"]
