"""Disks that are mounted, rightly and wrongly, without mounting anything: folders that change places."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from mochok.run.disks import Disks

NONE, RIGHT, WRONG = "none", "right", "wrong"


@dataclass
class Mount:
    """A mount point. ``below``: the mount point that holds it. ``devices``: the number of each disk."""

    path: Path
    storage: Path
    below: Mount | None = None
    state: str = RIGHT
    devices: dict[str, int] = field(default_factory=dict)

    def create(self, number: int) -> None:
        """All folders; the right disk is mounted."""
        self.devices = {RIGHT: number, WRONG: number + 1}
        self.path.mkdir(parents=True)
        for name in (NONE, WRONG):
            (self.storage / name).mkdir(parents=True)

    @property
    def is_there(self) -> bool:
        """Whether its mount point can be reached."""
        return self.below is None or (self.below.state == RIGHT and self.below.is_there)

    @property
    def is_right(self) -> bool:
        return self.is_there and self.state == RIGHT

    def change(self, state: str) -> None:
        """Mount another disk, or none."""
        if state != self.state and self.is_there:
            self.path.rename(self.storage / self.state)
            (self.storage / state).rename(self.path)
            self.state = state

    def right_disk(self) -> Path:
        """Where the files of the right disk are, mounted or not."""
        if self.state != RIGHT:
            return self.storage / RIGHT
        if self.below is None:
            return self.path
        return self.below.right_disk() / self.path.relative_to(self.below.path)


def disks(mounts: list[Mount]) -> Disks:
    """What a run learns of the mount points."""

    def mounted() -> dict[str, int]:
        return {
            str(mount.path): mount.devices[mount.state]
            for mount in mounts
            if mount.is_there and mount.state != NONE
        }

    def device_of(path: str) -> int | None:
        if not Path(path).exists():
            return None
        numbers = mounted()
        folder = Path(path)
        return next((numbers[str(each)] for each in (folder, *folder.parents) if str(each) in numbers), 1)

    return Disks(device_of, lambda: list(mounted()))
