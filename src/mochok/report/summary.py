"""The enabled configurations as they are about to run."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mochok.report.wording import counted, shown

if TYPE_CHECKING:
    from mochok.report.screen import Screen

_OPTIONS_CELLS = 24
FILES_COUNTED = 10_000


@dataclass(frozen=True, slots=True)
class SummaryRow:
    """One enabled configuration, in words.

    ``source`` is the local folder, ``files`` what is in it ("1,204 files", "10,000+ files", "missing"),
    ``destination`` "s3://bucket/prefix"; ``profile`` and ``region`` "" if not given; ``strategy`` the
    type's name; ``options`` the entries of ``sync_options``, joined by spaces.
    """

    name: str
    source: str
    files: str
    destination: str
    profile: str
    region: str
    strategy: str
    options: str


def render_summary(rows: Sequence[SummaryRow], screen: Screen) -> None:
    """Print the configurations: as a table where it fits, as blocks on narrower screens."""
    from rich.text import Text  # noqa: PLC0415 - loads rich

    screen.print(Text(counted(len(rows), "enabled configuration"), style="bold"))
    if not _print_table(rows, screen):
        _print_blocks(rows, screen)
    screen.print(Text(""))


def count_files(
    path: str | os.PathLike[str], limit: int = FILES_COUNTED, stopped: Callable[[], bool] = lambda: False
) -> tuple[int, bool]:
    """``(files, more)``: the regular files below ``path``, links followed; ``more``: it stopped at ``limit``.

    Looks at no more than ``limit`` files and ``limit`` folders, so that a summary never takes long, and at
    no more once ``stopped()``. What cannot be read counts as empty; so does a path that does not exist.
    """
    files, folders, waiting = 0, set[tuple[int, int]](), [os.fspath(path)]
    while waiting:
        folder = waiting.pop()
        if not _is_new(folder, folders):
            continue
        for entry in _entries(folder):
            if _is(entry, folder=True):
                waiting.append(entry.path)
            elif _is(entry, folder=False):
                files += 1
            if files > limit or len(folders) + len(waiting) > limit or stopped():
                return min(files, limit), True
    return files, False


def files_text(
    path: str | os.PathLike[str], limit: int = FILES_COUNTED, stopped: Callable[[], bool] = lambda: False
) -> str:
    """``1,204 files``, ``10,000+ files`` or ``missing``: for :attr:`SummaryRow.files`."""
    if not os.path.isdir(path):
        return "missing"
    count, more = count_files(path, limit, stopped)
    return f"{count:,}+ files" if more else counted(count, "file")


def _is_new(folder: str, seen: set[tuple[int, int]]) -> bool:
    """False for a folder that was walked already: links may form a loop."""
    try:
        found = os.stat(folder)
    except OSError:
        return False
    identity = (found.st_dev, found.st_ino)
    if identity in seen:
        return False
    seen.add(identity)
    return True


def _entries(folder: str) -> Iterator[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            yield from entries
    except OSError:
        return


def _is(entry: os.DirEntry[str], *, folder: bool) -> bool:
    try:
        return entry.is_dir() if folder else entry.is_file()
    except OSError:
        return False


def _print_table(rows: Sequence[SummaryRow], screen: Screen) -> bool:
    """False if paths would have to be folded: blocks are better then."""
    from mochok.report.tables import Cell, Column, needed_cells, table  # noqa: PLC0415 - loads rich

    def cells(texts: Sequence[str], style: str = "") -> list[Cell]:
        return [Cell(screen.fit(shown(text)), style) for text in texts]

    files = [Cell(row.files, "yellow" if row.files == "missing" else "") for row in rows]
    columns = [
        Column("Configuration", cells([row.name for row in rows], "cyan")),
        Column("Source", cells([row.source for row in rows])),
        Column("Files", files, right=True),
        Column("Destination", cells([row.destination for row in rows])),
        Column("Profile, region", cells([_account(row) for row in rows])),
        Column("Strategy", cells([row.strategy for row in rows])),
        Column("Options", cells([row.options for row in rows]), elastic=True),
    ]
    if needed_cells(columns, elastic_cells=_OPTIONS_CELLS) > screen.width:
        return False
    screen.print(table(columns, screen))
    return True


def _print_blocks(rows: Sequence[SummaryRow], screen: Screen) -> None:
    from rich.padding import Padding  # noqa: PLC0415 - loads rich
    from rich.text import Text  # noqa: PLC0415

    for row in rows:
        title = Text(screen.fit(shown(row.name)), style="bold cyan")
        screen.print(title.append(f" ({row.strategy}, {row.files})", style="not bold default"))
        lines = [row.source, f"-> {row.destination}", _account(row), row.options]
        for line in filter(None, lines):
            screen.print(Padding(Text(screen.fit(shown(line)), overflow="fold"), (0, 0, 0, 2)))


def _account(row: SummaryRow) -> str:
    profile = f"profile {row.profile}" if row.profile else ""
    return ", ".join(filter(None, (profile, row.region)))
