"""A folder in which somebody works all the time: files come, change, go, get other names and other times."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path

LARGE_BYTES = 9 * 1024 * 1024
"""Two parts."""
NAMES = ("a", "b c", "ñandú", "日本", "x#y", "p%20q", "+", "-rf", "test", "test.txt", "test-1", "Z", "😀")


class ChangingTree:
    """Files below ``root``; every change is drawn from ``dice``."""

    def __init__(self, root: Path, dice: random.Random) -> None:
        self.root = root
        self._dice = dice
        self._counter = 0
        root.mkdir(parents=True)
        for _ in range(40):
            self.add()

    def files(self) -> dict[str, Path]:
        """Key -> path of every file."""
        return {
            path.relative_to(self.root).as_posix(): path for path in self.root.rglob("*") if path.is_file()
        }

    def change(self) -> None:
        """A few changes of any kind; some files always stay."""
        ways: list[Callable[[], None]] = [
            self.add, self.add, self.rewrite, self.append, self.edit_in_place, self.delete, self.rename,
            self.touch, self.back_in_time, self.remove_folder,
        ]  # fmt: skip
        for _ in range(self._dice.randint(1, 25)):
            self._dice.choice(ways)()

    def add(self) -> None:
        depth, self._counter = self._dice.randint(0, 3), self._counter + 1
        folder = self.root.joinpath(*(f"{self._dice.choice(NAMES)}.d" for _ in range(depth)))
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{self._dice.choice(NAMES)}{self._counter % 60}").write_bytes(self._content())

    def rewrite(self) -> None:
        self._any().write_bytes(self._content())

    def append(self) -> None:
        with open(self._any(), "ab") as file:
            file.write(self._content()[:5000])

    def edit_in_place(self) -> None:
        """Other bytes, the same size; the time is a new one."""
        path = self._any()
        with open(path, "r+b") as file:
            file.write(self._dice.randbytes(min(100, path.stat().st_size)))

    def delete(self) -> None:
        if len(self.files()) > 20:
            self._any().unlink()

    def rename(self) -> None:
        path = self._any()
        self._counter += 1
        path.rename(path.with_name(f"renamed {self._counter % 60}"))

    def touch(self) -> None:
        os.utime(self._any())

    def back_in_time(self) -> None:
        """What a restore does: older, perhaps of the same size, but other content."""
        path = self._any()
        path.write_bytes(self._dice.randbytes(path.stat().st_size))
        moment = self._dice.randrange(10**9, 17 * 10**8) * 10**9 + self._dice.randrange(10**9)
        os.utime(path, ns=(moment, moment))

    def remove_folder(self) -> None:
        """A whole folder goes, while enough files stay.

        That a file takes a folder's name is left out: the test's server, unlike S3, cannot hold ``a`` and
        ``a/b`` at the same time, and deleting comes last.
        """
        folders = sorted(path for path in self.root.iterdir() if path.is_dir())
        if folders and len(self.files()) > 30:
            shutil.rmtree(self._dice.choice(folders))
        while len(self.files()) < 10:
            self.add()

    def _any(self) -> Path:
        return self._dice.choice(sorted(self.files().values()))

    def _content(self) -> bytes:
        size = self._dice.choice((0, 1, 300, 5000, 70_000, self._dice.randrange(200_000)))
        if self._dice.random() < 0.02:
            size = LARGE_BYTES
        return self._dice.randbytes(size)
