"""The names of state file, ledger and log folder that a configuration file does not set itself.

They follow the name of the file, so that two configurations in one folder share nothing. Version 0.1 had one
set of names for all files: those stay in use where they hold results of this file's configurations.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

from mochok.errors import StateError

FILE_NAME = "sync-config.yaml"
USUAL_NAMES = {"state_file": "state.json", "ledger_file": "mochok.db", "log_directory": "log"}


def default_names(config: Path, names: Iterable[str]) -> dict[str, str]:
    """Key -> name for the configuration file ``config``, which configures ``names``; only reads.

    ``photos.yaml`` has ``photos.state.json``, ``photos.mochok.db`` and ``photos.log``.
    """
    if config.name == FILE_NAME:
        return USUAL_NAMES
    folder, own = config.parent, {key: f"{config.stem}.{name}" for key, name in USUAL_NAMES.items()}
    own["log_directory"] = f"{config.stem}.log"
    recorded = {"state_file": partial(_in_state, set(names)), "ledger_file": partial(_in_ledger, set(names))}
    kept = {key for key, find in recorded.items() if _is_kept(folder, USUAL_NAMES[key], own[key], find)}
    if kept and _is_older(folder, USUAL_NAMES["log_directory"], own["log_directory"]):
        kept.add("log_directory")
    return {key: USUAL_NAMES[key] if key in kept else own[key] for key in USUAL_NAMES}


def _is_older(folder: Path, usual: str, own: str) -> bool:
    return os.path.lexists(folder / usual) and not os.path.lexists(folder / own)


def _is_kept(folder: Path, usual: str, own: str, recorded: Callable[[Path], bool | None]) -> bool:
    """Whether the file with the usual name is this configuration's; without results, the usual file's."""
    if not _is_older(folder, usual, own):
        return False
    found = recorded(folder / usual)
    return found if found is not None else not os.path.lexists(folder / FILE_NAME)


def _in_state(names: set[str], path: Path) -> bool | None:
    """Whether the state file has results of one of ``names``; None if it has none at all."""
    from mochok.state.state_file import StateFile  # rarely needed

    try:
        state, _notices = StateFile(path).peek()
    except StateError:
        return None
    known = {*state.configurations, *state.successes}
    return bool(known & names) if known else None


def _in_ledger(names: set[str], path: Path) -> bool | None:
    from mochok.state.ledger import read_ledger  # loads SQLite; rarely needed

    ledger = read_ledger(path, warn=lambda _message: None)
    try:
        if not ledger.runs(limit=1):
            return None
        return any(ledger.runs(name=name, limit=1) for name in names)
    finally:
        ledger.close()
