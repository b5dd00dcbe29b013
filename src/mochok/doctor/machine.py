"""This machine: Python, packages, the engine, the time zone, and the folders that a run writes to."""

from __future__ import annotations

import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Iterator
from datetime import datetime
from importlib import metadata
from pathlib import Path

from mochok import __version__
from mochok.config.schema import GlobalSettings
from mochok.doctor.check import Check, failed
from mochok.errors import MochokError
from mochok.report.text.formatting import size_text
from mochok.storage.crt_engine import check_engine

PACKAGES = ("awscrt", "boto3", "botocore", "click", "pydantic", "rich", "ruamel.yaml")
OLDEST_PYTHON = (3, 11)
LOW_DISK_BYTES = 100_000_000
NO_DISK_BYTES = 5_000_000


def program() -> Iterator[Check]:
    """Versions, and whether the native engine loads on this machine."""
    python = f"Python {platform.python_version()} on {platform.system()} {platform.machine()}"
    if sys.version_info < OLDEST_PYTHON:
        yield Check("error", "Python", python, "install Python 3.11 or newer")
    else:
        yield Check("ok", "Python", python)
    yield Check("ok", "packages", ", ".join([f"mochok {__version__}", *_versions()]))
    try:
        check_engine()
    except MochokError as error:
        yield failed("S3 engine", error)
    else:
        yield Check("ok", "S3 engine", "the native engine (awscrt) loads")


def _versions() -> Iterator[str]:
    for name in PACKAGES:
        try:
            yield f"{name} {metadata.version(name)}"
        except metadata.PackageNotFoundError:
            yield f"{name} (version unknown)"


def time_zone(settings: GlobalSettings, now: datetime) -> Check:
    """The time zone that defines yesterday."""
    local_time = f"local time {now:%Y-%m-%d %H:%M}"
    if settings.timezone:
        return Check("ok", "time zone", f"{settings.timezone}; {local_time}")
    name = now.tzname() or "unknown"
    hint = "set global.timezone, so that yesterday is the same day for every machine and user"
    return Check("note", "time zone", f"this machine's own ({name}); {local_time}", hint)


def folders(settings: GlobalSettings) -> Iterator[Check]:
    """The folders of log, state and ledger: created if missing, whether they are writable, and free space."""
    if foreign := settings.foreign_paths:
        names = ", ".join(f"global.{key}" for key in foreign)
        yield Check("error", "folders", f"{names}: a Windows path, and this is another system", "correct it")
        return
    yield _writable("log folder", settings.log_directory, "global.log_directory")
    yield _file("state file", settings.state_file, "global.state_file")
    yield _file("ledger", settings.ledger_file, "global.ledger_file")
    yield from _free_space(settings)


def _file(subject: str, path: Path, key: str) -> Check:
    folder = _writable(subject, path.parent, key)
    if folder.level != "ok":
        return folder
    if path.is_dir():
        return Check("error", subject, f"{path} is a folder, not a file", f"correct {key}")
    if path.exists() and not os.access(path, os.R_OK | os.W_OK):
        hint = "give this user permission to read and write it"
        return Check("error", subject, f"{path} is not readable and writable", hint)
    state = "is writable" if path.exists() else "will be created by the first run; its folder is writable"
    return Check("ok", subject, f"{path} {state}")


def _writable(subject: str, folder: Path, key: str) -> Check:
    try:
        created = not folder.exists()
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.NamedTemporaryFile(prefix=".mochok-", dir=folder):
            pass
    except OSError as error:
        hint = f"make it writable for this user, or correct {key}"
        return Check("error", subject, f"{folder} is not writable: {error.strerror or error}", hint)
    return Check("ok", subject, f"{folder} {'was created and ' if created else ''}is writable")


def _free_space(settings: GlobalSettings) -> Iterator[Check]:
    """One check for each file system."""
    folders: dict[int, Path] = {}
    for folder in (settings.log_directory, settings.state_file.parent, settings.ledger_file.parent):
        if os.path.isdir(folder):
            folders.setdefault(folder.stat().st_dev, folder)
    for folder in folders.values():
        yield free_space(folder, shutil.disk_usage(folder).free)


def free_space(folder: Path, free_bytes: int) -> Check:
    """Whether ``free_bytes`` suffice for state, ledger and log in ``folder``."""
    message = f"{size_text(free_bytes)} free at {folder}"
    if free_bytes < NO_DISK_BYTES:
        return Check("error", "disk", message, "free some space: state and log cannot be written")
    if free_bytes < LOW_DISK_BYTES:
        return Check("warning", "disk", message, "free some space before state and log cannot be written")
    return Check("ok", "disk", message)
