"""The command line.

``main`` answers ``--version`` before anything is imported, understands the spellings of the PowerShell
original, and turns every error into a message and an exit code.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from mochok import __version__
from mochok.cli.encoding import take_names_as_utf8


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; always ends with SystemExit."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words in (["--version"], ["-V"]):
        print(f"mochok {__version__}")  # noqa: T201 - the fast path, before any console exists
        raise SystemExit(0)
    if arguments is None:
        take_names_as_utf8()
    from mochok.cli.app import run  # noqa: PLC0415 - imported late on purpose

    raise SystemExit(run(words))
