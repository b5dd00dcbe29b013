"""Links where state, lock and ledger should be: the user's own are followed, a stranger's are not."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mochok.errors import StateError
from mochok.state.links import real_path
from mochok.state.lock import RunLock

pytestmark = pytest.mark.skipif(os.name == "nt", reason="owners of links are a matter of POSIX")
NOBODY_HERE = (4_000_000,)


def test_ones_own_link_leads_to_the_file(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "state.json").symlink_to(tmp_path / "disk" / "state.json")
    assert real_path(tmp_path / "state.json") == (tmp_path / "disk" / "state.json").resolve()


def test_a_strangers_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "state.json").symlink_to(tmp_path / "precious.txt")
    with pytest.raises(StateError, match="made by another user"):
        real_path(tmp_path / "state.json", NOBODY_HERE)


def test_a_strangers_file_is_no_link(tmp_path: Path) -> None:
    (tmp_path / "state.json").write_text("{}")
    assert real_path(tmp_path / "state.json", NOBODY_HERE).name == "state.json"


def test_a_pipe_in_the_place_of_the_holders_note_holds_up_nobody(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "state.json.lock.json")
    with RunLock(tmp_path / "state.json", started=datetime.now(UTC)) as lock:
        assert lock.holder() is not None, "the note has taken the pipe's place"


@pytest.fixture
def precious(tmp_path: Path) -> Path:
    path = tmp_path / "precious.txt"
    path.write_text("precious")
    return path


@pytest.mark.parametrize("name", ["state.json.lock.json", "state.json.lock.json.tmp"])
def test_a_link_in_the_place_of_a_note_is_replaced(tmp_path: Path, precious: Path, name: str) -> None:
    (tmp_path / name).symlink_to(precious)
    with RunLock(tmp_path / "state.json", started=datetime.now(UTC)) as lock:
        assert lock.holder() is not None
    assert precious.read_text() == "precious"


def test_a_link_in_the_place_of_the_lock_is_refused(tmp_path: Path, precious: Path) -> None:
    (tmp_path / "state.json.lock").symlink_to(precious)
    with pytest.raises(StateError, match=r"state\.json\.lock cannot be used"):
        RunLock(tmp_path / "state.json", started=datetime.now(UTC)).acquire()
    assert precious.read_text() == "precious"
