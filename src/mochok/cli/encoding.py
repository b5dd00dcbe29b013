"""Decode file names as UTF-8, whatever the locale is, so that a key never depends on who started the run.

Python decodes names by the locale. With ISO-8859-1 the file ``ñ`` would get the key ``Ã±`` in an interactive
shell and ``ñ`` in a scheduled job without a locale; with --delete each run would undo the other.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping


def utf8_environment(environ: Mapping[str, str], file_encoding: str, screen_encoding: str) -> dict[str, str]:
    """The environment for a restart of Python, which keeps the screen's encoding; {} if none is needed."""
    if file_encoding.lower().replace("-", "") == "utf8" or environ.get("PYTHONUTF8") == "1":
        return {}
    return {"PYTHONIOENCODING": screen_encoding, **environ, "PYTHONUTF8": "1"}


def restart_with_utf8_names() -> None:
    """Restart this program in the same process if the locale would decode names wrongly (20 ms; POSIX)."""
    if os.name != "posix" or not sys.executable:
        return
    screen = getattr(sys.stdout, "encoding", None) or "ascii"
    environment = utf8_environment(os.environ, sys.getfilesystemencoding(), screen)
    if environment:
        os.execve(sys.executable, sys.orig_argv, environment)  # noqa: S606 - ourselves, no shell
