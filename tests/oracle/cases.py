"""Generated situations for a sync: a tree, what the bucket holds, options. The same seed, the same cases."""

from __future__ import annotations

import os
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from tests.support.fake_s3 import FakeS3

PREFIX = "to/here"
SENT_SECONDS = 1_735_000_000  # when "the last sync" was; files and objects are older or newer than this

# Names whose order differs between bytes, UTF-16, case-insensitive and folder-by-folder; and odd ones.
NAMES = [
    "a", "a-b", "a.b", "a b", "a0", "a/x", "a/y.txt", "a-b/x", "A", "B.TXT", "b.txt", "b.tmp", "sub/b.txt",
    "sub/deep/c.tmp", "sub/deep/.hidden", "sub-1/a", "sub.txt", "sub0", ".hidden", "z", "é", "e\u0301",
    "日本/b.txt", "\uffee", "😀", "😀/x.txt", "100%", "%20", "a+b", "#x", "[ab]", "!", "~", "x=1&y", "'q'",
]  # fmt: skip
REMOTE_ONLY = [
    "a//b",
    "/lead",
    "sub/",
    "dir/",
    "zz/top.tmp",
    "0",
    "sub/deep/",
    "sub/b.txt/under",
    "😀/",
    "aa",
]
PATTERNS = [
    "*", "*.txt", "*.tmp", "a", "a*", "a/*", "sub", "sub/", "sub/*", "sub*", "*/b.txt", "?", "??", "[ab]*",
    "[!ab]*", "*/*", "*deep*", ".*", "./a", "*é*", "😀*", "日本/*", "b.???", "[[]ab]", "*.TXT", "[a-z]",
    "*%*", "*/.hidden", "x=*", "sub/?eep/*",
]  # fmt: skip


@dataclass
class Case:
    """``name`` is also the bucket's. ``files`` maps a relative name to (size, mtime in ns), ``objects`` a key
    below the prefix to (size, LastModified in s), ``links`` a name to its target. ``options`` are those of
    ``aws s3 sync``; ``folder`` is the source folder's own name (default: the case's).
    """

    name: str
    files: dict[str, tuple[int, int]] = field(default_factory=dict)
    objects: dict[str, tuple[int, int]] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    options: list[str] = field(default_factory=list)
    folder: str = ""
    prefix: str = PREFIX

    def build(self, root: Path, server: FakeS3) -> Path:
        """Make the tree below ``root`` and fill the bucket; the tree's folder."""
        tree = root / (self.folder or self.name)
        tree.mkdir()
        for name, (size, mtime_ns) in self.files.items():
            path = tree / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"x" * size)
            os.utime(path, ns=(mtime_ns, mtime_ns))
        for name, target in self.links.items():
            (tree / name).symlink_to(target)
        for key, (size, modified) in self.objects.items():
            server.put(self.name, f"{self.prefix}/{key}", size, datetime.fromtimestamp(modified, UTC))
        for neighbour in (f"{self.prefix}-old/x", self.prefix, f"{self.prefix}.txt", "a"):
            server.put(self.name, neighbour, 1)
        return tree


def generated(seed: int) -> Case:
    """One small case with everything mixed."""
    rng = random.Random(seed)
    case = Case(f"case-{seed:04d}")
    for name in rng.sample(NAMES, rng.randint(1, 14)):
        _place(case, name, rng)
    for key in rng.sample(REMOTE_ONLY, rng.choice([0, 0, 2, 5])):
        case.objects[key] = (rng.choice([0, 0, 1]), _around(rng))
    if not case.files:
        case.files["only"] = (1, SENT_SECONDS * 10**9)
    if rng.random() < 0.25:
        case.links = _links(case, rng)
    case.options = _options(rng)
    return case


def large(seed: int, *, files: int) -> Case:
    """One case of several listing pages and shards, with few filters."""
    rng = random.Random(seed)
    case = Case(f"large-{seed:04d}")
    for number in range(files):
        _place(case, f"{rng.choice('abé/-.')}{number % 7}{rng.choice('/-.0é')}{number}".lstrip("/"), rng)
    case.options = [*rng.choice([[], ["--size-only"], ["--exclude", "*7*"]]), "--delete", "--page-size", "50"]
    return case


def _place(case: Case, name: str, rng: random.Random) -> None:
    """Put a name on one side or on both, in one of the states that the comparison tells apart."""
    side = rng.choice(["local", "remote", "both", "both", "both"])
    size = rng.choice([0, 1, 7])
    if side != "local":
        case.objects[name] = (size, _around(rng))
    if side != "remote" and _fits(case, name):
        modified = case.objects.get(name, (0, SENT_SECONDS))[1]
        late_ns = rng.choice([-86400 * 10**9, -(10**9), -400_000_000, 0, 0, 400_000_000, 10**9, 3600 * 10**9])
        other = rng.random() < 0.25
        case.files[name] = (size + 1 if other else size, modified * 10**9 + late_ns)


def _fits(case: Case, name: str) -> bool:
    """A local name cannot be a file and a folder at once."""
    return not any(other.startswith(name + "/") or name.startswith(other + "/") for other in case.files)


def _around(rng: random.Random) -> int:
    return SENT_SECONDS + rng.choice([-86400, 0, 0, 3600])


def _links(case: Case, rng: random.Random) -> dict[str, str]:
    """A link to a file and one to a folder, both inside the tree."""
    name = rng.choice(sorted(case.files))
    links = {"link to file": name}
    if "/" in name:
        links["link to folder"] = name.partition("/")[0]
    return links


def _options(rng: random.Random) -> list[str]:
    options: list[str] = []
    for _ in range(rng.choice([0, 0, 1, 1, 2, 3, 5])):
        options += [rng.choice(["--exclude", "--exclude", "--include"]), rng.choice(PATTERNS)]
    options += ["--delete"] if rng.random() < 0.6 else []
    options += ["--no-follow-symlinks"] if rng.random() < 0.15 else []
    options += rng.choice([["--size-only"], ["--exact-timestamps"], [], [], []])
    if rng.random() < 0.4:
        options += ["--page-size", str(rng.choice([2, 3, 5]))]
    return options
