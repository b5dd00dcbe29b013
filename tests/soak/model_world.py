"""The world of the model test: disks with files, people and programs that change them, configurations, a
bucket, and what a correct Mochok may do with them. Everything is drawn from the dice, so a seed repeats it.
"""

from __future__ import annotations

import json
import os
import random
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from mochok.config.load import load
from mochok.config.schema import Settings
from mochok.model import SourceFile
from tests.soak.killing import Fuse
from tests.soak.model_bucket import OUTSIDE, Bucket
from tests.soak.mounts import NONE, RIGHT, WRONG, Mount

FIRST_DAY = date(2025, 2, 24)
DAYS = tuple(FIRST_DAY + timedelta(days=number) for number in range(4))
SKEW_SECONDS = 900
TREE, DATED, INNER = "Tree", "Dated", "Inner"
NAMES = ("a", "b c", "ñandú", "x#y", "p%20q", "-rf", "test.d/x", "work/q", "work/deep/r", "s.tmp")


@dataclass
class Options:
    """What people edit in the configuration file."""

    symlinks: str = "ignore"
    excludes: bool = False
    tree_deletes: bool = True
    dated_deletes: bool = False
    max_percent: int = 50
    reconcile_every_days: int = 0
    base: str = "docs"
    inner: str = "inner"


@dataclass
class Clock:
    """The local clock; ``skew_seconds`` is its difference from the server's."""

    server: datetime = field(default_factory=lambda: datetime(2025, 3, 1, tzinfo=UTC))
    skew_seconds: int = 0

    def now(self) -> datetime:
        return self.server + timedelta(seconds=self.skew_seconds)

    def monotonic_seconds(self) -> float:
        return 0.0


class World:
    """Where everything happens. ``changed`` are paths that changed while a run was in progress."""

    def __init__(self, root: Path, dice: random.Random) -> None:
        self.root = root
        self.dice = dice
        self.clock = Clock()
        self.fuse = Fuse()
        self.bucket = Bucket(self.fuse, before_upload=self.meddle, before_listing=self.pull_out)
        self.options = Options()
        self.changed: set[str] = set()
        self.tampered: set[str] = set()
        self.disturbed = False
        self._number = 0
        mnt, storage = root / "mnt", root / "storage"
        self.docs = Mount(mnt / "docs", storage / "docs")
        self.photos = Mount(mnt / "docs" / "photos", storage / "photos", self.docs)
        self.stick = Mount(mnt / "docs" / "trips" / "stick", storage / "stick", self.docs)
        self.dated = Mount(mnt / "dated", storage / "dated")
        self.mounts = [self.docs, self.photos, self.stick, self.dated]
        self._populate()
        self.configure()

    # The files of the beginning

    def _populate(self) -> None:
        for number, mount in enumerate(self.mounts):
            mount.create(10 * number + 10)
        outside = self.root / "outside"
        outside.mkdir()
        for name in ("secret", "q"):
            (outside / name).write_bytes(OUTSIDE + b" " + name.encode())
        for folder, count in (("docs", 30), ("docs/photos", 24), ("docs/trips/stick", 6), ("docs/bills", 25)):
            for number in range(count):
                self.write(self.root / "mnt" / folder / f"{number:02d}")
        for day in DAYS:
            for number in range(6):
                self.write(self.root / "mnt" / "dated" / f"{day}" / f"{number:02d}")
        for number in range(25):
            self.write(self.root / "inner" / f"{number:02d}")
        for mount in self.mounts:
            for number in range(30):
                self.write(mount.storage / WRONG / f"wrong {number:02d}")

    def write(self, path: Path, *, size: int = 0) -> None:
        """New content, never seen before, of an even size."""
        self._number += 1
        content = f"{self._number:08d}".encode() * self.dice.randint(1, 4)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content[:size].ljust(size) if size else content)
        self.set_time(path, int(self.clock.now().timestamp() * 1e9))

    def set_time(self, path: Path, moment_ns: int) -> None:
        os.utime(path, ns=(moment_ns, moment_ns))

    # The configuration

    def configure(self) -> None:
        """Write the file anew and load it."""
        options = self.options
        shared = {
            "description": "d",
            "enabled": True,
            "symlinks": options.symlinks,
            "delete_guard": {"max_percent": options.max_percent, "max_objects": 1000},
            "reconcile_every_days": options.reconcile_every_days,
        }
        exclude = ["--exclude=*.tmp"] if options.excludes else []

        def configuration(
            name: str, base: Path, kind: str, structure: str, delete: bool
        ) -> dict[str, object]:
            return shared | {
                "name": name,
                "local_base_path": str(base),
                "sync_strategy": {"type": kind},
                "sync_options": [*(["--delete"] if delete else []), *exclude],
                "destination_config": {"bucket_name": "bucket", "s3_path_structure": structure},
            }

        mnt, days = self.root / "mnt", "days/{year}/{month}/{day}"
        entries = [
            configuration(TREE, mnt / options.base, "FullDirectory", "tree", options.tree_deletes),
            configuration(DATED, mnt / "dated", "DateFolder", days, options.dated_deletes),
            configuration(INNER, self.root / "inner", "FullDirectory", options.inner, True),
        ]
        path = self.root / "sync-config.yaml"
        document = {"global": {"settle_minutes": 0}, "sync_configurations": entries}
        path.write_text(json.dumps(document))
        self.settings: Settings = load(path, {})

    def edit(self) -> str:
        """One value of the configuration changes."""
        choices: list[tuple[str, list[object]]] = [
            ("symlinks", ["ignore", "inside", "follow"]),
            ("excludes", [False, True]),
            ("tree_deletes", [False, True, True]),
            ("dated_deletes", [False, True]),
            ("max_percent", [30, 50, 50]),
            ("reconcile_every_days", [0, 7]),
            ("base", ["docs", "docs", "docs", "dated"]),
            ("inner", ["inner", "inner", "inner", "tree/inner"]),
        ]
        name, values = self.dice.choice(choices)
        setattr(self.options, name, self.dice.choice(values))
        self.configure()
        return f"{name}: {getattr(self.options, name)}"

    # What the right disks hold

    def truth(self) -> dict[str, Path]:
        """Key in the bucket -> file, of all files on the right disks, mounted or not; none behind links."""
        prefixes = {
            "tree": self.docs.right_disk(),
            "tree/photos": self.photos.right_disk(),
            "tree/trips/stick": self.stick.right_disk(),
            self.options.inner: self.root / "inner",
            **{f"days/{day:%Y/%m/%d}": self.dated.right_disk() / f"{day}" for day in DAYS},
        }
        return {
            f"{prefix}/{key}": path for prefix, root in prefixes.items() for key, path in files(root).items()
        }

    # What people and programs do

    def folder(self) -> Path:
        """A folder on a right disk."""
        right = [mount.path for mount in self.mounts if mount.is_right]
        base = self.dice.choice([*right, self.root / "inner"])
        return base / f"{self.dice.choice(DAYS)}" if base == self.dated.path else base

    def any_file(self) -> Path | None:
        found = sorted(files(self.folder()).values())
        return self.dice.choice(found) if found else None

    def add(self) -> str:
        path = self.folder() / f"{self.dice.choice(NAMES)}{self.dice.randrange(30)}"
        if (
            any(each.is_symlink() or each.is_file() for each in path.parents)
            or path.is_symlink()
            or path.is_dir()
        ):
            return "nothing"
        self.write(path)
        return f"write {path}"

    def rewrite(self) -> str:
        if (path := self.any_file()) is None:
            return "nothing"
        self.write(path, size=self.dice.choice((0, path.stat().st_size)))
        return f"rewrite {path}"

    def touch_as_before(self) -> str:
        """Other content with the size and time of before, as ``touch -r`` leaves it."""
        if (path := self.any_file()) is None:
            return "nothing"
        before = path.stat()
        self.write(path, size=before.st_size)
        self.set_time(path, before.st_mtime_ns)
        while path.stat().st_ctime_ns == before.st_ctime_ns:
            self.set_time(path, before.st_mtime_ns)
        return f"touch -r {path}"

    def restore_old(self) -> str:
        if (path := self.any_file()) is None:
            return "nothing"
        self.write(path, size=path.stat().st_size)
        self.set_time(path, self.dice.randrange(10**9, 17 * 10**8) * 10**9)
        return f"restore {path}"

    def remove(self) -> str:
        gone = [path for _ in range(self.dice.choice((1, 1, 1, 2, 5))) if (path := self.any_file())]
        for path in set(gone):
            path.unlink()
        return f"remove {[str(path) for path in gone]}"

    def remove_many(self) -> str:
        folder = self.folder()
        gone = [path for path in sorted(files(folder).values()) if self.dice.random() < 0.7]
        for path in gone:
            path.unlink()
        return f"remove {len(gone)} in {folder}"

    def refill(self) -> str:
        folder = self.folder()
        names = [f"f{self.dice.randrange(40):02d}" for _ in range(10 if len(files(folder)) < 40 else 0)]
        for path in (folder / name for name in names):
            if not path.is_symlink():
                self.write(path)
        return f"fill {folder}"

    def link(self) -> str:
        """A link to a file or folder outside or inside, in place of a file or beside it."""
        outside = [self.root / "outside", self.root / "outside" / "secret"]
        inside = [self.docs.path / "work", self.docs.path / "00"]
        target = self.dice.choice(outside + inside)
        path = self.any_file() if self.dice.random() < 0.5 else self.folder() / f"l{self.dice.randrange(5)}"
        if path is None or not path.parent.is_dir() or path.is_dir() or path.parent.is_symlink():
            return "nothing"
        path.unlink(missing_ok=True)
        path.symlink_to(target)
        return f"link {path} -> {target}"

    def unlink(self) -> str:
        """All links go."""
        for base in (self.root / "mnt", self.root / "inner"):
            for path in base.rglob("*"):
                if path.is_symlink() and not path.with_name(f"{path.name} aside").exists():
                    path.unlink()
        return "no links"

    def swap_day(self) -> str:
        """A day folder becomes a link out of the source, or comes back."""
        if not self.dated.is_right:
            return "nothing"
        day = self.dated.path / f"{self.dice.choice(DAYS)}"
        aside = day.with_name(f"{day.name} aside")
        if day.is_symlink() and aside.is_dir():
            day.unlink()
            aside.rename(day)
        elif day.is_dir() and not day.is_symlink():
            day.rename(aside)
            day.symlink_to(self.root / "outside")
        return f"swap {day}"

    def mount(self) -> str:
        """Another disk, none, or the right one is mounted; disks get other numbers now and then."""
        mount = self.dice.choice(self.mounts)
        if not mount.is_there:
            return "nothing"
        state = self.dice.choice((NONE, WRONG)) if mount.state == RIGHT else RIGHT
        if state == WRONG:
            self._share_names(mount)
        mount.change(state)
        if self.dice.random() < 0.3:
            mount.devices = {name: number + 1000 for name, number in mount.devices.items()}
        return f"mount {mount.path.name}: {state}"

    def _share_names(self, mount: Mount) -> None:
        """At most a third of the names of the right disk are on the wrong one too."""
        wrong = mount.storage / WRONG
        shutil.rmtree(wrong)
        wrong.mkdir()
        names = sorted(files(mount.right_disk()))
        shared = self.dice.sample(names, min(len(names) // 3, self.dice.choice((0, 1, 3, 8))))
        for name in [*shared, *(f"wrong {number:02d}" for number in range(self.dice.choice((1, 30))))]:
            self.write(wrong / name)

    def mend_mounts(self) -> str:
        """All right disks are mounted."""
        for mount in self.mounts:
            mount.change(RIGHT)
        return "all mounted"

    def other_writer(self) -> str:
        """Another program writes or deletes objects; the sizes are odd, as size and time are all that is
        compared of objects that Mochok does not know.
        """
        known = sorted(self.bucket.whole.objects)
        count = self.dice.choice((1, 1, 3, 25))
        for _ in range(count):
            key = f"tree/foreign {self.dice.randrange(40)}"
            if count < 25 and known and self.dice.random() < 0.6:
                key = self.dice.choice(known)
            if self.dice.random() < 0.7:
                self.bucket.put(key, b"foreign")
            else:
                self.bucket.remove(key)
            self.tampered.add(key)
        return f"another writer: {count}"

    def jump(self) -> str:
        """Time passes, or the local clock is set."""
        if self.dice.random() < 0.7:
            self.clock.server += timedelta(seconds=self.dice.choice((1, 60, 3600, 86_400, 3 * 86_400)))
        else:
            self.clock.skew_seconds = self.dice.choice((0, 0, 300, -300, 840, -840, 86_400 * 2, -86_400 * 2))
        return f"it is {self.clock.now()}, skew {self.clock.skew_seconds}"

    def act(self) -> str:
        """One thing happens."""
        ways: list[Callable[[], str]] = [
            self.add, self.add, self.rewrite, self.rewrite, self.touch_as_before, self.restore_old,
            self.remove, self.remove, self.remove_many, self.refill, self.refill, self.link, self.unlink,
            self.swap_day, self.mount, self.mount, self.mend_mounts, self.mend_mounts, self.other_writer,
            self.jump, self.edit,
        ]  # fmt: skip
        return self.dice.choice(ways)()

    # What happens in the middle of a run

    def begin_run(self) -> None:
        """Choose what will go wrong."""
        dice, bucket = self.dice, self.bucket
        self.changed.clear()
        self.disturbed = dice.random() < 0.3
        self.fuse.calls_left = dice.randrange(200) if dice.random() < 0.3 else None
        bucket.now_ns = int(self.clock.server.timestamp() * 1e9)
        bucket.skewed = abs(self.clock.skew_seconds) > SKEW_SECONDS
        bucket.faults = {f"{number:02d}" for number in range(3)} if dice.random() < 0.1 else set()
        bucket.deleted.clear()
        bucket.escaped.clear()

    def meddle(self, file: SourceFile) -> None:
        """Somebody swaps a file, or a folder in its path, just before it is sent."""
        if not self.disturbed or self.dice.random() < 0.8:
            return
        path = Path(file.path)
        self.changed.add(str(path))
        kind = self.dice.choice(("link", "folder", "rewrite", "gone"))
        if kind == "folder" and path.parent.name == "work" and not path.parent.is_symlink():
            self.changed |= {str(each) for each in files(path.parent).values()}
            shutil.rmtree(path.parent)
            path.parent.symlink_to(self.root / "outside")
        elif path.is_file() and not path.is_symlink() and path.parent.resolve() == path.parent:
            path.unlink()
            if kind == "link":
                path.symlink_to(self.root / "outside" / "secret")
            elif kind == "rewrite":
                self.write(path)

    def pull_out(self) -> None:
        """A disk below the source is unmounted while the run lists."""
        if self.disturbed and self.dice.random() < 0.1:
            mount = self.dice.choice((self.photos, self.stick))
            if mount.is_right:
                self.changed |= {str(path) for path in files(mount.path).values()}
                mount.change(NONE)
                self.changed |= {str(path) for path in files(mount.path).values()}


def files(root: Path) -> dict[str, Path]:
    """Key -> regular file below ``root``; nothing behind links."""
    if root.is_symlink():
        return {}
    return {
        os.path.relpath(os.path.join(folder, name), root).replace(os.sep, "/"): Path(folder, name)
        for folder, _folders, names in os.walk(root)
        for name in names
        if not os.path.islink(os.path.join(folder, name))
    }
