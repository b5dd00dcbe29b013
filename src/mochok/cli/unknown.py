"""Hints for commands that do not exist but that people type."""

from __future__ import annotations

from collections.abc import Iterable

from mochok.errors import UsageError
from mochok.suggestions import nearest

_UPLOAD = "to upload: mochok sync"
_CONFIGURE = "to write a commented configuration: mochok install"
_RESTORE = "Mochok only uploads; to restore, copy from the bucket with any S3 client, such as aws s3 sync"
_CHECK = "to check the configuration: mochok validate; to check what a run needs: mochok install"
_RUNS = "to list the runs: mochok history; to list the days: mochok status --calendar"
_DAYS = "to see whether every day is in S3: mochok status --gaps, or mochok status --calendar"
_PREVIEW = "to see what a run would upload: mochok sync --dry-run"
_LOGS = "to remove old log files: mochok clear-logs"
_HINTS = {
    **dict.fromkeys(("run", "start", "backup", "upload", "push", "copy", "cp"), _UPLOAD),
    **dict.fromkeys(("init", "setup", "configure", "new", "create"), _CONFIGURE),
    **dict.fromkeys(("restore", "download", "pull", "get"), _RESTORE),
    **dict.fromkeys(("check", "test"), _CHECK),
    **dict.fromkeys(("list", "ls", "runs", "show", "log", "logs"), _RUNS),
    **dict.fromkeys(("verify", "gaps", "calendar", "days", "report"), _DAYS),
    **dict.fromkeys(("diff", "preview", "plan", "dry-run"), _PREVIEW),
    **dict.fromkeys(("clean", "clear", "prune"), _LOGS),
    "rename": "to give a renamed configuration its history: mochok ledger rename OLD NEW",
    "forget": "to forget a day that was recorded by mistake: mochok ledger forget NAME DAY",
    "lint": "to check the configuration: mochok validate",
    "config": "to check the configuration: mochok validate; for all values: mochok validate --show",
    "why": "to see what a run does with one file: mochok explain NAME PATH",
    "version": "to print the version: mochok --version",
}


def unknown_command(word: str, commands: Iterable[str]) -> UsageError:
    """The error for a command that is not one of ``commands``, with the nearest as its hint."""
    near = nearest(word, commands)
    hint = _HINTS.get(word.lower()) or (f"did you mean mochok {near}?" if near else "")
    return UsageError(f"there is no command {word!r}", hint=hint or "mochok --help lists the commands")
