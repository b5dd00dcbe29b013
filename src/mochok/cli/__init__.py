"""The command line.

``main`` answers ``--version`` before the commands are imported, understands the spellings of the PowerShell
original, and turns every error into a message and an exit code.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence

from mochok import __version__
from mochok.cli.encoding import take_names_as_utf8
from mochok.errors import EXIT_INTERRUPTED, EXIT_SUCCESS


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; always ends with SystemExit."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words in (["--version"], ["-V"]):
        print(f"mochok {__version__}")  # noqa: T201 - the fast path, before any console exists
        raise SystemExit(0)
    if arguments is None:
        take_names_as_utf8()
        gc.disable()  # what is being loaded stays, and looking through it costs a twentieth of the start
    try:
        raise SystemExit(_run(words))
    except KeyboardInterrupt:  # while the commands are still being loaded
        raise SystemExit(EXIT_INTERRUPTED) from None


def _run(words: list[str]) -> int:
    from mochok.cli.app import program, run  # imported late on purpose

    if words[:1] == ["__complete"]:
        from mochok.cli.completion import print_candidates  # only a shell asks

        print_candidates(program, words[1:])
        return EXIT_SUCCESS
    return run(words)
