"""Standard streams that whoever started the program has closed, and the reader that has gone away."""

from __future__ import annotations

import os
import sys
from contextlib import suppress


def open_closed_streams() -> None:
    """Connect each closed one of stdin, stdout and stderr to the null device.

    A service on Windows has none, and ``2>&-`` closes one. Python then has None in its place, and the next
    file that is opened, such as the ledger, gets its descriptor, into which libraries and child processes
    would write their messages.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            stream = open(os.devnull, mode, encoding="utf-8")  # noqa: SIM115 - open until the program ends
            setattr(sys, name, stream)
            with suppress(OSError):
                os.set_inheritable(stream.fileno(), True)


def flush_streams() -> None:
    """Write what stdout and stderr still hold, or drop it: Python's own flush would change the exit code."""
    from mochok.report.text.screen import SafeStream  # not for --version

    for stream in (sys.stdout, sys.stderr):
        SafeStream(stream).flush()
