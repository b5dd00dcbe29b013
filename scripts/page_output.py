"""``python -m scripts.page_output PAGE ...``: run pages and write into them what their commands print now.

A page's translation, which shows the same blocks, is written with it. Console blocks that leave lines out
(``...``) or that are marked ``other output`` stay as they are; outputs that no longer fit are printed.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from mochok.demo.server import S3Server
from tests.support.page_run import Shown, run_page, same
from tests.support.pages import DOCS

TRANSLATIONS = DOCS / "es"


def main(names: list[str]) -> None:
    with tempfile.TemporaryDirectory(prefix="pages-") as folder, S3Server(Path(folder, "server")) as server:
        for number, name in enumerate(names):
            refresh(Path(name), Path(folder, str(number)), server)


def refresh(path: Path, root: Path, server: S3Server) -> None:
    """Run one page and replace the outputs that differ."""
    for block, shown in run_page(path, root, server):
        if block.mark == "other output" or "\n...\n" in block.text:
            print_differences(path, block.line, shown)
        elif not all(same(one.command.output, one.output) for one in shown):
            new = "".join(map(lines_of, shown))
            for page in (path, TRANSLATIONS / path.resolve().relative_to(DOCS)):
                replace_block(page, block.text, new)


def replace_block(page: Path, old: str, new: str) -> None:
    """The first console block with the text ``old``, in a page that may not exist."""
    before = page.read_text(encoding="utf-8") if page.is_file() else ""
    after = before.replace(f"```console\n{old}```", f"```console\n{new}```", 1)
    if after != before:
        page.write_text(after, encoding="utf-8", newline="\n")
        print(f"written: {page}")


def print_differences(path: Path, line: int, shown: list[Shown]) -> None:
    for one in shown:
        if not same(one.command.output, one.output):
            print(f"{path}:{line}: {one.command.text} prints:\n" + "\n".join(one.output))


def lines_of(shown: Shown) -> str:
    typed = shown.command.text.replace("\n", "\n> ")
    return "".join(f"{line}\n" for line in (f"$ {typed}", *shown.output))


if __name__ == "__main__":
    main(sys.argv[1:])
