"""What happens when the process has too many files open: it waits, and nothing counts as unreadable."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mochok import open_files
from mochok.errors import PrerequisiteError
from mochok.model import LeftOut
from mochok.open_files import TooManyOpenFilesError, patiently
from mochok.scan import ScanSettings, scan
from mochok.source_files import ANYWHERE
from mochok.state.atomic import write_atomically


def exhausted_at_first(function: Callable[..., Any], times: int, number: int = errno.EMFILE) -> Any:
    """``function``, which fails the first ``times`` as if too many files were open."""
    left = [times]

    def called(*arguments: Any, **named: Any) -> Any:
        if left[0] > 0:
            left[0] -= 1
            raise OSError(number, os.strerror(number))
        return function(*arguments, **named)

    return called


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENFILE])
def test_it_is_tried_again_until_it_can_be_opened(number: int) -> None:
    assert patiently(exhausted_at_first(lambda: "opened", 3, number)) == "opened"


def test_it_is_given_up_after_a_time() -> None:
    with pytest.raises(OSError, match=os.strerror(errno.EMFILE)):
        patiently(exhausted_at_first(lambda: "opened", 100), patience_seconds=0.1)


def test_every_other_error_is_raised_at_once() -> None:
    with pytest.raises(FileNotFoundError):
        patiently(exhausted_at_first(lambda: "opened", 1, errno.ENOENT))


def test_the_engine_waits_until_it_can_open_what_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "open", exhausted_at_first(os.open, 1))
    with pytest.raises(OSError, match=os.strerror(errno.EMFILE)):
        open_files.check_room_for_engine()
    open_files.check_room_for_engine()


def test_a_folder_that_cannot_be_opened_at_the_moment_is_not_skipped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "a.txt").write_text("a")
    monkeypatch.setattr(os, "scandir", exhausted_at_first(os.scandir, 2))
    left_out: list[LeftOut] = []
    assert [file.key for file in scan(str(tmp_path), ScanSettings(), left_out.append)] == ["folder/a.txt"]
    assert left_out == []


def test_a_file_that_cannot_be_opened_at_the_moment_is_not_unreadable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.txt").write_text("a")
    monkeypatch.setattr(os, "open", exhausted_at_first(os.open, 1))
    with pytest.raises(TooManyOpenFilesError, match="too many files open"):
        ANYWHERE.open(str(tmp_path / "a.txt"))
    with ANYWHERE.open(str(tmp_path / "a.txt")) as opened:
        assert b"".join(opened.blocks()) == b"a"


def test_the_state_is_written_nevertheless(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "open", exhausted_at_first(os.open, 2))
    write_atomically(tmp_path / "state.json", b"{}")
    assert (tmp_path / "state.json").read_bytes() == b"{}"


@pytest.mark.skipif(sys.platform == "win32", reason="a limit of POSIX")
class TestTheLimit:
    @pytest.fixture
    def limits(self, monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
        import resource

        limits = [(256, 1_000_000)]
        monkeypatch.setattr(resource, "getrlimit", lambda _which: limits[-1])
        monkeypatch.setattr(resource, "setrlimit", lambda _which, chosen: limits.append(chosen))
        return limits

    def test_is_raised_as_far_as_useful(self, limits: list[tuple[int, int]]) -> None:
        open_files.raise_limit()
        assert limits[-1] == (8192, 1_000_000)
        assert open_files.for_transfers() > 8000

    def test_is_raised_as_far_as_allowed(self, limits: list[tuple[int, int]]) -> None:
        limits.append((256, 512))
        open_files.raise_limit()
        assert limits[-1] == (512, 512)

    def test_is_never_lowered(self, limits: list[tuple[int, int]]) -> None:
        limits.append((100_000, 1_000_000))
        open_files.raise_limit()
        assert limits[-1] == (100_000, 1_000_000)

    def test_is_reported_if_it_is_too_low(self, limits: list[tuple[int, int]]) -> None:
        limits.append((20, 20))
        with pytest.raises(PrerequisiteError, match="may have 20 files open, which is too few"):
            open_files.raise_limit()
        assert open_files.for_transfers() == 8

    def test_is_divided_among_users_that_come_one_by_one(self, limits: list[tuple[int, int]]) -> None:
        limits.append((open_files.MINIMUM + 40, open_files.MINIMUM + 40))
        shares = open_files.Shares()
        assert [shares.share() for _ in range(4)] == [20, 10, 6, 6]
        limits.append((8192, 8192))
        assert open_files.Shares().share() == 1000

    def test_may_be_missing(self, limits: list[tuple[int, int]]) -> None:
        import resource

        limits.append((resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        open_files.raise_limit()
        assert len(limits) == 2
        assert open_files.for_transfers() > 1000
