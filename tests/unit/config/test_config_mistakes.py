"""Every file in ``bad/`` is a configuration with a mistake; ``NAME.expected`` holds the messages.

To add one: write ``bad/NAME.yaml`` and ``bad/NAME.expected``.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from mochok.config.load import load
from mochok.errors import EXIT_USAGE, ConfigurationError

BAD = Path(__file__).parent / "bad"
NAMES = sorted(path.stem for path in BAD.glob("*.yaml"))
ENVIRONMENT = {"DATA_FOLDER": "/data", "SECRET_VALUE": "s3cr3t Value"}


@pytest.mark.parametrize("name", NAMES)
def test_a_mistake_is_explained_with_its_location(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(BAD)
    with pytest.raises(ConfigurationError) as caught:
        load(Path(f"{name}.yaml"), ENVIRONMENT)
    expected = (BAD / f"{name}.expected").read_text(encoding="utf-8")
    assert "\n".join(str(each) for each in caught.value.diagnostics) + "\n" == expected
    assert caught.value.exit_code == EXIT_USAGE


def test_there_are_at_least_sixty_mistakes_and_no_forgotten_expectation() -> None:
    assert len(NAMES) >= 60
    assert sorted(path.stem for path in BAD.glob("*.expected")) == NAMES


def test_no_message_shows_a_secret() -> None:
    messages = "".join(path.read_text(encoding="utf-8") for path in BAD.glob("*.expected"))
    assert "not-shown" not in messages
    assert "s3cr3t" not in messages
