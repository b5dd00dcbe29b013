"""File names are UTF-8 here, whatever the locale says, so that a key never depends on who started the run.

Python decodes names by the locale. Under ISO-8859-1 the file ``ñ`` would become the key ``Ã±`` in the evening
and ``ñ`` at night, when the scheduler runs without a locale; with --delete each run would undo the other.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping


def utf8_environment(environ: Mapping[str, str], file_encoding: str, screen_encoding: str) -> dict[str, str]:
    """The environment in which Python must start anew, {} if all is well.

    What is shown stays in the encoding of the screen. Empty after one new start, whatever came of it.
    """
    if file_encoding.lower().replace("-", "") == "utf8" or environ.get("PYTHONUTF8") == "1":
        return {}
    return {"PYTHONIOENCODING": screen_encoding, **environ, "PYTHONUTF8": "1"}


def take_names_as_utf8() -> None:
    """Start this program anew, in the same process, if the locale would misread names (20 ms; POSIX)."""
    if os.name != "posix" or not sys.executable:
        return
    screen = getattr(sys.stdout, "encoding", None) or "ascii"
    environment = utf8_environment(os.environ, sys.getfilesystemencoding(), screen)
    if environment:
        os.execve(sys.executable, sys.orig_argv, environment)  # noqa: S606 - ourselves, no shell
