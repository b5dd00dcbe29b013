"""``docs/reliability.md``: what happens when something goes wrong, in the words of the tests that show it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.faults.catalogue import ELSEWHERE, LEFT_OUT

PROJECT = Path(__file__).parents[1]
FOLDER = PROJECT / "tests" / "faults"
NUMBER = re.compile(r"test_(F\d\d)_(\w+)")

_HEAD = """\
<!-- By `python -m scripts.generate` from the docstrings in tests/faults; change those instead. -->
# When something goes wrong

Each line is one fault, what Mochok does about it, and the test that shows it. The tests run the installed
command; those of a server go through a proxy (`tests/support/fault_proxy.py`) in front of a real S3 server
that refuses, breaks, stalls or garbles exactly the requests that the test names.

A longer one is `pytest -m soak` (ten minutes, or `MOCHOK_SOAK_SECONDS`): a tree changes and is synchronised
again and again through random faults and kills, until a last run without them must make bucket and tree
equal, byte by byte. The seed is printed (with `-s`, and in every failure); `MOCHOK_SOAK_SEED` repeats it.

Exit codes: 0 success · 1 something failed · 2 the configuration is wrong · 3 credentials, certificates or
permissions are missing · 5 unreadable files were skipped · 75 another run is in progress · 130 interrupted.

"Left out" is a local file that cannot be uploaded as it is and is skipped; "failed" is one that should have
been uploaded and was not. Either way the others continue, and nothing is deleted in such a run.
"""
_LEFT_OUT_HEAD = """\
## Not tested, and why

Numbers of the catalogue that are missing above.
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
        parts.append(f"## {(ast.get_docstring(tree) or path.stem).splitlines()[0]}\n")
        parts += [_line(shown) for shown in _shown(path, tree)]
        parts.append("")
    parts.append("## Shown by tests of other folders\n")
    parts += [_line(Shown(number, *found)) for number, found in sorted(ELSEWHERE.items())]
    parts += ["", _LEFT_OUT_HEAD]
    parts += [f"- **{number}** {reason}" for number, reason in sorted(LEFT_OUT.items())]
    return "\n".join(parts) + "\n"


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
    return {found[1] for text in names for found in re.finditer(r"def test_(F\d\d)_", text)}
