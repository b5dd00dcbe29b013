"""Is it still the same folder? Over real folders."""

from __future__ import annotations

from pathlib import Path

import pytest

from mochok.errors import SourceError
from mochok.run.source_watch import SourceWatch


def test_a_folder_that_stays_is_fine_even_if_files_were_left_out(tmp_path: Path) -> None:
    watch = SourceWatch(str(tmp_path))
    (tmp_path / "new").write_text("n")
    watch.check(left_out=3)


def test_a_folder_that_is_gone_is_told(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    watch = SourceWatch(str(source))
    source.rename(tmp_path / "elsewhere")
    with pytest.raises(SourceError, match="unmounted or replaced"):
        watch.check(left_out=0)


def test_another_folder_in_its_place_is_told_only_if_files_were_missed(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    watch = SourceWatch(str(source))
    source.rename(tmp_path / "elsewhere")
    source.mkdir()
    watch.check(left_out=0)
    with pytest.raises(SourceError, match="nothing was deleted"):
        watch.check(left_out=1)


def test_another_device_in_its_place_is_told(tmp_path: Path) -> None:
    device = Path("/dev/shm")
    if not device.is_dir() or device.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("no second file system here")
    link = tmp_path / "source"
    link.symlink_to(tmp_path)
    watch = SourceWatch(str(link))
    link.unlink()
    link.symlink_to(device)
    with pytest.raises(SourceError):
        watch.check(left_out=0)
