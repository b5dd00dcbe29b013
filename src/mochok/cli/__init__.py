"""The command line; ``main`` answers ``--version``, and a shell's completion, before click is set up."""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence
from contextlib import suppress

from mochok import __version__
from mochok.cli.encoding import restart_with_utf8_names
from mochok.errors import EXIT_INTERRUPTED, EXIT_SUCCESS


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; always ends with SystemExit."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words in (["--version"], ["-V"]):
        with suppress(OSError):  # a full disk is reported below
            print(f"mochok {__version__}", flush=True)  # noqa: T201 - without loading click
            raise SystemExit(EXIT_SUCCESS)
    if arguments is None:
        restart_with_utf8_names()
        gc.disable()  # nothing that is loaded becomes garbage; collecting costs a twentieth of the start
    try:
        if words[:1] == ["__complete"]:
            from mochok.cli.completion import print_candidates  # only a shell asks

            print_candidates(words[1:])
            raise SystemExit(EXIT_SUCCESS)
        from mochok.cli.app import run  # loads click

        raise SystemExit(run(words))
    except KeyboardInterrupt:  # while the commands are still being loaded
        raise SystemExit(EXIT_INTERRUPTED) from None
