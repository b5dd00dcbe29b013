"""``docs/reliability.md``: what happens when something goes wrong, from the docstrings of the tests."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.faults.catalogue import ELSEWHERE, LEFT_OUT

PROJECT = Path(__file__).parents[1]
FOLDER = PROJECT / "tests" / "faults"
NUMBER = re.compile(r"test_(F\d{2,3})_(\w+)")

_HEAD = """\
<!-- By `python -m scripts.generate` from the docstrings in tests/faults; change those instead. -->
# When something goes wrong

Each entry has a fault, what Mochok does about it, and the name of the test that proves it. The tests run the
installed command. For faults of the server, a proxy (`tests/support/fault_proxy.py`) in front of a real S3
server refuses, interrupts, delays or damages the requests that the test selects.

`pytest -m soak` runs a longer test (10 min, or `MOCHOK_SOAK_SECONDS`): files change and are synchronised
repeatedly with random faults and kills. After a last run without faults, bucket and files must be equal, byte
by byte. The test prints its seed (with `-s`, and in every failure); `MOCHOK_SOAK_SEED` repeats it.

Exit codes: 0 success · 1 something failed · 2 mistake in the configuration · 3 credentials, certificates or
permissions are missing · 5 unreadable files were skipped · 75 another run is in progress · 130 interrupted.

A file is *skipped (unreadable)* if it cannot be uploaded as it is, and *failed* if it should have been
uploaded and was not. In both cases the run continues with the other files and deletes nothing.
"""
_LEFT_OUT_HEAD = """\
## Not tested, and why

Faults of the catalogue without a test.
"""


class Shown(NamedTuple):
    """One fault with what happens and where it is tested (``file::test``)."""

    number: str
    outcome: str
    test: str


def reliability_page() -> str:
    """The whole page. Raises ValueError for a test without a docstring."""
    parts = [_HEAD]
    for path in sorted(FOLDER.glob("test_*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        parts += _heading((ast.get_docstring(tree) or path.stem).splitlines()[0])
        parts += [_line(shown) for shown in _shown(path, tree)]
        parts.append("")
    parts.append("## Tests in other folders\n")
    parts += [_line(Shown(number, *found)) for number, found in sorted(ELSEWHERE.items())]
    parts += ["", _LEFT_OUT_HEAD]
    parts += [f"- **{number}** {reason}" for number, reason in sorted(LEFT_OUT.items())]
    return "\n".join(parts) + "\n"


def _heading(text: str) -> Iterator[str]:
    """``Title: sentence.`` as a heading and a paragraph."""
    title, _, sentence = text.rstrip(".").partition(": ")
    yield f"## {title}\n"
    if sentence:
        yield f"{sentence[:1].upper()}{sentence[1:]}.\n"


def _shown(path: Path, tree: ast.Module) -> Iterator[Shown]:
    for node in tree.body:
        if not isinstance(node, ast.FunctionDef) or not (found := NUMBER.fullmatch(node.name)):
            continue
        text = ast.get_docstring(node)
        if not text:
            raise ValueError(f"{path.name}: {node.name} has no docstring")
        outcome = " ".join(text.partition("\n\n")[0].split())
        yield Shown(found[1], outcome, f"tests/faults/{path.name}::{node.name}")


def _line(shown: Shown) -> str:
    return f"- **{shown.number}** {shown.outcome} `{shown.test.rpartition('::')[2]}`"


def numbers_tested() -> set[str]:
    """The numbers that a test of ``tests/faults`` has in its name."""
    names = (path.read_text(encoding="utf-8") for path in FOLDER.glob("test_*.py"))
    return {found[1] for text in names for found in re.finditer(r"def test_(F\d{2,3})_", text)}
