"""Other configuration files in the same folder that use the same state file, ledger or log folder."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path

from mochok.config.diagnostics import Diagnostics, path_text
from mochok.config.document import find, scalars
from mochok.config.fallback import usable_globals
from mochok.config.merge import read_with_includes
from mochok.config.schema import GlobalSettings, Settings
from mochok.config.side_files import USUAL_NAMES
from mochok.errors import Diagnostic

_MOST_FILES = 50


def shared_files(settings: Settings, environ: Mapping[str, str]) -> Iterator[Diagnostic]:
    """One warning for each such file; it may have mistakes of its own."""
    path = Path(os.path.abspath(settings.path))
    parts = {os.path.realpath(node.location.file) for _path, node in scalars(settings.tree)}
    for other in islice(_candidates(path.parent), _MOST_FILES):
        if os.path.realpath(other) in parts | {os.path.realpath(path)} or not _is_separate(other, path):
            continue
        theirs = usable_globals(other, environ)
        shared = [key for key in USUAL_NAMES if _real(theirs, key) == _real(settings.global_settings, key)]
        if shared:
            where = ("global", shared[0])
            location = find(settings.tree, where).location
            names = ", ".join(str(getattr(settings.global_settings, key)) for key in shared)
            hint = f"set global.{', global.'.join(shared)} to other names in one of them"
            message = f"{other} uses the same files: {names}"
            yield Diagnostic(*location, path_text(where), message, hint, "warning")


def _candidates(folder: Path) -> Iterator[Path]:
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return
    yield from (folder / name for name in names if name.endswith((".yaml", ".yml")))


def _is_separate(other: Path, path: Path) -> bool:
    """Whether ``other`` is a configuration, and does not include ``path``."""
    tree, files = read_with_includes(other, str(other), Diagnostics())
    included = {os.path.realpath(file) for file in files}
    return (
        tree is not None and "sync_configurations" in tree.entries and os.path.realpath(path) not in included
    )


def _real(chosen: GlobalSettings, key: str) -> str:
    return os.path.realpath(str(getattr(chosen, key)))
